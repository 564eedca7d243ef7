// The milter: an MTA asks about each mail while it takes it by SMTP, and gets
// our fields, or a refusal where the policy says so.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/ip_address.hpp"
#include "delivery/desk.hpp"
#include "milter/policy.hpp"
#include "milter/session.hpp"
#include "milter/signing.hpp"
#include "net/stream.hpp"

namespace mekiki::milter {

struct settings {
  /// Mail of clients in these, and of users who logged in, is our own: it is
  /// signed, not judged. What comes from this machine by itself and was taken
  /// by another host before is not signed: a content filter or fetchmail hands
  /// it over.
  std::vector<ip_network> own_networks;
  /// Hosts that hand over mail which they took from others (backup MX,
  /// gateways): it is judged by its trace, as at POP3. They count before
  /// `own_networks`, unless a user logged in.
  std::vector<ip_network> relays;
  milter::mode mode = milter::mode::act;
  milter::policy policy;
  /// A mail that cannot be judged (no room, a fault) is taken without our
  /// fields, or is to come again later.
  bool failure_comes_again = false;
  /// How long an MTA may be silent between two packets.
  std::chrono::milliseconds idle_timeout{std::chrono::minutes(15)};
  session::limits limits;
  /// How mails are kept and judged.
  delivery::settings mail;
};

struct counters {
  std::uint64_t connections = 0;  // open now
  std::uint64_t all_connections = 0;
  std::uint64_t faults = 0;  // connections that a fault ended
  std::uint64_t own_mails = 0;
  std::uint64_t signed_mails = 0;  // of them
  /// Judged mails by what became of them.
  std::map<disposition::action, std::uint64_t> mails;
};

/// One for each process; outlives its connections.
class server {
 public:
  server(settings s, delivery::desk& desk);

  /// A connection of an MTA, until its end.
  boost::asio::awaitable<void> serve(net::stream_ptr mta);

  /// For mails that begin from now on.
  void use(settings s);
  void use(key_table keys);
  const counters& counts() const { return counts_; }

 private:
  class connection;

  std::shared_ptr<const milter::settings> settings_;
  std::shared_ptr<const key_table> keys_ = std::make_shared<key_table>();
  delivery::desk& desk_;
  counters counts_;
  std::uint64_t last_session_ = 0;
};

}  // namespace mekiki::milter

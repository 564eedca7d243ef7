// The milter: an MTA asks about each mail while it takes it by SMTP, and gets
// our fields, or a refusal where the policy says so.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
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
  /// Not less than an SMTP session lasts: an MTA hands header and body over at
  /// their end, and takes a mail unseen whose filter is gone. As libmilter.
  std::chrono::milliseconds idle_timeout{std::chrono::seconds(7210)};
  /// And before it has said that it is one.
  std::chrono::milliseconds first_timeout{std::chrono::seconds(30)};
  session::limits limits;
  /// How mails are kept and judged.
  delivery::settings mail;
};

/// The account of all mail of an MTA, in the history.
std::string account_of(std::string_view authserv_id);

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
  const key_table& keys() const { return *keys_; }
  const counters& counts() const { return counts_; }
  /// Mails whose MAIL was there, and that are not answered.
  std::size_t busy() const { return busy_; }

 private:
  class connection;

  /// The last one counts. All are kept: judging goes on for a while after a
  /// connection has ended.
  std::deque<milter::settings> settings_;
  std::shared_ptr<const key_table> keys_ = std::make_shared<key_table>();
  delivery::desk& desk_;
  counters counts_;
  std::size_t busy_ = 0;
  std::uint64_t last_session_ = 0;
};

}  // namespace mekiki::milter

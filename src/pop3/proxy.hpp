// What all sessions share: settings, services, the desk, and what is known of
// clients and accounts. Each connection becomes a session (session_runner.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "delivery/desk.hpp"
#include "net/sleep.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "pop3/account.hpp"
#include "pop3/counters.hpp"
#include "pop3/host_memory.hpp"
#include "pop3/mail_transfer.hpp"
#include "pop3/read_ahead.hpp"
#include "pop3/server_login.hpp"
#include "pop3/throttle.hpp"
#include "pop3/tls_memory.hpp"
#include "pop3/upstream.hpp"

namespace mekiki::pop3 {

struct proxy_settings {
  std::vector<route> routes;
  upstream_rules upstream;

  bool clear_logins = false;  // on addresses that are not loopback, too
  net::duration idle_timeout = std::chrono::minutes(10);   // of the client
  net::duration login_timeout = std::chrono::seconds(60);  // until logged in
  net::duration failed_login_delay = std::chrono::seconds(1);
  std::size_t sessions_per_client = 64;
  std::size_t line_limit = 8192;

  mail_transfer::settings transfer;
  prefetch_rules ahead;
  delivery::settings mail;
};

struct proxy_services {
  delivery::services mail;
  net::tls_context* server_tls;  // our certificate; null: no STLS
  net::tls_context& upstream_side;
  tls_memory& seen_tls;
  host_memory& hosts;
  /// Replaced in tests, so that sessions need no sockets and no real time.
  connector connect = net::connect;
  std::function<boost::asio::awaitable<void>(net::duration time)> sleep =
      net::sleep;
};

/// Serves client connections, all on one thread. Outlives its sessions.
class proxy {
 public:
  proxy(proxy_settings settings, proxy_services with);

  /// `implicit_tls`: the listener is the POP3S one, TLS comes first.
  boost::asio::awaitable<void> serve(net::stream_ptr client, bool implicit_tls);

  const proxy_settings& settings() const { return settings_.back(); }
  /// For sessions that begin from now on. Running ones keep theirs, which stay
  /// here until the end.
  void use(proxy_settings settings);
  const proxy_services& with() const { return with_; }
  delivery::desk& desk() { return desk_; }
  server_login& login() { return login_; }
  throttle& failures() { return failures_; }
  counters& counts() { return counts_; }
  std::uint64_t next_session() { return ++last_session_; }

  /// From now on sessions end once they have answered what they were asked.
  void drain() { drains_ = true; }
  bool drains() const { return drains_; }
  /// How many of them are at an answer.
  std::size_t busy() const { return busy_; }
  /// While it lives, its session is at an answer.
  class answering {
   public:
    explicit answering(proxy& p) : count_(p.busy_) { ++count_; }
    ~answering() { --count_; }
    answering(const answering&) = delete;
    answering& operator=(const answering&) = delete;

   private:
    std::size_t& count_;
  };

  /// Whether the account's last session deleted all that it fetched.
  bool deletes(const std::string& account) const {
    return deleting_.contains(account);
  }
  void note_deleting(const std::string& account, bool deleted_all);

 private:
  void know_hosts();

  std::deque<proxy_settings> settings_;  // the last one counts
  proxy_services with_;
  throttle failures_;
  counters counts_;
  server_login login_;
  delivery::desk desk_;
  std::uint64_t last_session_ = 0;
  bool drains_ = false;
  std::size_t busy_ = 0;
  std::unordered_map<std::string, std::size_t> clients_;  // by address
  std::unordered_set<std::string> deleting_;              // accounts
};

}  // namespace mekiki::pop3

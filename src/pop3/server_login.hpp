// Logs in at mailboxes' real servers: for sessions, and for callers that only
// check whether a login is accepted.
#pragma once

#include <memory>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "pop3/host_memory.hpp"
#include "pop3/server_session.hpp"
#include "pop3/upstream.hpp"

namespace mekiki::pop3 {

class server_login {
 public:
  /// All of them outlive it.
  server_login(const upstream_rules& rules, upstream_services with,
               host_memory& hosts)
      : rules_(&rules), with_(std::move(with)), hosts_(hosts) {}

  /// For logins that begin from now on. Outlives this, as those before do.
  void use(const upstream_rules& rules) { rules_ = &rules; }

  struct logged_in_server {
    std::unique_ptr<upstream> connection;
    server_facts facts;
  };
  /// Logs in, and finds out what a server can do that was not met for a while,
  /// and whether it takes several commands at a time as it says: one that
  /// breaks at being asked is logged in to once more. `observer` is told while
  /// the server is waited for.
  boost::asio::awaitable<expected<logged_in_server, refusal>> enter(
      const target& where, const credentials& who,
      delivery::wait_observer& observer);

  /// Logs in, reports each step, and leaves the rest to the caller.
  boost::asio::awaitable<expected<std::unique_ptr<upstream>, refusal>> log_in(
      const target& where, const credentials& who,
      const step_observer& observe);

  /// Whether these credentials are taken; nothing else is done there.
  boost::asio::awaitable<expected<void, refusal>> check(const target& where,
                                                        const credentials& who);

 private:
  const upstream_rules* rules_;
  upstream_services with_;
  host_memory& hosts_;
};

}  // namespace mekiki::pop3

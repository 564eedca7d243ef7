#include "pop3/server_login.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "pop3/codec.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

using delivery::wait_observer;

namespace {

/// A server that has not answered CAPA by then breaks at it.
constexpr std::chrono::seconds capa_patience{5};

/// Whether a server that says PIPELINING answers two commands that come
/// together. Some answer one of them, and then the answer to a third would be
/// taken for that to the second.
asio::awaitable<bool> answers_both(upstream& server, net::duration patience) {
  const std::error_code sent =
      co_await server.send("NOOP\r\nNOOP\r\n", patience);
  bool both = !sent;
  for (int i = 0; both && i < 2; ++i) {
    const auto line = co_await server.read_line(patience);
    both = line && parse_status(*line);
  }
  co_return both;
}

}  // namespace

asio::awaitable<expected<std::unique_ptr<upstream>, refusal>>
server_login::log_in(const target& where, const credentials& who,
                     const step_observer& observe) {
  auto in = co_await pop3::log_in(where, who, *rules_, with_, observe);
  co_return in;
}

asio::awaitable<expected<server_login::logged_in_server, refusal>>
server_login::enter(const target& where, const credentials& who,
                    wait_observer& observer) {
  const upstream_rules& rules = *rules_;  // `use` may come meanwhile
  const step_observer silent;
  auto made =
      co_await pop3::log_in(where, who, rules, with_, silent, &observer);
  if (!made)
    co_return unexpected(made.error());
  logged_in_server in{.connection = std::move(*made), .facts = {}};
  in.facts.name = fmt::format("{}:{}", where.host, where.port);
  in.facts.greeting = in.connection->greeting;
  in.facts.client = who.client;
  host_facts& host = in.facts.host;
  host = hosts_.find(in.facts.name, in.facts.greeting);
  // EXPIRE may be another for each account (RFC 2449 6.7).
  const bool is_known = host.capabilities && !host.capabilities->expire;
  if (is_known || host.breaks_at_capa)
    co_return in;

  const auto patience =
      std::min<net::duration>(rules.silence_timeout, capa_patience);
  auto answer = co_await ask_capabilities(*in.connection, patience);
  bool in_step = answer.how != capa_answer::out_of_step;
  if (in_step) {
    host.breaks_at_capa = answer.how == capa_answer::unreadable;
    const bool pipelining_worked =
        host.capabilities && host.capabilities->pipelining;
    const bool pipelining_failed = host.capabilities && !pipelining_worked;
    host.capabilities = std::move(answer.can);
    if (pipelining_failed)
      host.capabilities->pipelining = false;
    if (host.capabilities->pipelining && !pipelining_worked) {
      in_step = co_await answers_both(*in.connection, patience);
      host.capabilities->pipelining = in_step;
    }
  } else {
    host.breaks_at_capa = true;
  }
  hosts_.learn(in.facts.name, in.facts.greeting, host, who.client);
  if (in_step)
    co_return in;

  log::info("{} breaks at {}: it is not tried again", in.facts.name,
            host.breaks_at_capa ? "CAPA" : "two commands at a time");
  in.connection->connection().abort();
  made = co_await pop3::log_in(where, who, rules, with_, silent, &observer);
  if (!made)
    co_return unexpected(made.error());
  in.connection = std::move(*made);
  co_return in;
}

asio::awaitable<expected<void, refusal>> server_login::check(
    const target& where, const credentials& who) {
  const upstream_rules& rules = *rules_;
  const step_observer silent;
  auto in = co_await log_in(where, who, silent);
  if (!in)
    co_return unexpected(in.error());
  co_await (*in)->send("QUIT\r\n", rules.silence_timeout);
  (*in)->connection().close();
  co_return expected<void, refusal>();
}

}  // namespace mekiki::pop3

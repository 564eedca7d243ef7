#include "pop3/server_login.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

/// A server that has not answered CAPA by then breaks at it.
constexpr std::chrono::seconds capa_patience{5};

}  // namespace

asio::awaitable<expected<std::unique_ptr<upstream>, refusal>>
server_login::log_in(const target& where, const credentials& who,
                     const step_observer& observe) {
  auto in = co_await pop3::log_in(where, who, rules_, with_, observe);
  co_return in;
}

asio::awaitable<expected<server_login::entered, refusal>> server_login::enter(
    const target& where, const credentials& who) {
  const step_observer silent;
  auto in = co_await log_in(where, who, silent);
  if (!in)
    co_return unexpected(std::move(in.error()));
  entered e{.connection = std::move(*in), .facts = {}};
  e.facts.name = fmt::format("{}:{}", where.host, where.port);
  e.facts.greeting = e.connection->greeting;
  host_facts& host = e.facts.host;
  host = hosts_.find(e.facts.name, e.facts.greeting);
  if (host.capabilities || host.breaks_at_capa)
    co_return e;

  auto answer = co_await ask_capabilities(
      *e.connection,
      std::min<net::duration>(rules_.silence_timeout, capa_patience));
  if (answer.how != capa_answer::out_of_step) {
    host.breaks_at_capa = answer.how == capa_answer::unreadable;
    host.capabilities = std::move(answer.can);
    hosts_.learn(e.facts.name, e.facts.greeting, host);
    co_return e;
  }
  log::info("{} breaks at CAPA: it is not asked again", e.facts.name);
  host.breaks_at_capa = true;
  hosts_.learn(e.facts.name, e.facts.greeting, host);
  e.connection->connection().abort();
  in = co_await log_in(where, who, silent);
  if (!in)
    co_return unexpected(std::move(in.error()));
  e.connection = std::move(*in);
  co_return e;
}

asio::awaitable<expected<void, refusal>> server_login::check(
    const target& where, const credentials& who) {
  const step_observer silent;
  auto in = co_await log_in(where, who, silent);
  if (!in)
    co_return unexpected(std::move(in.error()));
  co_await (*in)->send("QUIT\r\n", rules_.silence_timeout);
  (*in)->connection().close();
  co_return expected<void, refusal>();
}

}  // namespace mekiki::pop3

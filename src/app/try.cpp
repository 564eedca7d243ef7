#include "app/try.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "app/proxy_parts.hpp"
#include "pop3/account.hpp"
#include "pop3/codec.hpp"
#include "pop3/server_login.hpp"

namespace mekiki::app {
namespace {

namespace asio = boost::asio;

constexpr int refused = 1;
constexpr int unable = 2;

void step(std::string_view what) { fmt::print("ok    {}\n", what); }

/// `why` as the client would get it: "-ERR [CODE] sentence".
void failure(std::string_view why) {
  const auto status = pop3::parse_status(why);
  if (!status) {
    fmt::print("stop  {}\n", why);
  } else if (status->code.empty()) {
    fmt::print("stop  {}\n", status->text);
  } else {
    fmt::print("stop  {} [{}]\n", status->text, status->code);
  }
}

/// What became of a command that has no answer.
std::string sentence_of(std::error_code error,
                        const pop3::upstream_rules& rules) {
  if (error == std::errc::timed_out) {
    return fmt::format(
        "the server did not answer within {} s",
        std::chrono::ceil<std::chrono::seconds>(rules.silence_timeout).count());
  }
  return error == std::errc::protocol_error
             ? "the server's answer could not be read"
             : "the server broke the connection off";
}

void tell_capabilities(const pop3::capability_answer& answer,
                       const pop3::upstream_rules& rules) {
  switch (answer.how) {
    case pop3::capa_answer::refused:
      fmt::print(
          "note  the server knows no CAPA: mails are fetched one by one\n");
      return;
    case pop3::capa_answer::unreadable:
      fmt::print("note  the server's answer to CAPA cannot be read\n");
      return;
    case pop3::capa_answer::out_of_step:
      fmt::print("note  when asked for CAPA, {}\n",
                 sentence_of(answer.error, rules));
      return;
    case pop3::capa_answer::listed:
      break;
  }
  if (!answer.can.uidl)
    fmt::print("note  the server knows no UIDL\n");
  if (!answer.can.top)
    fmt::print("note  the server knows no TOP\n");
  if (!answer.can.pipelining) {
    fmt::print(
        "note  the server knows no PIPELINING: mails are fetched one by one\n");
  }
}

/// Logs in, asks how many mails wait, and leaves without touching them.
asio::awaitable<int> try_login(pop3::target where, pop3::credentials who,
                               const pop3::upstream_rules& rules,
                               pop3::server_login login) {
  const pop3::step_observer observe = step;
  auto in = co_await login.log_in(where, who, observe);
  if (!in) {
    failure(in.error().status);
    co_return refused;
  }
  pop3::upstream& server = **in;
  std::error_code error =
      co_await server.send("STAT\r\n", rules.silence_timeout);
  std::optional<std::string> line;
  if (!error) {
    auto answer = co_await server.read_line(rules.silence_timeout);
    if (answer)
      line = std::move(*answer);
    else
      error = answer.error();
  }
  if (error) {
    failure(sentence_of(error, rules));
    co_return refused;
  }
  const auto status = pop3::parse_status(*line);
  if (!status || !status->ok) {
    failure(pop3::one_line(*line));
    co_return refused;
  }
  const auto listing = pop3::parse_stat(*status);
  if (!listing) {
    fmt::print("note  the server does not tell how many mails wait: {}\n",
               pop3::one_line(*line));
  } else if (listing->octets) {
    step(fmt::format("{} mails wait, {} octets in all", listing->mails,
                     *listing->octets));
  } else {
    step(fmt::format("{} mails wait", listing->mails));
  }
  const pop3::capability_answer capa =
      co_await pop3::ask_capabilities(server, rules.silence_timeout);
  tell_capabilities(capa, rules);
  error = co_await server.send("QUIT\r\n", rules.silence_timeout);
  server.connection().close();
  co_return 0;
}

}  // namespace

int try_account(const config& settings, const try_options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context io(1);
  const pop3::proxy_settings proxy = proxy_settings(settings);
  const system_clock clock;
  auto parts =
      make_upstream_parts(io, settings, options.zone, options.state, clock);
  if (!parts) {
    fmt::print(stderr, "mekiki: {}\n", parts.error());
    return unable;
  }
  // As a client that came over TLS: the safer way is tried first.
  const auto where =
      pop3::find_target(options.account, pop3::client_leg::stls, proxy.routes);
  if (!where) {
    failure(where.error());
    return refused;
  }
  step(fmt::format("{} at {}, port {}, {}", where->user, where->host,
                   where->port, pop3::to_string(where->with)));

  pop3::credentials who;
  who.login = options.account;
  who.secret = secret(std::string(options.password.reveal()));
  std::optional<int> answer;
  std::exception_ptr thrown;
  asio::co_spawn(io,
                 try_login(*where, std::move(who), proxy.upstream,
                           pop3::server_login(proxy.upstream,
                                              {.io = io,
                                               .resolver = *parts->resolver,
                                               .tls = *parts->tls,
                                               .seen_tls = parts->seen_tls},
                                              parts->hosts)),
                 [&](std::exception_ptr e, int code) {
                   thrown = std::move(e);
                   answer = code;
                 });
  // Not run(): the resolver waits for the network as long as it lives.
  while (!answer) io.run_one();
  if (thrown)
    std::rethrow_exception(thrown);
  return *answer;
}

}  // namespace mekiki::app

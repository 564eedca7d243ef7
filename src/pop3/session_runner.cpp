#include "pop3/session_runner.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/secret.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

constexpr int most_failed_logins = 5;  // on one connection
constexpr net::duration longest_wait = std::chrono::minutes(1);  // for a turn

}  // namespace

session_runner::session_runner(proxy& p, net::stream_ptr client,
                               bool implicit_tls)
    : proxy_(p),
      settings_(p.settings()),
      client_(std::move(client), settings_.line_limit, settings_.idle_timeout,
              p.counts().clients),
      peer_(net::format(client_.stream().peer())),
      leg_(implicit_tls ? client_leg::implicit_tls : client_leg::clear),
      id_(p.next_session()),
      session_(options()) {}

session_options session_runner::options() const {
  const bool tls = leg_ == client_leg::implicit_tls;
  return {.stls = !tls && proxy_.with().server_tls != nullptr,
          .may_log_in = tls || settings_.clear_logins ||
                        net::is_loopback(client_.stream().local().address)};
}

// ------------------------------------------------------------ the client

asio::awaitable<void> session_runner::run() {
  log::debug("session {}: client {}", id_, peer_);
  client_.out = "+OK Mekiki is ready\r\n";
  const next last = co_await commands();
  // Without QUIT the server's connection just closes: nothing is deleted.
  if (last == next::broken) {
    client_.stream().abort();
  } else {
    client_.stream().close();
  }
  log::debug("session {}: ended", id_);
}

asio::awaitable<next> session_runner::commands() {
  const auto begun = proxy_.desk().with().verdict.clock.steady();
  for (;;) {
    net::duration patience = settings_.idle_timeout;
    if (!in_) {
      const auto now = proxy_.desk().with().verdict.clock.steady();
      patience = std::min(patience, begun + settings_.login_timeout - now);
    }
    std::string line;
    const auto event = co_await client_.next_line(line, patience);
    if (event == client_connection::event::gone) {
      if (!in_ && patience < settings_.idle_timeout) {
        client_.out += "-ERR Mekiki: no login came in time\r\n";
        co_await client_.flush();
      }
      co_return next::end;
    }
    action a = event == client_connection::event::line ? session_.on_line(line)
                                                       : session_.on_too_long();
    wipe(line.data(), line.size());
    const proxy::answering busy(proxy_);
    const next n = co_await perform(std::move(a));
    if (n == next::go_on) {
      if (client_.has_line())
        continue;
      const bool written = co_await client_.flush();
      if (written && !proxy_.drains())
        continue;
      co_return next::end;
    }
    if (in_)
      in_->note_end(n);
    if (n != next::broken)
      co_await client_.flush();
    co_return n == next::broken ? next::broken : next::end;
  }
}

asio::awaitable<next> session_runner::perform(action a) {
  using kind = action::kind;
  next n = next::go_on;
  switch (a.what) {
    case kind::reply:
      client_.out += a.text;
      break;
    case kind::close:
      client_.out += a.text;
      n = next::end;
      break;
    case kind::start_tls:
      n = co_await start_tls(std::move(a.text));
      break;
    case kind::login:
      n = co_await log_in();
      break;
    case kind::capa:
    case kind::single_line:
    case kind::reset:
    case kind::remove:
    case kind::multi_line:
    case kind::retrieve:
    case kind::top:
    case kind::quit:
      n = co_await in_->perform(std::move(a));
      break;
  }
  co_return n;
}

asio::awaitable<next> session_runner::start_tls(std::string reply) {
  client_.out += reply;
  const bool written = co_await client_.flush();
  if (!written)
    co_return next::end;
  const std::error_code error = co_await client_.start_tls(
      *proxy_.with().server_tls, settings_.upstream.connect_timeout);
  if (error) {
    log::info("session {}: no TLS with {}: {}", id_, peer_,
              client_.stream().tls_detail());
    co_return next::end;
  }
  leg_ = client_leg::stls;
  session_.tls_started();
  co_return next::go_on;
}

// ------------------------------------------------------------------ login

asio::awaitable<next> session_runner::log_in() {
  credentials who = session_.take_credentials();
  who.client = format(network_of_client(client_.stream().peer().address));
  auto where = find_target(who.login, leg_, settings_.routes);
  if (!where) {
    client_.out += fmt::format("-ERR [AUTH] Mekiki: {}\r\n", where.error());
    co_return next::go_on;
  }
  const std::string key = fmt::format("{} {}", who.client, account_id(*where));
  const net::duration wait = proxy_.failures().attempt(key);
  if (wait > longest_wait) {
    client_.out +=
        "-ERR [SYS/TEMP] Mekiki: too many refused logins for this account, "
        "try again in some minutes\r\n";
    co_return next::end;
  }
  if (wait > net::duration::zero())
    co_await proxy_.with().sleep(wait);

  auto server = co_await proxy_.login().enter(*where, who, client_);
  if (!server)
    co_return refuse(server.error(), *where, key);
  proxy_.failures().succeeded(key);
  proxy_.counts().errors.know(where->host);
  log::info("session {}: {} logged in", id_, log::quoted(account_id(*where)));
  in_ = std::make_unique<transaction>(proxy_, settings_, client_, session_, id_,
                                      std::move(*server), *where);
  co_await in_->begin();
  session_.logged_in();
  client_.out += fmt::format("+OK logged in at {}\r\n", where->host);
  co_return next::go_on;
}

next session_runner::refuse(const refusal& why, const target& where,
                            const std::string& key) {
  if (why.kind != refusal_kind::client_left)
    proxy_.counts().errors.add(where.host, why.at);
  log::info("session {}: no login to {}: {}", id_,
            log::quoted(account_id(where)), log::quoted(why.status));
  client_.out += why.status + "\r\n";
  if (why.kind != refusal_kind::credentials)
    return next::go_on;
  proxy_.failures().failed(key);
  return ++failed_logins_ < most_failed_logins ? next::go_on : next::end;
}

}  // namespace mekiki::pop3

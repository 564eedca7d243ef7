#include "pop3/pump.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "delivery/listed_warnings.hpp"
#include "pop3/extra_answers.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

constexpr int most_failed_logins = 5;  // on one connection
constexpr net::duration longest_wait = std::chrono::minutes(1);  // for a turn

}  // namespace

pump::pump(proxy& p, net::stream_ptr client, bool implicit_tls)
    : proxy_(p),
      settings_(p.settings()),
      client_(std::move(client), settings_.line_limit, settings_.idle_timeout,
              p.counts().clients),
      peer_(net::format(client_.stream().peer())),
      leg_(implicit_tls ? client_leg::implicit_tls : client_leg::clear),
      id_(p.next_session()),
      session_(options()) {}

session_options pump::options() const {
  const bool tls = leg_ == client_leg::implicit_tls;
  return {.stls = !tls && proxy_.with().client_side != nullptr,
          .may_log_in = tls || settings_.clear_logins ||
                        net::is_loopback(client_.stream().local().address)};
}

// ------------------------------------------------------------ the client

asio::awaitable<void> pump::run() {
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

asio::awaitable<next> pump::commands() {
  const auto begun = proxy_.desk().with().verdict.clock.steady();
  for (;;) {
    net::duration patience = settings_.idle_timeout;
    if (!in_) {
      const auto now = proxy_.desk().with().verdict.clock.steady();
      patience = std::min(patience, begun + settings_.login_timeout - now);
    }
    std::string line;
    const auto event = co_await client_.next_line(line, patience);
    if (event == client_side::event::gone) {
      if (!in_ && patience < settings_.idle_timeout) {
        client_.out += "-ERR Mekiki: no login came in time\r\n";
        co_await client_.flush();
      }
      co_return next::end;
    }
    action a = event == client_side::event::line ? session_.on_line(line)
                                                 : session_.on_too_long();
    wipe(line.data(), line.size());
    const next n = co_await perform(std::move(a));
    if (n == next::go_on)
      continue;
    if (n == next::server_lost)
      server_lost();
    if (n == next::broken && in_ && !in_->server->why_lost().empty())
      count_error(step::mail);
    if (n != next::broken)
      co_await client_.flush();
    co_return n == next::broken ? next::broken : next::end;
  }
}

asio::awaitable<next> pump::perform(action a) {
  using kind = action::kind;
  next n = next::go_on;
  if (in_ && in_->extra.has(a.message)) {
    client_.out += co_await answer_about(
        in_->extra, a, in_->reader.from.account, *proxy_.desk().with().history);
    co_return n;
  }
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
      n = co_await capa();
      break;
    case kind::single:
    case kind::reset:
      n = co_await pass_on(a);
      break;
    case kind::remove:
      n = co_await erase(a);
      break;
    case kind::list:
      n = co_await pass_on_list(a);
      break;
    case kind::retrieve:
      n = co_await in_->transfer->retrieve(a.message);
      break;
    case kind::top:
      n = co_await in_->transfer->top(a.message, a.lines);
      break;
    case kind::quit:
      n = co_await quit(std::move(a.text));
      break;
  }
  co_return n;
}

asio::awaitable<next> pump::start_tls(std::string reply) {
  client_.out += reply;
  const bool written = co_await client_.flush();
  if (!written)
    co_return next::end;
  const std::error_code error = co_await client_.start_tls(
      *proxy_.with().client_side, settings_.upstream.connect_timeout);
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

asio::awaitable<next> pump::log_in() {
  const credentials who = session_.take_credentials();
  auto where = find_target(who.login, leg_, settings_.routes);
  if (!where) {
    client_.out += fmt::format("-ERR [AUTH] Mekiki: {}\r\n", where.error());
    co_return next::go_on;
  }
  const std::string key = fmt::format(
      "{} {}", format(client_.stream().peer().address), account_id(*where));
  const net::duration wait = proxy_.failures().attempt(key);
  if (wait > longest_wait) {
    client_.out +=
        "-ERR [SYS/TEMP] Mekiki: too many refused logins for this account, "
        "try again in some minutes\r\n";
    co_return next::end;
  }
  if (wait > net::duration::zero())
    co_await proxy_.with().sleep(wait);

  auto entered = co_await proxy_.login().enter(*where, who, client_);
  if (!entered)
    co_return refuse(entered.error(), *where, key);
  proxy_.failures().succeeded(key);
  co_await begin(std::move(*entered), std::move(*where));
  co_return next::go_on;
}

next pump::refuse(const refusal& why, const target& where,
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

asio::awaitable<void> pump::begin(server_login::entered in, target where) {
  delivery::desk& desk = proxy_.desk();
  const std::string account = account_id(where);
  log::info("session {}: {} logged in", id_, log::quoted(account));
  in.facts.client_deletes = proxy_.deletes(account);
  in_ = std::make_unique<logged_in>();
  in_->reader.from = {
      .account = account, .login = where.user, .upstream = where.host};
  in_->server = std::make_unique<server_session>(
      std::move(in.connection), settings_.upstream, settings_.ahead,
      std::move(in.facts), proxy_.with().hosts, desk, in_->reader);
  in_->transfer = std::make_unique<mail_transfer>(id_, settings_.transfer,
                                                  client_, *in_->server, desk,
                                                  in_->reader, in_->extra);
  in_->server->observe(*in_->transfer);
  in_->alive = std::make_unique<keeper>(*in_->server);
  client_.while_slow = in_->alive.get();

  auto user = co_await desk.welcome(in_->reader);
  const auto listed =
      co_await delivery::listed_warnings(desk, in_->reader, std::move(user));
  if (!listed.empty()) {
    const auto status = co_await in_->server->ask("STAT\r\n");
    const auto count = status ? count_of_stat(*status) : std::nullopt;
    if (count)
      in_->extra = extra_mails(*count, listed);
  }
  session_.logged_in();
  client_.out += fmt::format("+OK logged in at {}\r\n", where.host);
}

asio::awaitable<bool> pump::keeper::waited() {
  if (is_on)
    co_await server.keep_alive();
  co_return true;
}

asio::awaitable<bool> pump::patient::waited() {
  co_await client.look_after();
  co_return true;
}

// ---------------------------------------------- commands that are passed on

void pump::count_error(step at) {
  proxy_.counts().errors.add(in_->reader.from.upstream, at);
}

/// The server is gone: what the client was told stands, the rest is broken.
void pump::server_lost() {
  count_error(step::session);
  const std::string& why = in_->server->why_lost();
  log::info("session {}: lost: {}", id_,
            why.empty() ? "the client is gone" : why);
  client_.out += fmt::format("-ERR [SYS/TEMP] Mekiki: {}\r\n", why);
}

asio::awaitable<next> pump::capa() {
  const auto known = co_await in_->server->learn_capabilities();
  if (!known)
    co_return next::server_lost;
  client_.out += session_.capa(*known);
  co_return next::go_on;
}

asio::awaitable<next> pump::pass_on(const action& a) {
  auto line = co_await in_->server->ask(a.text);
  if (!line)
    co_return next::server_lost;
  if (parse_status(*line)->ok) {
    if (a.message != 0)
      in_->server->expect_stray_list(a.text);
    if (a.what == action::kind::reset) {
      in_->server->reset();
      in_->extra.restore();
    } else if (a.text.starts_with("STAT")) {
      in_->server->listed().mails = count_of_stat(*line);
      if (!in_->extra.empty())
        *line = in_->extra.stat(*line);
    } else if (a.text.starts_with("UIDL")) {
      in_->server->listed().note_uidl(parse_status(*line)->text);
    }
  }
  client_.out += *line + "\r\n";
  co_return next::go_on;
}

asio::awaitable<next> pump::pass_on_list(const action& a) {
  server_session& server = *in_->server;
  auto line = co_await server.ask(a.text);
  if (!line)
    co_return next::server_lost;
  client_.out += *line + "\r\n";
  if (!parse_status(*line)->ok)
    co_return next::go_on;
  const bool is_list = a.text.starts_with("LIST");
  in_->alive->is_on = false;
  for (;;) {
    const auto item = co_await server.next_line();
    if (!item)
      co_return next::broken;
    const bool ended = *item == ".";
    if (ended) {
      client_.out += is_list ? in_->extra.list() : in_->extra.uidl();
    } else if (!in_->extra.is_upstreams(*item)) {
      continue;
    } else if (is_list) {
      server.listed().note(*item);
    } else {
      server.listed().note_uidl(*item);
    }
    client_.out += *item + "\r\n";
    if (ended) {
      server.listed().listed = server.listed().listed || is_list;
      in_->alive->is_on = true;
      co_return next::go_on;
    }
    const bool open = co_await client_.flush_if_large();
    if (!open)
      co_return next::end;
  }
}

/// DELE of a mail that the client has is answered at once: what the server
/// then refuses is told at QUIT.
asio::awaitable<next> pump::erase(const action& a) {
  const bool passed_on = co_await in_->server->erase(a.message);
  if (passed_on) {
    client_.out += "+OK deleted\r\n";
    co_return next::go_on;
  }
  const auto line = co_await in_->server->ask(a.text);
  if (!line)
    co_return next::server_lost;
  if (parse_status(*line)->ok)
    in_->server->note_deleted(a.message);
  client_.out += *line + "\r\n";
  co_return next::go_on;
}

/// The server's own answer, but for a deletion that it refused; none where it
/// is not known what the server did.
asio::awaitable<next> pump::quit(std::string command) {
  server_session& server = *in_->server;
  const std::string& account = in_->reader.from.account;
  if (const auto all = server.ahead().deleted_all())
    proxy_.note_deleting(account, *all);
  // Ours are deleted as soon as their reader wants it.
  if (auto gone = in_->extra.removed(); !gone.empty())
    proxy_.desk().with().history->warnings().remove(account, std::move(gone));
  server.drop_ahead();
  patient observer(client_);
  server.observe(observer);
  const auto line = co_await server.ask(std::move(command));
  if (!line) {
    if (server.listed().deleted.empty())
      co_return next::server_lost;
    log::info("session {}: what was deleted is not known: {}", id_,
              server.why_lost());
    co_return next::broken;
  }
  const std::string& refused = server.refused_erasure();
  const bool ok = parse_status(*line)->ok;
  client_.out += (ok && !refused.empty() ? refused : *line) + "\r\n";
  server.close();
  co_return next::end;
}

}  // namespace mekiki::pop3

#include "pop3/pump.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "net/sleep.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

constexpr int most_failed_logins = 5;  // on one connection
constexpr net::duration longest_wait = std::chrono::minutes(1);  // for a turn

}  // namespace

pump::pump(proxy& p, net::stream_ptr client, bool implicit_tls)
    : proxy_(p),
      settings_(p.settings()),
      client_(std::move(client)),
      peer_(net::format(client_->peer())),
      leg_(implicit_tls ? client_leg::implicit_tls : client_leg::clear),
      id_(p.next_session()),
      lines_(settings_.line_limit),
      session_(options()) {}

session_options pump::options() const {
  const bool tls = leg_ == client_leg::implicit_tls;
  return {.stls = !tls && proxy_.with().client_side != nullptr,
          .may_log_in = tls || settings_.clear_logins ||
                        net::is_loopback(client_->local().address)};
}

// ------------------------------------------------------------ the client

asio::awaitable<void> pump::run() {
  log::debug("session {}: client {}", id_, peer_);
  out_ = "+OK Mekiki is ready\r\n";
  const next last = co_await commands();
  // Without QUIT the upstream's connection just closes: nothing is deleted.
  if (last == next::broken) {
    client_->abort();
  } else {
    client_->close();
  }
  log::debug("session {}: ended", id_);
}

asio::awaitable<pump::next> pump::commands() {
  for (;;) {
    std::string line;
    const auto event = lines_.next(line);
    if (event == line_buffer::event::need_more) {
      const bool written = co_await flush();
      if (!written)
        co_return next::end;
      const bool received = co_await receive_from_client();
      if (!received)
        co_return next::end;
      continue;
    }
    action a = event == line_buffer::event::line ? session_.on_line(line)
                                                 : session_.on_too_long();
    wipe(line.data(), line.size());
    const next n = co_await perform(std::move(a));
    if (n == next::go_on)
      continue;
    if (n == next::end)
      co_await flush();
    co_return n;
  }
}

asio::awaitable<bool> pump::receive_from_client() {
  // An idle session holds no buffer.
  const std::error_code idle =
      co_await client_->wait_readable(settings_.idle_timeout);
  if (idle)
    co_return false;
  constexpr std::size_t size = 4096;
  const auto buffer = std::make_unique_for_overwrite<char[]>(size);
  const net::read_result got = co_await client_->read_some(
      std::span<char>(buffer.get(), size), settings_.idle_timeout);
  if (got.error || got.octets == 0)
    co_return false;
  proxy_.counts().clients.received += got.octets;
  lines_.append({buffer.get(), got.octets});
  wipe(buffer.get(), got.octets);
  co_return true;
}

asio::awaitable<bool> pump::flush() {
  if (out_.empty())
    co_return true;
  const std::error_code error =
      co_await client_->write(out_, settings_.idle_timeout);
  if (!error)
    proxy_.counts().clients.sent += out_.size();
  out_.clear();
  // The room for a large mail goes back; an idle session keeps little.
  if (out_.capacity() > 1024)
    out_.shrink_to_fit();
  co_return !error;
}

asio::awaitable<pump::next> pump::perform(action a) {
  using kind = action::kind;
  next n = next::go_on;
  if (extra_.has(a.message)) {
    n = co_await extra(a);
    co_return n;
  }
  switch (a.what) {
    case kind::reply:
      out_ += a.text;
      break;
    case kind::close:
      out_ += a.text;
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
    case kind::remove:
    case kind::reset:
      n = co_await relay(a);
      break;
    case kind::list:
      n = co_await relay_list(a);
      break;
    case kind::retrieve:
      n = co_await retrieve(a.message);
      break;
    case kind::top:
      n = co_await top(a.message, a.lines);
      break;
    case kind::quit:
      n = co_await quit(std::move(a.text));
      break;
  }
  co_return n;
}

asio::awaitable<pump::next> pump::start_tls(std::string reply) {
  out_ += reply;
  const bool written = co_await flush();
  if (!written)
    co_return next::end;
  lines_.clear();  // what came before TLS is not the client's word
  const std::error_code error = co_await client_->start_tls(
      *proxy_.with().client_side, "", settings_.upstream.connect_timeout);
  if (error) {
    log::info("session {}: no TLS with {}: {}", id_, peer_,
              client_->tls_detail());
    co_return next::end;
  }
  leg_ = client_leg::stls;
  session_.tls_started();
  co_return next::go_on;
}

// ------------------------------------------------------------------ login

asio::awaitable<pump::next> pump::log_in() {
  const credentials who = session_.take_credentials();
  auto where = find_target(who.login, leg_, settings_.routes);
  if (!where) {
    out_ += fmt::format("-ERR [AUTH] Mekiki: {}\r\n", where.error());
    co_return next::go_on;
  }
  const std::string account = account_id(*where);
  const std::string key =
      fmt::format("{} {}", format(client_->peer().address), account);
  const net::duration wait = proxy_.failures().attempt(key);
  if (wait > longest_wait) {
    out_ +=
        "-ERR [SYS/TEMP] Mekiki: too many refused logins for this account, "
        "try again in some minutes\r\n";
    co_return next::end;
  }
  if (wait > net::duration::zero())
    co_await net::sleep(wait);

  upstream_services services{.io = proxy_.with().io,
                             .resolver = proxy_.with().verdict.resolver,
                             .tls = proxy_.with().upstream_side,
                             .seen_tls = proxy_.with().seen_tls,
                             .count = &proxy_.counts().upstreams};
  const step_observer silent;
  auto logged_in =
      co_await pop3::log_in(*where, who, settings_.upstream, services, silent);
  if (!logged_in) {
    const refusal& why = logged_in.error();
    proxy_.counts().errors.add(where->host, why.at);
    log::info("session {}: no login to {}: {}", id_, log::quoted(account),
              log::quoted(why.status));
    out_ += why.status;
    out_ += "\r\n";
    if (why.kind != refusal_kind::credentials)
      co_return next::go_on;
    proxy_.failures().failed(key);
    co_return ++failed_logins_ < most_failed_logins ? next::go_on : next::end;
  }
  proxy_.failures().succeeded(key);
  log::info("session {}: {} logged in", id_, log::quoted(account));
  from_ = {.account = account, .login = where->user, .upstream = where->host};
  upstream_ = std::move(*logged_in);
  co_await learn_choice();
  session_.logged_in();
  out_ += fmt::format("+OK logged in at {}\r\n", where->host);
  co_return next::go_on;
}

/// How this user wants to be told, as the store has it, else the settings.
asio::awaitable<void> pump::learn_choice() {
  store::user_answer user;
  if (store::store* history = proxy_.with().history; history != nullptr)
    user = co_await history->choice_of(from_.account);
  choice_ = notify::choice_of(user.chosen, settings_.choice, settings_.limits);
  recent_ = notify::recent_of(user.recent, choice_);
  if (!notify::is_over_budget(recent_, settings_.limits.budget))
    proxy_.is_within_budget(from_.account);
  co_await list_warnings(std::move(user));
}

// --------------------------------------------- commands that pass through

void pump::count_error(step at) {
  proxy_.counts().errors.add(from_.upstream, at);
}

/// The upstream is gone: what the client was told stands, the rest is broken.
pump::next pump::upstream_lost() {
  count_error(step::session);
  log::info("session {}: the upstream broke off", id_);
  out_ += "-ERR [SYS/TEMP] Mekiki: the server broke the connection off\r\n";
  return next::end;
}

/// Reads a status line; nothing if the upstream is lost.
asio::awaitable<std::optional<std::string>> pump::read_status() {
  auto line =
      co_await upstream_->read_status(settings_.upstream.silence_timeout);
  if (!line)
    co_return std::nullopt;
  co_return std::move(*line);
}

/// Sends a command and reads its status line. What was asked for ahead comes
/// in first, and is kept.
asio::awaitable<std::optional<std::string>> pump::exchange(
    std::string command) {
  if (!pipelining()) {
    const bool caught_up = co_await catch_up();
    if (!caught_up)
      co_return std::nullopt;
  }
  const std::error_code sent =
      co_await upstream_->send(command, settings_.upstream.silence_timeout);
  if (sent)
    co_return std::nullopt;
  const bool caught_up = co_await catch_up();
  if (!caught_up)
    co_return std::nullopt;
  auto status = co_await read_status();
  co_return status;
}

/// The upstream's CAPA is asked for when it is first needed, so that a session
/// that only looks for new mail does not wait for it.
asio::awaitable<bool> pump::learn_capabilities() {
  if (capabilities_)
    co_return true;
  auto answer =
      co_await ask_capabilities(*upstream_, settings_.upstream.silence_timeout);
  if (answer.how == capa_answer::out_of_step)
    co_return false;
  capabilities_ = std::move(answer.can);
  co_return true;
}

asio::awaitable<pump::next> pump::capa() {
  const bool known = co_await learn_capabilities();
  if (!known)
    co_return upstream_lost();
  out_ += session_.capa(*capabilities_);
  co_return next::go_on;
}

asio::awaitable<pump::next> pump::relay(const action& a) {
  auto line = co_await exchange(a.text);
  if (!line)
    co_return upstream_lost();
  if (parse_status(*line)->ok) {
    if (a.what == action::kind::single && a.message != 0)
      upstream_->expect_stray_list();
    if (a.what == action::kind::remove) {
      mailbox_.deleted.insert(a.message);
      ahead_.erase(a.message);
    } else if (a.what == action::kind::reset) {
      mailbox_.deleted.clear();
      extra_.restore();
    } else if (a.text.starts_with("STAT") && !extra_.empty()) {
      *line = extra_.stat(*line);
    } else if (a.text.starts_with("UIDL")) {
      mailbox_.note_uidl(parse_status(*line)->text);
    }
  }
  out_ += *line;
  out_ += "\r\n";
  co_return next::go_on;
}

asio::awaitable<pump::next> pump::relay_list(const action& a) {
  auto line = co_await exchange(a.text);
  if (!line)
    co_return upstream_lost();
  out_ += *line;
  out_ += "\r\n";
  if (!parse_status(*line)->ok)
    co_return next::go_on;
  const bool is_list = a.text.starts_with("LIST");
  const bool is_uidl = a.text.starts_with("UIDL");
  mailbox_.listed = mailbox_.listed || is_list;
  for (;;) {
    auto item =
        co_await upstream_->read_line(settings_.upstream.silence_timeout);
    if (!item) {
      count_error(step::session);
      co_return next::broken;
    }
    if (!extra_.is_upstreams(*item))
      continue;
    const bool ended = *item == ".";
    if (ended)
      out_ += is_list ? extra_.list() : is_uidl ? extra_.uidl() : "";
    out_ += *item;
    out_ += "\r\n";
    if (ended)
      co_return next::go_on;
    if (is_list)
      mailbox_.note(*item);
    if (is_uidl)
      mailbox_.note_uidl(*item);
    if (out_.size() > flush_size) {
      const bool written = co_await flush();
      if (!written)
        co_return next::end;
    }
  }
}

/// LIST for ourselves. False if the upstream is lost.
asio::awaitable<bool> pump::read_sizes(std::string command) {
  const bool one = command.starts_with("LIST ");
  auto line = co_await exchange(std::move(command));
  if (!line)
    co_return false;
  const auto status = parse_status(*line);
  if (!status->ok)
    co_return true;
  if (one) {
    upstream_->expect_stray_list();
    mailbox_.note(status->text);
    co_return true;
  }
  for (;;) {
    auto item =
        co_await upstream_->read_line(settings_.upstream.silence_timeout);
    if (!item)
      co_return false;
    if (*item == ".")
      co_return true;
    mailbox_.note(*item);
  }
}

asio::awaitable<pump::next> pump::quit(std::string command) {
  dropping_ = true;
  auto line = co_await exchange(std::move(command));
  if (!line)
    co_return upstream_lost();
  out_ += *line;
  out_ += "\r\n";
  upstream_->connection().close();
  if (auto gone = extra_.removed(); parse_status(*line)->ok && !gone.empty())
    proxy_.with().history->remove(from_.account, std::move(gone));
  co_return next::end;
}

}  // namespace mekiki::pop3

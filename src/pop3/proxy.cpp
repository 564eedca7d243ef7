#include "pop3/proxy.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

#include "base/log.hpp"
#include "net/sleep.hpp"
#include "pop3/codec.hpp"
#include "pop3/incoming.hpp"
#include "pop3/session.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

constexpr std::size_t flush_size = 64 << 10;
constexpr std::size_t most_sizes = 200'000;  // entries of LIST remembered
constexpr std::uint32_t all_lines = 99'999'999;
constexpr int most_failed_logins = 5;  // on one connection

bool is_loopback(const ip_address& address) {
  const ip_address a = address.unmapped();
  if (a.is_v4())
    return a.octets()[0] == 127;
  return a == *parse_ip_address("::1");
}

/// What the upstream holds, as far as the client's commands showed it.
struct mailbox {
  std::vector<std::uint32_t> sizes;  // by number - 1; 0: not known
  bool listed = false;               // LIST was asked for already
  std::unordered_set<std::uint32_t> deleted;

  std::optional<std::size_t> size_of(std::uint32_t number) const {
    if (number > sizes.size() || sizes[number - 1] == 0)
      return std::nullopt;
    return sizes[number - 1];
  }

  /// A line "NUMBER OCTETS" of LIST.
  void note(std::string_view line) {
    const auto [first, second] = parse_command(line);
    const auto number = parse_number(first);
    const auto size = parse_number(second.substr(0, second.find(' ')));
    if (!number || *number == 0 || *number > most_sizes || !size)
      return;
    if (*number > sizes.size())
      sizes.resize(*number);
    sizes[*number - 1] = std::max<std::uint32_t>(1, *size);
  }
};

/// One session. Its coroutines run one after another: there is never more
/// than one wait, and what the upstream sends ahead waits in the kernel.
class pump {
 public:
  pump(proxy& p, net::stream_ptr client, bool implicit_tls)
      : proxy_(p),
        settings_(p.settings()),
        client_(std::move(client)),
        leg_(implicit_tls ? client_leg::implicit_tls : client_leg::clear),
        id_(p.next_session()),
        lines_(settings_.line_limit),
        session_(options()) {}

  asio::awaitable<void> run();

 private:
  /// What becomes of the session after a step. `broken` ends it so that the
  /// client sees it was broken off.
  enum class next { go_on, end, broken };

  session_options options() const {
    const bool tls = leg_ == client_leg::implicit_tls;
    return {.stls = !tls && proxy_.with().client_side != nullptr,
            .may_log_in = tls || settings_.clear_logins ||
                          is_loopback(client_->local().address)};
  }

  asio::awaitable<next> commands();
  asio::awaitable<next> perform(action a);
  asio::awaitable<bool> receive_from_client();
  asio::awaitable<bool> flush();

  asio::awaitable<next> start_tls(std::string reply);
  asio::awaitable<next> log_in();

  asio::awaitable<std::optional<std::string>> exchange(std::string command);
  asio::awaitable<std::optional<std::string>> read_status();
  bool pipelining() const { return capabilities_ && capabilities_->pipelining; }
  asio::awaitable<bool> learn_capabilities();
  asio::awaitable<next> capa();
  asio::awaitable<next> relay(const action& a);
  asio::awaitable<next> relay_list(const action& a);
  asio::awaitable<bool> read_sizes(std::string command);
  asio::awaitable<next> quit(std::string command);
  next upstream_lost();

  asio::awaitable<next> retrieve(std::uint32_t number);
  asio::awaitable<next> top(std::uint32_t number, std::uint32_t lines);
  std::unique_ptr<incoming> make_incoming(std::uint32_t number) const;
  asio::awaitable<bool> receive(incoming& mail);
  asio::awaitable<bool> receive_ahead();
  asio::awaitable<bool> catch_up();
  asio::awaitable<bool> ask_ahead(std::uint32_t after);
  void forget_ahead() { ahead_.clear(); }

  asio::awaitable<next> receive_and_deliver(
      incoming& mail, std::optional<std::uint32_t> body_lines);
  void begin_delivery(notify::placement where);
  asio::awaitable<bool> trickle(incoming& mail);
  asio::awaitable<bool> stream_through(incoming& mail, std::string_view rest);
  asio::awaitable<next> deliver(incoming& mail);
  asio::awaitable<bool> write_spool(incoming& mail);
  asio::awaitable<verdict::verdict> judge(incoming& mail);
  void note(const incoming& mail, const verdict::verdict& v) const;

  proxy& proxy_;
  const proxy_settings& settings_;
  net::stream_ptr client_;
  client_leg leg_;
  std::uint64_t id_;
  line_buffer lines_;
  session session_;
  std::string out_;  // for the client, not yet written
  int failed_logins_ = 0;

  // After login:
  std::string account_;
  std::unique_ptr<upstream> upstream_;
  std::optional<capabilities> capabilities_;  // once they were needed
  mailbox mailbox_;

  // Prefetch: RETRs sent and not yet answered, and mails received unasked.
  std::deque<std::uint32_t> asked_;
  std::map<std::uint32_t, std::unique_ptr<incoming>> ahead_;
  std::uint32_t last_retrieved_ = 0;
  int in_a_row_ = 0;
  bool dropping_ = false;  // what still comes in is not wanted any more

  /// The mail that is being delivered.
  struct delivery {
    std::optional<std::uint32_t> body_lines;  // of TOP
    std::unique_ptr<outgoing> out;            // once something of it went out
    std::size_t taken = 0;   // octets of the spool that went into `out`
    std::string lines;       // held for the next trickle
    bool streaming = false;  // no room: octets go straight through
  } delivery_;
};

// ------------------------------------------------------------ the client

asio::awaitable<void> pump::run() {
  log::debug("session {}: client {}", id_, net::format(client_->peer()));
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
  lines_.append({buffer.get(), got.octets});
  wipe(buffer.get(), got.octets);
  co_return true;
}

asio::awaitable<bool> pump::flush() {
  if (out_.empty())
    co_return true;
  const std::error_code error =
      co_await client_->write(out_, settings_.idle_timeout);
  out_.clear();
  // The room for a large mail goes back; an idle session keeps little.
  if (out_.capacity() > 1024)
    out_.shrink_to_fit();
  co_return !error;
}

asio::awaitable<pump::next> pump::perform(action a) {
  using kind = action::kind;
  next n = next::go_on;
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
    log::info("session {}: no TLS with {}: {}", id_,
              net::format(client_->peer()), client_->tls_detail());
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
  const net::duration delay = proxy_.failures().delay(key);
  if (delay > net::duration::zero())
    co_await net::sleep(delay);

  upstream_services services{.io = proxy_.with().io,
                             .resolver = proxy_.with().verdict.resolver,
                             .tls = proxy_.with().upstream_side,
                             .seen_tls = proxy_.with().seen_tls};
  const step_observer silent;
  auto logged_in =
      co_await pop3::log_in(*where, who, settings_.upstream, services, silent);
  if (!logged_in) {
    const refusal& why = logged_in.error();
    log::info("session {}: no login to {}: {}", id_, log::quoted(account),
              log::quoted(why.status));
    out_ += why.status;
    out_ += "\r\n";
    if (!why.by_server)
      co_return next::go_on;
    proxy_.failures().failed(key);
    co_return ++failed_logins_ < most_failed_logins ? next::go_on : next::end;
  }
  proxy_.failures().succeeded(key);
  log::info("session {}: {} logged in", id_, log::quoted(account));
  account_ = account;
  upstream_ = std::move(*logged_in);
  session_.logged_in();
  out_ += fmt::format("+OK logged in at {}\r\n", where->host);
  co_return next::go_on;
}

// --------------------------------------------- commands that pass through

/// The upstream is gone: what the client was told stands, the rest is broken.
pump::next pump::upstream_lost() {
  log::info("session {}: the upstream broke off", id_);
  out_ += "-ERR [SYS/TEMP] Mekiki: the server broke the connection off\r\n";
  return next::end;
}

/// Reads a status line; nothing if the upstream is lost.
asio::awaitable<std::optional<std::string>> pump::read_status() {
  auto line = co_await upstream_->read_line(settings_.upstream.silence_timeout);
  if (!line || !parse_status(*line))
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
  if (!answer)
    co_return false;
  capabilities_ = std::move(*answer);
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
    if (a.what == action::kind::remove) {
      mailbox_.deleted.insert(a.message);
      ahead_.erase(a.message);
    } else if (a.what == action::kind::reset) {
      mailbox_.deleted.clear();
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
  mailbox_.listed = mailbox_.listed || is_list;
  for (;;) {
    auto item =
        co_await upstream_->read_line(settings_.upstream.silence_timeout);
    if (!item)
      co_return next::broken;
    out_ += *item;
    out_ += "\r\n";
    if (*item == ".")
      co_return next::go_on;
    if (is_list)
      mailbox_.note(*item);
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
  co_return next::end;
}

// ---------------------------------------------------- mails, and prefetch

std::unique_ptr<incoming> pump::make_incoming(std::uint32_t number) const {
  return std::make_unique<incoming>(number, settings_.spool, settings_.verdict,
                                    proxy_.with().verdict);
}

/// Receives a whole mail into its spool, unseen by the client. False if the
/// upstream is lost.
asio::awaitable<bool> pump::receive(incoming& mail) {
  auto line = co_await read_status();
  if (!line)
    co_return false;
  if (!parse_status(*line)->ok) {
    mail.refused = std::move(*line);
    co_return true;
  }
  for (;;) {
    std::string_view octets = upstream_->buffered();
    const std::size_t all = octets.size();
    while (!octets.empty() && !mail.decoder.ended()) {
      const std::string_view piece = mail.decoder.next(octets);
      if (!mail.lost && !mail.take(piece))
        mail.lost = true;
    }
    upstream_->consume(all - octets.size());
    if (mail.decoder.ended())
      co_return true;
    const std::error_code error =
        co_await upstream_->fill(settings_.upstream.silence_timeout);
    if (error)
      co_return false;
  }
}

/// Receives the next mail that was asked for ahead, and keeps it.
asio::awaitable<bool> pump::receive_ahead() {
  auto mail = make_incoming(asked_.front());
  asked_.pop_front();
  mail->lost = dropping_;
  const bool received = co_await receive(*mail);
  if (!received)
    co_return false;
  // What could not be kept, or was refused, is asked for again when wanted.
  if (!mail->lost && mail->refused.empty()) {
    ahead_.insert_or_assign(mail->number, std::move(mail));
  } else {
    in_a_row_ = 0;
  }
  co_return true;
}

asio::awaitable<bool> pump::catch_up() {
  while (!asked_.empty()) {
    const bool received = co_await receive_ahead();
    if (!received)
      co_return false;
  }
  co_return true;
}

/// After two RETRs in a row: asks for the mails after `after`, as many as fit
/// the window. Half a window is awaited before more is asked for, so that
/// several commands share one packet. False if the upstream is lost, which the
/// next exchange finds as well.
asio::awaitable<bool> pump::ask_ahead(std::uint32_t after) {
  if (settings_.ahead == prefetch::off || in_a_row_ < 2)
    co_return true;
  const bool known = co_await learn_capabilities();
  if (!known)
    co_return false;
  if (settings_.ahead == prefetch::on && capabilities_->expires_at_once()) {
    co_return true;
  }
  const std::size_t window = pipelining() ? settings_.ahead_commands : 1;
  if (2 * (asked_.size() + ahead_.size()) > window)
    co_return true;
  if (!mailbox_.listed) {
    mailbox_.listed = true;
    const bool listed = co_await read_sizes("LIST\r\n");
    if (!listed)
      co_return false;
  }

  std::size_t octets = 0;
  const auto count = [&](std::uint32_t number) {
    octets += mailbox_.size_of(number).value_or(0);
  };
  std::ranges::for_each(asked_, count);
  for (const auto& [number, mail] : ahead_) count(number);

  std::string commands;
  for (std::uint32_t number = after + 1;; ++number) {
    if (asked_.size() + ahead_.size() >= window)
      break;
    if (mailbox_.deleted.contains(number))
      continue;
    if (ahead_.contains(number) ||
        std::ranges::find(asked_, number) != asked_.end()) {
      continue;
    }
    const auto size = mailbox_.size_of(number);
    if (!size || octets + *size > settings_.ahead_octets)
      break;
    octets += *size;
    asked_.push_back(number);
    commands += fmt::format("RETR {}\r\n", number);
  }
  if (commands.empty())
    co_return true;
  const std::error_code sent =
      co_await upstream_->send(commands, settings_.upstream.silence_timeout);
  co_return !sent;
}

asio::awaitable<pump::next> pump::retrieve(std::uint32_t number) {
  in_a_row_ = number == last_retrieved_ + 1 ? in_a_row_ + 1 : 1;
  last_retrieved_ = number;

  next n = next::go_on;
  if (auto found = ahead_.find(number); found != ahead_.end()) {
    const std::unique_ptr<incoming> mail = std::move(found->second);
    ahead_.erase(found);
    co_await ask_ahead(number);
    n = co_await deliver(*mail);
    co_return n;
  }

  if (in_a_row_ == 1)
    forget_ahead();  // it goes elsewhere: drop the rest
  if (std::ranges::find(asked_, number) != asked_.end()) {
    while (asked_.front() != number) {
      const bool received = co_await receive_ahead();
      if (!received)
        co_return upstream_lost();
    }
    asked_.pop_front();
  } else {
    if (!pipelining()) {
      const bool caught_up = co_await catch_up();
      if (!caught_up)
        co_return upstream_lost();
    }
    const std::string command = fmt::format("RETR {}\r\n", number);
    const std::error_code sent =
        co_await upstream_->send(command, settings_.upstream.silence_timeout);
    if (sent)
      co_return upstream_lost();
    const bool caught_up = co_await catch_up();
    if (!caught_up)
      co_return upstream_lost();
  }
  const std::unique_ptr<incoming> mail = make_incoming(number);
  n = co_await receive_and_deliver(*mail, std::nullopt);
  co_return n;
}

// ----------------------------------------------------------- one delivery

/// Receives the mail that the client waits for, and delivers it. If it is
/// slow, parts of its header go out while it comes in.
asio::awaitable<pump::next> pump::receive_and_deliver(
    incoming& mail, std::optional<std::uint32_t> body_lines) {
  delivery_ = {.body_lines = body_lines};
  auto line = co_await read_status();
  if (!line)
    co_return upstream_lost();
  if (!parse_status(*line)->ok) {
    out_ += *line;
    out_ += "\r\n";
    in_a_row_ = 0;
    co_return next::go_on;
  }

  const clock& clock = proxy_.with().verdict.clock;
  auto next_lines = clock.steady() + settings_.first_lines;
  auto silent_since = clock.steady();
  for (;;) {
    std::string_view octets = upstream_->buffered();
    const std::size_t all = octets.size();
    while (!octets.empty() && !mail.decoder.ended()) {
      const std::string_view piece = mail.decoder.next(octets);
      if (!delivery_.streaming && mail.take(piece))
        continue;
      const bool passed = co_await stream_through(mail, piece);
      if (!passed)
        co_return next::broken;
    }
    upstream_->consume(all - octets.size());
    if (mail.decoder.ended())
      break;

    const auto give_up = silent_since + settings_.upstream.silence_timeout;
    const auto until = std::min(give_up, next_lines);
    const net::duration wait =
        std::max(until - clock.steady(), net::duration::zero());
    const std::error_code error = co_await upstream_->fill(wait);
    const auto then = clock.steady();
    if (!error)
      silent_since = then;
    const bool waiting = !error || error == std::errc::timed_out;
    if (!waiting || then >= silent_since + settings_.upstream.silence_timeout) {
      log::info("session {}: mail {} was broken off by the upstream", id_,
                mail.number);
      co_return next::broken;
    }
    if (then >= next_lines) {
      const bool written = co_await trickle(mail);
      if (!written)
        co_return next::end;
      next_lines = then + settings_.first_lines;
    }
  }

  // The upstream works on the next ones while the client reads this one.
  if (!body_lines)
    co_await ask_ahead(mail.number);
  const next n = co_await deliver(mail);
  co_return n;
}

/// The first octets of the answer: from here on the client can only be served
/// to the end or cut off.
void pump::begin_delivery(notify::placement where) {
  if (delivery_.out)
    return;
  delivery_.out =
      std::make_unique<outgoing>(settings_.notify, where, delivery_.body_lines);
  out_ += "+OK\r\n";
}

/// Sends one complete line of the mail's own header that no edit concerns, so
/// that the client does not give up. Our fields follow at the header's end.
asio::awaitable<bool> pump::trickle(incoming& mail) {
  if (delivery_.streaming)
    co_return true;
  begin_delivery(notify::placement::bottom);
  constexpr std::size_t step = 512;
  std::size_t end = delivery_.lines.find('\n');
  while (end == std::string::npos && delivery_.lines.size() < flush_size &&
         delivery_.taken < mail.spool.size()) {
    auto octets = mail.spool.read(delivery_.taken, step);
    if (!octets)
      break;
    const std::size_t taken = delivery_.out->write(*octets, delivery_.lines);
    delivery_.taken += taken;
    if (taken < octets->size())
      break;  // the header's end waits
    end = delivery_.lines.find('\n');
  }
  // Of a line that does not end, all that is there: it must not pile up.
  const std::size_t size =
      end == std::string::npos ? delivery_.lines.size() : end + 1;
  if (end != std::string::npos || size >= flush_size) {
    out_.append(delivery_.lines, 0, size);
    delivery_.lines.erase(0, size);
  }
  const bool written = co_await flush();
  co_return written;
}

/// There is no room to keep the mail: what is there goes out with an
/// undecided verdict, and the rest follows as it comes.
asio::awaitable<bool> pump::stream_through(incoming& mail,
                                           std::string_view rest) {
  if (!delivery_.streaming) {
    log::warning(
        "session {}: no room to keep mail {} of {} octets and more; "
        "it is passed on unjudged",
        id_, mail.number, mail.spool.size());
    delivery_.streaming = true;
    begin_delivery(notify::placement::top);
    const verdict::verdict v = verdict::undecided("no-room");
    delivery_.out->set_fields(notify::annotate(v, settings_.notify));
    note(mail, v);
    const bool written = co_await write_spool(mail);
    if (!written)
      co_return false;
  }
  delivery_.out->write(rest, out_);
  if (out_.size() < flush_size)
    co_return true;
  const bool written = co_await flush();
  co_return written;
}

/// Writes what of the spool has not gone out yet.
asio::awaitable<bool> pump::write_spool(incoming& mail) {
  out_ += delivery_.lines;
  delivery_.lines.clear();
  while (delivery_.taken < mail.spool.size()) {
    auto octets = mail.spool.read(delivery_.taken);
    if (!octets) {
      log::error("session {}: the spool of mail {} cannot be read: {}", id_,
                 mail.number, octets.error().message());
      co_return false;
    }
    delivery_.taken += delivery_.out->write(*octets, out_);
    if (out_.size() < flush_size)
      continue;
    const bool written = co_await flush();
    if (!written)
      co_return false;
  }
  co_return true;
}

asio::awaitable<verdict::verdict> pump::judge(incoming& mail) {
  if (!mail.whole)
    co_return verdict::undecided("too-large-for-top");
  verdict::verdict v = co_await mail.evaluation.finish();
  note(mail, v);
  co_return v;
}

/// A mail that is complete in its spool (or was streamed) goes to the client.
asio::awaitable<pump::next> pump::deliver(incoming& mail) {
  if (!delivery_.streaming) {
    const verdict::verdict v = co_await judge(mail);
    begin_delivery(notify::placement::top);
    delivery_.out->set_fields(notify::annotate(v, settings_.notify));
    const bool written = co_await write_spool(mail);
    if (!written)
      co_return next::broken;
  }
  delivery_.out->finish(out_);
  delivery_ = {};
  // Whole answers: the last piece goes out now unless more commands wait.
  if (out_.size() < flush_size)
    co_return next::go_on;
  const bool written = co_await flush();
  co_return written ? next::go_on : next::broken;
}

void pump::note(const incoming& mail, const verdict::verdict& v) const {
  log::info("session {}: mail {} of {} octets, author {}, dkim {}, verdict {}",
            id_, mail.number, mail.spool.size(), log::quoted(v.author),
            auth::to_string(v.dkim_check), verdict::to_string(v.answer));
}

// -------------------------------------------------------------------- TOP

/// The whole mail is judged and its head shown. Of one that is too large the
/// part that was asked for is fetched, and nothing is judged.
asio::awaitable<pump::next> pump::top(std::uint32_t number,
                                      std::uint32_t lines) {
  if (!mailbox_.size_of(number)) {
    const bool known = co_await read_sizes(fmt::format("LIST {}\r\n", number));
    if (!known)
      co_return upstream_lost();
  }
  // A line has two octets at least, so that half the size is all of them:
  // some clients fetch whole mails with TOP.
  const std::size_t size = mailbox_.size_of(number).value_or(SIZE_MAX);
  const bool whole = size <= settings_.top_whole || lines >= size / 2;
  const bool caught_up = co_await catch_up();
  if (!caught_up)
    co_return upstream_lost();
  const std::string command =
      fmt::format("TOP {} {}\r\n", number, whole ? all_lines : lines);
  const std::error_code sent =
      co_await upstream_->send(command, settings_.upstream.silence_timeout);
  if (sent)
    co_return upstream_lost();

  const std::unique_ptr<incoming> mail = make_incoming(number);
  mail->whole = whole;
  const next n = co_await receive_and_deliver(*mail, lines);
  co_return n;
}

}  // namespace

// ------------------------------------------------------------------ proxy

proxy::proxy(proxy_settings settings, proxy_services with)
    : settings_(std::move(settings)),
      with_(with),
      failures_(settings_.failed_login_delay, with.verdict.clock) {}

asio::awaitable<void> proxy::serve(net::stream_ptr client, bool implicit_tls) {
  const std::string address = format(client->peer().address);
  // Counts this session for its client while it lives.
  struct counted {
    std::unordered_map<std::string, std::size_t>& clients;
    const std::string& address;
    std::size_t others;
    counted(std::unordered_map<std::string, std::size_t>& c,
            const std::string& a)
        : clients(c), address(a), others(c[a]++) {}
    ~counted() {
      if (--clients[address] == 0)
        clients.erase(address);
    }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
  };
  const counted session(clients_, address);

  if (implicit_tls) {
    const std::error_code error = co_await client->start_tls(
        *with_.client_side, "", settings_.upstream.connect_timeout);
    if (error) {
      log::info("no TLS with {}: {}", net::format(client->peer()),
                client->tls_detail());
      co_return;
    }
  }
  if (session.others >= settings_.sessions_per_client) {
    const std::error_code ignored = co_await client->write(
        "-ERR [IN-USE] Mekiki: too many sessions from this address\r\n",
        settings_.upstream.connect_timeout);
    static_cast<void>(ignored);
    client->close();  // not aborted, or the answer would be lost
    co_return;
  }
  pump p(*this, std::move(client), implicit_tls);
  co_await p.run();
}

}  // namespace mekiki::pop3

#include "pop3/upstream.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/pattern.hpp"
#include "pop3/codec.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

constexpr std::size_t buffer_size = 64 << 10;
/// An observer is told after this time, then less and less often.
constexpr net::duration first_tick = std::chrono::milliseconds(1);
constexpr net::duration longest_tick = std::chrono::milliseconds(500);
/// Where TLS is begun by the client, a server waits for it in silence.
constexpr net::duration silence_of_tls = std::chrono::seconds(10);
constexpr net::duration most_for_trying_tls = std::chrono::seconds(10);
constexpr std::size_t most_capability_lines = 1000;
constexpr std::size_t most_capability_octets = 256 << 10;

refusal ours(std::string_view code, std::string_view sentence) {
  return {.status = fmt::format("-ERR [{}] Mekiki: {}", code, sentence)};
}

/// The upstream's own -ERR, with the response code that it gave, if any.
refusal theirs(const target& where, const status_view& status) {
  const std::string code = status.code.empty()
                               ? std::string()
                               : fmt::format("[{}] ", one_line(status.code));
  const std::string text = one_line(status.text);
  return {.status = fmt::format(
              "-ERR {}{} refused the login{}", code, where.host,
              text.empty() ? " without a reason" : fmt::format(": {}", text)),
          .kind = kind_of_refusal(status)};
}

template <std::size_t N>
bool says_any(std::string_view text,
              const std::array<std::string_view, N>& words) {
  const std::string lower = ascii::to_lower(text);
  return std::ranges::any_of(words, [&lower](std::string_view word) {
    return lower.find(word) != std::string::npos;
  });
}

/// The words in which servers say that they cannot now.
bool says_busy(std::string_view text) {
  constexpr auto words =
      std::to_array<std::string_view>({"locked",
                                       "lock busy",
                                       "busy",
                                       "in use",
                                       "in-use",
                                       "already open",
                                       "another session",
                                       "other session",
                                       "being used",
                                       "too often",
                                       "temporar",
                                       "maintenance",
                                       "unavailable",
                                       "not available",
                                       "overload",
                                       "too many connections",
                                       "too many sessions",
                                       "too many concurrent",
                                       "cannot lock",
                                       "can't lock",
                                       "unable to lock",
                                       "failed to lock",
                                       "get lock",
                                       "obtain lock",
                                       "acquire lock",
                                       "file lock"});
  return says_any(text, words);
}

/// Said of wrong passwords too, along with the words for that.
bool says_later(std::string_view text) {
  constexpr auto words = std::to_array<std::string_view>(
      {"try again", "too many", "later", "too fast", "too soon", "timeout",
       "timed out", "wait "});
  return says_any(text, words);
}

/// The way of logging in is refused, not who logs in.
bool says_command(std::string_view text) {
  constexpr auto words = std::to_array<std::string_view>(
      {"not supported",  "unsupported",     "not implemented",
       "unimplemented",  "unknown command", "command unknown",
       "unrecogni",      "bad command",     "invalid command",
       "command not",    "no such command", "not enabled",
       "plaintext",      "plain text",      "cleartext",
       "clear text",     "disallowed",      "use auth",
       "sasl",           "mechanism",       "requires tls",
       "requires ssl",   "encrypt",         "syntax",
       "login disabled", "logins disabled", "login is disabled",
       "user/pass"});
  return says_any(text, words);
}

bool says_wrong(std::string_view text) {
  constexpr auto words = std::to_array<std::string_view>(
      {"auth",         "password",     "passwd",    "passphrase",
       "credential",   "incorrect",    "invalid",   "wrong",
       "bad ",         "denied",       "fail",      "mismatch",
       "unknown user", "no such user", "login",     "logon",
       "log you on",   "username",     "user name", "not accepted",
       "reject"});
  return says_any(text, words);
}

/// Sure to be about who logs in.
bool says_surely_wrong(std::string_view text) {
  constexpr auto words = std::to_array<std::string_view>(
      {"incorrect", "invalid", "wrong", "bad password", "bad login", "bad user",
       "authentication failed", "authentication failure", "auth failed",
       "authorization failed", "login failed", "logon failure", "unknown user",
       "no such user", "not accepted", "denied", "mismatch"});
  return says_any(text, words);
}

std::string seconds_of(net::duration d) {
  return fmt::format("{} s",
                     std::chrono::ceil<std::chrono::seconds>(d).count());
}

/// A login name as it reads with another port.
std::string with_port(const target& where, int port) {
  const bool v6 = where.host.find(':') != std::string::npos;
  return one_line(v6 ? fmt::format("{}%[{}]:{}", where.user, where.host, port)
                     : fmt::format("{}%{}:{}", where.user, where.host, port));
}

/// One login in the making.
struct login {
  const target& where;
  const std::string& client;
  const upstream_rules& rules;
  upstream_services with;
  const step_observer& observe;
  delivery::wait_observer* waiting;
  std::unique_ptr<upstream> server;
  protection by;  // where.with, or what turned out to be there
  session_stage at = session_stage::connect;

  bool is_host_allowed() const {
    return rules.hosts.empty() ||
           std::ranges::any_of(rules.hosts, [this](const std::string& host) {
             return matches_host_pattern(host, where.host);
           });
  }
  bool is_clear_host() const {
    return std::ranges::any_of(rules.clear_hosts,
                               [this](const std::string& host) {
                                 return ascii::iequals(host, where.host);
                               });
  }
  bool may_be_clear() const {
    return is_clear_host() && !with.seen_tls.has(where.host);
  }
  refusal clear_refused(std::string_view why) const;
  refusal no_connection(const net::connect_error& error) const;
  refusal no_tls(std::string_view detail, bool timed_out) const;
  refusal broken(std::error_code why) const;
  std::string tls_port_hint() const;

  /// The port may be one for TLS alone, though STLS is wanted.
  bool may_begin_with_tls() const {
    return by == protection::stls && where.port != 110;
  }
  refusal refused_tls(std::error_code why) const;

  asio::awaitable<expected<std::string, refusal>> ask(std::string_view line);
  asio::awaitable<expected<std::string, refusal>> answer(net::duration timeout);
  asio::awaitable<expected<std::string, refusal>> greeting();
  asio::awaitable<expected<void, refusal>> connect();
  asio::awaitable<expected<void, refusal>> secure();
  asio::awaitable<expected<void, refusal>> begin_with_tls();
  asio::awaitable<expected<void, refusal>> stls();
  asio::awaitable<std::error_code> start_tls(net::duration timeout);
  asio::awaitable<expected<void, refusal>> user_and_pass(
      const credentials& who);
  asio::awaitable<bool> offers(mechanism how);
  asio::awaitable<expected<void, refusal>> token(const credentials& who);
  asio::awaitable<expected<void, refusal>> sasl(const credentials& who);
  /// All of them; `at` says how far it came.
  asio::awaitable<expected<void, refusal>> enter(const credentials& who);
};

refusal login::broken(std::error_code why) const {
  if (why == std::errc::timed_out) {
    const bool may_be_tls =
        at == session_stage::greeting && by != protection::tls;
    return ours("SYS/TEMP",
                fmt::format("{} did not answer within {}{}", where.host,
                            seconds_of(rules.silence_timeout),
                            may_be_tls ? tls_port_hint() : ""));
  }
  if (why == std::errc::operation_canceled) {
    refusal left =
        ours("SYS/TEMP",
             fmt::format("the client left before {} had answered", where.host));
    left.kind = refusal_kind::client_left;
    return left;
  }
  if (why == std::errc::protocol_error) {
    return ours("SYS/TEMP", fmt::format("{} does not speak POP3 on port {}",
                                        where.host, where.port));
  }
  return ours("SYS/TEMP",
              fmt::format("{} broke the connection off", where.host));
}

std::string login::tls_port_hint() const {
  return fmt::format(
      ": if port {} is one for SSL/TLS, choose SSL/TLS in the mail client, or "
      "log in as {}",
      where.port, with_port(where, 995));
}

/// Port 995 first: it is what most servers without STLS have.
refusal login::clear_refused(std::string_view why) const {
  const bool had_tls = with.seen_tls.has(where.host);
  return ours(
      "SYS/PERM",
      fmt::format("{} {}{}; the password was not sent. Log in as {} to use "
                  "TLS{}",
                  where.host, why, had_tls ? ", though it had TLS before" : "",
                  with_port(where, 995),
                  had_tls ? ""
                          : ", or name the host in upstream.clear_hosts in the "
                            "settings to do without"));
}

refusal login::no_connection(const net::connect_error& error) const {
  const bool named = error.detail.find(where.host) != std::string::npos;
  std::string text =
      named ? error.detail : fmt::format("{}: {}", where.host, error.detail);
  if (error.code == net::connect_errc::address_refused)
    text += "; upstream.networks in the settings can allow them";
  if (error.code == net::connect_errc::port_refused)
    text += "; upstream.ports in the settings can allow them";
  const bool silent = error.code == net::connect_errc::refused ||
                      error.code == net::connect_errc::timed_out;
  if (silent && where.with == protection::tls && where.port == 995) {
    text += fmt::format("; if it has port 110 only, log in as {}",
                        with_port(where, 110));
  }
  if (silent && where.with != protection::tls && where.port == 110) {
    text += fmt::format("; if it has port 995 only, log in as {}",
                        with_port(where, 995));
  }
  return ours(net::is_temporary(error.code) ? "SYS/TEMP" : "SYS/PERM", text);
}

refusal login::refused_tls(std::error_code why) const {
  const std::string detail = server->connection().tls_detail();
  return detail.empty() ? broken(why)
                        : no_tls(detail, why == std::errc::timed_out);
}

refusal login::no_tls(std::string_view detail, bool timed_out) const {
  std::string text = fmt::format("no secure connection to {}: {}", where.host,
                                 one_line(detail));
  const bool unknown_issuer =
      detail.find("does not know") != std::string_view::npos ||
      detail.find("signed by itself") != std::string_view::npos;
  if (unknown_issuer) {
    text +=
        "; if it is yours, name its certificate in upstream.extra_ca in the "
        "settings";
  } else if (where.with == protection::tls &&
             detail.find("does not speak TLS") != std::string_view::npos) {
    // Another port than 995 has TLS at once if the client has it, or a route
    // says so.
    text += where.port == 995
                ? fmt::format("; port 995 begins without it: log in as {}",
                              with_port(where, 110))
                : fmt::format(
                      "; port {} begins without it: connect to Mekiki with "
                      "STARTTLS or without TLS, or set tls = \"stls\" in a "
                      "[[route]]",
                      where.port);
  }
  return ours(timed_out ? "SYS/TEMP" : "SYS/PERM", text);
}

/// Sends a line (if any) and reads a status line or a "+" continuation.
asio::awaitable<expected<std::string, refusal>> login::ask(
    std::string_view line) {
  if (!line.empty()) {
    const std::error_code sent =
        co_await server->send(line, rules.silence_timeout);
    if (sent)
      co_return unexpected(broken(sent));
  }
  auto said = co_await answer(rules.silence_timeout);
  co_return said;
}

asio::awaitable<expected<std::string, refusal>> login::answer(
    net::duration timeout) {
  auto line = co_await server->read_line(timeout);
  if (!line)
    co_return unexpected(broken(line.error()));
  if (!parse_status(*line) && !line->starts_with('+')) {
    co_return unexpected(
        broken(std::make_error_code(std::errc::protocol_error)));
  }
  co_return std::move(*line);
}

asio::awaitable<expected<void, refusal>> login::connect() {
  if (!is_host_allowed()) {
    co_return unexpected(
        ours("SYS/PERM",
             fmt::format("{} is not among the mail servers that may be reached "
                         "here; upstream.hosts in the settings can allow it",
                         one_line(where.host))));
  }
  if (where.with == protection::clear && !may_be_clear()) {
    co_return unexpected(clear_refused("is set to be used without TLS"));
  }
  net::connect_request request;
  request.host = where.host + (where.host_is_complete ? "." : "");
  request.port = where.port;
  request.timeout = rules.connect_timeout;
  auto connected =
      co_await with.connect(with.resolver, rules.addresses, std::move(request));
  if (!connected)
    co_return unexpected(no_connection(connected.error()));
  server = std::make_unique<upstream>(std::move(*connected), with.clock,
                                      rules.line_limit, with.count);
  server->observer = waiting;
  if (observe) {
    observe(fmt::format("connected to {} ({})", where.host,
                        net::format(server->connection().peer())));
  }
  co_return expected<void, refusal>();
}

asio::awaitable<std::error_code> login::start_tls(net::duration timeout) {
  at = session_stage::tls;
  // What arrived in clear before TLS is not to be believed (RFC 2595 4).
  server->consume(server->buffered().size());
  const std::error_code error =
      co_await server->connection().start_tls(with.tls, where.host, timeout);
  if (error)
    co_return error;
  with.seen_tls.remember(where.host, is_clear_host(), client);
  if (observe)
    observe("TLS is up and the certificate is right");
  co_return error;
}

/// On a new connection.
asio::awaitable<expected<void, refusal>> login::begin_with_tls() {
  const bool is_guess = by != protection::tls;
  const std::error_code error = co_await start_tls(rules.connect_timeout);
  if (!error) {
    by = protection::tls;
    with.seen_tls.remember_port(where.host, where.port, client);
    co_return expected<void, refusal>();
  }
  // After any other failure the next login tries all anew.
  if (is_guess && error != net::tls_errc::certificate)
    with.seen_tls.forget_port(where.host, where.port);
  if (!is_guess || error != net::tls_errc::protocol)
    co_return unexpected(refused_tls(error));
  auto again = co_await connect();
  co_return again;
}

/// Nothing is sent to a silent server, which may only be slow: whether its port
/// begins with TLS is tried on another connection.
asio::awaitable<expected<std::string, refusal>> login::greeting() {
  at = session_stage::greeting;
  if (!may_begin_with_tls() || rules.silence_timeout <= silence_of_tls) {
    auto line = co_await answer(rules.silence_timeout);
    co_return line;
  }
  const steady_point end = server->time() + rules.silence_timeout;
  const std::error_code silence = co_await server->fill(silence_of_tls);
  if (silence == std::errc::timed_out) {
    if (observe)
      observe("silence: perhaps the port begins with TLS");
    std::unique_ptr<upstream> slow = std::move(server);
    const auto connected = co_await connect();
    std::error_code error;
    if (connected) {
      error = co_await start_tls(
          std::min(rules.connect_timeout, most_for_trying_tls));
      if (error == net::tls_errc::certificate)
        co_return unexpected(refused_tls(error));
    }
    at = session_stage::greeting;
    if (connected && !error) {
      by = protection::tls;
      with.seen_tls.remember_port(where.host, where.port, client);
    } else {
      server = std::move(slow);
    }
  } else if (silence) {
    co_return unexpected(broken(silence));
  }
  const net::duration patience =
      by == protection::tls ? rules.silence_timeout : end - server->time();
  auto line = co_await answer(patience);
  co_return line;
}

/// Greeting and TLS, in the order that `where.with` asks for, or that the
/// server needs.
asio::awaitable<expected<void, refusal>> login::secure() {
  if (by == protection::tls ||
      (may_begin_with_tls() &&
       with.seen_tls.begins_with_tls(where.host, where.port))) {
    auto secured = co_await begin_with_tls();
    if (!secured)
      co_return secured;
  }
  auto first = co_await greeting();
  if (!first)
    co_return unexpected(first.error());
  const auto status = parse_status(*first);
  server->greeting = *first;
  if (!status || !status->ok) {
    const std::string_view code =
        !status || status->code.empty() ? "SYS/TEMP" : status->code;
    co_return unexpected(
        refusal{.status = fmt::format(
                    "-ERR [{}] {} takes no sessions: {}", one_line(code),
                    where.host, one_line(status ? status->text : *first))});
  }
  if (observe)
    observe(fmt::format("greeted: {}", one_line(*first)));
  if (by != protection::stls)
    co_return expected<void, refusal>();
  auto secured = co_await stls();
  co_return secured;
}

asio::awaitable<expected<void, refusal>> login::stls() {
  at = session_stage::tls;
  auto said = co_await ask("STLS\r\n");
  if (!said)
    co_return unexpected(said.error());
  if (const auto status = parse_status(*said); status && status->ok) {
    const std::error_code error = co_await start_tls(rules.connect_timeout);
    if (error)
      co_return unexpected(refused_tls(error));
    co_return expected<void, refusal>();
  }
  if (!may_be_clear()) {
    co_return unexpected(
        clear_refused(fmt::format("offers no TLS on port {}", where.port)));
  }
  if (observe)
    observe("STLS was refused; the settings allow a login in clear");
  co_return expected<void, refusal>();
}

/// Whether the upstream takes `how`. What CAPA leaves behind when it goes wrong
/// is no answer to anything: then no more is asked on this connection.
asio::awaitable<bool> login::offers(mechanism how) {
  const capability_answer answer =
      co_await ask_capabilities(*server, rules.silence_timeout);
  co_return answer.how == capa_answer::listed&& answer.can.has(how);
}

asio::awaitable<expected<void, refusal>> login::user_and_pass(
    const credentials& who) {
  auto user = co_await ask(fmt::format("USER {}\r\n", where.user));
  if (!user)
    co_return unexpected(user.error());
  auto status = parse_status(*user);
  if (!status || !status->ok) {
    // Some servers take passwords by SASL alone.
    const refusal why = theirs(where, status.value_or(status_view{}));
    const bool offered = co_await offers(mechanism::plain);
    if (!offered)
      co_return unexpected(why);
    auto done = co_await sasl(who);
    co_return done;
  }
  if (observe)
    observe(fmt::format("the name {} was taken", where.user));
  const secret line = join_secret({"PASS ", who.secret.reveal(), "\r\n"});
  auto pass = co_await ask(line.reveal());
  if (!pass)
    co_return unexpected(pass.error());
  status = parse_status(*pass);
  if (status && status->ok)
    co_return expected<void, refusal>();
  const refusal why = theirs(where, status.value_or(status_view{}));
  if (!status || !may_try_sasl_after(*status, who.by_auth))
    co_return unexpected(why);
  const bool offered = co_await offers(mechanism::plain);
  if (!offered)
    co_return unexpected(why);
  auto done = co_await sasl(who);
  co_return done;
}

/// RFC 6750 5.3: a bearer token is as good as a password to whoever gets it.
asio::awaitable<expected<void, refusal>> login::token(const credentials& who) {
  const bool offered = co_await offers(who.how);
  if (!offered) {
    co_return unexpected(
        ours("SYS/PERM", fmt::format("{} does not offer {}; the token was not "
                                     "sent. Choose a password in the mail "
                                     "client",
                                     where.host, to_string(who.how))));
  }
  auto done = co_await sasl(who);
  co_return done;
}

// RFC 5034 4; a command line is at most 255 octets long.
asio::awaitable<expected<void, refusal>> login::sasl(const credentials& who) {
  constexpr std::size_t longest_command = 255;
  const secret message = with_user(who, where.user);
  const secret with_message =
      join_secret({"AUTH ", to_string(who.how), " ", message.reveal(), "\r\n"});
  const secret message_alone = join_secret({message.reveal(), "\r\n"});
  const bool at_once = with_message.reveal().size() <= longest_command;
  const std::string alone = fmt::format("AUTH {}\r\n", to_string(who.how));

  const std::string_view first =
      at_once ? with_message.reveal() : std::string_view(alone);
  auto answer = co_await ask(first);
  if (answer && !at_once && answer->starts_with('+') &&
      !parse_status(*answer)) {
    answer = co_await ask(message_alone.reveal());
  }
  if (answer && answer->starts_with('+') && !parse_status(*answer)) {
    // An OAuth error: its text has come, the -ERR waits for an answer
    // (RFC 7628 3.2.3). "AQ==" is the one octet ^A.
    const std::string_view acknowledge =
        who.how == mechanism::oauthbearer ? "AQ==\r\n" : "\r\n";
    answer = co_await ask(acknowledge);
  }
  if (!answer)
    co_return unexpected(answer.error());
  const auto status = parse_status(*answer);
  if (!status || !status->ok) {
    co_return unexpected(theirs(where, status.value_or(status_view{})));
  }
  co_return expected<void, refusal>();
}

asio::awaitable<expected<void, refusal>> login::enter(const credentials& who) {
  auto done = co_await connect();
  if (done)
    done = co_await secure();
  if (!done)
    co_return done;
  at = session_stage::login;
  if (who.how == mechanism::plain)
    done = co_await user_and_pass(who);
  else
    done = co_await token(who);
  if (done && observe)
    observe("logged in");
  co_return done;
}

}  // namespace

// ------------------------------------------------------------- octets

void upstream::consume(std::size_t octets) {
  begin_ += octets;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    buffer_.reset();
  }
}

asio::awaitable<std::error_code> upstream::fill(net::duration timeout) {
  struct mark {
    bool& is_set;
    explicit mark(bool& b) : is_set(b) { is_set = true; }
    ~mark() { is_set = false; }
    mark(const mark&) = delete;
    mark& operator=(const mark&) = delete;
  };
  const mark filling(is_filling_);
  const steady_point end = clock_.steady() + timeout;
  net::duration tick = first_tick;
  for (;;) {
    net::duration left = std::max(end - clock_.steady(), net::duration::zero());
    if (observer != nullptr)
      left = std::min(left, tick);
    const std::error_code error = co_await receive(left);
    const steady_point now = clock_.steady();
    const bool is_silent = error == std::errc::timed_out;
    // Octets may come so slowly that a client that waits for all of them gives
    // up.
    if (observer != nullptr && (is_silent || now - told_ >= longest_tick)) {
      told_ = now;
      const bool goes_on = co_await observer->on_wait();
      if (!goes_on)
        co_return std::make_error_code(std::errc::operation_canceled);
    }
    if (!is_silent || now >= end)
      co_return error;
    tick = std::min(2 * tick, longest_tick);
  }
}

asio::awaitable<std::error_code> upstream::receive(net::duration timeout) {
  const auto note_lull = [this] {
    last_lull_ = {.at = clock_.steady(), .received = received_};
  };
  if (!buffer_) {
    // Nothing is held while there is nothing to read.
    const std::error_code error = co_await stream_->wait_readable(timeout);
    if (error == std::errc::timed_out)
      note_lull();
    if (error)
      co_return error;
    buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
  }
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_size) {
    co_return std::make_error_code(std::errc::protocol_error);
  }
  const std::span<char> room(buffer_.get() + end_, buffer_size - end_);
  const net::read_result got = co_await stream_->read_some(room, timeout);
  if (got.error == std::errc::timed_out) {
    note_lull();
    co_return got.error;
  }
  if (got.octets == 0) {
    co_return std::make_error_code(std::errc::connection_reset);
  }
  end_ += got.octets;
  received_ += got.octets;
  if (count_ != nullptr)
    count_->received += got.octets;
  co_return std::error_code();
}

expected<std::optional<std::string>, std::error_code> upstream::take_line() {
  const std::string_view octets = buffered();
  const std::size_t lf = octets.substr(0, line_limit_).find('\n');
  if (lf == std::string_view::npos) {
    if (octets.size() >= line_limit_)
      return unexpected(std::make_error_code(std::errc::protocol_error));
    return std::optional<std::string>();
  }
  std::string_view line = octets.substr(0, lf);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  std::optional<std::string> copy(line);
  consume(lf + 1);
  return copy;
}

asio::awaitable<expected<std::string, std::error_code>> upstream::read_line(
    net::duration timeout) {
  const steady_point end = clock_.steady() + timeout;
  for (;;) {
    auto line = take_line();
    if (!line)
      co_return unexpected(line.error());
    if (*line)
      co_return std::move(**line);
    const std::error_code error = co_await fill(end - clock_.steady());
    if (error)
      co_return unexpected(error);
  }
}

std::string one_line(std::string_view text) {
  constexpr std::size_t most = 200;
  std::string out;
  for (const char c : ascii::trim(text).substr(0, most)) {
    const auto octet = static_cast<unsigned char>(c);
    out += octet < 0x20 || octet == 0x7f ? '?' : c;
  }
  return out;
}

// -------------------------------------------------------------- login

refusal_kind kind_of_refusal(const status_view& status) {
  if (!status.code.empty()) {
    if (ascii::iequals(status.code, "AUTH"))
      return refusal_kind::credentials;
    for (const std::string_view busy : {"IN-USE", "LOGIN-DELAY", "SYS/TEMP"}) {
      if (ascii::istarts_with(status.code, busy))
        return refusal_kind::busy;
    }
    return refusal_kind::other;
  }
  if (says_busy(status.text))
    return refusal_kind::busy;
  if (says_command(status.text))
    return refusal_kind::other;
  if (says_later(status.text) && !says_surely_wrong(status.text))
    return refusal_kind::busy;
  return refusal_kind::credentials;
}

bool may_try_sasl_after(const status_view& status, bool by_auth) {
  switch (kind_of_refusal(status)) {
    case refusal_kind::busy:
    case refusal_kind::client_left:
      return false;
    case refusal_kind::other:
      return says_command(status.text);
    case refusal_kind::credentials:
      return by_auth && status.code.empty() && !status.text.empty() &&
             !says_wrong(status.text);
  }
  return false;
}

asio::awaitable<capability_answer> ask_capabilities(upstream& server,
                                                    net::duration timeout) {
  const auto lost = [](std::error_code why) {
    return capability_answer{.how = capa_answer::out_of_step, .error = why};
  };
  const auto garbage = std::make_error_code(std::errc::protocol_error);
  const steady_point end = server.time() + timeout;
  const std::error_code sent = co_await server.send("CAPA\r\n", timeout);
  if (sent)
    co_return lost(sent);
  auto answer = co_await server.read_line(timeout);
  if (!answer)
    co_return lost(answer.error());
  const auto status = parse_status(*answer);
  if (!status) {
    // One line of whatever; if there are more, their end is not known.
    if (!server.buffered().empty())
      co_return lost(garbage);
    co_return capability_answer{.how = capa_answer::unreadable};
  }
  if (!status->ok)
    co_return capability_answer{.how = capa_answer::refused};

  capability_answer found{.can = no_capabilities()};
  std::size_t octets = 0;
  for (std::size_t i = 0; i < most_capability_lines; ++i) {
    auto line = co_await server.read_line(end - server.time());
    if (!line)
      co_return lost(line.error());
    if (*line == ".")
      co_return found;
    octets += line->size();
    // No list at all, but the answer to something else.
    if (octets > most_capability_octets || parse_status(*line))
      co_return lost(garbage);
    read_capability(*line, found.can);
  }
  co_return lost(garbage);
}

asio::awaitable<expected<std::unique_ptr<upstream>, refusal>> log_in(
    const target& where, const credentials& who, const upstream_rules& rules,
    upstream_services with, const step_observer& observe,
    delivery::wait_observer* observer) {
  login l{.where = where,
          .client = who.client,
          .rules = rules,
          .with = with,
          .observe = observe,
          .waiting = observer,
          .server = nullptr,
          .by = where.with};
  auto entered = co_await l.enter(who);
  if (entered)
    co_return std::move(l.server);
  refusal why = entered.error();
  why.at = l.at;
  co_return unexpected(std::move(why));
}

}  // namespace mekiki::pop3

#include "pop3/upstream.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "pop3/codec.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

constexpr std::size_t buffer_size = 64 << 10;
constexpr std::size_t most_capabilities = 100;
constexpr std::size_t most_stray_lines = 200'000;

refusal ours(std::string_view code, std::string_view sentence) {
  return {.status = fmt::format("-ERR [{}] Mekiki: {}", code, sentence)};
}

/// The upstream's own -ERR. Its response code is kept, so that the client can
/// tell a wrong password from a busy mailbox (RFC 3206).
refusal theirs(const target& where, const status_view& status) {
  const std::string_view code = status.code.empty() ? "AUTH" : status.code;
  return {
      .status = fmt::format("-ERR [{}] {} refused the login: {}",
                            one_line(code), where.host, one_line(status.text)),
      .by_server = true};
}

refusal broken(const target& where, std::error_code why) {
  if (why == std::errc::timed_out) {
    return ours("SYS/TEMP", fmt::format("{} does not answer", where.host));
  }
  if (why == std::errc::protocol_error) {
    return ours("SYS/TEMP", fmt::format("{} does not speak POP3 on port {}",
                                        where.host, where.port));
  }
  return ours("SYS/TEMP",
              fmt::format("{} broke the connection off", where.host));
}

/// One login in the making.
struct login {
  const target& where;
  const upstream_rules& rules;
  upstream_services with;
  const step_observer& observe;
  std::unique_ptr<upstream> server;
  step at = step::connect;

  bool may_be_clear() const {
    return std::ranges::find(rules.clear_hosts, where.host) !=
               rules.clear_hosts.end() &&
           !with.seen_tls.has(where.host);
  }
  refusal clear_refused(std::string_view why) const;

  asio::awaitable<expected<std::string, refusal>> ask(std::string_view line);
  asio::awaitable<expected<void, refusal>> connect();
  asio::awaitable<expected<void, refusal>> secure();
  asio::awaitable<expected<void, refusal>> start_tls();
  asio::awaitable<expected<void, refusal>> user_and_pass(
      const credentials& who);
  asio::awaitable<expected<void, refusal>> sasl(const credentials& who);
  /// All of them; `at` says how far it came.
  asio::awaitable<expected<void, refusal>> enter(const credentials& who);
};

refusal login::clear_refused(std::string_view why) const {
  if (with.seen_tls.has(where.host)) {
    return ours("SYS/PERM",
                fmt::format("{} {}, though it had TLS before; the password "
                            "was not sent",
                            where.host, why));
  }
  return ours("SYS/PERM",
              fmt::format("{} {}; the password was not sent. "
                          "upstream.clear_hosts in the settings can allow it",
                          where.host, why));
}

/// Sends a line (if any) and reads a status line or a "+" continuation.
asio::awaitable<expected<std::string, refusal>> login::ask(
    std::string_view line) {
  if (!line.empty()) {
    const std::error_code sent =
        co_await server->send(line, rules.silence_timeout);
    if (sent)
      co_return unexpected(broken(where, sent));
  }
  auto answer = co_await server->read_line(rules.silence_timeout);
  if (!answer)
    co_return unexpected(broken(where, answer.error()));
  if (!parse_status(*answer) && !answer->starts_with('+')) {
    co_return unexpected(
        broken(where, std::make_error_code(std::errc::protocol_error)));
  }
  co_return std::move(*answer);
}

asio::awaitable<expected<void, refusal>> login::connect() {
  if (where.with == protection::clear && !may_be_clear()) {
    co_return unexpected(clear_refused("is set to be used without TLS"));
  }
  net::connect_request request;
  request.host = where.host;
  request.port = where.port;
  request.timeout = rules.connect_timeout;
  auto connected = co_await net::connect(with.io, with.resolver,
                                         rules.addresses, std::move(request));
  if (!connected) {
    const auto& error = connected.error();
    const bool named = error.detail.find(where.host) != std::string::npos;
    co_return unexpected(
        ours(net::is_temporary(error.code) ? "SYS/TEMP" : "SYS/PERM",
             named ? error.detail
                   : fmt::format("{}: {}", where.host, error.detail)));
  }
  server = std::make_unique<upstream>(std::move(*connected), rules.line_limit,
                                      with.count);
  if (observe) {
    observe(fmt::format("connected to {} ({})", where.host,
                        net::format(server->connection().peer())));
  }
  co_return expected<void, refusal>();
}

asio::awaitable<expected<void, refusal>> login::start_tls() {
  at = step::tls;
  // What arrived in clear before TLS is not to be believed (RFC 2595 4).
  server->consume(server->buffered().size());
  const std::error_code error = co_await server->connection().start_tls(
      with.tls, where.host, rules.connect_timeout);
  if (error) {
    const std::string detail = server->connection().tls_detail();
    if (detail.empty())
      co_return unexpected(broken(where, error));
    co_return unexpected(
        ours(error == std::errc::timed_out ? "SYS/TEMP" : "SYS/PERM",
             fmt::format("no secure connection to {}: {}", where.host,
                         one_line(detail))));
  }
  with.seen_tls.remember(where.host);
  if (observe)
    observe("TLS is up and the certificate is right");
  co_return expected<void, refusal>();
}

/// Greeting and TLS, in the order that `where.with` asks for.
asio::awaitable<expected<void, refusal>> login::secure() {
  if (where.with == protection::tls) {
    auto secured = co_await start_tls();
    if (!secured)
      co_return secured;
  }
  at = step::greeting;
  auto greeting = co_await ask("");
  if (!greeting)
    co_return unexpected(greeting.error());
  const auto status = parse_status(*greeting);
  if (!status || !status->ok) {
    const std::string_view code =
        !status || status->code.empty() ? "SYS/TEMP" : status->code;
    co_return unexpected(
        refusal{.status = fmt::format(
                    "-ERR [{}] {} takes no sessions: {}", one_line(code),
                    where.host, one_line(status ? status->text : *greeting))});
  }
  if (observe)
    observe(fmt::format("greeted: {}", one_line(*greeting)));
  if (where.with != protection::stls)
    co_return expected<void, refusal>();

  at = step::tls;
  auto stls = co_await ask("STLS\r\n");
  if (!stls)
    co_return unexpected(stls.error());
  if (const auto answer = parse_status(*stls); answer && answer->ok) {
    auto secured = co_await start_tls();
    co_return secured;
  }
  if (!may_be_clear()) {
    co_return unexpected(
        clear_refused(fmt::format("offers no TLS on port {}", where.port)));
  }
  if (observe)
    observe("no TLS there; the settings allow a login in clear");
  co_return expected<void, refusal>();
}

asio::awaitable<expected<void, refusal>> login::user_and_pass(
    const credentials& who) {
  auto user = co_await ask(fmt::format("USER {}\r\n", where.user));
  if (!user)
    co_return unexpected(user.error());
  auto status = parse_status(*user);
  if (!status || !status->ok) {
    // Some servers take passwords by SASL alone.
    auto offered = co_await ask_capabilities(*server, rules.silence_timeout);
    if (!offered)
      co_return unexpected(broken(where, offered.error()));
    if (status && !offered->sasl_plain) {
      co_return unexpected(theirs(where, *status));
    }
    auto done = co_await sasl(who);
    co_return done;
  }
  if (observe)
    observe(fmt::format("the name {} was taken", where.user));
  const secret line(fmt::format("PASS {}\r\n", who.secret.reveal()));
  auto pass = co_await ask(line.reveal());
  if (!pass)
    co_return unexpected(pass.error());
  status = parse_status(*pass);
  if (!status || !status->ok) {
    co_return unexpected(theirs(where, status.value_or(status_view{})));
  }
  co_return expected<void, refusal>();
}

// RFC 5034 4; a command line is at most 255 octets long.
asio::awaitable<expected<void, refusal>> login::sasl(const credentials& who) {
  constexpr std::size_t longest_command = 255;
  const secret message = rewrite(who, where.user);
  const secret with_message(
      fmt::format("AUTH {} {}\r\n", to_string(who.how), message.reveal()));
  const secret message_alone(fmt::format("{}\r\n", message.reveal()));
  const bool at_once = with_message.reveal().size() <= longest_command;
  const std::string first =
      at_once ? std::string(with_message.reveal())
              : fmt::format("AUTH {}\r\n", to_string(who.how));

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
  at = step::login;
  if (who.how == mechanism::plain)
    done = co_await user_and_pass(who);
  else
    done = co_await sasl(who);
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
  if (!buffer_) {
    // Nothing is held while there is nothing to read.
    const std::error_code error = co_await stream_->wait_readable(timeout);
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
  if (got.error == std::errc::timed_out)
    co_return got.error;
  if (got.octets == 0) {
    co_return std::make_error_code(std::errc::connection_reset);
  }
  end_ += got.octets;
  if (count_ != nullptr)
    count_->received += got.octets;
  co_return std::error_code();
}

asio::awaitable<expected<std::string, std::error_code>> upstream::read_line(
    net::duration timeout) {
  for (;;) {
    const std::string_view octets = buffered();
    const std::size_t lf = octets.substr(0, line_limit_).find('\n');
    if (lf != std::string_view::npos) {
      std::string_view line = octets.substr(0, lf);
      if (line.ends_with('\r'))
        line.remove_suffix(1);
      std::string copy(line);
      consume(lf + 1);
      co_return copy;
    }
    if (octets.size() >= line_limit_) {
      co_return unexpected(std::make_error_code(std::errc::protocol_error));
    }
    const std::error_code error = co_await fill(timeout);
    if (error)
      co_return unexpected(error);
  }
}

asio::awaitable<expected<std::string, std::error_code>> upstream::read_status(
    net::duration timeout) {
  std::size_t stray = stray_list_ ? most_stray_lines : 0;
  stray_list_ = false;
  for (;;) {
    auto line = co_await read_line(timeout);
    if (!line)
      co_return unexpected(line.error());
    if (parse_status(*line))
      co_return std::move(*line);
    if (stray == 0 || !is_list_line(*line)) {
      co_return unexpected(std::make_error_code(std::errc::protocol_error));
    }
    --stray;
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

asio::awaitable<expected<capabilities, std::error_code>> ask_capabilities(
    upstream& server, net::duration timeout) {
  const std::error_code sent = co_await server.send("CAPA\r\n", timeout);
  if (sent)
    co_return unexpected(sent);
  auto answer = co_await server.read_line(timeout);
  if (!answer)
    co_return unexpected(answer.error());
  const auto garbage = std::make_error_code(std::errc::protocol_error);
  const auto status = parse_status(*answer);
  if (!status)
    co_return unexpected(garbage);
  if (!status->ok)
    co_return capabilities{};

  capabilities found = no_capabilities();
  for (std::size_t i = 0; i < most_capabilities; ++i) {
    auto line = co_await server.read_line(timeout);
    if (!line)
      co_return unexpected(line.error());
    if (*line == ".")
      co_return found;
    read_capability(*line, found);
  }
  co_return unexpected(garbage);
}

asio::awaitable<expected<std::unique_ptr<upstream>, refusal>> log_in(
    const target& where, const credentials& who, const upstream_rules& rules,
    upstream_services with, const step_observer& observe) {
  login l{.where = where,
          .rules = rules,
          .with = with,
          .observe = observe,
          .server = nullptr};
  auto entered = co_await l.enter(who);
  if (entered)
    co_return std::move(l.server);
  refusal why = entered.error();
  why.at = l.at;
  co_return unexpected(std::move(why));
}

}  // namespace mekiki::pop3

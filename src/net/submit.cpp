#include "net/submit.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/host_name.hpp"
#include "base/ip_address.hpp"
#include "net/printable.hpp"
#include "net/smtp_reply.hpp"

namespace mekiki::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_shown = 200;       // octets of a server's line
constexpr std::size_t most_recipient = 320;   // RFC 5321 4.5.3.1: 64 + 1 + 255
constexpr std::size_t longest_command = 512;  // RFC 5321 4.5.3.1.4, with CRLF
constexpr std::size_t written_at_once = 16 << 10;
// How long a server may take to answer QUIT.
constexpr std::chrono::seconds farewell{1};

constexpr std::string_view stopped = "the sending was stopped";

/// Where the conversation is: what a reply answers.
enum class stage : std::uint8_t {
  greeting,
  hello,
  starttls,
  login,
  sender,
  recipient,
  data,
  mail
};

/// What a server refuses that does not take a stage's command.
std::string_view refused(stage at) {
  switch (at) {
    case stage::greeting:
      return "takes no mail now";
    case stage::hello:
      return "refused our greeting";
    case stage::starttls:
      return "refused TLS";
    case stage::login:
      return "refused the login";
    case stage::sender:
      return "refused the empty sender";
    case stage::recipient:
      return "refused the recipient";
    case stage::data:
    case stage::mail:
      break;
  }
  return "refused the mail";
}

std::string shown(const smtp_reply& reply) {
  return printable(last_line(reply), most_shown);
}

// ------------------------------------------------------------ the mail itself

// A line end that only some servers see as one would let a mail end early, and
// what follows be taken for commands (RFC 5321 2.3.8).
bool has_only_crlf(std::string_view mail) {
  for (std::size_t i = 0; i < mail.size(); ++i) {
    if (mail[i] == '\r' && (i + 1 == mail.size() || mail[i + 1] != '\n'))
      return false;
    if (mail[i] == '\n' && (i == 0 || mail[i - 1] != '\r'))
      return false;
  }
  return true;
}

/// RFC 1870 3: its octets without the doubled dots.
std::size_t size_of(std::string_view mail) {
  return mail.ends_with("\r\n") ? mail.size() : mail.size() + 2;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// What needs no server to be refused.
std::optional<submit_failure> refuse(const smarthost& to,
                                     std::string_view recipient,
                                     std::string_view mail) {
  const auto address = parse_ip_address(to.host);
  if (!address && !is_host_name(to.host))
    return submit_failure{false, "the smarthost's name is no host name"};
  if (!is_host_name(to.own_name))
    return submit_failure{false, "our own name is no host name"};
  if (to.with == submit_tls::clear && (!address || !is_loopback(*address))) {
    return submit_failure{
        false, fmt::format("{} is no loopback address, and to others mail goes "
                           "over TLS only",
                           to.host)};
  }
  if (to.with == submit_tls::clear && !to.user.empty()) {
    return submit_failure{
        false,
        fmt::format("the password for {} is sent over TLS only", to.host)};
  }
  if (!is_recipient(recipient)) {
    return submit_failure{true,
                          fmt::format("\"{}\" is no mail address",
                                      printable(recipient, most_recipient))};
  }
  if (mail.empty() || !has_only_crlf(mail)) {
    return submit_failure{true,
                          "the mail is empty or has lines that do not end in "
                          "CRLF"};
  }
  return std::nullopt;
}

// ------------------------------------------------------------ conversation

using done = expected<void, submit_failure>;
using answer = expected<smtp_reply, submit_failure>;

/// One mail being handed over. A failure ends it.
class conversation {
 public:
  conversation(const smarthost& to, const submit_services& with,
               const submit_observer& observe)
      : to_(to),
        with_(with),
        observe_(observe),
        end_(with.clock.steady() + to.timeout) {}

  asio::awaitable<done> hand_over(std::string_view recipient,
                                  std::string_view mail);
  /// QUIT, where the server waits for a command.
  asio::awaitable<void> leave();

 private:
  duration left() const {
    return std::max(end_ - with_.clock.steady(), duration::zero());
  }
  duration left_for_connecting() const {
    return std::min<duration>(to_.connect_timeout, left());
  }
  void tell(std::string_view step) const {
    if (observe_)
      observe_(step);
  }

  submit_failure broken(std::error_code why) const;
  submit_failure no_tls(std::error_code why) const;
  submit_failure not_smtp() const;
  submit_failure refused_by(const smtp_reply& reply) const;
  bool is_permanent(const smtp_reply& reply) const;

  asio::awaitable<std::error_code> send(std::string_view octets);
  asio::awaitable<std::error_code> receive(duration timeout);
  asio::awaitable<answer> read_reply();
  asio::awaitable<answer> ask(stage at, std::string_view line);
  done taken(const answer& reply, int wanted = 2) const;

  asio::awaitable<done> connect();
  asio::awaitable<done> start_tls();
  asio::awaitable<done> greeting();
  asio::awaitable<done> hello();
  asio::awaitable<done> secure();
  asio::awaitable<done> log_in();
  asio::awaitable<answer> authenticate(std::string_view mechanism,
                                       const std::vector<secret>& responses);
  asio::awaitable<done> envelope(std::string_view recipient,
                                 std::string_view mail);
  asio::awaitable<done> content(std::string_view mail);

  const smarthost& to_;
  const submit_services& with_;
  const submit_observer& observe_;
  steady_point end_;
  stream_ptr stream_;
  std::string received_;  // and not yet read
  stage at_ = stage::greeting;
  bool is_our_turn_ = false;
  smtp_extensions can_;
  bool logged_in_ = false;
};

// ------------------------------------------------------------ failures

submit_failure conversation::broken(std::error_code why) const {
  if (why == std::errc::operation_canceled)
    return {.reason = std::string(stopped)};
  if (why == std::errc::timed_out) {
    const bool may_be_tls =
        at_ == stage::greeting && to_.with == submit_tls::starttls;
    return {.reason = fmt::format(
                "{}, port {}, did not answer in time{}", to_.host, to_.port,
                may_be_tls
                    ? "; a port that expects TLS at once is silent like that"
                    : "")};
  }
  return {.reason = fmt::format("{} broke the connection off", to_.host)};
}

submit_failure conversation::no_tls(std::error_code why) const {
  const std::string detail = stream_->tls_detail();
  if (why == std::errc::operation_canceled || detail.empty())
    return broken(why);
  const bool begins_in_clear =
      to_.with == submit_tls::tls && why == tls_errc::protocol &&
      detail.find("does not speak TLS") != std::string::npos;
  return {.reason = fmt::format(
              "no secure connection to {}{}: {}", to_.host,
              why == tls_errc::certificate ? ""
                                           : fmt::format(", port {}", to_.port),
              begins_in_clear
                  ? "it does not speak TLS at once there; STARTTLS may be meant"
                  : detail)};
}

submit_failure conversation::not_smtp() const {
  return {.reason = fmt::format("{} does not speak SMTP on port {}", to_.host,
                                to_.port)};
}

submit_failure conversation::refused_by(const smtp_reply& reply) const {
  return {
      .permanent = is_permanent(reply),
      .reason = fmt::format("{} {}: {}", to_.host, refused(at_), shown(reply))};
}

// A 5xx about this mail or its recipient, and not about who we are. To MAIL
// only a size is that: whoever does not take the empty sender takes no mail of
// ours at all. To RCPT a stranger is told that there is no relaying for him.
bool conversation::is_permanent(const smtp_reply& reply) const {
  constexpr std::array about_login{530, 534, 535, 538};  // RFC 4954 6
  if (reply.code / 100 != 5 ||
      std::ranges::find(about_login, reply.code) != about_login.end())
    return false;
  if (!to_.user.empty() && !logged_in_)
    return false;
  switch (at_) {
    case stage::sender:
      return reply.code == 552;
    case stage::recipient:
      return logged_in_ || !is_about_policy(reply);
    case stage::data:
    case stage::mail:
      return true;
    default:
      return false;
  }
}

// ------------------------------------------------------------ octets

asio::awaitable<std::error_code> conversation::send(std::string_view octets) {
  is_our_turn_ = false;
  // A write's own deadline begins anew whenever the peer takes something.
  while (!octets.empty()) {
    const std::string_view piece = octets.substr(0, written_at_once);
    const std::error_code error = co_await stream_->write(piece, left());
    if (error)
      co_return error;
    octets.remove_prefix(piece.size());
  }
  co_return std::error_code();
}

asio::awaitable<std::error_code> conversation::receive(duration timeout) {
  std::array<char, 2048> buffer{};
  const read_result got = co_await stream_->read_some(buffer, timeout);
  received_.append(buffer.data(), got.octets);
  if (!got.error && got.octets == 0)
    co_return std::make_error_code(std::errc::connection_reset);
  co_return got.error;
}

asio::awaitable<answer> conversation::read_reply() {
  smtp_reply_reader reader;
  for (;;) {
    std::string_view rest = received_;
    const auto event = reader.next(rest);
    received_.erase(0, received_.size() - rest.size());
    if (event == smtp_reply_reader::event::malformed)
      co_return unexpected(not_smtp());
    if (event == smtp_reply_reader::event::reply)
      break;
    const std::error_code error = co_await receive(left());
    if (error)
      co_return unexpected(broken(error));
  }
  is_our_turn_ = true;
  co_return reader.take();
}

/// Sends a command, and reads what the server says to it. What came before the
/// command is no answer to it, and behind a 220 to STARTTLS anybody's (RFC 3207
/// 6, CVE-2011-0411): that ends the conversation.
asio::awaitable<answer> conversation::ask(stage at, std::string_view line) {
  if (!received_.empty()) {
    is_our_turn_ = false;
    co_return unexpected(not_smtp());
  }
  at_ = at;
  const std::error_code error = co_await send(line);
  if (error)
    co_return unexpected(broken(error));
  auto reply = co_await read_reply();
  co_return reply;
}

/// Another answer than one of the `wanted` hundred is a refusal.
done conversation::taken(const answer& reply, int wanted) const {
  if (!reply)
    return unexpected(reply.error());
  if (reply->code / 100 != wanted)
    return unexpected(refused_by(*reply));
  return {};
}

// ------------------------------------------------------------ steps

asio::awaitable<done> conversation::connect() {
  // Where mail is handed in is the administrator's choice.
  address_rules anywhere;
  anywhere.allowed = {*parse_ip_network("0.0.0.0/0"),
                      *parse_ip_network("::/0")};
  anywhere.ports = {to_.port};
  connect_request request{
      .host = to_.host, .port = to_.port, .timeout = left_for_connecting()};
  auto connected =
      co_await with_.connect(with_.resolver, anywhere, std::move(request));
  const auto state = co_await asio::this_coro::cancellation_state;
  if (!connected) {
    const bool is_stopped = state.cancelled() != asio::cancellation_type::none;
    co_return unexpected(submit_failure{
        .reason = is_stopped ? std::string(stopped)
                             : fmt::format("no connection to {}, port {}: {}",
                                           to_.host, to_.port,
                                           connected.error().detail)});
  }
  stream_ = std::move(*connected);
  tell(fmt::format("connected to {}, port {} ({})", to_.host, to_.port,
                   format(stream_->peer().address)));
  co_return done();
}

asio::awaitable<done> conversation::start_tls() {
  if (!received_.empty())
    co_return unexpected(not_smtp());
  const std::error_code error =
      co_await stream_->start_tls(*to_.tls, to_.host, left_for_connecting());
  if (error)
    co_return unexpected(no_tls(error));
  tell("TLS is up and the certificate is right");
  co_return done();
}

asio::awaitable<done> conversation::greeting() {
  const auto reply = co_await read_reply();
  done step = taken(reply);
  if (step)
    tell(fmt::format("greeted: {}", shown(*reply)));
  co_return step;
}

/// RFC 5321 3.2: HELO where EHLO is refused, but not where something is needed
/// that only EHLO can offer.
asio::awaitable<done> conversation::hello() {
  const std::string line = fmt::format("EHLO {}\r\n", to_.own_name);
  auto reply = co_await ask(stage::hello, line);
  const bool needs_ehlo =
      !to_.user.empty() ||
      (to_.with == submit_tls::starttls && !stream_->is_tls());
  if (reply && reply->code / 100 == 5 && !needs_ehlo) {
    const std::string plain_line = fmt::format("HELO {}\r\n", to_.own_name);
    reply = co_await ask(stage::hello, plain_line);
    if (reply)
      reply->lines.resize(1);  // it lists nothing
  }
  done step = taken(reply);
  if (step)
    can_ = parse_extensions(*reply);
  co_return step;
}

/// Greetings and TLS, in the order of the port.
asio::awaitable<done> conversation::secure() {
  done step;
  if (to_.with == submit_tls::tls)
    step = co_await start_tls();
  if (step)
    step = co_await greeting();
  if (step)
    step = co_await hello();
  if (!step || to_.with != submit_tls::starttls)
    co_return step;
  if (!can_.starttls) {
    co_return unexpected(submit_failure{
        .reason = fmt::format("{} offers no TLS (STARTTLS) on port {}; nothing "
                              "secret was sent",
                              to_.host, to_.port)});
  }
  const auto reply = co_await ask(stage::starttls, "STARTTLS\r\n");
  step = taken(reply);
  if (!step)
    co_return step;
  is_our_turn_ = false;
  step = co_await start_tls();
  // What was said in clear is forgotten (RFC 3207 4.2).
  if (step)
    step = co_await hello();
  co_return step;
}

/// PLAIN (RFC 4616), else LOGIN. Where no login is offered at all the mail is
/// tried without.
asio::awaitable<done> conversation::log_in() {
  if (to_.user.empty() || !can_.auth)
    co_return done();
  std::vector<secret> responses;
  if (can_.plain) {
    std::string message;
    // Its octets must not lie about in a buffer that grew.
    message.reserve(to_.user.size() + to_.password.reveal().size() + 2);
    message += '\0';
    message += to_.user;
    message += '\0';
    message += to_.password.reveal();
    responses.emplace_back(base64_encode(message));
    wipe(message.data(), message.size());
  } else if (can_.login) {
    responses.emplace_back(base64_encode(to_.user));
    responses.emplace_back(base64_encode(to_.password.reveal()));
  } else {
    co_return unexpected(submit_failure{
        .reason = fmt::format(
            "{} offers no login that we know (PLAIN or LOGIN)", to_.host)});
  }
  const std::string_view mechanism = can_.plain ? "PLAIN" : "LOGIN";
  const auto reply = co_await authenticate(mechanism, responses);
  done step = taken(reply);
  if (step) {
    logged_in_ = true;
    tell(fmt::format("logged in as {}", printable(to_.user, most_shown)));
  }
  co_return step;
}

/// RFC 4954 4: the first response goes along with the command if the line then
/// is not too long. The last answer, whatever it is.
asio::awaitable<answer> conversation::authenticate(
    std::string_view mechanism, const std::vector<secret>& responses) {
  const secret with_first = join_secret(
      {"AUTH ", mechanism, " ", responses.front().reveal(), "\r\n"});
  const bool at_once = with_first.reveal().size() <= longest_command;
  const std::string alone = fmt::format("AUTH {}\r\n", mechanism);
  const std::string_view first = at_once ? with_first.reveal() : alone;
  auto reply = co_await ask(stage::login, first);
  for (std::size_t i = at_once ? 1 : 0;
       i < responses.size() && reply && reply->code == 334; ++i) {
    const secret line = join_secret({responses[i].reveal(), "\r\n"});
    reply = co_await ask(stage::login, line.reveal());
  }
  // Whatever more it wants to know, it waits for an answer, not a command.
  if (reply && reply->code == 334)
    is_our_turn_ = false;
  co_return reply;
}

asio::awaitable<done> conversation::envelope(std::string_view recipient,
                                             std::string_view mail) {
  const std::string sender = fmt::format(
      "MAIL FROM:<>{}{}\r\n",
      can_.size ? fmt::format(" SIZE={}", size_of(mail)) : "",
      can_.eight_bit_mime && !is_ascii(mail) ? " BODY=8BITMIME" : "");
  auto reply = co_await ask(stage::sender, sender);
  done step = taken(reply);
  if (!step)
    co_return step;
  const std::string to = fmt::format("RCPT TO:<{}>\r\n", recipient);
  reply = co_await ask(stage::recipient, to);
  step = taken(reply);
  if (step)
    tell("sender and recipient are accepted");
  co_return step;
}

asio::awaitable<done> conversation::content(std::string_view mail) {
  auto reply = co_await ask(stage::data, "DATA\r\n");
  done step = taken(reply, 3);
  if (!step)
    co_return step;
  at_ = stage::mail;
  const std::string octets = stuff_dots(mail);
  std::error_code error = co_await send(octets);
  if (error)
    co_return unexpected(broken(error));
  // What is said before the end of the mail accepts nothing.
  error = co_await receive(duration::zero());
  if (error && error != std::errc::timed_out)
    co_return unexpected(broken(error));
  if (!received_.empty()) {
    reply = co_await read_reply();
    is_our_turn_ = false;
    if (reply && reply->code < 400)
      co_return unexpected(not_smtp());
    co_return taken(reply);
  }
  reply = co_await ask(stage::mail, ".\r\n");
  step = taken(reply);
  if (step)
    tell(fmt::format("the mail is accepted: {}", shown(*reply)));
  co_return step;
}

asio::awaitable<done> conversation::hand_over(std::string_view recipient,
                                              std::string_view mail) {
  done step = co_await connect();
  if (step)
    step = co_await secure();
  if (step)
    step = co_await log_in();
  if (step)
    step = co_await envelope(recipient, mail);
  if (step)
    step = co_await content(mail);
  if (!step && at_ > stage::login && !to_.user.empty() && !logged_in_) {
    submit_failure why = step.error();
    why.reason += " (it had offered no login)";
    co_return unexpected(std::move(why));
  }
  co_return step;
}

/// RFC 5321 4.1.1.10. What was decided stands, whatever comes of it.
asio::awaitable<void> conversation::leave() {
  if (!stream_ || !is_our_turn_)
    co_return;
  end_ = std::min(end_, with_.clock.steady() + farewell);
  const std::error_code error = co_await send("QUIT\r\n");
  if (!error) {
    [[maybe_unused]] const answer bye = co_await read_reply();
  }
  stream_->close();
}

}  // namespace

bool is_recipient(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return text.size() <= most_recipient && at != std::string_view::npos &&
         at != 0 && at + 1 != text.size() &&
         std::ranges::all_of(text, [](char c) {
           return ascii::is_graph(c) && c != '<' && c != '>';
         });
}

asio::awaitable<expected<void, submit_failure>> submit(
    const smarthost& to, std::string_view recipient, std::string_view mail,
    const submit_services& with, const submit_observer& observe) {
  assert(to.with == submit_tls::clear || to.tls);
  if (auto refused_by_us = refuse(to, recipient, mail))
    co_return unexpected(std::move(*refused_by_us));
  conversation talk(to, with, observe);
  done handed_over = co_await talk.hand_over(recipient, mail);
  // A mail that was accepted must not be sent again, even if whoever waits for
  // the farewell is cancelled.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await talk.leave();
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return handed_over;
}

}  // namespace mekiki::net

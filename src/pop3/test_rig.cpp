#include "pop3/test_rig.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include "auth/dkim/sign.hpp"
#include "base/log.hpp"
#include "dns/zone_resolver.hpp"

namespace mekiki::pop3::test {

namespace asio = boost::asio;

namespace {

constexpr std::string_view our_id = "proxy.example";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// ------------------------------------------------------------------ mails

const crypto::private_key& signing_key() {
  static const auto key =
      *crypto::private_key::generate(crypto::key_type::ed25519);
  return key;
}

/// bank.example signs all it sends, and asks to reject what is not signed.
std::string zone() {
  return fmt::format(
      R"({{"s._domainkey.bank.example": {{"TXT": ["{}"]}},
          "_dmarc.bank.example": {{"TXT": ["v=DMARC1; p=reject"]}},
          "bank.example": {{"TXT": ["v=spf1 ip4:192.0.2.25 -all"]}},
          "example.jp": {{"MX": [[10, "mx.example.jp"]]}},
          "mx.example.jp": {{"A": ["198.51.100.25"]}}}})",
      dkim::format_key_record(signing_key()));
}

std::string letter(int number, std::string_view body,
                   std::string_view from = "taro@example.jp") {
  return fmt::format(
      "From: {}\r\nTo: hanako@example.jp\r\nSubject: mail {}\r\n"
      "X-DKIM-Check: pass\r\n\r\n{}",
      from, number, body);
}

std::string numbered_lines(int number, std::size_t lines) {
  std::string out;
  for (std::size_t i = 1; i <= lines; ++i) {
    out += fmt::format("{}line {} of mail {}\r\n", i % 10 == 0 ? "." : "", i,
                       number);
  }
  return out;
}

/// As the user's own provider writes it.
std::string trace(std::string_view from, std::string_view address) {
  return fmt::format(
      "Return-Path: <info@bank.example>\r\n"
      "Received: from {0} ({0} [{1}])\r\n"
      "\tby mx.example.jp (Postfix) with ESMTPS id 4711\r\n"
      "\tfor <hanako@example.jp>; Thu, 14 Jan 2027 12:00:01 +0900\r\n",
      from, address);
}

std::string signed_mail(int number, std::size_t lines) {
  const std::string mail = fmt::format(
      "From: Bank <info@bank.example>\r\nTo: hanako@example.jp\r\n"
      "Subject: mail {}\r\nDate: Thu, 14 Jan 2027 12:00:00 +0900\r\n"
      "Message-ID: <{}@bank.example>\r\n\r\n"
      "Dear customer,\r\n.\r\n..\r\n{}",
      number, number, numbered_lines(number, lines));
  return trace("mx.bank.example", "192.0.2.25") +
         *dkim::sign(mail, "bank.example", "s", signing_key()) + mail;
}

}  // namespace

std::optional<std::string> make_mail(std::string_view kind, int number,
                                     std::size_t size) {
  if (kind == "plain")  // a few lines
    return letter(number, numbered_lines(number, 3));
  if (kind == "dots")  // lines that begin with dots, and one that is a dot
    return letter(number,
                  fmt::format(".\r\n..\r\n.body of {}\r\n.\r\n", number));
  if (kind == "long")  // so many lines
    return letter(number, numbered_lines(number, size));
  if (kind == "large") {  // so many octets
    std::string text = letter(number, "");
    text.reserve(size + 80);
    while (text.size() < size) text += fmt::format("{:070}\r\n", text.size());
    return text;
  }
  if (kind == "signed")  // by its author's domain, with a lone dot
    return signed_mail(number, size == 0 ? 20 : size);
  if (kind == "signed-up-to-a-dot") {  // what follows answers for the next
    const std::string part =
        letter(number, "hi\r\n", "Bank <info@bank.example>");
    return *dkim::sign(part, "bank.example", "s", signing_key()) + part +
           fmt::format(
               ".\r\n+OK\r\nFrom: bank@example.jp\r\n"
               "Subject: not the next\r\n\r\n{:0500}\r\n",
               0);
  }
  if (kind == "forged") {  // in the name of who signs everything
    return trace("spam.example", "203.0.113.66") +
           letter(number, "Send money.\r\n", "Bank <info@bank.example>");
  }
  if (kind == "empty")
    return "";
  if (kind == "header-only")  // and no blank line
    return fmt::format("From: a@example.jp\r\nSubject: mail {}\r\n", number);
  if (kind == "no-body")
    return letter(number, "");
  if (kind == "no-final-crlf")
    return letter(number, fmt::format("the end of {}", number));
  if (kind == "bare-lf")  // in the body, and before dots
    return letter(number, fmt::format("a {}\n.\n..b\n.c\r\n\n", number));
  if (kind == "bare-cr")
    return letter(number, fmt::format("a {}\r.\r..b\r\r\n.\r", number));
  if (kind == "from-line") {
    return fmt::format("From taro Thu Jan 14 2027\r\n{}",
                       letter(number, "with a line of an mbox on top\r\n"));
  }
  if (kind == "short-header")
    return fmt::format("Subject: {}\r\n\r\n{}", number,
                       numbered_lines(number, 3));
  return std::nullopt;
}

std::string without_ours(std::string_view mail) {
  std::string out;
  bool drops = false;
  while (!mail.empty()) {
    const std::size_t lf = mail.find('\n');
    const std::size_t size =
        lf == std::string_view::npos ? mail.size() : lf + 1;
    const std::string_view line = mail.substr(0, size);
    if (line == "\r\n" || line == "\n")
      break;
    if (!line.starts_with(' ') && !line.starts_with('\t')) {
      const std::string name = lower(line);
      drops =
          name.starts_with("x-dkim-check:") || name.starts_with("x-mekiki-") ||
          name.starts_with(fmt::format("authentication-results: {};", our_id));
    }
    if (!drops)
      out += line;
    mail.remove_prefix(size);
  }
  return out.append(mail);
}

// ----------------------------------------------------------------- client

client::client(net::test::simulated_time& time, net::test::end& other,
               line_end end)
    : hand_(time, other), end_(end) {}

void client::say(std::string_view octets) {
  unsent_ += octets;
  for (std::size_t lf = 0; (lf = unsent_.find('\n')) != std::string::npos;) {
    std::string command = unsent_.substr(0, lf);
    if (command.ends_with('\r'))
      command.pop_back();
    asked_.push_back(std::move(command));
    unsent_.erase(0, lf + 1);
  }
  hand_.put(octets);
}

void client::read() {
  if (is_stopped_)
    return;
  const std::string got = hand_.take();
  octets_ += got.size();
  std::string_view rest = got;
  while (!rest.empty()) {
    const std::size_t lf = rest.find('\n');
    const std::size_t size =
        lf == std::string_view::npos ? rest.size() : lf + 1;
    input_ += rest.substr(0, size);
    rest.remove_prefix(size);
    if (lf != std::string_view::npos &&
        (end_ == line_end::lf || input_.ends_with("\r\n"))) {
      line(input_);
      input_.clear();
    }
  }
}

/// One line of an answer, with its line break.
void client::line(std::string_view octets) {
  const std::size_t size = octets.size();
  std::string_view text = octets;
  text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  if (answers_.empty() || answers_.back().is_whole) {
    answer a{.status = std::string(text), .octets = size};
    if (asked_.empty()) {
      a.command = "(nothing)";
    } else {
      a.command = std::move(asked_.front());
      asked_.pop_front();
    }
    const std::string_view said(a.command.data(),
                                a.command.find_last_not_of(" \t") + 1);
    const std::size_t space = said.find(' ');
    const std::string verb = lower(said.substr(0, space));
    const bool has_lines =
        verb == "retr" || verb == "top" || verb == "capa" ||
        ((verb == "list" || verb == "uidl") && space == std::string::npos);
    a.is_whole = !has_lines || !a.is_ok();
    answers_.push_back(std::move(a));
    return;
  }
  answer& a = answers_.back();
  a.octets += size;
  if (text == ".")
    a.is_whole = true;
  else
    a.body += octets.substr(octets.starts_with('.') ? 1 : 0);
}

std::size_t client::whole_answers() const {
  return answers_.size() -
         (answers_.empty() || answers_.back().is_whole ? 0 : 1);
}

// ---------------------------------------------------------------- session

namespace {

net::tls_context& tls() {
  static const auto context = net::tls_context::make_client({});
  return **context;
}

}  // namespace

rig::rig()
    : client_fault(std::make_shared<net::test::fault>()),
      upstream_fault(std::make_shared<net::test::fault>()) {
  static const bool started = (log::start("off", log::format::text), true);
  static_cast<void>(started);
  static const std::string names = zone();
  resolver_ = std::move(*dns::parse_zone(names));
  settings.mail.notify = {.authserv_id = std::string(our_id)};
}

rig::~rig() {
  for (auto& c : clients_) c->abort();
  await_end();
}

asio::awaitable<expected<net::stream_ptr, net::connect_error>> rig::dial() {
  net::test::memory_pair p(time);
  p.left.plan->fault = upstream_fault;
  p.left.plan->piece = piece;
  p.left.plan->room = room;
  p.right.plan->room = room;
  asio::co_spawn(time.io(), upstream.serve(std::move(p.right.stream), tls()),
                 [](const std::exception_ptr& error) {
                   if (error)
                     std::rethrow_exception(error);
                 });
  co_return std::move(p.left.stream);
}

client& rig::connect() {
  if (!proxy_) {
    proxy_services with{
        .mail = {.verdict = {*resolver_, keys_, time}},
        .server_tls = nullptr,
        .upstream_side = tls(),
        .seen_tls = seen_tls_,
        .hosts = hosts_,
        .connect = [this](dns::resolver&, const net::address_rules&,
                          const net::connect_request&) { return dial(); },
        .sleep = [this](net::duration t) { return time.sleep(t); }};
    with.mail.verdict.start = [this](asio::awaitable<void> work) {
      asio::co_spawn(time.io(), std::move(work),
                     [](const std::exception_ptr& error) {
                       if (error)
                         std::rethrow_exception(error);
                     });
    };
    proxy_ = std::make_unique<proxy>(settings, std::move(with));
  }
  net::test::end e;
  clients_.push_back(std::make_unique<client>(time, e));
  clients_.back()->set_room(room);
  e.plan->fault = client_fault;
  e.plan->piece = piece;
  ++running_;
  asio::co_spawn(time.io(), proxy_->serve(std::move(e.stream), false),
                 [this](const std::exception_ptr& error) {
                   --running_;
                   if (error)
                     std::rethrow_exception(error);
                 });
  settle();
  return current();
}

/// Nothing is ready any more, and the clients have read all they read.
void rig::settle() {
  std::size_t before = 0;
  std::size_t now = 1;
  while (before != now) {
    before = now;
    time.settle();
    now = 1;
    for (auto& c : clients_) {
      c->read();
      now += c->octets();
    }
  }
}

void rig::pass(net::duration by) {
  const steady_point until = time.steady() + by;
  settle();
  for (;;) {
    const auto next = time.next_deadline();
    if (!next || *next > until)
      break;
    time.pass(std::max(*next - time.steady(), net::duration::zero()));
    settle();
  }
  time.pass(until - time.steady());
  settle();
}

bool rig::await_answers(std::size_t count, net::duration most) {
  const steady_point until = time.steady() + most;
  settle();
  while (current().whole_answers() < count && !current().has_ended()) {
    const auto next = time.next_deadline();
    if (!next || *next > until)
      return false;
    pass(std::max(*next - time.steady(), net::duration::zero()));
  }
  return true;
}

bool rig::await_end() {
  const steady_point until = time.steady() + std::chrono::hours(1);
  settle();
  while (!is_over() || upstream.sessions() > 0) {
    const auto next = time.next_deadline();
    if (!next || *next > until)
      return false;
    pass(std::max(*next - time.steady(), net::duration::zero()));
  }
  return true;
}

}  // namespace mekiki::pop3::test

#include "pop3/test_server.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace mekiki::pop3::test {

namespace asio = boost::asio;

namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

/// 0 if it is not a number.
std::uint32_t number_of(std::string_view text) {
  if (text.empty() || text.size() > 9)
    return 0;
  std::uint32_t n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9')
      return 0;
    n = n * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return n;
}

/// `text` as the lines of a response, with its final ".".
std::string multi_line(std::string_view text, bool stuffs) {
  std::string out;
  bool begins = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins && stuffs && text[i] == '.')
      out += '.';
    out += text[i];
    begins = text[i] == '\n' && i > 0 && text[i - 1] == '\r';
  }
  return out + ".\r\n";
}

}  // namespace

std::string as_sent(std::string_view mail) {
  std::string out(mail);
  if (!out.empty() && !out.ends_with("\r\n"))
    out += "\r\n";
  return out;
}

std::string top_of(std::string_view mail, std::uint32_t lines) {
  const std::string sent = as_sent(mail);
  std::size_t end = 0;
  while (end < sent.size()) {
    const std::size_t next = sent.find("\r\n", end);
    const bool is_blank = next == end;
    end = next + 2;
    if (is_blank)
      break;
  }
  for (; lines > 0 && end < sent.size(); --lines)
    end = sent.find("\r\n", end) + 2;
  return sent.substr(0, end);
}

bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.ends_with('*'))
    return text.starts_with(pattern.substr(0, pattern.size() - 1));
  return text == pattern;
}

std::string& server::add(std::string octets) {
  mails.push_back({.octets = std::move(octets),
                   .uidl = fmt::format("uid-{}", mails.size() + 1)});
  return mails.back().octets;
}

/// One session. Mails keep their numbers in it.
struct server::session {
  session(server& s, net::stream_ptr c, net::tls_context& with)
      : of(s), client(std::move(c)), tls(with) {
    ++of.sessions_;
  }
  ~session() { --of.sessions_; }
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  asio::awaitable<void> run();
  asio::awaitable<bool> answer(std::string line);
  asio::awaitable<bool> send(std::string_view octets);
  std::string reply(std::string_view verb, std::string_view argument);
  std::string before_login(std::string_view verb, std::string_view argument);
  asio::awaitable<bool> receive();
  std::string top(const stored_mail& m, std::uint32_t lines) const;
  std::string listing(bool uidl) const;
  std::size_t size_of(const stored_mail& m) const;
  stored_mail* find(std::string_view argument);
  reaction* reacts(std::string_view line);
  void quit();

  server& of;
  net::stream_ptr client;
  net::tls_context& tls;
  std::string input;
  bool is_in = false;
  bool wants_tls = false;
  bool is_over = false;
  std::vector<std::size_t> numbers;  // places in `of.mails`
  std::set<std::size_t> deleted;
  std::set<std::size_t> retrieved;
};

asio::awaitable<void> server::serve(net::stream_ptr client,
                                    net::tls_context& tls) {
  session s(*this, std::move(client), tls);
  co_await s.run();
}

asio::awaitable<bool> server::session::receive() {
  char buffer[4096];
  const net::read_result got =
      co_await client->read_some(buffer, of.ways.patience);
  input.append(buffer, got.octets);
  co_return got.octets > 0;
}

asio::awaitable<void> server::session::run() {
  if (of.ways.begins_with_tls) {
    const std::error_code error =
        co_await client->start_tls(tls, "", of.ways.patience);
    if (error)
      co_return;
  }
  if (of.ways.greets_after > net::duration::zero())
    co_await of.time_.sleep(of.ways.greets_after);
  std::string greeting = of.ways.greeting + "\r\n";
  if (reaction* r = reacts(""); r != nullptr && r->say)
    greeting = *r->say;
  bool goes_on = co_await send(greeting);
  while (goes_on && !is_over) {
    const std::size_t lf = input.find('\n');
    if (lf == std::string::npos) {
      const bool received = co_await receive();
      if (!received)
        co_return;  // gone, or silent for too long: nothing is deleted
      if (of.ways.round_trip == net::duration::zero())
        continue;
      // What comes within a round trip comes together.
      co_await of.time_.sleep(of.ways.round_trip);
      while (client->look() == net::peer_state::speaks) {
        const bool more = co_await receive();
        if (!more)
          co_return;
      }
      continue;
    }
    std::string line = input.substr(0, lf);
    input.erase(0, lf + 1);
    if (line.ends_with('\r'))
      line.pop_back();
    if (!of.ways.takes_pipelining)
      input.clear();
    goes_on = co_await answer(std::move(line));
  }
  client->close();
}

asio::awaitable<bool> server::session::send(std::string_view octets) {
  constexpr auto ever = net::duration::max();
  if (of.ways.speed == 0) {
    const std::error_code error = co_await client->write(octets, ever);
    co_return !error;
  }
  constexpr std::size_t steps = 5;  // a second
  const std::size_t piece = std::max<std::size_t>(1, of.ways.speed / steps);
  while (!octets.empty()) {
    const std::string_view part = octets.substr(0, piece);
    co_await of.time_.sleep(
        std::chrono::nanoseconds(1'000'000'000 * part.size() / of.ways.speed));
    const std::error_code error = co_await client->write(part, ever);
    if (error)
      co_return false;
    octets.remove_prefix(part.size());
  }
  co_return true;
}

reaction* server::session::reacts(std::string_view line) {
  for (reaction& r : of.ways.reactions) {
    if (r.times != 0 && matches(r.command, line)) {
      r.times -= r.times > 0 ? 1 : 0;
      return &r;
    }
  }
  return nullptr;
}

/// False when the session is over.
asio::awaitable<bool> server::session::answer(std::string line) {
  of.heard.push_back(line);
  const std::size_t space = line.find(' ');
  const std::string verb = upper(line.substr(0, space));
  const std::string argument =
      space == std::string::npos ? "" : line.substr(space + 1);

  const reaction* how = reacts(line);
  std::string text;
  const bool is_obeyed =
      how == nullptr || how->after || how->then == reaction::end::none;
  if (how == nullptr || !how->say) {
    if (is_obeyed)
      text = is_in ? reply(verb, argument) : before_login(verb, argument);
  } else {
    text = *how->say;
    if (verb == "QUIT")
      is_over = true;  // without what QUIT does
    else if (text.starts_with("+OK"))
      static_cast<void>(is_in ? reply(verb, argument)
                              : before_login(verb, argument));
  }
  if (how != nullptr) {
    const reaction r = *how;
    const std::size_t first = r.after.value_or(0);
    if (first > 0) {
      const bool sent = co_await send(text.substr(0, first));
      if (!sent)
        co_return false;
      text.erase(0, first);
    }
    if (r.wait > net::duration::zero())
      co_await of.time_.sleep(r.wait);
    if (r.then == reaction::end::silence) {
      // It reads on, and says nothing more.
      for (;;) {
        char buffer[4096];
        const net::read_result got =
            co_await client->read_some(buffer, of.ways.patience);
        if (got.octets == 0)
          co_return false;
      }
    }
    if (r.then == reaction::end::reset)
      client->abort();
    if (r.then != reaction::end::none)
      co_return false;
  }
  const bool sent = co_await send(text);
  if (std::exchange(wants_tls, false) && sent) {
    input.clear();
    const std::error_code error =
        co_await client->start_tls(tls, "", net::duration::max());
    co_return !error;
  }
  co_return sent;
}

std::string server::session::before_login(std::string_view verb,
                                          std::string_view argument) {
  if (verb == "STLS") {
    if (!of.ways.has_tls || client->is_tls())
      return "-ERR no TLS here\r\n";
    wants_tls = true;
    return "+OK begin\r\n";
  }
  if (verb == "QUIT") {
    is_over = true;
    return "+OK bye\r\n";
  }
  if (verb == "CAPA") {
    const auto& lines =
        of.ways.capa_before_login ? *of.ways.capa_before_login : of.ways.capa;
    return lines.empty()
               ? "-ERR unknown\r\n"
               : fmt::format("+OK\r\n{}\r\n.\r\n", fmt::join(lines, "\r\n"));
  }
  if (verb == "USER")
    return "+OK\r\n";
  if (verb != "PASS" && verb != "AUTH")
    return "-ERR log in first\r\n";
  if (verb == "PASS" && argument != "secret")
    return "-ERR [AUTH] no such name or password\r\n";
  if (of.ways.locks && of.sessions_ > 1)
    return "-ERR [IN-USE] another session has the mailbox\r\n";
  is_in = true;
  for (std::size_t i = 0; i < of.mails.size(); ++i) {
    if (!of.mails[i].is_gone)
      numbers.push_back(i);
  }
  return "+OK logged in\r\n";
}

std::size_t server::session::size_of(const stored_mail& m) const {
  const auto size = static_cast<std::ptrdiff_t>(as_sent(m.octets).size());
  return of.ways.size_said.value_or(static_cast<std::size_t>(
      std::max<std::ptrdiff_t>(0, size + of.ways.size_off)));
}

/// Null for a number that does not exist, or is deleted.
stored_mail* server::session::find(std::string_view argument) {
  const std::uint32_t n = number_of(argument);
  if (n == 0 || n > numbers.size() || deleted.contains(numbers[n - 1]))
    return nullptr;
  return &of.mails[numbers[n - 1]];
}

std::string server::session::listing(bool uidl) const {
  std::string out = "+OK\r\n";
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const stored_mail& m = of.mails[numbers[i]];
    if (deleted.contains(numbers[i]))
      continue;
    if (uidl)
      out += fmt::format("{} {}\r\n", i + 1, m.uidl);
    else
      out += fmt::format("{} {}\r\n", i + 1, size_of(m));
  }
  return out + ".\r\n";
}

std::string server::session::top(const stored_mail& m,
                                 std::uint32_t lines) const {
  const std::string refused = "-ERR no such TOP here\r\n";
  bool stuffs = of.ways.stuffs_dots;
  std::string status = "+OK\r\n";
  switch (of.ways.top) {
    case top_way::exact:
      break;
    case top_way::refused:
      return refused;
    case top_way::refused_above:
      if (lines > of.ways.top_limit)
        return refused;
      break;
    case top_way::cut:
      lines = std::min(lines, of.ways.top_limit);
      break;
    case top_way::header_only:
      lines = 0;
      break;
    case top_way::undotted:
      stuffs = false;
      break;
    case top_way::extra_line:
      ++lines;
      break;
    case top_way::whole:
      lines = UINT32_MAX;
      break;
    case top_way::two_status_lines:
      status = "+OK\r\n+OK\r\n";
      break;
  }
  return status + multi_line(top_of(m.octets, lines), stuffs);
}

std::string server::session::reply(std::string_view verb,
                                   std::string_view argument) {
  const std::string none = "-ERR no such message\r\n";
  if (verb == "STAT") {
    std::size_t count = 0;
    std::size_t octets = 0;
    for (const std::size_t i : numbers) {
      if (deleted.contains(i))
        continue;
      ++count;
      octets += size_of(of.mails[i]);
    }
    return fmt::format("+OK {} {}\r\n", count, octets);
  }
  if (verb == "NOOP")
    return "+OK\r\n";
  if (verb == "RSET") {
    deleted.clear();
    return "+OK\r\n";
  }
  if (verb == "CAPA") {
    return of.ways.capa.empty() ? "-ERR unknown\r\n"
                                : fmt::format("+OK\r\n{}\r\n.\r\n",
                                              fmt::join(of.ways.capa, "\r\n"));
  }
  if (verb == "LIST" || verb == "UIDL") {
    if (argument.empty())
      return listing(verb == "UIDL");
    const stored_mail* m = find(argument);
    if (m == nullptr)
      return none;
    if (verb == "UIDL")
      return fmt::format("+OK {} {}\r\n", argument, m->uidl);
    return fmt::format("+OK {} {}\r\n", argument, size_of(*m));
  }
  if (verb == "RETR") {
    stored_mail* m = find(argument);
    if (m == nullptr)
      return none;
    m->is_seen = true;
    retrieved.insert(numbers[number_of(argument) - 1]);
    return "+OK\r\n" + multi_line(as_sent(m->octets), of.ways.stuffs_dots);
  }
  if (verb == "TOP") {
    const std::size_t space = argument.find(' ');
    const stored_mail* m = find(argument.substr(0, space));
    if (m == nullptr || space == std::string_view::npos)
      return none;
    return top(*m, number_of(argument.substr(space + 1)));
  }
  if (verb == "DELE") {
    if (find(argument) == nullptr)
      return none;
    deleted.insert(numbers[number_of(argument) - 1]);
    return "+OK\r\n";
  }
  if (verb == "QUIT") {
    quit();
    return "+OK bye\r\n";
  }
  return "-ERR unknown\r\n";
}

void server::session::quit() {
  is_over = true;
  for (const std::size_t i : deleted) of.mails[i].is_gone = true;
  if (!of.ways.deletes_retrieved)
    return;
  for (const std::size_t i : retrieved) of.mails[i].is_gone = true;
}

}  // namespace mekiki::pop3::test

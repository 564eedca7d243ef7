#include "pop3/test_script.hpp"

#include <algorithm>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

namespace mekiki::pop3::test {
namespace {

using namespace std::chrono_literals;

// ------------------------------------------------------------ reading them

/// What is wrong with a script itself.
struct bad_script : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::pair<std::string, std::string> cut(std::string_view text) {
  const std::size_t space = text.find(' ');
  std::string_view rest =
      space == std::string_view::npos ? "" : text.substr(space + 1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return {std::string(text.substr(0, space)), std::string(rest)};
}

std::vector<std::string> split(std::string_view text, std::string_view by) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t at = text.find(by);
    std::string_view part = text.substr(0, at);
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (!part.empty())
      out.emplace_back(part);
    text = at == std::string_view::npos ? "" : text.substr(at + by.size());
  }
  return out;
}

std::size_t number(std::string_view text) {
  std::size_t n = 0;
  if (text.empty())
    throw bad_script("a number is missing");
  for (const char c : text) {
    if (c < '0' || c > '9')
      throw bad_script(fmt::format("'{}' is no number", text));
    n = n * 10 + static_cast<std::size_t>(c - '0');
  }
  return n;
}

net::duration duration_of(std::string_view text) {
  const std::size_t unit = text.find_first_not_of("0123456789");
  if (unit != std::string_view::npos) {
    const auto n = static_cast<long>(number(text.substr(0, unit)));
    if (text.substr(unit) == "ms")
      return std::chrono::milliseconds(n);
    if (text.substr(unit) == "s")
      return std::chrono::seconds(n);
    if (text.substr(unit) == "m")
      return std::chrono::minutes(n);
  }
  throw bad_script(fmt::format("'{}' is no time, such as 16s", text));
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case '0':
        out += '\0';
        break;
      case 'x':
        out += static_cast<char>(
            std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default:
        out += text[i];
    }
  }
  return out;
}

/// "NAME xTIMES": the name, and how often if it says so.
std::pair<std::string, int> times_of(std::string text) {
  const std::size_t x = text.rfind(" x");
  if (x == std::string::npos || x + 2 == text.size() ||
      text.find_first_not_of("0123456789", x + 2) != std::string::npos)
    return {std::move(text), -1};
  const int times = static_cast<int>(number(text.substr(x + 2)));
  return {text.substr(0, x), times};
}

/// ON COMMAND [xTIMES]: HOW, HOW
reaction reaction_of(std::string_view text) {
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos)
    throw bad_script("ON COMMAND: HOW");
  reaction r;
  std::tie(r.command, r.times) = times_of(std::string(text.substr(0, colon)));
  text.remove_prefix(colon + 2);
  if (const std::size_t say = text.find("say ");
      say != std::string_view::npos) {
    r.say = unescaped(text.substr(say + 4));
    if (!r.say->ends_with('\n'))
      *r.say += "\r\n";
    text = text.substr(0, say);
  }
  for (const std::string& how : split(text, ", ")) {
    const auto [word, rest] = cut(how);
    if (word == "wait")
      r.wait = duration_of(rest);
    else if (word == "after")
      r.after = number(rest);
    else if (word == "close")
      r.then = reaction::end::close;
    else if (word == "reset")
      r.then = reaction::end::reset;
    else if (word == "silence")
      r.then = reaction::end::silence;
    else
      throw bad_script(fmt::format("ON knows no '{}'", word));
  }
  return r;
}

// ------------------------------------------------------------ running them

class runner {
 public:
  runner(const script& s, const trouble& t) : script_(s), trouble_(t) {}

  outcome run();

 private:
  void line(const script_line& l);
  bool set_up(const std::string& word, const std::string& rest);
  void set_server(const std::string& rest);
  void set(const std::string& rest);
  bool act(const std::string& word, const std::string& rest);
  bool expect(const std::string& word, const std::string& rest);
  void expect_answer(const std::string& pattern);
  void check_answer(const answer& a, const std::string& pattern);

  void begin();
  void say(std::string_view octets);
  void note(std::string_view command);
  void log_in();
  void flush();
  const answer* next_answer();
  void wrong(const std::string& what) {
    if (!trouble_.any())
      problems_.push_back(where() + what);
  }
  std::string where() const {
    return fmt::format("{}:{}: ", script_.name, line_);
  }
  std::vector<std::size_t> those(bool stored_mail::*flag) const;
  void check_marks(bool stored_mail::*flag, const std::string& rest);

  void check_always();
  void check_whole(const answer& a, const std::vector<std::size_t>& numbers);

  const script& script_;
  const trouble& trouble_;
  rig rig_;
  std::vector<std::string> problems_;
  int line_ = 0;
  net::duration patience_{};
  bool is_lost_ = false;  // an answer is missing: the rest would be noise
  std::string unsent_;

  /// One for each session.
  struct visit {
    test::client* client = nullptr;
    std::vector<std::size_t> numbers;  // the mails that it has, from 0 on
    std::set<std::size_t> removed;     // that it said DELE to
    std::set<std::size_t> retrieved;
    bool has_quit = false;
  };
  std::vector<visit> visits_;
  std::size_t read_ = 0;    // answers of this session that were looked at
  std::size_t octets_ = 0;  // that were there when somebody last looked
};

outcome runner::run() {
  rig_.settings.ahead.mode = prefetch::on;
  rig_.client_fault->at = trouble_.client_at;
  rig_.upstream_fault->at = trouble_.upstream_at;
  rig_.client_fault->error = rig_.upstream_fault->error = trouble_.error;
  rig_.piece = trouble_.piece;
  try {
    for (const script_line& l : script_.lines) {
      line_ = l.number;
      if (l.word != "C" && l.word != "C_RAW")
        flush();
      line(l);
      if (is_lost_ && !trouble_.any())
        break;
    }
    flush();
    check_always();
  } catch (const std::exception& error) {
    problems_.push_back(where() + error.what());
  }
  return {.problems = std::move(problems_),
          .client_operations = rig_.client_fault->operations,
          .upstream_operations = rig_.upstream_fault->operations};
}

void runner::line(const script_line& l) {
  const bool known =
      set_up(l.word, l.rest) || act(l.word, l.rest) || expect(l.word, l.rest);
  if (!known)
    throw bad_script(fmt::format("there is no word '{}'", l.word));
}

bool runner::set_up(const std::string& word, const std::string& rest) {
  if (word == "MAIL_TEXT") {
    rig_.upstream.add(unescaped(rest));
  } else if (word == "MAIL" || word == "MAILS") {
    auto [first, kind] = cut(rest);
    std::size_t count = 1;
    if (word == "MAILS")
      count = number(first);
    else
      kind = rest;
    const auto [name, size] = cut(kind);
    for (std::size_t i = 0; i < count; ++i) {
      const auto octets =
          make_mail(name, static_cast<int>(rig_.upstream.mails.size() + 1),
                    size.empty() ? 0 : number(size));
      if (!octets)
        throw bad_script(fmt::format("there is no kind of mail '{}'", name));
      rig_.upstream.add(*octets);
    }
  } else if (word == "SERVER") {
    set_server(rest);
  } else if (word == "ON") {
    rig_.upstream.ways.reactions.push_back(reaction_of(rest));
  } else if (word == "SETTING") {
    set(rest);
  } else if (word == "ROOM") {
    rig_.room = number(rest);
  } else {
    return false;
  }
  return true;
}

void runner::set_server(const std::string& text) {
  static const std::map<std::string, top_way> tops{
      {"exact", top_way::exact},
      {"refused", top_way::refused},
      {"refused-above", top_way::refused_above},
      {"cut", top_way::cut},
      {"header-only", top_way::header_only},
      {"undotted", top_way::undotted},
      {"extra-line", top_way::extra_line},
      {"whole", top_way::whole},
      {"two-status-lines", top_way::two_status_lines}};
  server_ways& w = rig_.upstream.ways;
  const auto [name, value] = cut(text);
  const auto list = [&v = value] {
    return v == "none" ? std::vector<std::string>() : split(v, ";");
  };
  if (name == "top") {
    const auto [way, lines] = cut(value);
    w.top = tops.at(way);
    w.top_limit = lines.empty() ? 0 : static_cast<std::uint32_t>(number(lines));
  } else if (name == "capa") {
    w.capa = list();
  } else if (name == "capa-endless") {
    w.capa = std::vector<std::string>(number(value), "X-SOMETHING");
  } else if (name == "capa-before-login") {
    w.capa_before_login = list();
  } else if (name == "deletes-retrieved") {
    w.deletes_retrieved = true;
  } else if (name == "size-said") {
    w.size_said = number(value);
  } else if (name == "size-off") {
    w.size_off = std::stol(value);
  } else if (name == "no-pipelining") {
    w.takes_pipelining = false;
  } else if (name == "undotted") {
    w.stuffs_dots = false;
  } else if (name == "locks") {
    w.locks = true;
  } else if (name == "no-tls") {
    w.has_tls = false;
  } else if (name == "begins-with-tls") {
    w.begins_with_tls = value != "no";
  } else if (name == "greets-after") {
    w.greets_after = duration_of(value);
  } else if (name == "greeting") {
    w.greeting = unescaped(value);
  } else if (name == "speed") {
    w.speed = number(value);
  } else if (name == "round-trip") {
    w.round_trip = duration_of(value);
  } else if (name == "patience") {
    w.patience = duration_of(value);
  } else {
    throw bad_script(fmt::format("SERVER knows no '{}'", name));
  }
}

void runner::set(const std::string& text) {
  proxy_settings& s = rig_.settings;
  const auto [name, value] = cut(text);
  if (name == "prefetch") {
    s.ahead.mode = value == "off"     ? prefetch::off
                   : value == "force" ? prefetch::force
                                      : prefetch::on;
  } else if (name == "silence") {
    s.upstream.silence_timeout = duration_of(value);
  } else if (name == "first-lines") {
    s.transfer.first_lines = duration_of(value);
  } else if (name == "idle") {
    s.idle_timeout = duration_of(value);
  } else if (name == "top-whole") {
    s.transfer.top_whole = number(value);
  } else if (name == "spool") {
    s.mail.spool.octets = number(value);
  } else if (name == "ahead-octets") {
    s.ahead.octets = number(value);
  } else if (name == "clear") {
    s.upstream.clear_hosts = {"pop.example.jp"};
  } else {
    throw bad_script(fmt::format("SETTING knows no '{}'", name));
  }
}

// ------------------------------------------------------------- the client

/// A session, if there is none yet.
void runner::begin() {
  if (!visits_.empty())
    return;
  line({.number = line_, .word = "CONNECT"});
}

bool runner::act(const std::string& word, const std::string& rest) {
  if (word == "CONNECT") {
    visits_.push_back({.client = &rig_.connect()});
    const auto& mails = rig_.upstream.mails;
    for (std::size_t i = 0; i < mails.size(); ++i) {
      if (!mails[i].is_gone)
        visits_.back().numbers.push_back(i);
    }
    read_ = octets_ = 0;
    const answer* greeting = next_answer();
    if (greeting == nullptr || !greeting->is_ok())
      wrong("there is no greeting");
  } else if (word == "LOGIN") {
    begin();
    log_in();
  } else if (word == "C") {
    begin();
    say(unescaped(rest) + "\r\n");
  } else if (word == "C_RAW") {
    begin();
    say(unescaped(rest));
  } else if (word == "CLIENT") {
    begin();
    test::client& c = rig_.current();
    if (rest == "closes")
      c.close();
    else if (rest == "aborts")
      c.abort();
    else if (rest == "stops-reading")
      c.stop_reading(true);
    else if (rest == "reads")
      c.stop_reading(false);
    else
      throw bad_script(fmt::format("CLIENT knows no '{}'", rest));
    rig_.pass(0s);
  } else if (word == "TIME_PASSES") {
    rig_.pass(duration_of(rest));
  } else if (word == "PATIENCE") {
    patience_ = duration_of(rest);
  } else {
    return false;
  }
  return true;
}

void runner::say(std::string_view octets) { unsent_ += octets; }

void runner::flush() {
  if (unsent_.empty())
    return;
  for (const std::string& command : split(unsent_, "\r\n")) note(command);
  rig_.current().say(unsent_);
  unsent_.clear();
}

/// What may follow of a command.
void runner::note(std::string_view command) {
  visit& v = visits_.back();
  auto [verb, argument] = cut(command);
  std::ranges::transform(verb, verb.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  argument.erase(argument.find_last_not_of(' ') + 1);
  const bool is_number =
      !argument.empty() &&
      argument.find_first_not_of("0123456789") == std::string::npos;
  const std::size_t n = is_number ? number(argument) : 0;
  const bool exists = n > 0 && n <= v.numbers.size();
  if (verb == "DELE" && exists)
    v.removed.insert(v.numbers[n - 1]);
  else if (verb == "RETR" && exists)
    v.retrieved.insert(v.numbers[n - 1]);
  else if (verb == "RSET")
    v.removed.clear();
  else if (verb == "QUIT")
    v.has_quit = true;
}

void runner::log_in() {
  const server_ways& w = rig_.upstream.ways;
  const bool is_slow = w.speed > 0 || w.round_trip > 0s;
  const net::duration before = std::exchange(
      patience_, is_slow ? std::max<net::duration>(patience_, 10s) : patience_);
  for (const char* command :
       {"USER taro%pop.example.jp\r\n", "PASS secret\r\n"}) {
    say(command);
    flush();
    const answer* a = next_answer();
    if (a == nullptr || !a->is_ok())
      wrong(
          fmt::format("no login: {}", a == nullptr ? "no answer" : a->status));
  }
  patience_ = before;
}

/// Null if it does not come.
const answer* runner::next_answer() {
  const net::duration most =
      trouble_.any() ? std::max<net::duration>(patience_, 10min) : patience_;
  rig_.await_answers(read_ + 1, most);
  const auto& all = rig_.current().answers();
  octets_ = rig_.current().octets();
  if (rig_.current().whole_answers() <= read_)
    return nullptr;
  return &all[read_++];
}

// ----------------------------------------------------------- expectations

bool runner::expect(const std::string& word, const std::string& rest) {
  const auto last = [&]() -> std::string {
    const auto& all = rig_.current().answers();
    if (read_ == 0 || read_ > all.size())
      return {};
    return all[read_ - 1].status + "\r\n" + all[read_ - 1].body;
  };
  if (word == "S") {
    begin();
    expect_answer(rest);
    return true;
  }
  if (word == "S_NOT") {
    const answer* a = next_answer();
    if (a != nullptr && matches(unescaped(rest), a->status))
      wrong("the answer is " + a->status);
    else if (a == nullptr && !rig_.current().has_ended())
      wrong("no answer, and the connection lives");
    return true;
  }
  rig_.pass(0s);
  if (word == "HAS" || word == "LACKS") {
    const bool has = last().find(unescaped(rest)) != std::string::npos;
    if (has != (word == "HAS"))
      wrong(fmt::format("the answer {} '{}':\n{}", has ? "has" : "lacks", rest,
                        last().substr(0, 1500)));
  } else if (word == "NO_ANSWER") {
    if (rig_.current().whole_answers() > read_)
      wrong("there is an answer: " + rig_.current().answers()[read_].status);
  } else if (word == "OCTETS" || word == "NO_OCTETS") {
    const bool some = rig_.current().octets() > octets_;
    octets_ = rig_.current().octets();
    if (some != (word == "OCTETS"))
      wrong(some ? "octets have come" : "no octets have come");
  } else if (word == "END") {
    rig_.await_answers(SIZE_MAX, patience_);
    if (!rig_.current().has_ended() || rig_.current().is_broken())
      wrong("the connection is not closed in good order");
  } else if (word == "HEARD" || word == "NOT_HEARD") {
    const auto [pattern, times] = times_of(rest);
    const auto& heard = rig_.upstream.heard;
    const auto count = std::ranges::count_if(
        heard, [&p = pattern](auto& h) { return matches(p, h); });
    const bool right = word == "NOT_HEARD" ? count == 0
                       : times >= 0        ? count == times
                                           : count > 0;
    if (!right) {
      wrong(fmt::format("the server heard '{}' {} times; in all: {}", pattern,
                        count, fmt::join(heard, ", ")));
    }
  } else if (word == "FORGET_HEARD") {
    rig_.upstream.heard.clear();
  } else if (word == "UPSTREAM_GONE") {
    if (rig_.upstream.sessions() > 0)
      wrong("the server still has a session");
  } else if (word == "SEEN") {
    check_marks(&stored_mail::is_seen, rest);
  } else if (word == "SEEN_AT_MOST") {
    const auto some = split(rest, " ");
    for (const std::size_t n : those(&stored_mail::is_seen)) {
      if (std::ranges::find(some, std::to_string(n)) == some.end())
        wrong(fmt::format("mail {} is marked", n));
    }
  } else if (word == "GONE") {
    check_marks(&stored_mail::is_gone, rest);
  } else {
    return false;
  }
  return true;
}

std::vector<std::size_t> runner::those(bool stored_mail::*flag) const {
  std::vector<std::size_t> out;
  const auto& mails = rig_.upstream.mails;
  for (std::size_t i = 0; i < mails.size(); ++i) {
    if (mails[i].*flag)
      out.push_back(i + 1);
  }
  return out;
}

void runner::check_marks(bool stored_mail::*flag, const std::string& rest) {
  std::vector<std::size_t> expected;
  if (rest == "all") {
    for (std::size_t i = 0; i < rig_.upstream.mails.size(); ++i)
      expected.push_back(i + 1);
  } else if (rest != "none") {
    for (const std::string& n : split(rest, " ")) expected.push_back(number(n));
  }
  const auto found = those(flag);
  if (found != expected) {
    wrong(fmt::format("{}: {} instead of {}",
                      flag == &stored_mail::is_seen ? "marked" : "gone",
                      fmt::join(found, " "), rest));
  }
}

void runner::expect_answer(const std::string& pattern) {
  const answer* a = next_answer();
  if (pattern == "BROKEN") {
    if (a != nullptr)
      wrong(fmt::format("an answer, and no end: {}", a->status));
    else if (!rig_.current().has_ended())
      wrong("no answer, and the connection lives");
    return;
  }
  if (a == nullptr) {
    wrong(rig_.current().has_ended() ? "the connection has ended"
                                     : "there is no answer");
    is_lost_ = true;
    return;
  }
  check_answer(*a, pattern);
}

/// Where they begin to differ.
std::string difference(std::string_view got, std::string_view expected) {
  std::size_t i = 0;
  while (i < got.size() && i < expected.size() && got[i] == expected[i]) ++i;
  return fmt::format("{} octets instead of {}; from {} on: {:?} for {:?}",
                     got.size(), expected.size(), i, got.substr(i, 60),
                     expected.substr(i, 60));
}

void runner::check_answer(const answer& a, const std::string& pattern) {
  const auto [word, rest] = cut(pattern);
  const auto& mails = rig_.upstream.mails;
  if (word == "MAIL" || word == "TOP") {
    const auto [n, lines] = cut(rest);
    const stored_mail& m = mails.at(number(n) - 1);
    const std::string octets =
        word == "MAIL"
            ? as_sent(m.octets)
            : top_of(m.octets, static_cast<std::uint32_t>(number(lines)));
    const std::string got = without_ours(a.body);
    const std::string expected = without_ours(octets);
    if (!a.is_ok() || got != expected)
      wrong(fmt::format("{}: {}", a.status, difference(got, expected)));
    return;
  }
  if (word == "LISTING" || word == "UIDLS") {
    std::string expected;
    const visit& v = visits_.back();
    for (std::size_t i = 0; i < v.numbers.size(); ++i) {
      const stored_mail& m = mails[v.numbers[i]];
      if (v.removed.contains(v.numbers[i]))
        continue;
      expected += word == "UIDLS" ? fmt::format("{} {}\r\n", i + 1, m.uidl)
                                  : fmt::format("{} {}\r\n", i + 1,
                                                as_sent(m.octets).size());
    }
    if (!a.is_ok() || a.body != expected)
      wrong(fmt::format("{}: {}", a.status, difference(a.body, expected)));
    return;
  }
  if (!matches(unescaped(pattern), a.status))
    wrong(fmt::format("'{}' instead of '{}'", a.status, pattern));
}

// ----------------------------------------------------- what always holds

void runner::check_whole(const answer& a,
                         const std::vector<std::size_t>& numbers) {
  const server_ways& w = rig_.upstream.ways;
  const auto [verb, argument] = cut(a.command);
  if (!a.is_ok() || !a.is_whole || (verb != "RETR" && verb != "TOP"))
    return;
  const auto [first, lines] = cut(argument);
  if (first.empty() || first.find_first_not_of("0123456789") != first.npos)
    return;
  const std::size_t n = number(first);
  if (n == 0 || n > numbers.size())
    return;
  const std::string& mail = rig_.upstream.mails[numbers[n - 1]].octets;
  const bool has_bare_lf = mail.find("\n\n") != mail.npos;
  std::string expected = as_sent(mail);
  if (verb == "TOP") {
    const bool is_honest = w.top == top_way::exact ||
                           w.top == top_way::refused ||
                           w.top == top_way::refused_above;
    if (!is_honest || has_bare_lf)
      return;
    expected = top_of(mail, static_cast<std::uint32_t>(number(lines)));
  }
  // What the server itself garbles is nobody's fault.
  const bool is_told_otherwise =
      std::ranges::any_of(w.reactions, [&](const reaction& r) {
        return r.say && matches(r.command, a.command);
      });
  if (is_told_otherwise || !w.stuffs_dots)
    return;
  const std::string got = without_ours(a.body);
  expected = without_ours(expected);
  if (got != expected) {
    problems_.push_back(fmt::format("{}{} looks complete: {}", where(),
                                    a.command, difference(got, expected)));
  }
}

void runner::check_always() {
  line_ = 0;
  if (visits_.empty())
    throw bad_script("nobody connects");
  for (visit& v : visits_) {
    v.client->stop_reading(false);
    v.client->close();
  }
  if (!rig_.await_end())
    problems_.push_back(where() + "the session does not end");

  std::set<std::size_t> may_be_gone;
  for (const visit& v : visits_) {
    for (const answer& a : v.client->answers()) check_whole(a, v.numbers);
    if (!v.has_quit)
      continue;
    may_be_gone.insert(v.removed.begin(), v.removed.end());
    if (rig_.upstream.ways.deletes_retrieved)
      may_be_gone.insert(v.retrieved.begin(), v.retrieved.end());
  }
  for (const std::size_t n : those(&stored_mail::is_gone)) {
    if (!may_be_gone.contains(n - 1)) {
      problems_.push_back(
          fmt::format("{}mail {} is deleted, and the client did not ask for it",
                      where(), n));
    }
  }
}

}  // namespace

std::vector<script> read_scripts(const std::filesystem::path& folder) {
  std::vector<script> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".session")
      continue;
    script s{.name = entry.path().stem().string()};
    std::ifstream in(entry.path());
    int n = 0;
    for (std::string text; std::getline(in, text);) {
      ++n;
      if (text.empty() || text.starts_with('#'))
        continue;
      auto [word, rest] = cut(text);
      // What a client says is kept with all its spaces.
      if (word == "C" && text.size() > 2)
        rest = text.substr(2);
      s.lines.push_back({n, std::move(word), std::move(rest)});
    }
    out.push_back(std::move(s));
  }
  std::ranges::sort(out, {}, &script::name);
  return out;
}

outcome run(const script& s, const trouble& t) { return runner(s, t).run(); }

}  // namespace mekiki::pop3::test

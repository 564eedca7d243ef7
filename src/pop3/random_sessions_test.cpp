// Random sessions with random mailboxes and servers, held against the same
// session without the proxy: what the client gets is what the server holds,
// and what is left at the server is what a direct session leaves.
//
//   MEKIKI_SESSIONS=100000 pop3_test --gtest_filter='random_sessions.*'
//   MEKIKI_SEED=17 MEKIKI_SESSIONS=1 ...      one of them
//
// A session that breaks the rule is made small and printed as a script (see
// testdata/pop3/sessions/README).
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pop3/test_rig.hpp"

namespace mekiki::pop3::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t default_sessions = 400;

// --------------------------------------------------------------- sessions

enum class farewell { quit, close, abort };

struct random_session {
  std::vector<std::string> mails;
  server_ways ways;
  std::size_t piece = SIZE_MAX;
  std::size_t memory = 256 << 10;  // of a mail, before it goes to a file
  /// Commands that go out together; then their answers are awaited.
  std::vector<std::vector<std::string>> batches;
  farewell end = farewell::quit;
};

class generator {
 public:
  explicit generator(std::uint64_t seed) : random_(seed) {}

  random_session make() {
    random_session s;
    const std::size_t count = below(9);
    for (std::size_t i = 0; i < count; ++i) s.mails.push_back(mail(i + 1));
    s.ways = ways();
    // A direct client would lose step by itself.
    top_lines_ = s.ways.top == top_way::undotted ? 0 : 99'999;
    s.piece = one_of<std::size_t>({SIZE_MAX, SIZE_MAX, 1000, 7, 1});
    if (total(s.mails) > 20'000)
      s.piece = SIZE_MAX;
    if (below(3) == 0)
      s.memory = 1000;
    const auto commands = below(2) == 0 ? fetching(count) : any(count);
    const std::size_t together = one_of<std::size_t>({1, 1, 2, 5, 100});
    for (const std::string& c : commands) {
      if (s.batches.empty() || s.batches.back().size() >= together ||
          below(4) == 0)
        s.batches.emplace_back();
      s.batches.back().push_back(c);
    }
    s.end = one_of({farewell::quit, farewell::quit, farewell::quit,
                    farewell::close, farewell::abort});
    return s;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return *(all.begin() + below(all.size()));
  }
  static std::size_t total(const std::vector<std::string>& mails) {
    std::size_t n = 0;
    for (const std::string& m : mails) n += m.size();
    return n;
  }

  std::string mail(std::size_t n) {
    if (below(15) == 0)
      return "";
    const int number = static_cast<int>(n);
    std::string out = *make_mail(
        one_of<const char*>({"plain", "dots", "no-body", "short-header",
                             "from-line", "bare-lf", "bare-cr", "header-only",
                             "no-final-crlf", "signed", "large"}),
        number, below(3) == 0 ? below(60'000) : below(400));
    // Behind the header only: there it would be fields, to be removed or not.
    if (below(3) > 0 || !out.ends_with("\r\n") ||
        out.find("\r\n\r\n") == std::string::npos)
      return out;
    for (std::size_t i = below(40); i > 0; --i) {
      out += one_of<std::string>(
          {".", "..", ".\r\n", "a line\r\n", "\r\n", "\n", "\r", "\n.\n",
           "\r\n.\r\n", "\r.\r", "\xe3\x81\x82", std::string(1, '\0'),
           "+OK\r\n", "-ERR\r\n", "X-DKIM-Check: pass\r\n",
           std::string(below(3000), 'x')});
    }
    return out;
  }

  server_ways ways() {
    server_ways w;
    w.top =
        one_of({top_way::exact, top_way::exact, top_way::exact,
                top_way::refused, top_way::refused_above, top_way::cut,
                top_way::header_only, top_way::undotted, top_way::extra_line,
                top_way::whole, top_way::two_status_lines});
    w.top_limit = static_cast<std::uint32_t>(one_of({0, 1, 10, 9999}));
    w.capa =
        one_of<std::vector<std::string>>({{"TOP", "UIDL", "PIPELINING"},
                                          {"TOP", "UIDL", "PIPELINING"},
                                          {"TOP", "UIDL"},
                                          {},
                                          {"UIDL", "PIPELINING", "EXPIRE 0"}});
    w.deletes_retrieved = below(4) == 0;
    w.size_off = one_of<std::ptrdiff_t>({0, 0, 0, 1, -1, 40});
    if (below(8) == 0)
      w.size_said = one_of<std::size_t>({0, 1, 100'000'000});
    w.round_trip = one_of<net::duration>({0ms, 0ms, 50ms});
    return w;
  }

  /// A client that fetches from the first on, and may delete as it does.
  std::vector<std::string> fetching(std::size_t mails) {
    std::vector<std::string> out;
    if (below(2) == 0)
      out.push_back(one_of<const char*>({"STAT", "LIST", "UIDL", "CAPA"}));
    const std::size_t deletes = below(3);  // never, always, at times
    const std::size_t last = mails == 0 ? 0 : 1 + below(mails);
    for (std::size_t n = 1; n <= last; ++n) {
      if (below(8) == 0)
        out.push_back(anything(mails));
      out.push_back(fmt::format("RETR {}", n));
      if (deletes == 1 || (deletes == 2 && below(2) == 0))
        out.push_back(fmt::format("DELE {}", n));
    }
    return out;
  }

  std::vector<std::string> any(std::size_t mails) {
    std::vector<std::string> out;
    for (std::size_t i = below(16); i > 0; --i) out.push_back(anything(mails));
    return out;
  }

  std::string anything(std::size_t mails) {
    const std::size_t n = 1 + below(mails + 1);
    switch (below(12)) {
      case 0:
        return "STAT";
      case 1:
        return below(2) == 0 ? "LIST" : fmt::format("LIST {}", n);
      case 2:
        return below(2) == 0 ? "UIDL" : fmt::format("UIDL {}", n);
      case 3:
        return below(3) == 0 ? "RSET" : "NOOP";
      case 4:
      case 5:
        return fmt::format("TOP {} {}", n,
                           std::min(one_of({0, 0, 1, 5, 99'999}), top_lines_));
      case 6:
      case 7:
        return fmt::format("DELE {}", n);
      default:
        return fmt::format("RETR {}", n);
    }
  }

  std::mt19937_64 random_;
  int top_lines_ = 0;  // that a client asks for at most
};

// ------------------------------------------------------------ both of them

struct result {
  std::deque<answer> answers;
  std::vector<stored_mail> left;
  std::string trouble;  // that is no difference: it hangs
};

void fill(server& s, const random_session& r) {
  for (const std::string& m : r.mails) s.add(m);
  s.ways = r.ways;
}

std::vector<std::string> lines(const random_session& s,
                               const std::vector<std::string>& batch) {
  std::vector<std::string> out = batch;
  if (s.end == farewell::quit && &batch == &s.batches.back())
    out.emplace_back("QUIT");
  return out;
}

/// `await` lets time pass until there are so many whole answers, or fails.
std::string converse(const random_session& s, client& c, std::string_view user,
                     const std::function<bool(std::size_t)>& await) {
  std::size_t asked = 1;
  const auto say = [&](const std::vector<std::string>& commands) {
    std::string octets;
    for (const std::string& command : commands) octets += command + "\r\n";
    c.say(octets);
    asked += commands.size();
    return await(asked) && c.whole_answers() == asked;
  };
  if (!await(1) || !say({fmt::format("USER {}", user)}) ||
      !say({"PASS secret"}))
    return "there is no login";
  for (const auto& batch : s.batches) {
    if (!say(lines(s, batch))) {
      return fmt::format("an answer is missing after {:?}",
                         c.answers().empty() ? "" : c.answers().back().command);
    }
  }
  if (s.end == farewell::close)
    c.close();
  if (s.end == farewell::abort)
    c.abort();
  return {};
}

result through_the_proxy(const random_session& s) {
  rig r;
  fill(r.upstream, s);
  r.piece = s.piece;
  r.settings.mail.spool.memory = s.memory;
  client& c = r.connect();
  result out;
  out.trouble = converse(s, c, "taro%pop.example.jp", [&](std::size_t n) {
    return r.await_answers(n, 10min);
  });
  out.answers = c.answers();
  c.close();
  if (!r.await_end() && out.trouble.empty())
    out.trouble = "the session does not end";
  out.left = r.upstream.mails;
  return out;
}

result directly(const random_session& s) {
  net::test::simulated_time time;
  server upstream(time);
  fill(upstream, s);
  static const auto tls = net::tls_context::make_client({});
  net::test::end e;
  client c(time, e, line_end::crlf);  // not misled by bare LF
  bool is_over = false;
  asio::co_spawn(time.io(), upstream.serve(std::move(e.stream), **tls),
                 [&](const std::exception_ptr&) { is_over = true; });
  result out;
  out.trouble = converse(s, c, "taro", [&](std::size_t) {
    time.pass(1min);
    c.read();
    return true;
  });
  out.answers = c.answers();
  c.close();
  time.pass(1min);
  out.left = upstream.mails;
  EXPECT_TRUE(is_over);
  return out;
}

// ----------------------------------------------------------- the property

/// Twice in a row RETR n, DELE n: the proxy may read ahead.
bool deletes_as_it_fetches(const random_session& s) {
  std::vector<std::string> all;
  for (const auto& batch : s.batches)
    all.insert(all.end(), batch.begin(), batch.end());
  std::size_t pairs = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    pairs += all[i].starts_with("DELE ") && all[i - 1].starts_with("RETR ") &&
             all[i].substr(5) == all[i - 1].substr(5);
  }
  return pairs >= 2;
}

std::string shown(std::string_view text) {
  return fmt::format("{:?} ({} octets)", text.substr(0, 200), text.size());
}

std::string compare_top(const random_session& s, const answer& got,
                        const std::string& mail, std::uint32_t count) {
  // What the server cuts or garbles is another matter, and so is what a line
  // is where mails have bare LF.
  const bool is_exact = s.ways.top == top_way::exact ||
                        s.ways.top == top_way::refused ||
                        s.ways.top == top_way::refused_above;
  const std::string all = without_ours(as_sent(mail));
  const std::string body = without_ours(got.body);
  bool has_bare = false;
  for (std::size_t i = 0; i < mail.size(); ++i)
    has_bare |= mail[i] == '\n' && (i == 0 || mail[i - 1] != '\r');
  if (!is_exact)
    return {};
  if (has_bare) {
    // Cut at a bare LF it ends in a CRLF of its own.
    const std::string_view begin =
        std::string_view(body).substr(0, body.size() - (body.empty() ? 0 : 2));
    return all.starts_with(begin) ? "" : "TOP is not the begin of the mail";
  }
  const std::string expected = without_ours(top_of(mail, count));
  return body == expected
             ? ""
             : fmt::format("it has {} for {}", shown(body), shown(expected));
}

/// Empty, or how the answers differ.
std::string compare(const random_session& s, const answer& got,
                    const answer& direct) {
  const std::string& command = got.command;
  if (command.starts_with("CAPA") || command.starts_with("USER") ||
      command.starts_with("PASS") || command.empty())
    return {};
  const bool is_top = command.starts_with("TOP");
  if (got.is_ok() != direct.is_ok() && !(is_top && got.is_ok()))
    return fmt::format("{} instead of {}", shown(got.status),
                       shown(direct.status));
  if (!got.is_ok())
    return {};
  if (command.starts_with("RETR") || is_top) {
    const std::size_t n = std::stoul(command.substr(command.find(' ')));
    const std::string& mail = s.mails.at(n - 1);
    if (is_top) {
      return compare_top(s, got, mail,
                         static_cast<std::uint32_t>(
                             std::stoul(command.substr(command.rfind(' ')))));
    }
    const std::string body = without_ours(got.body);
    const std::string expected = without_ours(as_sent(mail));
    return body == expected
               ? ""
               : fmt::format("it has {} for {}", shown(body), shown(expected));
  }
  if (command.starts_with("STAT") || command.starts_with("LIST") ||
      command.starts_with("UIDL")) {
    if (got.status != direct.status || got.body != direct.body) {
      return fmt::format("{} {} instead of {} {}", shown(got.status),
                         shown(got.body), shown(direct.status),
                         shown(direct.body));
    }
  }
  return {};
}

/// Empty, or how the rule is broken.
std::string broken(const random_session& s) {
  const result direct = directly(s);
  if (!direct.trouble.empty())
    return {};  // the server itself lets the client down
  const result proxied = through_the_proxy(s);
  if (!proxied.trouble.empty())
    return proxied.trouble;
  for (std::size_t i = 0; i < direct.answers.size(); ++i) {
    const std::string how = compare(s, proxied.answers[i], direct.answers[i]);
    if (!how.empty())
      return fmt::format("{}: {}", direct.answers[i].command, how);
  }
  const bool may_be_unread = deletes_as_it_fetches(s);
  for (std::size_t i = 0; i < s.mails.size(); ++i) {
    const stored_mail& d = direct.left[i];
    const stored_mail& p = proxied.left[i];
    const auto differ = [&](const char* what) {
      return fmt::format("mail {} is {}", i + 1, what);
    };
    if (p.is_gone && !d.is_gone)
      return differ("gone, and directly it is not");
    // Read ahead for a client that deletes, and then not deleted.
    const bool is_excused = may_be_unread && d.is_seen && !p.is_seen;
    if (!p.is_gone && d.is_gone && !(is_excused && s.ways.deletes_retrieved))
      return differ("there, and directly it is gone");
    if (p.is_gone)
      continue;
    if (p.is_seen && !d.is_seen)
      return differ("marked as read, and directly it is not");
    if (!p.is_seen && d.is_seen && !is_excused)
      return differ("unread, and directly it is marked");
  }
  return {};
}

// ------------------------------------------------- a small one to look at

/// Makes `s` simpler in every way that keeps it broken.
void shrink(random_session& s) {
  const auto try_it = [&](const std::function<void(random_session&)>& change) {
    random_session less = s;
    change(less);
    if (broken(less).empty())
      return false;
    s = std::move(less);
    return true;
  };
  for (bool again = true; again;) {
    again = false;
    for (std::size_t b = s.batches.size(); b-- > 0;) {
      for (std::size_t i = s.batches[b].size(); i-- > 0;) {
        again |= try_it([&](random_session& r) {
          auto& batch = r.batches[b];
          batch.erase(batch.begin() + static_cast<long>(i));
          if (batch.empty() && r.batches.size() > 1)
            r.batches.erase(r.batches.begin() + static_cast<long>(b));
        });
        if (b >= s.batches.size())
          break;
      }
    }
    while (s.mails.size() > 1 &&
           try_it([](random_session& r) { r.mails.pop_back(); }))
      again = true;
  }
  for (std::size_t i = 0; i < s.mails.size(); ++i) {
    for (const char* kind : {"short-header", "plain", "dots"}) {
      if (try_it([&](random_session& r) {
            r.mails[i] = *make_mail(kind, static_cast<int>(i + 1));
          }))
        break;
    }
  }
  try_it([](random_session& r) { r.piece = SIZE_MAX; });
  try_it([](random_session& r) { r.memory = 256 << 10; });
  try_it([](random_session& r) { r.ways.top = top_way::exact; });
  try_it([](random_session& r) { r.ways.round_trip = {}; });
  try_it([](random_session& r) { r.ways.deletes_retrieved = false; });
  try_it([](random_session& r) { r.ways.size_off = 0; });
  try_it([](random_session& r) { r.ways.size_said.reset(); });
  try_it([](random_session& r) { r.ways.capa = server_ways().capa; });
  try_it([](random_session& r) {
    std::vector<std::vector<std::string>> single;
    for (const auto& batch : r.batches) {
      for (const std::string& c : batch) single.push_back({c});
    }
    if (!single.empty())
      r.batches = single;
  });
}

std::string as_script(const random_session& s) {
  static const std::map<top_way, const char*> tops{
      {top_way::exact, "exact"},
      {top_way::refused, "refused"},
      {top_way::refused_above, "refused-above"},
      {top_way::cut, "cut"},
      {top_way::header_only, "header-only"},
      {top_way::undotted, "undotted"},
      {top_way::extra_line, "extra-line"},
      {top_way::whole, "whole"},
      {top_way::two_status_lines, "two-status-lines"}};
  std::string out;
  for (const std::string& m : s.mails) {
    std::string text;
    for (const char c : m) {
      const auto octet = static_cast<unsigned char>(c);
      if (c == '\r')
        text += "\\r";
      else if (c == '\n')
        text += "\\n";
      else if (octet < 0x20 || octet > 0x7e || c == '\\')
        text += fmt::format("\\x{:02x}", octet);
      else
        text += c;
    }
    out += text.size() > 2000 ? fmt::format(
                                    "# a mail of {} octets\nMAIL_TEXT "
                                    "{}...\n",
                                    m.size(), text.substr(0, 200))
                              : fmt::format("MAIL_TEXT {}\n", text);
  }
  const server_ways& w = s.ways;
  if (w.top != top_way::exact)
    out += fmt::format("SERVER top {} {}\n", tops.at(w.top), w.top_limit);
  out += fmt::format(
      "SERVER capa {}\n",
      w.capa.empty() ? "none" : fmt::format("{}", fmt::join(w.capa, "; ")));
  if (w.deletes_retrieved)
    out += "SERVER deletes-retrieved\n";
  if (w.size_off != 0)
    out += fmt::format("SERVER size-off {}\n", w.size_off);
  if (w.size_said)
    out += fmt::format("SERVER size-said {}\n", *w.size_said);
  if (w.round_trip > 0s)
    out += "SERVER round-trip 50ms\nPATIENCE 10s\n";
  out += "LOGIN\n";
  for (const auto& batch : s.batches) {
    const auto all = lines(s, batch);
    for (const std::string& c : all) out += fmt::format("C {}\n", c);
    for (std::size_t i = 0; i < all.size(); ++i) out += "S *\n";
  }
  if (s.end == farewell::close)
    out += "CLIENT closes\n";
  if (s.end == farewell::abort)
    out += "CLIENT aborts\n";
  if (s.piece != SIZE_MAX)
    out += fmt::format("# read in pieces of {} octets\n", s.piece);
  return out;
}

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(random_sessions, are_as_if_the_proxy_were_not_there) {
  const std::uint64_t first = number_of("MEKIKI_SEED", 1);
  const std::uint64_t count = number_of("MEKIKI_SESSIONS", default_sessions);
  std::map<std::string, std::size_t> kinds;  // of trouble, each shown once
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    random_session s = generator(seed).make();
    if (s.batches.empty())
      s.batches.emplace_back();
    std::string how = broken(s);
    if (how.empty())
      continue;
    // Without its numbers and what is quoted.
    std::string kind = how.substr(0, how.find('"'));
    std::erase_if(kind, [](char c) { return c >= '0' && c <= '9'; });
    if (kinds[kind]++ > 0)
      continue;
    shrink(s);
    how = broken(s);
    ADD_FAILURE() << "seed " << seed << ": " << how << "\n" << as_script(s);
    if (kinds.size() >= 5)
      break;
  }
  for (const auto& [kind, times] : kinds)
    ADD_FAILURE() << times << " sessions: " << kind;
}

}  // namespace
}  // namespace mekiki::pop3::test

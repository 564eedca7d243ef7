// Every command that is refused, and every command behind it, while the
// proxy has mails at hand that it read ahead: a refusal leaves nothing behind.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pop3/test_rig.hpp"

namespace mekiki::pop3::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t mails = 8;

struct refused_command {
  std::string line;
  std::string reaction = {};     // the server's: a pattern of commands
  bool may_be_answered = false;  // by what was read ahead
};

std::vector<refused_command> refused_commands() {
  std::vector<refused_command> out;
  // There is no such mail, or it is deleted (mail 1).
  for (const int n : {99, 0, 1}) {
    for (const char* verb : {"RETR", "LIST", "UIDL", "DELE"})
      out.push_back({fmt::format("{} {}", verb, n)});
    out.push_back({fmt::format("TOP {} 0", n)});
    out.push_back({fmt::format("TOP {} 99999", n)});
  }
  // What is no command.
  for (const char* line :
       {"RETR", "RETR x", "RETR 4294967296", "TOP 4", "TOP 4 x", "TOP", "DELE",
        "DELE -1", "", "NONSENSE", "USER taro", "PASS secret", "STLS"})
    out.push_back({line});
  out.push_back({"RETR " + std::string(9000, '4')});
  // What the server refuses, though the mail is there.
  for (const char* line : {"TOP 4 0", "TOP 4 2", "TOP 5 0", "TOP 5 2"})
    out.push_back({line, "TOP *"});
  for (const char* line : {"RETR 5", "RETR 4"})
    out.push_back({line, line, true});
  out.push_back({"DELE 5", "DELE 5"});
  out.push_back({"CAPA", "CAPA", true});
  return out;
}

struct step {
  std::string line;
  std::string mail = {};    // what comes, but for our fields; or:
  std::string status = {};  // a pattern
  std::string body = {};
};

class crossing {
 public:
  explicit crossing(const refused_command& c) {
    for (std::size_t n = 1; n <= mails; ++n)
      rig_.upstream.add(*make_mail("dots", static_cast<int>(n)));
    if (!c.reaction.empty()) {
      rig_.upstream.ways.reactions.push_back(
          {.command = c.reaction, .say = "-ERR refused\r\n", .times = 1});
      if (c.reaction == "TOP *")
        rig_.upstream.ways.reactions.back().times = -1;
    }
    rig_.connect();
    await();
    ask("USER taro%pop.example.jp");
    ask("PASS secret");
  }

  const answer& ask(std::string_view line) {
    rig_.current().say(fmt::format("{}\r\n", line));
    return await();
  }
  void expect(const step& s) {
    const answer a = ask(s.line);
    if (!s.mail.empty()) {
      EXPECT_EQ(without_ours(a.body), without_ours(s.mail)) << s.line;
      EXPECT_TRUE(a.is_ok()) << s.line << ": " << a.status;
    } else {
      EXPECT_TRUE(matches(s.status, a.status)) << s.line << ": " << a.status;
      EXPECT_EQ(a.body, s.body) << s.line;
    }
  }
  const std::string& mail(std::size_t n) {
    return rig_.upstream.mails[n - 1].octets;
  }
  bool is_gone(std::size_t n) { return rig_.upstream.mails[n - 1].is_gone; }

 private:
  const answer& await() {
    static const answer none{.status = "(none)"};
    rig_.await_answers(++asked_, 0s);
    return rig_.current().whole_answers() < asked_
               ? none
               : rig_.current().answers()[asked_ - 1];
  }

  rig rig_;
  std::size_t asked_ = 0;
};

std::vector<step> next_commands(crossing& c, bool two_are_gone) {
  const std::string& m = c.mail(4);
  std::vector<step> out{{"RETR 4", m},
                        {"TOP 4 0", top_of(m, 0)},
                        {"TOP 4 2", top_of(m, 2)},
                        {"TOP 4 99999", m},
                        {"LIST 4", "", fmt::format("+OK 4 {}*", m.size())},
                        {"UIDL 4", "", "+OK 4 uid-4*"},
                        {"DELE 4", "", "+OK*"},
                        {"NOOP", "", "+OK*"},
                        {"RSET", "", "+OK*"},
                        {"RETR 5", c.mail(5)},
                        {"RETR 6", c.mail(6)},
                        {"RETR 1", "", "-ERR*"},
                        {"QUIT", "", "+OK*"}};
  step list{"LIST", "", "+OK*"};
  step uidl{"UIDL", "", "+OK*"};
  std::size_t octets = 0;
  const std::size_t first = two_are_gone ? 3 : 2;
  for (std::size_t n = first; n <= mails; ++n) {
    list.body += fmt::format("{} {}\r\n", n, c.mail(n).size());
    uidl.body += fmt::format("{} uid-{}\r\n", n, n);
    octets += c.mail(n).size();
  }
  out.push_back(list);
  out.push_back(uidl);
  out.push_back(
      {"STAT", "", fmt::format("+OK {} {}*", mails - first + 1, octets)});
  return out;
}

class crossed : public testing::TestWithParam<bool> {};

TEST_P(crossed, a_refusal_leaves_nothing_behind) {
  const bool deletes = GetParam();
  for (const refused_command& r : refused_commands()) {
    for (std::size_t i = 0;; ++i) {
      crossing c(r);
      const auto all = next_commands(c, deletes);
      if (i == all.size())
        break;
      const step& next = all[i];
      // The server refuses it too.
      if (!r.reaction.empty() && next.line.starts_with("TOP") &&
          r.reaction.starts_with("TOP"))
        continue;
      // It would meet what the server refuses once.
      if (r.reaction == next.line)
        continue;
      SCOPED_TRACE(fmt::format("{} {} {}", deletes ? "deleting:" : "leaving:",
                               r.line.substr(0, 40), next.line));
      for (const std::size_t n : {1, 2, 3}) {
        // What meets the server's one refusal on the way is another matter.
        c.expect({fmt::format("RETR {}", n), c.mail(n)});
        if (n == 1 || (deletes && n == 2))
          c.expect({fmt::format("DELE {}", n), "", "+OK*"});
      }
      const answer first = c.ask(r.line);
      if (!r.may_be_answered) {
        EXPECT_TRUE(first.status.starts_with("-ERR")) << first.status;
      }
      c.expect(next);
      if (next.line != "QUIT" && next.line != "RSET") {
        c.expect({"RETR 7", c.mail(7)});
        c.expect({"QUIT", "", "+OK*"});
        EXPECT_TRUE(c.is_gone(1));
        EXPECT_EQ(c.is_gone(2), deletes);
        EXPECT_EQ(c.is_gone(4), next.line == "DELE 4");
      }
      for (const std::size_t n : {3, 5, 6, 7, 8}) EXPECT_FALSE(c.is_gone(n));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(clients, crossed, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& info) {
                           return info.param ? "deleting" : "leaving";
                         });

}  // namespace
}  // namespace mekiki::pop3::test

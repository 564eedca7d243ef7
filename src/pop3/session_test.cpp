#include "pop3/session.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"

namespace mekiki::pop3 {
namespace {

using kind = action::kind;
using namespace std::string_literals;

session in_transaction() {
  session s({});
  s.logged_in();
  return s;
}

bool lists(const std::string& capa, const std::string& line) {
  return capa.find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST(session, user_and_pass) {
  session s({});
  EXPECT_EQ(s.on_line("PASS x").text.substr(0, 4), "-ERR");
  EXPECT_EQ(s.on_line("user taro%pop.example.jp").text.substr(0, 3), "+OK");
  // RFC 1939 7: a password may hold spaces.
  const action a = s.on_line("PASS  two  words ");
  EXPECT_EQ(a.what, kind::login);
  const credentials c = s.take_credentials();
  EXPECT_EQ(c.login, "taro%pop.example.jp");
  EXPECT_EQ(c.secret.reveal(), " two  words ");
  // The name is spent with the attempt.
  EXPECT_EQ(s.on_line("PASS x").text.substr(0, 4), "-ERR");
}

TEST(session, auth_plain_in_one_and_two_steps) {
  const std::string message = base64_encode("\0taro%h\0pass"s);
  for (const auto& lines : {std::vector<std::string>{"AUTH PLAIN " + message},
                            std::vector<std::string>{"AUTH plain", message}}) {
    session s({});
    action a;
    for (const auto& line : lines) {
      // RFC 5034 4: "+", a space, nothing.
      if (a.what == kind::reply && !a.text.empty()) {
        EXPECT_EQ(a.text, "+ \r\n");
      }
      a = s.on_line(line);
    }
    ASSERT_EQ(a.what, kind::login);
    EXPECT_EQ(s.take_credentials().login, "taro%h");
  }
}

TEST(session, auth_may_be_cancelled_or_wrong) {
  session s({});
  EXPECT_EQ(s.on_line("AUTH PLAIN").text, "+ \r\n");
  EXPECT_EQ(s.on_line("*").text.substr(0, 4), "-ERR");
  EXPECT_EQ(s.on_line("AUTH PLAIN").text, "+ \r\n");
  EXPECT_EQ(s.on_line("not base64 at all!").text.substr(0, 4), "-ERR");
  EXPECT_EQ(s.on_line("AUTH PLAIN").text, "+ \r\n");
  EXPECT_EQ(s.on_too_long().text.substr(0, 4), "-ERR");
  EXPECT_EQ(s.on_line("AUTH CRAM-MD5").text.substr(0, 4), "-ERR");
  EXPECT_EQ(s.on_line("AUTH").text.substr(0, 4), "-ERR");
  EXPECT_EQ(s.on_line("AUTH PLAIN =").text.substr(0, 4), "-ERR");
  EXPECT_EQ(s.on_line("QUIT").what, kind::close);
}

TEST(session, no_login_in_clear_where_it_is_not_allowed) {
  session s({.stls = true, .may_log_in = false});
  for (const char* line : {"USER a%b", "PASS x", "AUTH PLAIN"}) {
    EXPECT_EQ(s.on_line(line).text.substr(0, 4), "-ERR") << line;
  }
  const std::string capa = s.on_line("CAPA").text;
  EXPECT_TRUE(lists(capa, "STLS"));
  EXPECT_FALSE(lists(capa, "USER"));
  EXPECT_EQ(capa.find("SASL"), std::string::npos);

  EXPECT_EQ(s.on_line("STLS").what, kind::start_tls);
  s.tls_started();
  EXPECT_FALSE(lists(s.on_line("CAPA").text, "STLS"));
  EXPECT_TRUE(lists(s.on_line("CAPA").text, "USER"));
  EXPECT_EQ(s.on_line("STLS").text.substr(0, 4), "-ERR");
}

TEST(session, a_name_given_in_clear_is_forgotten_with_tls) {
  session s({});
  EXPECT_EQ(s.on_line("USER injected%h").text.substr(0, 3), "+OK");
  EXPECT_EQ(s.on_line("STLS").what, kind::start_tls);
  s.tls_started();
  EXPECT_EQ(s.on_line("PASS x").text.substr(0, 4), "-ERR");
}

TEST(session, capa_is_ours) {
  session s({});
  const std::string before = s.on_line("CAPA").text;
  EXPECT_TRUE(before.starts_with("+OK"));
  EXPECT_TRUE(before.ends_with("\r\n.\r\n"));
  for (const char* line :
       {"USER", "SASL PLAIN XOAUTH2 OAUTHBEARER", "STLS", "TOP", "UIDL",
        "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING"}) {
    EXPECT_TRUE(lists(before, line)) << line;
  }
  for (const char* no : {"APOP", "CRAM-MD5", "UTF8", "LANG"}) {
    EXPECT_EQ(before.find(no), std::string::npos) << no;
  }

  capabilities poor = no_capabilities();
  read_capability("TOP", poor);
  read_capability("EXPIRE 30 USER", poor);
  read_capability("SASL CRAM-MD5 DIGEST-MD5", poor);
  read_capability("UTF8 USER", poor);
  session after = in_transaction();
  EXPECT_EQ(after.on_line("CAPA").what, kind::capa);
  const std::string capa = after.capa(poor);
  EXPECT_TRUE(lists(capa, "TOP"));
  EXPECT_FALSE(lists(capa, "UIDL"));
  EXPECT_FALSE(lists(capa, "STLS"));
  EXPECT_TRUE(lists(capa, "EXPIRE 30 USER"));
  EXPECT_EQ(capa.find("UTF8"), std::string::npos);
}

TEST(session, reads_capabilities) {
  capabilities c = no_capabilities();
  read_capability("SASL LOGIN PLAIN", c);
  EXPECT_TRUE(c.sasl_plain);
  EXPECT_FALSE(c.user);
  EXPECT_FALSE(c.expires_at_once());
  read_capability("EXPIRE 0", c);
  EXPECT_TRUE(c.expires_at_once());
  read_capability("EXPIRE NEVER", c);
  EXPECT_FALSE(c.expires_at_once());
}

TEST(session, transaction_commands) {
  const struct {
    const char* line;
    kind what;
    const char* text;  // what goes to the upstream
    std::uint32_t message;
    std::uint32_t lines;
  } cases[] = {
      {"STAT", kind::single, "STAT\r\n", 0, 0},
      {"stat", kind::single, "STAT\r\n", 0, 0},
      {"NOOP", kind::single, "NOOP\r\n", 0, 0},
      {"LIST", kind::list, "LIST\r\n", 0, 0},
      {"LIST 3", kind::single, "LIST 3\r\n", 3, 0},
      {"UIDL", kind::list, "UIDL\r\n", 0, 0},
      {"UIDL 007", kind::single, "UIDL 7\r\n", 7, 0},
      {"RETR 1", kind::retrieve, "", 1, 0},
      {"TOP 2 0", kind::top, "", 2, 0},
      {"TOP 2 99999999", kind::top, "", 2, 99'999'999},
      {"DELE 4", kind::remove, "DELE 4\r\n", 4, 0},
      {"RSET", kind::reset, "RSET\r\n", 0, 0},
      {"QUIT", kind::quit, "QUIT\r\n", 0, 0},
  };
  session s = in_transaction();
  for (const auto& c : cases) {
    const action a = s.on_line(c.line);
    EXPECT_EQ(a.what, c.what) << c.line;
    EXPECT_EQ(a.text, c.text) << c.line;
    EXPECT_EQ(a.message, c.message) << c.line;
    EXPECT_EQ(a.lines, c.lines) << c.line;
  }
}

// None of these may reach the upstream: the answer is ours.
TEST(session, refuses_in_transaction) {
  session s = in_transaction();
  for (const std::string& line : {"RETR"s,
                                  "RETR 0"s,
                                  "RETR x"s,
                                  "RETR 1 2"s,
                                  "RETR 4294967296"s,
                                  "TOP 1"s,
                                  "TOP 0 1"s,
                                  "TOP 1 x"s,
                                  "DELE"s,
                                  "DELE 0"s,
                                  "LIST 0"s,
                                  "LIST x"s,
                                  "UIDL 1 2"s,
                                  "STAT x"s,
                                  "QUIT now"s,
                                  "RSET 1"s,
                                  "USER a%b"s,
                                  "PASS x"s,
                                  "AUTH PLAIN"s,
                                  "STLS"s,
                                  "APOP taro 0"s,
                                  "XTND XMIT"s,
                                  "LAST"s,
                                  "UTF8"s,
                                  "LANG ja"s,
                                  ""s,
                                  " "s,
                                  "RETR\t1"s,
                                  "NOOP\0"s,
                                  "\xe3\x81\x82"s}) {
    const action a = s.on_line(line);
    EXPECT_EQ(a.what, kind::reply) << line;
    EXPECT_EQ(a.text.substr(0, 4), "-ERR") << line;
    EXPECT_EQ(a.text.find('\n'), a.text.size() - 1) << line;
  }
}

}  // namespace
}  // namespace mekiki::pop3

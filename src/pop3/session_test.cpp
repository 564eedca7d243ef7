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
  EXPECT_FALSE(c.by_auth);
  EXPECT_EQ(c.secret.reveal(), " two  words ");
  // The name is spent with the attempt.
  EXPECT_EQ(s.on_line("PASS x").text.substr(0, 4), "-ERR");
}

// The blanks between are the command's; one behind may be the name's.
TEST(session, user_with_more_blanks) {
  for (const auto& [line, login] : {std::pair{"USER  taro%h", "taro%h"},
                                    std::pair{"user \t taro%h", "taro%h"},
                                    std::pair{"USER taro%h ", "taro%h "}}) {
    session s({});
    EXPECT_EQ(s.on_line(line).text.substr(0, 3), "+OK") << line;
    EXPECT_EQ(s.on_line("PASS  x").what, kind::login);
    EXPECT_EQ(s.take_credentials().login, login);
  }
  EXPECT_EQ(session({}).on_line("USER  ").text, "-ERR USER needs a name\r\n");
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
    const credentials c = s.take_credentials();
    EXPECT_EQ(c.login, "taro%h");
    EXPECT_TRUE(c.by_auth);
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

TEST(session, ends_with_whoever_speaks_another_protocol) {
  for (const std::string& line :
       {"GET / HTTP/1.1"s, "POST /mail HTTP/1.1"s, "HEAD / HTTP/1.0"s,
        "OPTIONS * HTTP/1.1"s, "CONNECT example.jp:443 HTTP/1.1"s,
        "PUT /x HTTP/1.1"s, "DELETE /x HTTP/1.1"s, "get /"s, "PRI * HTTP/2.0"s,
        "Host: 127.0.0.1:1110"s, "User-Agent: x"s, "Content-Length:3"s,
        "EHLO example.jp"s, "MAIL FROM:<a@b>"s, "SSH-2.0-OpenSSH_9.2"s,
        "\x16\x03\x01\x02\x00"s}) {
    for (const bool logged_in : {false, true}) {
      session s = logged_in ? in_transaction() : session({});
      const action a = s.on_line(line);
      EXPECT_EQ(a.what, kind::close) << line;
      EXPECT_TRUE(a.text.starts_with("-ERR Mekiki: ")) << line;
      EXPECT_TRUE(a.text.ends_with("\r\n")) << line;
    }
    session waiting({});
    waiting.on_line("AUTH PLAIN");
    EXPECT_EQ(waiting.on_line(line).what, kind::close) << line;
  }
  session s({});
  s.on_line("USER a%b");
  EXPECT_EQ(s.on_line("PASS Host: x").what, kind::login);
}

TEST(session, ends_after_three_unknown_commands_before_login) {
  session s({});
  EXPECT_EQ(s.on_line("HELLO").what, kind::reply);
  EXPECT_EQ(s.on_line("CAPA").what, kind::reply);
  EXPECT_EQ(s.on_line("").what, kind::reply);
  const action a = s.on_line("{}");
  EXPECT_EQ(a.what, kind::close);
  EXPECT_EQ(a.text.substr(0, 4), "-ERR");

  // What POP3 has, at the wrong time or not with us, is no sign of that.
  session patient({});
  for (int i = 0; i < 3; ++i) {
    for (const char* line : {"STAT", "UTF8", "LANG ja", "APOP a b", "NOOP",
                             "XTND XMIT", "AUTH", "PASS x"})
      EXPECT_EQ(patient.on_line(line).what, kind::reply) << line;
  }
  session after = in_transaction();
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(after.on_line("HELLO").what, kind::reply);
}

// In every way of saying them.
TEST(session, no_name_or_password_with_cr_lf_or_nul) {
  for (const std::string& octet : {"\r"s, "\n"s, "\0"s}) {
    const std::vector<std::pair<std::string, std::string>> messages = {
        {"PLAIN", "\0ta"s + octet + "ro%h\0pass"s},
        {"PLAIN", "\0taro%h\0pa"s + octet + "ss"},
        {"PLAIN", "\0taro%h\0pass"s + octet},
        {"XOAUTH2", "user=ta" + octet + "ro%h\1auth=Bearer t\1\1"},
        {"XOAUTH2", "user=taro%h\1auth=Bearer t" + octet + "\1\1"},
        {"OAUTHBEARER", "n,a=ta" + octet + "ro%h,\1auth=Bearer t\1\1"},
        {"OAUTHBEARER", "n,a=taro%h,\1auth=Bearer t" + octet + "\1\1"},
    };
    for (const auto& [mechanism, message] : messages) {
      const std::string coded = base64_encode(message);
      session at_once({});
      EXPECT_EQ(at_once.on_line("AUTH " + mechanism + " " + coded).what,
                kind::reply)
          << mechanism;
      session in_two({});
      EXPECT_EQ(in_two.on_line("AUTH " + mechanism).text, "+ \r\n");
      EXPECT_EQ(in_two.on_line(coded).what, kind::reply) << mechanism;
    }
    if (octet == "\n")
      continue;  // ends the line
    session s({});
    EXPECT_EQ(s.on_line("USER ta" + octet + "ro%h").text.substr(0, 4), "-ERR");
    EXPECT_EQ(s.on_line("USER taro%h").text.substr(0, 3), "+OK");
    EXPECT_EQ(s.on_line("PASS pa" + octet + "ss").what, kind::reply);
    EXPECT_EQ(s.on_line("PASS pass" + octet).what, kind::reply);
  }
}

TEST(session, reads_capabilities) {
  capabilities c = no_capabilities();
  read_capability("SASL LOGIN PLAIN", c);
  EXPECT_TRUE(c.sasl_plain);
  EXPECT_FALSE(c.user);
  EXPECT_FALSE(c.expires_at_once());
  EXPECT_FALSE(c.has(mechanism::xoauth2));
  read_capability("sasl  \tplain xoauth2\tOAUTHBEARER ", c);
  EXPECT_TRUE(c.has(mechanism::plain));
  EXPECT_TRUE(c.has(mechanism::xoauth2));
  EXPECT_TRUE(c.has(mechanism::oauthbearer));
  EXPECT_FALSE(c.expires_at_once());
  read_capability("EXPIRE\t 0", c);
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
      {"STAT", kind::single_line, "STAT\r\n", 0, 0},
      {"stat", kind::single_line, "STAT\r\n", 0, 0},
      {"NOOP", kind::single_line, "NOOP\r\n", 0, 0},
      {"LIST", kind::multi_line, "LIST\r\n", 0, 0},
      {"LIST 3", kind::single_line, "LIST 3\r\n", 3, 0},
      {"UIDL", kind::multi_line, "UIDL\r\n", 0, 0},
      {"UIDL 007", kind::single_line, "UIDL 7\r\n", 7, 0},
      {"RETR 1", kind::retrieve, "", 1, 0},
      {"TOP 2 0", kind::top, "", 2, 0},
      {"TOP 2 99999999", kind::top, "", 2, 99'999'999},
      {"DELE 4", kind::remove, "DELE 4\r\n", 4, 0},
      {"RSET", kind::reset, "RSET\r\n", 0, 0},
      {"QUIT", kind::quit, "QUIT\r\n", 0, 0},
      // White space between and behind.
      {"STAT  ", kind::single_line, "STAT\r\n", 0, 0},
      {"NOOP\t", kind::single_line, "NOOP\r\n", 0, 0},
      {"LIST ", kind::multi_line, "LIST\r\n", 0, 0},
      {"LIST  1", kind::single_line, "LIST 1\r\n", 1, 0},
      {"UIDL\t1 ", kind::single_line, "UIDL 1\r\n", 1, 0},
      {"RETR 1 ", kind::retrieve, "", 1, 0},
      {"RETR\t1", kind::retrieve, "", 1, 0},
      {"TOP 1  0", kind::top, "", 1, 0},
      {"TOP\t 2 \t7 ", kind::top, "", 2, 7},
      {"DELE  4\t", kind::remove, "DELE 4\r\n", 4, 0},
      {"RSET ", kind::reset, "RSET\r\n", 0, 0},
      {"QUIT ", kind::quit, "QUIT\r\n", 0, 0},
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
                                  " STAT"s,
                                  "STAT\r"s,
                                  "RETR 1\r"s,
                                  "TOP 1 2 3"s,
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

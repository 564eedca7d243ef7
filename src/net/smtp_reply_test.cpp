#include "net/smtp_reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::net {
namespace {

using event = smtp_reply_reader::event;
using testing::ElementsAreArray;

std::string lines(std::size_t count) {
  std::string out;
  for (std::size_t i = 1; i < count; ++i) out += "250-x\r\n";
  return out + "250 x\r\n";
}

struct reply_case {
  std::string name;
  std::string octets;
  event outcome;
  int code = 0;
  std::vector<std::string> lines = {};
  std::string rest = {};  // behind it
};

const std::vector<reply_case>& cases() {
  static const std::vector<reply_case> all{
      {"one line", "250 Ok\r\n", event::reply, 250, {"Ok"}},
      {"several",
       "250-a\r\n250-SIZE 10\r\n250 b\r\n",
       event::reply,
       250,
       {"a", "SIZE 10", "b"}},
      {"a code alone", "550\r\n", event::reply, 550, {""}},
      {"a code and a space", "550 \r\n", event::reply, 550, {""}},
      {"nothing behind the hyphen",
       "250-\r\n250\r\n",
       event::reply,
       250,
       {"", ""}},
      {"LF alone", "250-a\n250 b\n", event::reply, 250, {"a", "b"}},
      {"the last code counts",
       "250-a\r\n550 b\r\n",
       event::reply,
       550,
       {"a", "b"}},
      {"something behind",
       "220 go\r\n250 AUTH PLAIN\r\n",
       event::reply,
       220,
       {"go"},
       "250 AUTH PLAIN\r\n"},
      {"a CR within", "250 a\rb\r\n", event::reply, 250, {"a\rb"}},
      {"a NUL",
       std::string("250 a\0b\r\n", 9),
       event::reply,
       250,
       {std::string("a\0b", 3)}},
      {"a long line",
       "550 " + std::string(5000, 'x') + "\r\n",
       event::reply,
       550,
       {std::string(996, 'x')}},
      {"the longest line",
       "550 " + std::string(994, 'x') + "\r\n",
       event::reply,
       550,
       {std::string(994, 'x')}},
      {"all lines", lines(100), event::reply, 250,
       std::vector<std::string>(100, "x")},

      {"nothing", "", event::need_more},
      {"a piece", "25", event::need_more},
      {"no line break", "250 Ok", event::need_more},
      {"no last line", "250-a\r\n250-b\r\n", event::need_more},

      {"POP3", "+OK ready\r\n", event::malformed},
      {"an empty line", "\r\n", event::malformed},
      {"two digits", "25\r\n", event::malformed},
      {"four digits", "2500 a\r\n", event::malformed},
      {"another sign", "250:a\r\n", event::malformed},
      {"a class too low", "150 a\r\n", event::malformed},
      {"a class too high", "600 a\r\n", event::malformed},
      {"garbage later", "250-a\r\nb\r\n", event::malformed},
      {"too many lines", lines(101), event::malformed},
      {"no end of it", "250 " + std::string(70'000, 'x'), event::malformed},
  };
  return all;
}

TEST(smtp_reply, table) {
  for (const auto& c : cases()) {
    smtp_reply_reader reader;
    std::string_view rest = c.octets;
    ASSERT_EQ(reader.next(rest), c.outcome) << c.name;
    if (c.outcome != event::reply)
      continue;
    const smtp_reply reply = reader.take();
    EXPECT_EQ(reply.code, c.code) << c.name;
    EXPECT_THAT(reply.lines, ElementsAreArray(c.lines)) << c.name;
    EXPECT_EQ(rest, c.rest) << c.name;
  }
}

TEST(smtp_reply, cut_at_every_offset) {
  for (const auto& c : cases()) {
    const std::size_t step = c.octets.size() > 10'000 ? 997 : 1;
    for (std::size_t cut = 0; cut <= c.octets.size(); cut += step) {
      smtp_reply_reader reader;
      std::string_view first = std::string_view(c.octets).substr(0, cut);
      std::string_view second = std::string_view(c.octets).substr(cut);
      event outcome = reader.next(first);
      if (outcome == event::need_more) {
        ASSERT_TRUE(first.empty()) << c.name;
        outcome = reader.next(second);
      }
      ASSERT_EQ(outcome, c.outcome) << c.name << " cut at " << cut;
      if (outcome != event::reply)
        continue;
      const smtp_reply reply = reader.take();
      EXPECT_EQ(reply.code, c.code) << c.name << " cut at " << cut;
      EXPECT_EQ(reply.lines, c.lines) << c.name << " cut at " << cut;
      EXPECT_EQ(std::string(first) + std::string(second), c.rest)
          << c.name << " cut at " << cut;
    }
  }
}

TEST(smtp_reply, stays_malformed) {
  smtp_reply_reader reader;
  std::string_view bad = "+OK\r\n";
  std::string_view good = "250 Ok\r\n";
  EXPECT_EQ(reader.next(bad), event::malformed);
  EXPECT_EQ(reader.next(good), event::malformed);
}

TEST(smtp_reply, what_is_shown_and_what_is_policy) {
  struct {
    smtp_reply reply;
    std::string shown;
    bool policy;
  } const cases[] = {
      {{250, {"a", "2.1.0 Ok "}}, "250 2.1.0 Ok", false},
      {{550, {""}}, "550", false},
      {{554, {"5.7.1 relay access denied"}},
       "554 5.7.1 relay access denied",
       true},
      {{554, {"5.7.1"}}, "554 5.7.1", true},
      {{550, {"5.1.1 user unknown"}}, "550 5.1.1 user unknown", false},
      {{554, {"5.70.1 a"}}, "554 5.70.1 a", false},
      {{554, {"4.7.1 of another class"}}, "554 4.7.1 of another class", false},
      {{550, {"5.7.1 a", "5.1.1 b"}}, "550 5.1.1 b", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(last_line(c.reply), c.shown);
    EXPECT_EQ(is_about_policy(c.reply), c.policy) << c.shown;
  }
}

TEST(smtp_reply, extensions) {
  struct {
    std::vector<std::string> lines;
    std::string expected;
  } const cases[] = {
      {{"mx.example.jp"}, ""},
      {{"STARTTLS AUTH PLAIN"}, ""},  // the first line greets
      {{"mx", "STARTTLS", "SIZE 1000", "8BITMIME", "AUTH PLAIN LOGIN"},
       "starttls size 8bit auth plain login"},
      {{"mx", "starttls", "Size", "auth\tCram-MD5  plain "},
       "starttls size auth plain"},
      {{"mx", "AUTH CRAM-MD5", "AUTH LOGIN"}, "auth login"},
      {{"mx", "AUTH"}, "auth"},
      {{"mx", "STARTTLSX", "XSIZE", "AUTH PLAINER XLOGIN", ""}, "auth"},
  };
  for (const auto& c : cases) {
    const smtp_extensions can = parse_extensions({250, c.lines});
    std::string got;
    const auto add = [&got](bool offered, std::string_view name) {
      if (offered)
        got += std::string(got.empty() ? "" : " ") + std::string(name);
    };
    add(can.starttls, "starttls");
    add(can.size, "size");
    add(can.eight_bit_mime, "8bit");
    add(can.auth, "auth");
    add(can.plain, "plain");
    add(can.login, "login");
    EXPECT_EQ(got, c.expected);
  }
}

TEST(smtp_reply, dots) {
  struct {
    std::string mail;
    std::string expected;
  } const cases[] = {
      {"", ""},
      {"a", "a\r\n"},
      {"a\r\n", "a\r\n"},
      {".", "..\r\n"},
      {".a\r\n.\r\n..\r\na.b\r\n", "..a\r\n..\r\n...\r\na.b\r\n"},
      {"\r\n\r\n", "\r\n\r\n"},
      {"a\r\n\r\n.", "a\r\n\r\n..\r\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(stuff_dots(c.mail), c.expected);
}

}  // namespace
}  // namespace mekiki::net

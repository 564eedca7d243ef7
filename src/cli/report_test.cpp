#include "cli/report.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "cli/terminal.hpp"

namespace mekiki::cli {
namespace {

TEST(report, text_is_made_utf8) {
  struct {
    std::string_view text, expected;
  } constexpr cases[] = {
      {"", ""},
      {"abc", "abc"},
      {"目利き", "目利き"},
      {"\xf0\x9f\x93\xa7", "\xf0\x9f\x93\xa7"},
      {"a\xff"
       "b",
       "a\xef\xbf\xbd"
       "b"},
      {"\xe7\x9b", "\xef\xbf\xbd\xef\xbf\xbd"},                  // cut
      {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                  // over-long
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // surrogate
      {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
  };
  for (const auto& c : cases) EXPECT_EQ(to_utf8(c.text), c.expected) << c.text;
}

TEST(report, nothing_that_a_terminal_obeys_is_printable) {
  struct {
    std::string_view text, expected;
  } constexpr cases[] = {
      {"目利き a-b", "目利き a-b"},
      {"\x1b[2J\r\n", "\\x1b[2J\\x0d\\x0a"},
      {"\x7f", "\\x7f"},
      {"\x9b"
       "31m",
       "\\x9b31m"},
      {"\xc2\x9b"
       "31m",
       "\\xc2\\x9b31m"},
      {"\xc2\xa0", "\xc2\xa0"},
      {"\xe2\x80\xae"
       "lme",
       "\\xe2\\x80\\xaelme"},
      {"\xe2\x81\xa7", "\\xe2\\x81\\xa7"},
      {"\xe2\x80\xa6", "\xe2\x80\xa6"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(printable(c.text), c.expected) << c.text;
  }
  EXPECT_EQ(printable(std::string(2000, 'a')).size(), 1003U);
}

TEST(report, json_line_holds_hostile_text) {
  verdict::judgement v;
  v.known.header.author = "\"\\\x01\xff@example.jp";
  v.known.dkim.emplace_back().domain = "\x1b\xe7.example";
  const std::string line = json_line("a\nb\xff", v, "mx.example");
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto object = boost::json::parse(line).as_object();
  EXPECT_EQ(object.at("file").as_string(), "a\nb\xef\xbf\xbd");
  EXPECT_EQ(object.at("author").as_string(), "\"\\\x01\xef\xbf\xbd@example.jp");
  EXPECT_EQ(object.at("x_dkim_check").as_string(), "none");
  EXPECT_EQ(object.at("verdict").as_string(), "unverified");
  EXPECT_EQ(object.at("dkim").as_array().size(), 1U);
  EXPECT_THAT(std::string(object.at("authentication_results").as_string()),
              testing::StartsWith("mx.example;"));
}

}  // namespace
}  // namespace mekiki::cli

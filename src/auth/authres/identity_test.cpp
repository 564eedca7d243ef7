#include "auth/authres/identity.hpp"

#include <algorithm>
#include <filesystem>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/test_conformance.hpp"

namespace mekiki::authres {
namespace {

using namespace std::string_literals;

TEST(could_name, table) {
  const struct {
    std::string value;
    bool ours;
  } rows[] = {
      {" mail.example.jp; dkim=pass", true},
      {"mail.example.jp;dkim=pass", true},
      {" MAIL.Example.JP ; none", true},
      {" mail.example.jp 1; none", true},
      {" mail.example.jp/1; none", true},
      {" mail.example.jp. ; none", true},
      {" mail.example.jp", true},
      {" mail.example.jp dkim=pass", true},
      {" \"mail.example.jp\"; none", true},
      {" \"mail\\.example.jp\"; none", true},
      {" \"mail\".example.jp; none", true},
      {" (comment) mail.example.jp; none", true},
      {" (a (b;) \\) ;) mail.example.jp; none", true},
      {" (\";\" mail.example.jp; none", true},
      {" \"(;\" mail.example.jp; none", true},
      {" mail.example.jp (c); none", true},
      {" mail(c).example.jp; none", true},
      {" ( mail.example.jp ; none", true},
      {"\r\n mail.example.jp\r\n ; none", true},
      {" mail.\r\n example.jp; none", true},
      {" mail.exam\0ple.jp; none"s, true},
      {" mail.example.jp\0.evil.test; none"s, true},
      {"\x01mail.example.jp\x7f; none", true},
      {" mail.ex\xc2\xad"
       "ample.jp; none",
       true},
      {" \xef\xbd\x8d"
       "ail.example.jp; none",
       true},
      {"; mail.example.jp; dkim=pass", false},
      {"", false},
      {" ;", false},
      {" mx.example.jp; dkim=pass header.d=mail.example.jp", false},
      {" mail.example.jp.evil.test; none", false},
      {" xmail.example.jp; none", false},
      {" mail-example.jp; none", false},
      {" mail.example.jpx; none", false},
      {" mx.google.com; dkim=pass (\xc3\xa9)", false},
      {" spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.test; dkim=pass",
       false},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(could_name(r.value, "mail.example.jp"), r.ours)
        << ::testing::PrintToString(r.value);
    EXPECT_EQ(could_name(r.value, "Mail.Example.jp"), r.ours);
  }
}

TEST(could_name, knows_our_id_in_unicode) {
  const std::string id = "m\xc3\xbcnchen.example";
  EXPECT_TRUE(could_name(" m\xc3\xbcnchen.example; none", id));
  EXPECT_TRUE(could_name(" xn--mnchen-3ya.example; none", id));
  EXPECT_TRUE(
      could_name(" m\xc3\x9cnchen.example; none", "xn--mnchen-3ya.example"));
}

TEST(could_name, is_fast_on_anything) {
  for (const char* piece : {"(", "\"", "\\", "a.b ", "a.b", "(;)", "\r\n "}) {
    std::string value;
    while (value.size() < 64'000) value += piece;
    could_name(value, "a.b.a.b");
  }
}

TEST(has_whole_id, holds_for_every_reader) {
  EXPECT_TRUE(has_whole_id(" a;"));
  EXPECT_TRUE(has_whole_id(" (;) a;"));
  EXPECT_FALSE(has_whole_id(" a"));
  EXPECT_FALSE(has_whole_id(" (;"));
  EXPECT_FALSE(has_whole_id(" \"a;"));
  EXPECT_FALSE(has_whole_id(" \"(\"; ("));
}

// Every field of the public suite that a parser can read names the id that the
// parser reads, and no other.
TEST(conformance, authres_parse) {
  if (const auto folder = conformance::folder("authres-parse");
      !std::filesystem::exists(folder)) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << folder;
  }
  const boost::json::value whole = conformance::manifest("authres-parse");
  std::size_t ran = 0;
  for (const boost::json::value& c : whole.at("cases").as_array()) {
    const boost::json::value* id =
        c.at("expect").as_object().if_contains("authserv_id");
    if (id == nullptr || id->as_string().empty())
      continue;
    SCOPED_TRACE(boost::json::serialize(c));
    ++ran;
    std::string header(c.at("header").as_string());
    header.erase(0, header.find(':') + 1);
    EXPECT_TRUE(could_name(header, std::string(id->as_string())));
    // Octets of UTF-8 are enough for us, here in one comment.
    if (std::all_of(header.begin(), header.end(),
                    [](char o) { return o >= 0; }))
      EXPECT_FALSE(could_name(header, "mekiki.invalid"));
  }
  EXPECT_GT(ran, 20U);
}

}  // namespace
}  // namespace mekiki::authres

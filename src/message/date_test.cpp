#include "message/date.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::message {
namespace {

// Expected values: GNU date, for instance
// date -u -d '1997-11-21 09:55:06 -0600' +%s
TEST(parse_date, table) {
  const struct {
    const char* text = "";
    std::optional<std::int64_t> seconds;
  } rows[] = {
      // RFC 5322 A.1.1, A.1.3, A.2, A.5, A.6.2
      {"Fri, 21 Nov 1997 09:55:06 -0600", 880127706},
      {"Thu, 13 Feb 1969 23:32:54 -0330", -27723426},
      {"Mon, 24 Nov 1997 14:22:01 -0800", 880410121},
      {"Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n"
       "               -0330 (Newfoundland Time)",
       -27723480},
      {"21 Nov 97 09:55:06 GMT", 880106106},
      {"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706},

      {"1 Jan 1970 00:00:00 +0000", 0},
      {"1 Jan 1970 00:00 +0000", 0},
      {"31 Dec 1969 23:59:59 +0000", -1},
      {" Thu, 01 Jan 1970 09:00:00 +0900 (JST) ", 0},
      {"thu, 1 jan 1970 00:00:00 gmt", 0},
      {"29 Feb 2024 12:00:00 +0000", 1709208000},
      {"31 Dec 2016 23:59:60 +0000", 1483228800},
      {"1 Jan 70 00:00:00 UT", 0},
      {"1 Jan 49 00:00:00 UT", 2493072000},
      {"1 Jan 50 00:00:00 UT", -631152000},
      {"1 Jan 124 00:00:00 UT", 1704067200},
      {"1 Jan 9999 00:00:00 UT", 253370764800},
      {"1 Jan 1970 00:00:00 EST", 18000},
      {"1 Jan 1970 00:00:00 EDT", 14400},
      {"1 Jan 1970 00:00:00 CST", 21600},
      {"1 Jan 1970 00:00:00 CDT", 18000},
      {"1 Jan 1970 00:00:00 MST", 25200},
      {"1 Jan 1970 00:00:00 MDT", 21600},
      {"1 Jan 1970 00:00:00 PST", 28800},
      {"1 Jan 1970 00:00:00 PDT", 25200},
      {"1 Jan 1970 00:00:00 A", 0},
      {"1 Jan 1970 00:00:00 JST", 0},
      {"1 Jan 1970 00:00:00 -0000", 0},
      {"(a (b) \\) c) 1 (d) Jan(e)1970(f) 00:00:00(g)+0000", 0},

      {"", std::nullopt},
      {"1 Jan 1970", std::nullopt},
      {"1 Jan 1970 00:00:00", std::nullopt},
      {"29 Feb 2023 12:00:00 +0000", std::nullopt},
      {"31 Apr 2023 12:00:00 +0000", std::nullopt},
      {"0 Jan 1970 00:00:00 +0000", std::nullopt},
      {"001 Jan 1970 00:00:00 +0000", std::nullopt},
      {"1 Jan 1899 00:00:00 +0000", std::nullopt},
      {"1 Jan 10000 00:00:00 +0000", std::nullopt},
      {"1 Jan 7 00:00:00 +0000", std::nullopt},
      {"1 Foo 1970 00:00:00 +0000", std::nullopt},
      {"1 January 1970 00:00:00 +0000", std::nullopt},
      {"Xyz, 1 Jan 1970 00:00:00 +0000", std::nullopt},
      {"Thu 1 Jan 1970 00:00:00 +0000", std::nullopt},
      {"1 Jan 1970 24:00:00 +0000", std::nullopt},
      {"1 Jan 1970 00:60:00 +0000", std::nullopt},
      {"1 Jan 1970 00:00:61 +0000", std::nullopt},
      {"1 Jan 1970 00:0:00 +0000", std::nullopt},
      {"1 Jan 1970 00:00:00 +0060", std::nullopt},
      {"1 Jan 1970 00:00:00 +000", std::nullopt},
      {"1 Jan 1970 00:00:00 +00000", std::nullopt},
      {"1 Jan 1970 00:00:00 ++000", std::nullopt},
      {"1 Jan 1970 00:00:00 ABCDEF", std::nullopt},
      {"1 Jan 1970 00:00:00 +0000 x", std::nullopt},
      {"1 Jan 1970 00:00:00 +0000 (x", std::nullopt},
      {"-1 Jan 1970 00:00:00 +0000", std::nullopt},
      {"1970-01-01T00:00:00Z", std::nullopt},
      {"99999999999999999999 Jan 1970 00:00:00 +0000", std::nullopt},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(parse_date(r.text), r.seconds) << r.text;
  }
}

TEST(received_date, stands_behind_the_last_semicolon) {
  const std::string date = " Thu, 01 Jan 1970 00:01:00 +0000";
  const struct {
    std::string value;
    std::optional<std::int64_t> seconds;
  } rows[] = {
      {" from x.y.test by example.net via TCP with ESMTP id ABC12345 for "
       "<mary@example.net>;  21 Nov 1997 10:05:43 -0600",
       880128343},  // RFC 5322 A.4
      {" by a;" + date, 60},
      {" by a;" + date + " (b; c)\r\n", 60},
      {" by a (x; y); id \"q;r\";" + date, 60},
      {" by a (helo=\\();" + date, 60},
      {" by a (helo=x( );" + date, 60},
      {" by a \";" + date, 60},
      {" by a (;" + date + ");" + " 1 Jan 1970 00:00:00 +0000", 0},
      {" by a", std::nullopt},
      {date, std::nullopt},
      {" by a;" + date + "; x", std::nullopt},
      {" by a; yesterday", std::nullopt},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(received_date(r.value), r.seconds) << r.value;
  }
}

// As GNU date says it: TZ=... date -d @880127706 -R
TEST(format_date, table) {
  using namespace std::chrono_literals;
  EXPECT_EQ(format_date(880127706, -6h), "Fri, 21 Nov 1997 09:55:06 -0600");
  EXPECT_EQ(format_date(-27723426, -210min), "Thu, 13 Feb 1969 23:32:54 -0330");
  EXPECT_EQ(format_date(0, 9h), "Thu, 1 Jan 1970 09:00:00 +0900");
  EXPECT_EQ(format_date(1709251199, 0min), "Thu, 29 Feb 2024 23:59:59 +0000");
  EXPECT_EQ(format_date(1709251199, 345min), "Fri, 1 Mar 2024 05:44:59 +0545");
}

}  // namespace
}  // namespace mekiki::message

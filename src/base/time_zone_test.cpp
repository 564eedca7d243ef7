// Expected values are those of Python's zoneinfo for the named zones.
#include "base/time_zone.hpp"

#include <gtest/gtest.h>

#include "base/test_time_zone.hpp"

namespace mekiki {
namespace {

using test::berlin;
using test::tokyo;

constexpr const char* cairo = "EET-2EEST,M4.5.5/0,M10.5.4/24";
constexpr const char* newfoundland =
    "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01";  // as until 2011

// The day that begins at `begin` and ends at `end`.
TEST(time_zone, days_are_those_of_its_clocks) {
  const struct {
    const char* name = "";
    const char* zone = "";
    std::int64_t day = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
  } rows[] = {
      {"2026-03-01", tokyo, 20513, 1772290800, 1772377200},
      {"of 23 hours", berlin, 20541, 1774738800, 1774821600},
      {"of 25 hours", berlin, 20751, 1792879200, 1792969200},
      {"that begins at 01:00", cairo, 20567, 1776981600, 1777064400},
      {"whose last hour is shown twice", cairo, 20755, 1793221200, 1793311200},
      {"after which 59 minutes of the last are shown once more", newfoundland,
       14920, 1289097000, 1289187000},
      {"before 1970", "EST5", -2, -154800, -68400},
  };
  for (const auto& row : rows) {
    const test::zone here(row.zone);
    const time_zone zone = time_zone::local();
    EXPECT_EQ(zone.begin_of(row.day), row.begin) << row.name;
    EXPECT_EQ(zone.begin_of(row.day + 1), row.end) << row.name;
    EXPECT_EQ(zone.day_of(row.begin - 1), row.day - 1) << row.name;
    for (std::int64_t at = row.begin; at < row.end; at += 600)
      ASSERT_EQ(zone.day_of(at), row.day) << row.name << " " << at;
    EXPECT_EQ(zone.day_of(row.end - 1), row.day) << row.name;
    EXPECT_EQ(zone.day_of(row.end), row.day + 1) << row.name;
  }
}

// Whoever sets the clocks forward before midnight, so that 00:00 is not shown.
TEST(time_zone, each_time_belongs_to_one_day) {
  const test::zone here("XST0XDT,M3.2.0/23:30,M11.1.0/0:30");
  const time_zone zone = time_zone::local();
  constexpr std::int64_t year = 20454;  // 2026-01-01
  for (std::int64_t at = year * 86'400; at < (year + 365) * 86'400; at += 600) {
    const std::int64_t day = zone.day_of(at);
    ASSERT_LE(zone.begin_of(day), at);
    ASSERT_GT(zone.begin_of(day + 1), at);
  }
}

TEST(time_zone, is_utc_unless_told_otherwise) {
  const test::zone here(tokyo);
  const time_zone zone;
  EXPECT_EQ(zone.day_of(86'399), 0);
  EXPECT_EQ(zone.day_of(86'400), 1);
  EXPECT_EQ(zone.day_of(-1), -1);
  EXPECT_EQ(zone.begin_of(20513), 20513 * 86'400);
  EXPECT_EQ(zone.seconds_east(0), 0);
  EXPECT_EQ(zone.name(0), "UTC");
}

TEST(time_zone, has_an_offset_and_a_name_at_each_time) {
  const test::zone here(berlin);
  const time_zone zone = time_zone::local();
  EXPECT_EQ(zone.seconds_east(1774745999), 3'600);
  EXPECT_EQ(zone.name(1774745999), "CET");
  EXPECT_EQ(zone.seconds_east(1774746000), 7'200);
  EXPECT_EQ(zone.name(1774746000), "CEST");
}

}  // namespace
}  // namespace mekiki

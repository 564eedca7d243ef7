// Expected values are those of Python's zoneinfo for the named zones.
#include "notify/mail/schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_time_zone.hpp"

namespace mekiki::notify {
namespace {

using std::chrono::minutes;
using test::berlin;
using test::tokyo;
using testing::ElementsAre;
using testing::SizeIs;

constexpr const char* kolkata = "IST-5:30";
constexpr const char* cairo = "EET-2EEST,M4.5.5/0,M10.5.4/24";
constexpr const char* newfoundland =
    "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01";  // as until 2011

TEST(schedule, the_last_complete_period) {
  const struct {
    const char* name = "";
    const char* zone = "";
    period what = period::off;
    int time_of_day = 0;  // minutes
    std::int64_t now = 0;
    std::int64_t from = 0;
    std::int64_t to = 0;
  } rows[] = {
      {"a day", tokyo, period::daily, 0, 1772420400, 1772290800, 1772377200},
      {"at its very end", tokyo, period::daily, 0, 1772377200, 1772290800,
       1772377200},
      {"a second before", tokyo, period::daily, 0, 1772377199, 1772204400,
       1772290800},
      {"time of day not yet come", tokyo, period::daily, 450, 1772404140,
       1772231400, 1772317800},
      {"time of day come", tokyo, period::daily, 450, 1772404200, 1772317800,
       1772404200},
      {"a week on monday", tokyo, period::weekly, 0, 1772377200, 1771772400,
       1772377200},
      {"a week on sunday", tokyo, period::weekly, 0, 1772377140, 1771167600,
       1771772400},
      {"a week, time not yet come", tokyo, period::weekly, 450, 1772404140,
       1771194600, 1771799400},
      {"an hour", tokyo, period::hourly, 450, 1772413140, 1772406000,
       1772409600},
      {"half an hour off UTC", kolkata, period::hourly, 0, 1772424600,
       1772418600, 1772422200},
      {"23 hours", berlin, period::daily, 0, 1774850400, 1774738800,
       1774821600},
      {"25 hours", berlin, period::daily, 0, 1792998000, 1792879200,
       1792969200},
      {"the skipped time", berlin, period::daily, 150, 1774778400, 1774661400,
       1774747800},
      {"from the skipped time", berlin, period::daily, 150, 1774864800,
       1774747800, 1774830600},
      {"the time shown twice", berlin, period::daily, 150, 1792926000,
       1792801800, 1792888200},
      {"from the time shown twice", berlin, period::daily, 150, 1793012400,
       1792888200, 1792978200},
      {"a week of 167 hours", berlin, period::weekly, 0, 1774850400, 1774220400,
       1774821600},
      {"a week of 169 hours", berlin, period::weekly, 0, 1792998000, 1792360800,
       1792969200},
      {"the second of two hours", berlin, period::hourly, 0, 1792890600,
       1792886400, 1792890000},
      {"the hour after the skipped", berlin, period::hourly, 0, 1774746600,
       1774742400, 1774746000},
      {"set back over midnight", newfoundland, period::daily, 0, 1289098800,
       1289010600, 1289097000},
      {"midnight is skipped", cairo, period::daily, 0, 1777032000, 1776895200,
       1776981600},
      {"before 1970", berlin, period::weekly, 0, -1, -867600, -262800},
  };
  for (const auto& row : rows) {
    const test::zone here(row.zone);
    const auto found =
        last_complete(row.what, minutes(row.time_of_day), row.now);
    ASSERT_TRUE(found) << row.name;
    EXPECT_EQ(found->from, row.from) << row.name;
    EXPECT_EQ(found->to, row.to) << row.name;
    EXPECT_EQ(found->columns.front(), row.from) << row.name;
    const auto before =
        last_complete(row.what, minutes(row.time_of_day), found->from);
    EXPECT_EQ(before->to, row.from) << row.name;
  }
}

TEST(schedule, off_is_never) {
  EXPECT_FALSE(last_complete(period::off, minutes(0), 1774850400));
}

TEST(schedule, columns) {
  const test::zone here(berlin);
  const auto columns = [](period p, std::int64_t now) {
    return last_complete(p, minutes(0), now)->columns;
  };
  // 2026-03-30T08:00 and 2026-10-26T08:00: behind a day of 23 and of 25 hours.
  EXPECT_THAT(columns(period::daily, 1774850400), SizeIs(23));
  EXPECT_THAT(columns(period::daily, 1792998000), SizeIs(25));
  EXPECT_THAT(columns(period::hourly, 1774850400), SizeIs(12));
  EXPECT_EQ(columns(period::hourly, 1774850400)[1], 1774846800 + 300);
  // Midnights of 2026-10-19 to 25; the last day is the long one.
  EXPECT_THAT(columns(period::weekly, 1792998000),
              ElementsAre(1792360800, 1792447200, 1792533600, 1792620000,
                          1792706400, 1792792800, 1792879200));
  // And of 2026-03-30 to 04-05.
  EXPECT_THAT(columns(period::weekly, 1774850400 + 7 * 86'400),
              ElementsAre(1774821600, 1774908000, 1774994400, 1775080800,
                          1775167200, 1775253600, 1775340000));
}

TEST(schedule, east_of_utc) {
  const struct {
    const char* zone = "";
    std::int64_t at = 0;
    int minutes = 0;
  } rows[] = {
      {berlin, 1774745999, 60},
      {berlin, 1774746000, 120},
      {tokyo, 1774746000, 540},
      {newfoundland, 1767225600, -210},
  };
  for (const auto& row : rows) {
    const test::zone here(row.zone);
    EXPECT_EQ(east_of_utc(row.at).count(), row.minutes) << row.zone;
  }
}

}  // namespace
}  // namespace mekiki::notify

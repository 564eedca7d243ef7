#include "notify/mail/sending_summary.hpp"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_time_zone.hpp"

namespace mekiki::notify {
namespace {

namespace chrono = std::chrono;
using testing::HasSubstr;
using testing::Not;

std::int64_t seconds(chrono::year_month_day day, int hour) {
  return chrono::sys_days(day).time_since_epoch().count() * 86'400 +
         hour * std::int64_t{3'600};
}

TEST(last_month, is_told_once_its_reports_have_come) {
  using namespace std::chrono;
  const test::zone here("UTC0");
  const auto at = [](year_month_day day, int hour) {
    const past_month m = last_month(hours(7), seconds(day, hour));
    return std::pair(m.year, m.month);
  };
  EXPECT_EQ(at(2026y / December / 3, 7), std::pair(2026, 11U));
  EXPECT_EQ(at(2026y / December / 3, 6), std::pair(2026, 10U));
  EXPECT_EQ(at(2026y / December / 31, 0), std::pair(2026, 11U));
  EXPECT_EQ(at(2027y / January / 2, 23), std::pair(2026, 11U));
  EXPECT_EQ(at(2027y / January / 4, 0), std::pair(2026, 12U));
  const past_month m = last_month(hours(7), seconds(2026y / March / 9, 0));
  EXPECT_EQ(m.to - m.from, 28);
  EXPECT_EQ(month_before(m).month, 1U);
  EXPECT_EQ(month_before(m).to, m.from);
  EXPECT_EQ(month_before(month_before(m)).year, 2025);
}

sending_month november() {
  sending_month of{.domain = "example.jp", .when = {.year = 2026, .month = 11}};
  of.when.from =
      chrono::sys_days(chrono::year(2026) / 11 / 1).time_since_epoch().count();
  of.when.to = of.when.from + 30;
  of.sent.reports = 1'234;
  of.sent.reporters = 5;
  of.sent.days.push_back({.day = of.when.from + 2,
                          .passed = 980,
                          .forwarded = 5,
                          .stopped = 10,
                          .failed = 5});
  reports::sender_group g;
  g.name = "seikyu.example";
  g.mails = 15;
  g.sources.push_back({.name = "mta.seikyu.example"});
  of.groups.push_back(g);
  of.plan.next = records::plan_step::stay;
  of.plan.obstacles.push_back(
      {records::plan_obstacle::kind::source_unknown, "seikyu.example", 15, 0});
  return of;
}

TEST(sending_summary, sums_a_month_up) {
  sending_month of = november();
  of.before = store::reported_day{.passed = 900, .failed = 3};
  const own_mail mail = sending_summary(of, language::english, {});
  EXPECT_EQ(mail.subject, "[Mekiki] Who sent as example.jp: November 2026");
  EXPECT_THAT(mail.text,
              HasSubstr("980 of 1,000 mails in this name passed DMARC"));
  EXPECT_THAT(mail.text, HasSubstr("12 more failed than the month before."));
  EXPECT_THAT(mail.text, HasSubstr("failed, stopped: 10 (+10)"));
  EXPECT_THAT(mail.text, HasSubstr("Failing: decide whose these are\n"
                                   "  15  seikyu[.]example"));
  EXPECT_THAT(mail.text, HasSubstr("Decide whose seikyu[.]example is"));
  EXPECT_THAT(mail.text, HasSubstr("By 1,234 proven reports of 5 hosts"));
  // A chart without pictures.
  EXPECT_THAT(mail.html, HasSubstr("<table"));
  EXPECT_THAT(mail.html, Not(HasSubstr("<img")));
  EXPECT_THAT(mail.html, Not(HasSubstr("http")));
}

TEST(sending_summary, knows_what_a_person_decided) {
  sending_month of = november();
  of.marks["seikyu.example"] = reports::owner::ours;
  EXPECT_THAT(sending_summary(of, language::english, {}).text,
              HasSubstr("Failing: yours\n  15  seikyu[.]example"));
  const own_mail japanese = sending_summary(of, language::japanese, {});
  EXPECT_EQ(japanese.subject, "[Mekiki] example.jp を名乗る送信元：2026年11月");
  EXPECT_THAT(japanese.text,
              HasSubstr("メール 1,000 通のうち、980 通が DMARC を通りました"));
  EXPECT_THAT(japanese.text, HasSubstr("失敗しているもの：自分のもの"));
}

TEST(sending_summary, shows_strangers_words_as_text) {
  sending_month of = november();
  of.groups[0].name = "<b>https://pay.example/</b>\nBcc: x";
  const own_mail mail = sending_summary(of, language::english, {});
  EXPECT_THAT(mail.text, Not(HasSubstr("https://pay")));
  EXPECT_THAT(mail.html, Not(HasSubstr("<b>https")));
}

}  // namespace
}  // namespace mekiki::notify

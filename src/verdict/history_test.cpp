#include "verdict/history.hpp"

#include <gtest/gtest.h>

namespace mekiki::verdict {
namespace {

constexpr std::int64_t day = 86'400;

TEST(is_known, takes_three_days_spread_over_seven) {
  const struct {
    const char* name;
    tally passed;
    bool known;
  } table[] = {
      {"never seen", {}, false},
      {"three days, seven apart", {3, 3, day, 8 * day}, true},
      {"a second less than seven apart", {3, 3, day, 8 * day - 1}, false},
      {"two days, a year apart", {2, 2, day, 366 * day}, false},
      {"a flood on two days", {10'000, 2, day, 10 * day}, false},
      {"daily for six days", {6, 6, day, 6 * day}, false},
      {"many days", {400, 300, day, 400 * day}, true},
  };
  for (const auto& t : table) {
    EXPECT_EQ(is_known(t.passed), t.known) << t.name;
  }
}

habit days(std::uint32_t proven, std::uint32_t unproven) {
  habit h;
  h.proven.days = proven;
  h.unproven.days = unproven;
  return h;
}

TEST(steadiness, lies_between_none_and_one) {
  EXPECT_EQ(steadiness({}), 0.0);
  for (std::uint32_t p = 0; p <= 200; ++p) {
    for (std::uint32_t u = 0; u <= 200; ++u) {
      const double s = steadiness(days(p, u));
      EXPECT_GE(s, 0.0);
      EXPECT_LT(s, 1.0);
    }
  }
}

TEST(steadiness, rises_with_proven_days_and_falls_with_others) {
  for (std::uint32_t p = 1; p <= 200; ++p) {
    for (std::uint32_t u = 0; u <= 200; ++u) {
      const double s = steadiness(days(p, u));
      EXPECT_GT(steadiness(days(p + 1, u)), s);
      EXPECT_LT(steadiness(days(p, u + 1)), s);
    }
  }
}

TEST(steadiness, counts_days_and_not_mails) {
  habit h = days(20, 1);
  const double before = steadiness(h);
  h.proven.mails = 1'000'000;
  h.unproven.mails = 1'000'000;
  EXPECT_EQ(steadiness(h), before);
}

// What evidence (b) asks for is 0.9.
TEST(steadiness, is_high_for_who_signs_nearly_always) {
  EXPECT_GT(steadiness(days(7, 0)), 0.9);
  EXPECT_LT(steadiness(days(4, 0)), 0.9);
  EXPECT_LT(steadiness(days(10, 1)), 0.9);
  EXPECT_GT(steadiness(days(20, 1)), 0.9);
  EXPECT_LT(steadiness(days(20, 3)), 0.9);
}

}  // namespace
}  // namespace mekiki::verdict

#include "pop3/throttle.hpp"

#include <gtest/gtest.h>

namespace mekiki::pop3 {
namespace {

using namespace std::chrono_literals;

TEST(throttle, doubles_to_a_limit_and_forgets) {
  manual_clock clock{time_point{}};
  throttle t(1s, clock);
  const std::chrono::seconds expected[] = {0s, 1s, 2s, 4s, 8s, 16s, 30s, 30s};
  for (const auto d : expected) {
    EXPECT_EQ(t.attempt("a"), d);
    clock.advance(d);
    t.failed("a");
  }
  EXPECT_EQ(t.attempt("b"), 0s);
  clock.advance(15min + 1s);
  EXPECT_EQ(t.attempt("a"), 0s);
  t.failed("a");
  EXPECT_EQ(t.attempt("a"), 1s);
  t.succeeded("a");
  EXPECT_EQ(t.attempt("a"), 0s);
}

TEST(throttle, time_that_has_passed_counts) {
  manual_clock clock{time_point{}};
  throttle t(4s, clock);
  t.failed("a");
  clock.advance(3s);
  EXPECT_EQ(t.attempt("a"), 1s);
}

TEST(throttle, logins_at_the_same_time_wait_one_behind_another) {
  manual_clock clock{time_point{}};
  throttle t(1s, clock);
  t.failed("a");
  for (int i = 1; i <= 40; ++i) {
    EXPECT_EQ(t.attempt("a"), i * 1s);
  }
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(t.attempt("never failed"), 0s);
  }
}

TEST(throttle, a_flood_of_names_does_not_grow_it_and_spares_the_newest) {
  manual_clock clock{time_point{}};
  throttle t(1s, clock);
  for (int i = 0; i < 25'000; ++i) {
    clock.advance(10us);
    t.failed("name " + std::to_string(i));
  }
  EXPECT_GT(t.attempt("name 24999"), 0s);
  EXPECT_EQ(t.attempt("name 0"), 0s);
}

}  // namespace
}  // namespace mekiki::pop3

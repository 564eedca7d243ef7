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
  }
  EXPECT_EQ(t.attempt("b"), 0s);
  clock.advance(15min + 1s);
  EXPECT_EQ(t.attempt("a"), 0s);
  EXPECT_EQ(t.attempt("a"), 1s);
  t.succeeded("a");
  EXPECT_EQ(t.attempt("a"), 0s);
}

TEST(throttle, a_server_that_is_down_slows_nobody) {
  manual_clock clock{time_point{}};
  throttle t(1s, clock);
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(t.attempt("a"), 0s);
    t.undecided("a");
  }
  t.undecided("never seen");
}

TEST(throttle, a_flood_of_names_does_not_grow_it_and_spares_the_newest) {
  manual_clock clock{time_point{}};
  throttle t(1s, clock);
  for (int i = 0; i < 25'000; ++i) {
    clock.advance(1ms);
    t.attempt("name " + std::to_string(i));
  }
  EXPECT_EQ(t.attempt("name 24999"), 1s);
  EXPECT_EQ(t.attempt("name 0"), 0s);
}

}  // namespace
}  // namespace mekiki::pop3

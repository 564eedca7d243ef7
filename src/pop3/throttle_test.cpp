#include "pop3/throttle.hpp"

#include <gtest/gtest.h>

namespace mekiki::pop3 {
namespace {

using namespace std::chrono_literals;

TEST(throttle, doubles_to_a_limit_and_forgets) {
  manual_clock clock{time_point{}};
  throttle t(1s, clock);
  EXPECT_EQ(t.delay("a"), 0s);
  const std::chrono::seconds expected[] = {1s, 2s, 4s, 8s, 16s, 30s, 30s};
  for (const auto d : expected) {
    t.failed("a");
    EXPECT_EQ(t.delay("a"), d);
  }
  EXPECT_EQ(t.delay("b"), 0s);
  clock.advance(15min + 1s);
  EXPECT_EQ(t.delay("a"), 0s);
  t.failed("a");
  EXPECT_EQ(t.delay("a"), 1s);
  t.succeeded("a");
  EXPECT_EQ(t.delay("a"), 0s);
}

TEST(throttle, a_flood_of_names_does_not_grow_it_and_spares_the_newest) {
  manual_clock clock{time_point{}};
  throttle t(1s, clock);
  for (int i = 0; i < 25'000; ++i) {
    clock.advance(1ms);
    t.failed("name " + std::to_string(i));
  }
  EXPECT_EQ(t.delay("name 0"), 0s);
  EXPECT_EQ(t.delay("name 24999"), 1s);
}

}  // namespace
}  // namespace mekiki::pop3

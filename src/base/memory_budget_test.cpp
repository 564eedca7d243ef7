#include "base/memory_budget.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace mekiki {
namespace {

TEST(memory_budget, is_shared) {
  memory_budget all(100);
  memory_share one(&all);
  {
    memory_share other(&all);
    EXPECT_TRUE(one.hold(60));
    EXPECT_FALSE(other.hold(41));
    EXPECT_EQ(other.held(), 0U);
    EXPECT_TRUE(other.hold(40));
    EXPECT_EQ(all.used(), 100U);
    EXPECT_FALSE(one.hold(61));
    EXPECT_TRUE(one.hold(60));
    EXPECT_TRUE(one.hold(10));
    EXPECT_TRUE(other.hold(90));
  }
  EXPECT_EQ(all.used(), 10U);
}

TEST(memory_budget, a_share_that_moved_is_given_back_once) {
  memory_budget all(100);
  memory_budget others(100);
  {
    memory_share one(&all);
    one.hold(30);
    memory_share two(std::move(one));
    memory_share three(&others);
    three.hold(50);
    three = std::move(two);
    EXPECT_EQ(all.used(), 30U);
    EXPECT_EQ(others.used(), 0U);
  }
  EXPECT_EQ(all.used(), 0U);
}

TEST(memory_budget, is_ample_up_to_a_half) {
  memory_budget all(100);
  memory_share one(&all);
  one.hold(50);
  EXPECT_TRUE(all.is_ample());
  one.hold(51);
  EXPECT_FALSE(all.is_ample());
}

TEST(memory_budget, none_is_no_limit) {
  memory_share one(nullptr);
  EXPECT_TRUE(one.hold(1'000'000'000));
  EXPECT_EQ(one.held(), 1'000'000'000U);
}

}  // namespace
}  // namespace mekiki

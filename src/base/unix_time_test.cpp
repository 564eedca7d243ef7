#include "base/unix_time.hpp"

#include <gtest/gtest.h>

namespace mekiki {
namespace {

using std::chrono::milliseconds;

TEST(unix_time, is_the_second_that_has_begun) {
  EXPECT_EQ(unix_seconds(time_point()), 0);
  EXPECT_EQ(unix_seconds(at_unix_seconds(1'772'323'200)), 1'772'323'200);
  EXPECT_EQ(unix_seconds(at_unix_seconds(5) + milliseconds(999)), 5);
  EXPECT_EQ(unix_seconds(at_unix_seconds(-5) + milliseconds(1)), -5);
  EXPECT_EQ(unix_seconds(at_unix_seconds(-5) - milliseconds(1)), -6);
}

}  // namespace
}  // namespace mekiki

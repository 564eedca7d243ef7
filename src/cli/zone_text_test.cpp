#include "cli/zone_text.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::cli {
namespace {

TEST(zone_strings, are_cut_at_255_octets) {
  EXPECT_EQ(zone_strings(""), "\"\"");
  EXPECT_EQ(zone_strings("v=DKIM1; p=abc"), "\"v=DKIM1; p=abc\"");
  EXPECT_EQ(zone_strings("a\"b\\"), "\"a\\\"b\\\\\"");
  const std::string a(255, 'a');
  EXPECT_EQ(zone_strings(a), "\"" + a + "\"");
  EXPECT_EQ(zone_strings(a + "b"), "\"" + a + "\" \"b\"");
}

}  // namespace
}  // namespace mekiki::cli

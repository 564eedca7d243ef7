#include "auth/dmarc/public_suffix.hpp"

#include <gtest/gtest.h>

namespace mekiki::dmarc {
namespace {

TEST(is_public_suffix, knows_the_list) {
  EXPECT_TRUE(is_public_suffix("jp"));
  EXPECT_TRUE(is_public_suffix("co.jp"));
  EXPECT_TRUE(is_public_suffix("github.io"));
  EXPECT_TRUE(is_public_suffix("example"));
  EXPECT_TRUE(is_public_suffix("xn--fiqs8s"));
  EXPECT_FALSE(is_public_suffix("example.co.jp"));
  EXPECT_FALSE(is_public_suffix("example.com"));
}

TEST(registered_domain, is_one_label_below_the_suffix) {
  EXPECT_EQ(registered_domain("a.b.example.co.jp"), "example.co.jp");
  EXPECT_EQ(registered_domain("example.com"), "example.com");
  EXPECT_EQ(registered_domain("co.jp"), "co.jp");
  EXPECT_EQ(registered_domain("a.unlisted"), "a.unlisted");
  EXPECT_EQ(registered_domain("b.a.unlisted"), "a.unlisted");
}

}  // namespace
}  // namespace mekiki::dmarc

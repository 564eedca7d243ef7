#include "base/hex.hpp"

#include <gtest/gtest.h>

namespace mekiki {
namespace {

TEST(hex, writes_each_octet) {
  EXPECT_EQ(to_hex(""), "");
  EXPECT_EQ(to_hex(std::string_view("\0\x01\x7f\x80\xff", 5)), "00017f80ff");
}

TEST(hex, knows_its_digits) {
  EXPECT_TRUE(is_lower_hex("0123456789abcdef"));
  EXPECT_TRUE(is_lower_hex(""));
  for (const char* text : {"A", "g", " ", "0x1", "ff\n"})
    EXPECT_FALSE(is_lower_hex(text)) << text;
}

}  // namespace
}  // namespace mekiki

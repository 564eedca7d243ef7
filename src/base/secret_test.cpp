#include "base/secret.hpp"

#include <gtest/gtest.h>

namespace mekiki {
namespace {

TEST(secret, moving_leaves_nothing_behind) {
  for (const char* text : {"short", "a password too long for a short string"}) {
    secret first{std::string(text)};
    const secret second = std::move(first);
    EXPECT_EQ(second.reveal(), text);
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move)
  }
}

TEST(secret, wipes_its_memory) {
  secret s{std::string("hunter2")};
  const char* octets = s.reveal().data();
  s.clear();
  EXPECT_EQ(std::string_view(octets, 7), std::string_view("\0\0\0\0\0\0\0", 7));
}

// A short text lies in the string itself, where a move leaves its octets.
TEST(secret, wipes_what_it_is_made_of) {
  std::string text = "hunter2";
  const char* octets = text.data();
  const secret s(std::move(text));
  EXPECT_EQ(s.reveal(), "hunter2");
  EXPECT_EQ(std::string_view(octets, 7), std::string_view("\0\0\0\0\0\0\0", 7));
}

TEST(secret, is_joined_of_parts) {
  EXPECT_EQ(join_secret({"PASS ", "hunter2", "\r\n"}).reveal(),
            "PASS hunter2\r\n");
  EXPECT_TRUE(join_secret({}).empty());
}

}  // namespace
}  // namespace mekiki

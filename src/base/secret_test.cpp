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

}  // namespace
}  // namespace mekiki

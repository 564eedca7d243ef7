#include "crypto/password.hpp"

#include <gtest/gtest.h>

namespace mekiki::crypto {
namespace {

TEST(password, is_recognised_and_no_other) {
  const std::string hash = hash_password(secret("correct horse"));
  EXPECT_TRUE(is_password_hash(hash));
  EXPECT_TRUE(is_password(hash, secret("correct horse")));
  EXPECT_FALSE(is_password(hash, secret("correct hors")));
  EXPECT_FALSE(is_password(hash, secret("correct horse ")));
  EXPECT_FALSE(is_password(hash, secret("")));
  EXPECT_NE(hash, hash_password(secret("correct horse")));
}

TEST(password, hash_of_another_program_is_understood) {
  // argon2 SALT -id -t 2 -k 65536 -p 1 -e, of the reference implementation.
  const std::string hash =
      "$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHRzYWx0$0t3NGRf2wGpBief361C/"
      "SN8TM8tLgUWJr8jq+1wrU9k";
  EXPECT_TRUE(is_password(hash, secret("mekiki no hito")));
}

TEST(password, what_is_no_hash_lets_nobody_in) {
  for (const char* bad : {"", "$argon2id$", "plain",
                          "$argon2i$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$"
                          "aGFzaGhhc2hoYXNoaGFzaA"}) {
    EXPECT_FALSE(is_password(bad, secret(""))) << bad;
    EXPECT_FALSE(is_password(bad, secret("plain"))) << bad;
  }
  EXPECT_FALSE(is_password_hash("plain"));
}

}  // namespace
}  // namespace mekiki::crypto

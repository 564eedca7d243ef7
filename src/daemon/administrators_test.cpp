#include "daemon/administrators.hpp"

#include <string>

#include <gtest/gtest.h>

#include "base/secret.hpp"
#include "crypto/password.hpp"

namespace mekiki::daemon {
namespace {

std::string hash_of(std::string password) {
  return crypto::hash_password(secret(std::move(password)));
}

TEST(administrators, a_file_of_an_earlier_version_has_one_without_a_name) {
  const std::string hash = hash_of("first password");
  const administrators all = parse_administrators(hash + "\n");
  EXPECT_EQ(all.hash, hash);
  EXPECT_TRUE(all.named.empty());
  EXPECT_EQ(format(all), hash + "\n") << "and is left as it was";
}

TEST(administrators, those_with_names_stand_behind) {
  administrators all;
  all.named["hanako"] = hash_of("hers");
  all.named["次郎"] = hash_of("his");
  const administrators again = parse_administrators(format(all));
  EXPECT_EQ(again.hash, "");
  EXPECT_EQ(again.named, all.named);
  EXPECT_EQ(again.find(""), nullptr);
  ASSERT_NE(again.find("hanako"), nullptr);
  EXPECT_EQ(*again.find("hanako"), all.named["hanako"]);
  EXPECT_EQ(again.find("hanak"), nullptr);
  EXPECT_TRUE(again.has_any());
  EXPECT_FALSE(parse_administrators("").has_any());
}

TEST(administrators, what_is_no_hash_lets_nobody_in) {
  const std::string hash = hash_of("a password");
  for (const std::string& text :
       {std::string("plain\n"), std::string("-\nplain hanako\n"),
        "-\n" + hash + " two words\n", "-\n" + hash + "\n",
        "-\n" + hash + " \n", std::string("\n\n\n")})
    EXPECT_FALSE(parse_administrators(text).has_any()) << text;
  std::string many = "-\n";
  for (int i = 0; i < 200; ++i) many += hash + " a" + std::to_string(i) + "\n";
  EXPECT_EQ(parse_administrators(many).named.size(), administrators::most);
}

TEST(administrators, names) {
  for (const char* good : {"hanako", "a", "次郎", "taro.yamada@example.jp"})
    EXPECT_TRUE(is_administrator_name(good)) << good;
  for (const std::string& bad :
       {std::string(), std::string("a b"), std::string("a\nb"),
        std::string("-x"), std::string(41, 'a'), std::string("a\0b", 3)})
    EXPECT_FALSE(is_administrator_name(bad)) << bad;
}

}  // namespace
}  // namespace mekiki::daemon

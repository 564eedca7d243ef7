#include "notify/edit/labels.hpp"

#include <set>

#include <gtest/gtest.h>

namespace mekiki::notify {
namespace {

TEST(labels, depend_on_secret_account_and_generation) {
  std::set<std::string> values;
  for (const char* secret : {"a", "b"}) {
    for (const char* account : {"taro%a.example", "taro%b.example", ""}) {
      for (const std::uint64_t generation : {0U, 1U, 11U}) {
        const std::string value = label_value(secret, account, generation);
        EXPECT_EQ(value.size(), 16U);
        EXPECT_EQ(value.find_first_not_of("0123456789abcdef"), value.npos);
        EXPECT_EQ(value, label_value(secret, account, generation));
        values.insert(value);
        const std::string tag = tag_value(secret, account, generation);
        EXPECT_EQ(tag.size(), 12U);
        EXPECT_NE(tag, value.substr(0, 12));
        values.insert(tag);
      }
    }
  }
  EXPECT_EQ(values.size(), 36U);
}

TEST(made_word, is_another_one_for_each_account) {
  std::set<std::string> words;
  for (int i = 0; i < 1000; ++i) {
    const std::string account = "taro" + std::to_string(i);
    const std::string word = made_word("secret", account);
    EXPECT_EQ(word.size(), 13U);
    EXPECT_EQ(word.find(' '), 6U);
    EXPECT_EQ(word, made_word("secret", account));
    EXPECT_NE(word, made_word("other", account));
    words.insert(word);
  }
  EXPECT_EQ(words.size(), 1000U);
}

}  // namespace
}  // namespace mekiki::notify

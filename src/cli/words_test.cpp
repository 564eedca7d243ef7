#include "cli/words.hpp"

#include <gtest/gtest.h>

#include "notify/words/test_phrases.hpp"

namespace mekiki::cli {
namespace {

using notify::language;

TEST(words, put_in_the_same_in_both_languages) {
  notify::expect_same_values(phrases_of_commands());
}

TEST(say, words_it_in_the_language) {
  EXPECT_EQ(say(language::english, "{} days", 3), "3 days");
  EXPECT_EQ(say(language::japanese, "{} days", 3), "3 日");
  EXPECT_EQ(say(language::japanese, "DKIM"), "DKIM");
}

}  // namespace
}  // namespace mekiki::cli

#include "cli/story_words.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace mekiki::cli {
namespace {

using notify::language;

std::vector<std::string> places(std::string_view pattern) {
  std::vector<std::string> out;
  for (std::size_t at = 0; (at = pattern.find('{', at)) != pattern.npos; ++at)
    out.emplace_back(pattern.substr(at, pattern.find('}', at) + 1 - at));
  return out;
}

TEST(story_words, put_in_the_same_in_both_languages) {
  std::set<std::string_view> seen;
  for (const story_phrase& p : story_phrases()) {
    EXPECT_TRUE(seen.insert(p.english).second) << p.english;
    auto english = places(p.english);
    auto japanese = places(p.japanese);
    std::ranges::sort(english);
    std::ranges::sort(japanese);
    EXPECT_EQ(english, japanese) << p.english;
    EXPECT_TRUE(std::ranges::any_of(p.japanese, [](char c) {
      return static_cast<unsigned char>(c) > 0x7f;
    })) << p.english;
  }
}

TEST(say, words_it_in_the_language) {
  EXPECT_EQ(say(language::english, "{} days", 3), "3 days");
  EXPECT_EQ(say(language::japanese, "{} days", 3), "3 日");
  EXPECT_EQ(say(language::japanese, "DKIM"), "DKIM");
}

}  // namespace
}  // namespace mekiki::cli

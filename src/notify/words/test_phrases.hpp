// For tests of tables of phrases.
#pragma once

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "notify/words/phrases.hpp"

namespace mekiki::notify {

/// How often each value is named, whatever the order.
inline std::size_t values_of(std::string_view pattern) {
  return static_cast<std::size_t>(std::ranges::count(pattern, '{'));
}

/// Each phrase once, with the same values in both languages, and in Japanese
/// letters.
inline void expect_same_values(std::span<const phrase> table) {
  std::set<std::string_view> seen;
  for (const phrase& p : table) {
    EXPECT_TRUE(seen.insert(p.english).second) << p.english;
    EXPECT_EQ(values_of(p.english), values_of(p.japanese)) << p.english;
    EXPECT_TRUE(std::ranges::any_of(p.japanese, [](char c) {
      return static_cast<unsigned char>(c) > 0x7f;
    })) << p.english;
  }
}

}  // namespace mekiki::notify

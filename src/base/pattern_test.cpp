#include "base/pattern.hpp"

#include <gtest/gtest.h>

namespace mekiki {
namespace {

struct match {
  const char* pattern;
  const char* text;
  bool expected;
};

TEST(pattern, glob) {
  const match table[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "anything@at.all", true},
      {"a", "A", true},
      {"Ab", "aB", true},
      {"a", "ab", false},
      {"ab", "a", false},
      {"*@example.jp", "taro@example.jp", true},
      {"*@example.jp", "taro@mail.example.jp", false},
      {"*@*.example.jp", "taro@mail.example.jp", true},
      {"a*b*c", "aXbYbZc", true},
      {"a*b*c", "aXbYbZ", false},
      {"a**", "a", true},
      {"*a", "ba", true},
      {"*a", "ab", false},
      {"*aab", "aaab", true},  // the star stands for more at the second try
      {"a?c", "abc", false},   // no other octet is special
      {"[a]", "a", false},
  };
  for (const match& m : table)
    EXPECT_EQ(matches_glob(m.pattern, m.text), m.expected)
        << m.pattern << " " << m.text;
}

TEST(pattern, host) {
  const match table[] = {
      {"pop.example.jp", "pop.example.jp", true},
      {"pop.example.jp", "imap.example.jp", false},
      {"*.example.jp", "pop.example.jp", true},
      {"*.example.jp", "a.b.example.jp", true},
      {"*.example.jp", "example.jp", false},
      {"*.example.jp", ".example.jp", false},
      {"*.example.jp", "badexample.jp", false},
      {"*", "pop.example.jp", false},
      {"", "", true},
  };
  for (const match& m : table)
    EXPECT_EQ(matches_host_pattern(m.pattern, m.text), m.expected)
        << m.pattern << " " << m.text;
}

}  // namespace
}  // namespace mekiki

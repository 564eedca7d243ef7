#include "auth/dkim/tag_list.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::dkim {
namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

pairs read(std::string_view text,
           empty_elements empty = empty_elements::refused) {
  const auto list = parse_tag_list(text, empty);
  pairs out;
  if (!list)
    return {{"error", std::string(to_string(list.error().code))}};
  for (const tag_view& t : list->tags) out.emplace_back(t.name, t.value);
  return out;
}

TEST(tag_list, read) {
  const struct {
    const char* text;
    pairs expected;
  } cases[] = {
      {"v=1", {{"v", "1"}}},
      {"v=1;", {{"v", "1"}}},
      {"v=1; \r\n ", {{"v", "1"}}},
      {" v = 1 ; a\r\n\t=\r\n rsa ;b=", {{"v", "1"}, {"a", "rsa"}, {"b", ""}}},
      {"n=a b\r\n c=d", {{"n", "a b\r\n c=d"}}},
      {"_x=1", {{"error", "syntax"}}},
      {"x_1=\xe7\x9b\xae", {{"x_1", "\xe7\x9b\xae"}}},
      {"A=1; a=2", {{"A", "1"}, {"a", "2"}}},
      {"a=1; a=1", {{"error", "duplicate_tag"}}},
      {"a=1;; b=2", {{"error", "syntax"}}},
      {";a=1", {{"error", "syntax"}}},
      {"a=1;;", {{"error", "syntax"}}},
      {"", {{"error", "syntax"}}},
      {" \r\n ", {{"error", "syntax"}}},
      {"a", {{"error", "syntax"}}},
      {"=1", {{"error", "syntax"}}},
      {"a b=1", {{"error", "syntax"}}},
      {"1a=1", {{"error", "syntax"}}},
      {"a=\x01", {{"error", "syntax"}}},
      {"a=\x7f", {{"error", "syntax"}}},
  };
  for (const auto& c : cases) EXPECT_EQ(read(c.text), c.expected) << c.text;
}

TEST(tag_list, empty_elements_where_they_are_tolerated) {
  EXPECT_EQ(read(";a=1;; b=2; ;", empty_elements::ignored),
            (pairs{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(read(";;", empty_elements::ignored), (pairs{{"error", "syntax"}}));
}

TEST(tag_list, limits) {
  std::string many;
  for (int i = 0; i < 64; ++i) many += "a" + std::to_string(i) + "=;";
  EXPECT_EQ(read(many).size(), 64);
  EXPECT_EQ(read(many + "b=").front().first, "error");
  EXPECT_EQ(read("a=" + std::string(64 << 10, 'x')).front().first, "error");
}

TEST(tag_list, raw_value_keeps_its_white_space) {
  const auto list = parse_tag_list("b= x\r\n y ;c=1", empty_elements::refused);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->find("b")->raw, " x\r\n y ");
  EXPECT_EQ(list->find("C"), nullptr);
}

TEST(tag_list, elements) {
  EXPECT_THAT(split_elements(" a : b\r\n :c"),
              testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_elements(""), testing::ElementsAre(""));
  EXPECT_THAT(split_elements("a:"), testing::ElementsAre("a", ""));
}

}  // namespace
}  // namespace mekiki::dkim

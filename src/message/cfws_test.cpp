#include "message/cfws.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::message {
namespace {

TEST(cfws, is_skipped) {
  const struct {
    const char* text;
    const char* rest;  // null: a comment does not end
  } rows[] = {
      {"", ""},
      {"a", "a"},
      {" \t\r\n a b", "a b"},
      // RFC 5322 A.5
      {"(A comment) Pete", "Pete"},
      {"(his \\) account)@silly", "@silly"},
      {"(a (b) c) (d)\r\n\t(e)x (f)", "x (f)"},
      {"()()x", "x"},
      {"(\"quotes ) mean nothing\")", "mean nothing\")"},
      {"(\\\\)x", "x"},
      {"\\(x", "\\(x"},
      {")x", ")x"},
      {"(x", nullptr},
      {"(a (b) c", nullptr},
      {"(a \\)", nullptr},
      {"(a\\", nullptr},
      {" (", nullptr},
  };
  for (const auto& row : rows) {
    const auto rest = skip_cfws(row.text);
    ASSERT_EQ(rest.has_value(), row.rest != nullptr) << row.text;
    if (rest)
      EXPECT_EQ(*rest, row.rest) << row.text;
  }
  // Any depth.
  const std::string deep(100'000, '(');
  EXPECT_FALSE(skip_cfws(deep));
  EXPECT_EQ(skip_cfws(deep + std::string(100'000, ')') + "x"), "x");
}

}  // namespace
}  // namespace mekiki::message

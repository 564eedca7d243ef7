#include "admin/api_request.hpp"

#include <gtest/gtest.h>

namespace mekiki::admin {
namespace {

TEST(parameters, are_decoded) {
  const auto p = parameters::parse("a=1&b=x%20y+z&c&=d&a=2&e=%E3%81%82&f==");
  ASSERT_TRUE(p);
  EXPECT_EQ(p->text("a"), "1");
  EXPECT_EQ(p->text("b"), "x y z");
  EXPECT_EQ(p->text("c"), "");
  EXPECT_EQ(p->text(""), "d");
  EXPECT_EQ(p->text("e"), "あ");
  EXPECT_EQ(p->text("f"), "=");
  EXPECT_EQ(p->text("none"), "");
  EXPECT_TRUE(parameters::parse(""));
}

TEST(parameters, what_cannot_be_decoded_is_refused) {
  std::string many;
  for (int i = 0; i < 21; ++i) many += "a=1&";
  for (const std::string& bad :
       {std::string("a=%"), std::string("a=%4"), std::string("a=%zz"),
        std::string("%ff=1"), std::string("a=%C0%AF"),
        std::string("a=%ED%A0%80"), std::string("a=\xff"), many})
    EXPECT_FALSE(parameters::parse(bad)) << bad;
}

TEST(parameters, numbers_are_whole_and_within_bounds) {
  const struct {
    const char* text;
    bool is_number;
  } cases[] = {
      {"1", true},   {"730", true},
      {"0", false},  {"731", false},
      {"-1", false}, {"1.5", false},
      {"1x", false}, {"", false},
      {" 1", false}, {"99999999999999999999", false},
  };
  for (const auto& c : cases) {
    const auto p = parameters::parse(std::string("n=") + c.text);
    EXPECT_EQ(p && p->number("n", 1, 730).has_value(), c.is_number) << c.text;
  }
}

TEST(error_response, says_when_to_come_again) {
  const request asked;
  const api_request c{.asked = asked};
  const response r =
      error_response(c, denial{.status = 429,
                               .code = "too-many",
                               .text = "wait\xff",
                               .again = std::chrono::seconds(7)});
  EXPECT_EQ(r.status, 429U);
  EXPECT_EQ(r.body, "{\"error\":\"too-many\",\"text\":\"wait\xef\xbf\xbd\"}");
  ASSERT_EQ(r.fields.size(), 1U);
  EXPECT_EQ(r.fields[0].first, "Retry-After");
  EXPECT_EQ(r.fields[0].second, "7");
}

TEST(error_response, is_in_the_language_of_the_request) {
  const request asked;
  const api_request c{.asked = asked, .in = notify::language::japanese};
  EXPECT_EQ(bad_request(c, "A password is needed.").body,
            "{\"error\":\"bad-request\",\"text\":\""
            "パスワードを入力してください。\"}");
}

}  // namespace
}  // namespace mekiki::admin

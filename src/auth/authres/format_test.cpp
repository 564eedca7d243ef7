#include "auth/authres/format.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::authres {
namespace {

using auth::result;

TEST(format, examples_of_rfc8601) {
  // B.2
  EXPECT_EQ(format("example.org", {}),
            "Authentication-Results: example.org; none\r\n");
  // B.3
  EXPECT_EQ(
      format(
          "example.com",
          {{"spf", result::pass, "", {{"smtp", "mailfrom", "example.net"}}}}),
      "Authentication-Results: example.com; spf=pass"
      " smtp.mailfrom=example.net\r\n");
  // B.6, two results of one method
  EXPECT_EQ(
      format("example.com", {{"dkim",
                              result::pass,
                              "good signature",
                              {{"header", "i", "@mail-router.example.net"}}},
                             {"dkim",
                              result::fail,
                              "bad signature",
                              {{"header", "i", "@newyork.example.com"}}}}),
      "Authentication-Results: example.com; dkim=pass"
      " reason=\"good signature\"\r\n"
      " header.i=@mail-router.example.net; dkim=fail"
      " reason=\"bad signature\"\r\n"
      " header.i=@newyork.example.com\r\n");
}

TEST(format, a_method_may_have_words_of_its_own) {
  EXPECT_EQ(format("example.org", {{.method = "dkim-adsp",
                                    .reason = {},
                                    .properties = {},
                                    .own_word = "discard"}}),
            "Authentication-Results: example.org; dkim-adsp=discard\r\n");
}

TEST(format, quotes_what_is_not_a_token) {
  const struct {
    std::string value, written;
  } rows[] = {
      {"example.org", "example.org"},
      {"a@example.org", "a@example.org"},
      {"@example.org", "@example.org"},
      {"", "\"\""},
      {"@", "\"@\""},
      {"a@b@c", "\"a@b@c\""},
      {"a b", "\"a b\""},
      {"a;b", "\"a;b\""},
      {"a=b@c", "\"a=b@c\""},
      {"mv/+", "\"mv/+\""},
      {"\"a b\"@c", "\"\\\"a b\\\"@c\""},
      {"\\", "\"\\\\\""},
      {"(x)", "\"(x)\""},
      {"a\r\nX: y", "\"a??X: y\""},
      {std::string("a\0\x7f", 3), "\"a??\""},
      {"\xe5\xb1\xb1", "\"???\""},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(format("id", {{"m", result::none, "", {{"p", "q", r.value}}}}),
              "Authentication-Results: id; m=none p.q=" + r.written + "\r\n");
  }
  EXPECT_EQ(format("a b", {}), "Authentication-Results: \"a b\"; none\r\n");
}

TEST(format, no_line_is_too_long) {
  const std::string long_text(5000, '"');
  const std::string field =
      format("id", {{"m", result::none, long_text, {{"p", "q", long_text}}}});
  std::size_t begin = 0;
  while (begin < field.size()) {
    const std::size_t end = field.find("\r\n", begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - begin, 998U);
    begin = end + 2;
  }
  EXPECT_LE(field.size(), 2000U);
}

}  // namespace
}  // namespace mekiki::authres

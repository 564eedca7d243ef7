#include "verdict/reason.hpp"

#include <gtest/gtest.h>

namespace mekiki::verdict {
namespace {

TEST(reason, is_read_as_it_was_written) {
  const reason reasons[] = {
      reason("no-signature"),
      reason("dmarc-fail").with("author", "example.jp").with("policy", "none"),
      reason("look-alike")
          .with("seen", "100% = \"山田\"\r\nX: y")
          .with("empty", "")
          .with("count", std::size_t{3}),
  };
  for (const reason& r : reasons) {
    const reason again = parse_reason(encode(r));
    EXPECT_EQ(again.code, r.code);
    EXPECT_EQ(again.facts, r.facts);
  }
}

TEST(reason, text) {
  const reason r = reason("look-alike").with("seen", "a b=%é");
  EXPECT_EQ(encode(r), "look-alike seen=a%20b%3D%25%C3%A9");
  EXPECT_EQ(format(r), "look-alike seen=a?b?%??");
  EXPECT_EQ(parse_reason(format(r)).fact("seen"), "a?b?%??");
}

TEST(reason, what_is_no_reason) {
  for (const char* text :
       {"", " ", "=", "%", "a  b", "a %4 =x", "a x=%4", "a x=%zz"})
    parse_reason(text);
  EXPECT_EQ(parse_reason("a x=%4 y=%zz").fact("x"), "%4");
  EXPECT_EQ(parse_reason("a x=%4 y=%zz").fact("y"), "%zz");
  EXPECT_EQ(parse_reason("a  b x=1").fact("x"), "1");
}

}  // namespace
}  // namespace mekiki::verdict

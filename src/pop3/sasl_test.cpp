#include "pop3/sasl.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"

namespace mekiki::pop3 {
namespace {

using namespace std::string_literals;

TEST(sasl, plain) {
  const auto c = parse_sasl(mechanism::plain,
                            base64_encode("\0taro%pop.example.jp\0pass word"s));
  ASSERT_TRUE(c) << c.error();
  EXPECT_EQ(c->login, "taro%pop.example.jp");
  EXPECT_EQ(c->secret.reveal(), "pass word");
  EXPECT_EQ(with_user(*c, "taro").reveal(),
            base64_encode("\0taro\0pass word"s));
}

TEST(sasl, plain_with_the_same_authzid) {
  EXPECT_TRUE(parse_sasl(mechanism::plain, base64_encode("t%h\0t%h\0p"s)));
}

// https://developers.google.com/workspace/gmail/imap/xoauth2-protocol has the
// form of the message.
TEST(sasl, xoauth2) {
  const auto c = parse_sasl(
      mechanism::xoauth2,
      base64_encode("user=taro%pop.example.jp\1auth=Bearer ya29.vF9d\1\1"));
  ASSERT_TRUE(c) << c.error();
  EXPECT_EQ(c->login, "taro%pop.example.jp");
  EXPECT_EQ(with_user(*c, "taro").reveal(),
            base64_encode("user=taro\1auth=Bearer ya29.vF9d\1\1"));
}

// The example of RFC 7628 4.1, its name extended by a host.
TEST(sasl, oauthbearer) {
  const std::string rest =
      ",\1host=server.example.com\1port=143\1"
      "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1";
  const auto c =
      parse_sasl(mechanism::oauthbearer,
                 base64_encode("n,a=user@example.com%pop.example.com" + rest));
  ASSERT_TRUE(c) << c.error();
  EXPECT_EQ(c->login, "user@example.com%pop.example.com");
  EXPECT_EQ(with_user(*c, "user@example.com").reveal(),
            base64_encode("n,a=user@example.com" + rest));
}

TEST(sasl, oauthbearer_escapes_the_name) {
  const auto c =
      parse_sasl(mechanism::oauthbearer,
                 base64_encode("n,a=a=2Cb=3Dc%h,\1auth=Bearer x\1\1"));
  ASSERT_TRUE(c) << c.error();
  EXPECT_EQ(c->login, "a,b=c%h");
  EXPECT_EQ(with_user(*c, "a,b=c").reveal(),
            base64_encode("n,a=a=2Cb=3Dc,\1auth=Bearer x\1\1"));
}

TEST(sasl, refuses) {
  const struct {
    const char* name;
    mechanism how;
    std::string message;
  } cases[] = {
      {"no password", mechanism::plain, "\0taro"s},
      {"no name", mechanism::plain, "\0\0pass"s},
      {"another mailbox", mechanism::plain, "hanako%h\0taro%h\0pass"s},
      {"crlf in the password", mechanism::plain, "\0taro%h\0a\r\nDELE 1"s},
      {"nul in the password", mechanism::plain, "\0taro%h\0a\0b"s},
      {"lf in the name", mechanism::plain, "\0ta\nro%h\0pass"s},
      {"no user", mechanism::xoauth2, "auth=Bearer x\1\1"},
      {"unended user", mechanism::xoauth2, "user=taro%h"},
      {"crlf in the name", mechanism::xoauth2, "user=t\r\n%h\1auth=x\1\1"},
      {"no gs2 header", mechanism::oauthbearer, "\1auth=Bearer x\1\1"},
      {"channel binding", mechanism::oauthbearer, "p=x,a=t%h,\1auth=x\1\1"},
  };
  for (const auto& c : cases) {
    EXPECT_FALSE(parse_sasl(c.how, base64_encode(c.message))) << c.name;
  }
  EXPECT_FALSE(parse_sasl(mechanism::plain, "!!!"));
}

}  // namespace
}  // namespace mekiki::pop3

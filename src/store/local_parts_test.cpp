#include "store/local_parts.hpp"

#include <gtest/gtest.h>

namespace mekiki::store {
namespace {

TEST(LocalParts, AreTakenOut) {
  const struct {
    const char* results;
    const char* kept;
  } table[] = {
      // As RFC 8601 B.3 has it, and with what B.5 adds.
      {"example.com; spf=pass smtp.mailfrom=example.net",
       "example.com; spf=pass smtp.mailfrom=example.net"},
      {"example.com; spf=pass smtp.mailfrom=sender@example.net",
       "example.com; spf=pass smtp.mailfrom=example.net"},
      {"m; dkim=pass reason=\"good signature\" header.i=@mail.example.com",
       "m; dkim=pass reason=\"good signature\" header.i=@mail.example.com"},
      {"m; dkim=fail header.i=taro@example.jp; dmarc=fail "
       "header.from=example.jp",
       "m; dkim=fail header.i=example.jp; dmarc=fail header.from=example.jp"},
      // An address with "=" is quoted by authres::format (RFC 2045 5.1).
      {"m; spf=pass smtp.mailfrom=\"bounce+taro=example.jp@list.example\"",
       "m; spf=pass smtp.mailfrom=\"list.example\""},
      {"m; spf=pass smtp.mailfrom=bounce+taro=example.jp@list.example",
       "m; spf=pass smtp.mailfrom=list.example"},
      {"m; spf=pass smtp.mailfrom=\"taro yamada\"@example.jp x",
       "m; spf=pass smtp.mailfrom=example.jp x"},
      {R"(m; spf=pass smtp.mailfrom="\"taro yamada\"@example.jp")",
       "m; spf=pass smtp.mailfrom=\"example.jp\""},
      {R"(m; spf=pass smtp.mailfrom="a\"b taro"@example.jp)",
       "m; spf=pass smtp.mailfrom=example.jp"},
      {"m; x=fail reason=\"no key for taro@example.jp there\"",
       "m; x=fail reason=\"example.jp there\""},
      {"m; x=fail (taro@example.jp and hanako@example.com) y=z",
       "m; x=fail (example.jp and example.com) y=z"},
      {"m; x=fail <taro@example.jp>", "m; x=fail <example.jp>"},
      {"m; x=pass\r\n\tsmtp.mailfrom=taro@example.jp",
       "m; x=pass\r\n\tsmtp.mailfrom=example.jp"},
      {"taro=yamada@example.jp", "example.jp"},
      {"smtp=yamada@example.jp", "example.jp"},
      {"a@b@c@example.jp", "example.jp"},
      {"x \"taro@exam", "x \"exam"},
      {"x \"taro\\", "x \"taro\\"},
      {"", ""},
      {"@", "@"},
      {"\"", "\""},
  };
  for (const auto& t : table) {
    EXPECT_EQ(without_local_parts(t.results), t.kept);
    EXPECT_EQ(without_local_parts(t.kept), t.kept) << "twice";
  }
}

// The "@" is not there any more: authres::format cuts at 320 octets.
TEST(LocalParts, WhatMayBeCutShortGoesToo) {
  const std::string longest(320, 't');
  EXPECT_EQ(
      without_local_parts("m; spf=fail smtp.mailfrom=\"" + longest + "\" x=y"),
      "m; spf=fail smtp.mailfrom=\"\" x=y");
}

TEST(LocalParts, TimeIsLinear) {
  const std::string many(1 << 20, '@');
  EXPECT_LE(without_local_parts("smtp." + std::string(1 << 20, 'a') + '=' +
                                many + "\"\"@" + many)
                .size(),
            many.size() * 4);
}

}  // namespace
}  // namespace mekiki::store

#include "delivery/warning_address.hpp"

#include <gtest/gtest.h>

namespace mekiki::delivery {
namespace {

TEST(warning_address, table) {
  const struct {
    const char* login = "";
    const char* upstream = "";
    const char* mail_domain = "";  // of the provider's rule
    const char* expected = "";
  } rows[] = {
      {"taro@example.jp", "pop.example.jp", "", "taro@example.jp"},
      {"taro@EXAMPLE.jp", "example.jp", "", "taro@example.jp"},
      {"taro", "pop.example.jp", "", "taro@example.jp"},
      {"taro", "pop.provider.co.jp", "firm.example", "taro@firm.example"},
      {"taro@firm.example", "pop.provider.co.jp", "firm.example",
       "taro@firm.example"},

      // Somebody else's address at a server of one's own.
      {"victim@example.com", "pop.evil.example", "", ""},
      {"victim@sub.example.jp", "pop.example.jp", "", ""},
      {"victim@co.jp", "co.jp", "", ""},
      {"victim@example.com", "pop.provider.jp", "firm.example", ""},
      {"taro@example.jp", "192.0.2.1", "", ""},
      {"taro", "192.0.2.1", "", ""},

      {"", "pop.example.jp", "", ""},
      {"a b@example.jp", "pop.example.jp", "", ""},
      {"a@b@example.jp", "pop.example.jp", "", ""},
      {"<taro>", "pop.example.jp", "", ""},
  };
  for (const auto& row : rows) {
    verdict::provider_rule rule;
    rule.mail_domain = row.mail_domain;
    EXPECT_EQ(
        warning_address({.login = row.login, .upstream = row.upstream}, rule),
        row.expected)
        << row.login << " at " << row.upstream;
  }
}

}  // namespace
}  // namespace mekiki::delivery

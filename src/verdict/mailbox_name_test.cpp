#include "verdict/mailbox_name.hpp"

#include <gtest/gtest.h>

#include "verdict/lookups.hpp"

namespace mekiki::verdict {
namespace {

const struct {
  const char* login;
  const char* mailbox;
} rows[] = {
    {"taro", "taro"},
    {"Taro", "taro"},
    {"taro@example.jp", "taro@example.jp"},
    {"Taro@Example.JP", "taro@example.jp"},
    {"recent:taro@gmail.com", "taro@gmail.com"},
    {"Recent:Taro@gmail.com", "taro@gmail.com"},
    {"recent:recent:taro@gmail.com", "taro@gmail.com"},
    {"recent:taro", "taro"},
    {"recent:", "recent:"},
    {"taro%example.jp", "taro@example.jp"},
    {"Taro%Example.jp", "taro@example.jp"},
    {"taro%box", "taro%box"},
    {"100%", "100%"},
    {"%example.jp", "%example.jp"},
    {"a%b.jp@example.jp", "a%b.jp@example.jp"},
    {"taro@example.jp/box", "taro@example.jp"},
    {"taro@example.jp/box/in it", "taro@example.jp"},
    {"recent:Taro%Example.jp/Box", "taro@example.jp"},
    {"taro/box", "taro/box"},
    {"taro@/box", "taro@/box"},
    {"taro@localhost", "taro@localhost"},
    {"taro@localhost/box", "taro@localhost"},
    {"taro@例え.jp", "taro@xn--r8jz45g.jp"},
    {"花子@example.jp", "花子@example.jp"},
    {"EXAMPLE\\Taro", "example\\taro"},
    {"", ""},
};

TEST(mailbox_name, of_every_spelling) {
  for (const auto& row : rows) {
    EXPECT_EQ(mailbox_name(row.login), row.mailbox) << row.login;
    EXPECT_EQ(mailbox_name(row.mailbox), row.mailbox);
  }
}

TEST(mailbox_name, of_an_account) {
  const struct {
    const char* account;
    const char* name;
  } accounts[] = {
      {"taro%pop.example.jp", "taro%pop.example.jp"},
      {"Taro@Example.jp%POP.example.jp:10110",
       "taro@example.jp%pop.example.jp:10110"},
      {"recent:taro@gmail.com%pop.gmail.com", "taro@gmail.com%pop.gmail.com"},
      {"taro%example.jp%mail.example.jp", "taro@example.jp%mail.example.jp"},
      {"taro@example.jp/box%[2001:DB8::1]:1110",
       "taro@example.jp%[2001:db8::1]:1110"},
      {"Nobody", "Nobody"},
      {"", ""},
  };
  for (const auto& row : accounts) {
    EXPECT_EQ(account_name(row.account), row.name) << row.account;
    EXPECT_EQ(account_name(row.name), row.name);
  }
}

TEST(mailbox_name, the_mailboxs_own_address) {
  const provider_rule rule;
  for (const char* login :
       {"taro", "Taro", "taro@example.jp", "TARO@EXAMPLE.JP",
        "recent:taro@example.jp", "taro%example.jp", "taro@example.jp/box"}) {
    const source from{
        .account = "", .login = login, .upstream = "pop.example.jp"};
    EXPECT_EQ(own_address(from, rule), "taro@example.jp") << login;
    EXPECT_EQ(mail_domain(from, rule), "example.jp") << login;
  }
}

}  // namespace
}  // namespace mekiki::verdict

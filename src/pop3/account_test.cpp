#include "pop3/account.hpp"

#include <gtest/gtest.h>

namespace mekiki::pop3 {
namespace {

std::string spelled(const target& t) {
  const bool v6 = t.host.find(':') != std::string::npos;
  return t.user + (v6 ? "%[" + t.host + "]:" : "%" + t.host + ":") +
         std::to_string(t.port);
}

TEST(account_id, is_that_of_the_mailbox_and_not_of_the_way_to_it) {
  const struct {
    const char* login;
    const char* id;
  } cases[] = {
      {"Taro%POP.example.jp", "taro%pop.example.jp"},
      {"taro%pop.example.jp:110", "taro%pop.example.jp"},
      {"taro%pop.example.jp:995", "taro%pop.example.jp"},
      {"Taro%pop.example.jp:1995", "taro%pop.example.jp:1995"},
      {"recent:Taro@gmail.com%pop.gmail.com", "taro@gmail.com%pop.gmail.com"},
      {"taro%example.jp%mail.example.jp", "taro@example.jp%mail.example.jp"},
      {"taro@Example.jp/box%mail.example.jp",
       "taro@example.jp%mail.example.jp"},
      {"taro%[2001:DB8::1]", "taro%[2001:db8::1]"},
      {"taro%[2001:DB8::1]:2110", "taro%[2001:db8::1]:2110"},
  };
  for (const auto& c : cases) {
    for (const client_leg leg :
         {client_leg::clear, client_leg::stls, client_leg::implicit_tls}) {
      const auto found = find_target(c.login, leg, {});
      ASSERT_TRUE(found) << c.login;
      EXPECT_EQ(account_id(*found), c.id);
    }
  }
}

// What is sent to the server stays as it was written.
TEST(account_id, leaves_the_login_alone) {
  const auto found =
      find_target("recent:Taro%Example.jp%h.jp", client_leg::stls, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user, "recent:Taro%Example.jp");
}

// The final dot is none of the host's name.
TEST(account_id, of_a_host_that_is_named_with_a_final_dot) {
  for (const char* dot : {"", "."}) {
    const auto found = find_target(std::string("taro%mail") + dot + ":1995",
                                   client_leg::stls, {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->host_is_complete, *dot != '\0');
    EXPECT_EQ(account_id(*found), "taro%mail:1995");
    const auto routed =
        find_target("taro", client_leg::stls,
                    {{.pattern = "*", .host = std::string("mail") + dot}});
    ASSERT_TRUE(routed);
    EXPECT_EQ(routed->host_is_complete, *dot != '\0');
    EXPECT_EQ(account_id(*routed), "taro%mail");
  }
}

TEST(account_id, of_a_route_whose_host_is_written_in_capitals) {
  for (const char* host : {"POP.Example.jp", "pop.example.jp"}) {
    const auto found =
        find_target("Taro@example.jp", client_leg::stls,
                    {{.pattern = "*", .host = host, .port = {}, .with = {}}});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->host, "pop.example.jp");
    EXPECT_EQ(account_id(*found), "taro@example.jp%pop.example.jp");
  }
}

TEST(account_id, of_a_route_to_an_ipv6_address) {
  for (const char* host : {"::1", "[::1]"}) {
    const auto found =
        find_target("taro", client_leg::stls,
                    {{.pattern = "*", .host = host, .port = {}, .with = {}}});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->host, "::1");
  }
}

TEST(account, slips_of_the_pen_are_named) {
  const struct {
    const char* login;
    const char* named;
  } cases[] = {
      {"taro％pop.example.jp", "U+FF05"},
      {"taro﹪pop.example.jp", "U+FE6A"},
      {"taro%pop.example.jp ", "ends with a blank"},
      {"taro%pop.example.jp\t", "ends with a tab"},
      {"taro%pop.example.jp\u3000", "ends with a full-width blank"},
      {"taro%pop.example.jp\u00a0", "ends with a no-break space"},
      {" taro%pop.example.jp", "begins with a blank"},
      {"\u3000taro%pop.example.jp", "begins with a full-width blank"},
      {"taro %pop.example.jp", "a blank beside the %"},
      {"taro% pop.example.jp", "a blank beside the %"},
      {"taro@example.jp ", "ends with a blank"},
  };
  const std::vector<route> routes = {
      {.pattern = "*", .host = "h.jp", .port = {}, .with = {}}};
  for (const auto& c : cases) {
    const auto found = find_target(c.login, client_leg::stls, routes);
    ASSERT_FALSE(found) << c.login;
    EXPECT_NE(found.error().find(c.named), std::string::npos) << found.error();
  }
  EXPECT_TRUE(find_target("ta ro％x%h.jp", client_leg::stls, {}));
}

using namespace std::string_literals;

TEST(account, names) {
  const struct {
    const char* login;
    client_leg leg;
    const char* account;  // user%host:port
    protection with;
  } cases[] = {
      {"Taro%pop.example.jp", client_leg::clear, "Taro%pop.example.jp:110",
       protection::stls},
      {"Taro%pop.example.jp", client_leg::stls, "Taro%pop.example.jp:995",
       protection::tls},
      {"Taro%pop.example.jp", client_leg::implicit_tls,
       "Taro%pop.example.jp:995", protection::tls},
      {"Taro%pop.example.jp:10110", client_leg::clear,
       "Taro%pop.example.jp:10110", protection::stls},
      {"Taro%pop.example.jp:10110", client_leg::stls,
       "Taro%pop.example.jp:10110", protection::stls},
      {"Taro%pop.example.jp:10995", client_leg::implicit_tls,
       "Taro%pop.example.jp:10995", protection::tls},
      {"Taro%pop.example.jp:995", client_leg::clear, "Taro%pop.example.jp:995",
       protection::tls},
      {"Taro%pop.example.jp:110", client_leg::implicit_tls,
       "Taro%pop.example.jp:110", protection::stls},
      {"taro@example.jp%pop.example.jp", client_leg::clear,
       "taro@example.jp%pop.example.jp:110", protection::stls},
      {"50%off%POP.Example.JP", client_leg::clear, "50%off%pop.example.jp:110",
       protection::stls},
      {"taro%[2001:DB8::1]", client_leg::clear, "taro%[2001:db8::1]:110",
       protection::stls},
      {"taro%[2001:db8::1]:10110", client_leg::clear,
       "taro%[2001:db8::1]:10110", protection::stls},
      {"taro%192.0.2.1:1", client_leg::clear, "taro%192.0.2.1:1",
       protection::stls},
      {"taro%メール.example", client_leg::clear, "taro%xn--4dkua4c.example:110",
       protection::stls},
  };
  for (const auto& c : cases) {
    const auto found = find_target(c.login, c.leg, {});
    ASSERT_TRUE(found) << c.login << ": " << found.error();
    EXPECT_EQ(spelled(*found), c.account);
    EXPECT_EQ(found->with, c.with) << c.login;
  }
}

TEST(account, refuses) {
  for (const std::string& login :
       {"Taro"s, ""s, "%"s, "Taro%"s, "%pop.example.jp"s,
        "Taro%pop.example.jp:"s, "Taro%pop.example.jp:0"s,
        "Taro%pop.example.jp:65536"s, "Taro%pop.example.jp:110x"s,
        "Taro%[2001:db8::1"s, "Taro%[192.0.2.1]"s, "Taro%2001:db8::1"s,
        "Taro%pop example.jp"s, "Taro%-pop.example.jp"s, "Taro%pop..jp"s,
        "Taro\r\nDELE 1%pop.example.jp"s, "Taro\0%pop.example.jp"s,
        "Taro%pop.example.jp/x"s, "Taro%1.2.3"s}) {
    EXPECT_FALSE(find_target(login, client_leg::clear, {})) << login;
  }
}

TEST(account, the_refusal_shows_the_right_form) {
  const auto found = find_target("Taro", client_leg::clear, {});
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().find("taro%pop.example.jp"), std::string::npos);
}

TEST(account, routes) {
  const std::vector<route> routes{
      {.pattern = "*@example.jp",
       .host = "pop.example.jp",
       .port = 11995,
       .with = protection::tls,
       .local_part_only = true},
      {.pattern = "*%old.example.jp", .with = protection::clear},
      {.pattern = "*", .host = "mail.example.net"},
  };
  const struct {
    const char* login;
    const char* account;
    protection with;
  } cases[] = {
      {"taro@example.jp", "taro%pop.example.jp:11995", protection::tls},
      {"taro@EXAMPLE.jp", "taro%pop.example.jp:11995", protection::tls},
      {"taro@example.net", "taro@example.net%mail.example.net:110",
       protection::stls},
      {"taro", "taro%mail.example.net:110", protection::stls},
      {"taro%old.example.jp", "taro%old.example.jp:110", protection::clear},
      // "*" must not catch a name that says its host itself.
      {"taro%pop.example.org", "taro%pop.example.org:110", protection::stls},
  };
  for (const auto& c : cases) {
    const auto found = find_target(c.login, client_leg::clear, routes);
    ASSERT_TRUE(found) << c.login << ": " << found.error();
    EXPECT_EQ(spelled(*found), c.account);
    EXPECT_EQ(found->with, c.with) << c.login;
  }
}

TEST(account, routes_whichever_way_the_host_is_spelled) {
  const struct {
    const char* pattern;
    const char* login;
  } cases[] = {
      {"*%pop.example.jp", "taro%pop.example.jp."},
      {"*%pop.example.jp", "taro%POP.Example.JP."},
      {"*%pop.example.jp", "taro%pop。example．jp"},
      {"*%pop.example.jp.", "taro%pop.example.jp."},
      {"*%pop.example.jp:2110", "taro%pop.example.jp.:02110"},
      {"*%xn--r8jz45g.jp", "taro%例え.jp"},
      {"*%例え.jp", "taro%例え.jp"},
      {"*%[2001:db8::1]", "taro%[2001:DB8:0::1]"},
  };
  for (const auto& c : cases) {
    const auto found = find_target(
        c.login, client_leg::clear,
        {{.pattern = c.pattern, .host = "", .port = 1995, .with = {}}});
    ASSERT_TRUE(found) << c.login << ": " << found.error();
    EXPECT_EQ(found->port, 1995) << c.login;
  }
}

TEST(account, a_pattern_of_many_stars_is_cheap) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  const std::vector<route> routes{{.pattern = pattern, .host = "h.example"}};
  EXPECT_FALSE(
      find_target(std::string(8000, 'a') + "b", client_leg::clear, routes));
}

}  // namespace
}  // namespace mekiki::pop3

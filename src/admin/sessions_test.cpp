#include "admin/sessions.hpp"

#include <chrono>
#include <set>

#include <gtest/gtest.h>

namespace mekiki::admin {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

struct fixture : testing::Test {
  system_random random;
  manual_clock clock{time_point(hours(24 * 365 * 50))};
  sessions open{random, clock};
};

TEST_F(fixture, a_token_finds_its_session_and_no_other) {
  const std::string a = open.begin(role::user, "a%h.example");
  const std::string b = open.begin(role::administrator, "");
  EXPECT_NE(a, b);
  ASSERT_TRUE(open.find(a));
  EXPECT_EQ(open.find(a)->account, "a%h.example");
  EXPECT_FALSE(open.find(a)->is_administrator());
  EXPECT_TRUE(open.find(b)->is_administrator());
  EXPECT_NE(open.find(a)->csrf, open.find(b)->csrf);
  EXPECT_FALSE(open.find(""));
  EXPECT_FALSE(open.find(hash_of(a)));
  open.end(a);
  EXPECT_FALSE(open.find(a));
  EXPECT_TRUE(open.find(b));
}

TEST_F(fixture, ends_when_it_was_not_used_or_is_old) {
  const std::string used = open.begin(role::user, "a");
  const std::string unused = open.begin(role::user, "a");
  for (int i = 0; i < 7 * 24 / 11; ++i) {
    clock.advance(hours(11));
    ASSERT_TRUE(open.find(used)) << i;
  }
  EXPECT_FALSE(open.find(unused));
  clock.advance(hours(11));  // beyond a week
  EXPECT_FALSE(open.find(used));
}

TEST_F(fixture, looking_is_not_using) {
  const std::string token = open.begin(role::user, "a");
  clock.advance(hours(11));
  EXPECT_TRUE(open.is_open(token));
  clock.advance(hours(2));
  EXPECT_FALSE(open.is_open(token));
}

TEST_F(fixture, one_account_keeps_nobody_else_out) {
  const std::string other = open.begin(role::user, "other");
  const std::string first = open.begin(role::user, "a");
  for (std::size_t i = 1; i < sessions::most_of_one; ++i) {
    clock.advance(minutes(1));
    open.begin(role::user, "a");
  }
  EXPECT_TRUE(open.is_open(first));
  open.begin(role::user, "a");
  EXPECT_FALSE(open.is_open(first));
  EXPECT_TRUE(open.is_open(other));
}

TEST_F(fixture, all_together_are_bounded) {
  const std::string first = open.begin(role::user, "first");
  clock.advance(minutes(1));
  for (std::size_t i = 1; i < sessions::most; ++i)
    open.begin(role::user, std::to_string(i));
  EXPECT_TRUE(open.is_open(first));
  const std::string last = open.begin(role::user, "last");
  EXPECT_FALSE(open.is_open(first));
  EXPECT_TRUE(open.is_open(last));
}

TEST_F(fixture, a_new_password_ends_administrators_alone) {
  const std::string a = open.begin(role::administrator, "");
  const std::string u = open.begin(role::user, "a");
  open.end_administrators();
  EXPECT_FALSE(open.is_open(a));
  EXPECT_TRUE(open.is_open(u));
}

TEST(cookie, is_found_among_others) {
  const struct {
    const char* field;
    const char* token;
  } cases[] = {
      {"", ""},
      {"mekiki_session=abc", "abc"},
      {"a=b; mekiki_session=abc; c=d", "abc"},
      {"a=b;mekiki_session=abc", "abc"},
      {"mekiki_session=", ""},
      {"xmekiki_session=abc", ""},
      {"mekiki_session_x=abc", ""},
      {"a=mekiki_session=abc", ""},
      {";;;", ""},
      {"mekiki_session", ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(session_token(c.field), c.token) << c.field;
}

TEST(cookie, is_for_our_pages_alone) {
  EXPECT_EQ(set_cookie("abc", cookie_security::any),
            "mekiki_session=abc; Path=/; HttpOnly; SameSite=Strict");
  EXPECT_EQ(set_cookie("abc", cookie_security::secure),
            "mekiki_session=abc; Path=/; HttpOnly; SameSite=Strict; Secure");
  EXPECT_EQ(set_cookie("", cookie_security::any),
            "mekiki_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

TEST(hash_of, is_sha256) {  // FIPS 180-2 B.1
  EXPECT_EQ(hash_of("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace mekiki::admin

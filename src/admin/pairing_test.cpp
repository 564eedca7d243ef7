#include "admin/pairing.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/ascii.hpp"

namespace mekiki::admin {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct pairing_test : testing::Test {
  system_random random;
  manual_clock clock{time_point(std::chrono::hours(24 * 365 * 50))};
  pairing_codes codes{random, clock};
  int clients = 0;

  std::string fresh_client() { return "client" + std::to_string(++clients); }
  /// The account, or "" if it was refused.
  std::string account_of(std::string_view typed) {
    return codes.take(typed, fresh_client()).value_or("");
  }
};

/// The same code with another last symbol.
std::string wrong(std::string code) {
  code.back() = code.back() == '7' ? '8' : '7';
  return code;
}

TEST_F(pairing_test, a_code_names_its_account_once) {
  const std::string code = codes.make("a%h.example", "s");
  ASSERT_EQ(code.size(), 14u);
  EXPECT_EQ(code[4], '-');
  EXPECT_EQ(code[9], '-');
  EXPECT_EQ(account_of(code), "a%h.example");
  EXPECT_EQ(account_of(code), "") << "a second time";
}

TEST_F(pairing_test, codes_have_60_bits_of_32_symbols) {
  std::set<char> seen;
  std::set<std::string> all;
  for (int i = 0; i < 500; ++i) {
    const std::string code = codes.make("a" + std::to_string(i), "s");
    all.insert(code);
    for (const char c : code)
      if (c != '-')
        seen.insert(c);
  }
  EXPECT_EQ(all.size(), 500u);
  EXPECT_EQ(seen.size(), 32u);
}

TEST_F(pairing_test, is_read_as_people_type_it) {
  struct {
    const char* name;
    std::string (*typed)(std::string code);
    bool is_taken;
  } const cases[] = {
      {"as it is", [](std::string c) { return c; }, true},
      {"lower case",
       [](std::string c) {
         for (char& x : c) x = ascii::to_lower(x);
         return c;
       },
       true},
      {"blanks",
       [](std::string c) {
         c[4] = c[9] = ' ';
         return "  " + c + " ";
       },
       true},
      {"without hyphens",
       [](std::string c) { return c.erase(9, 1).erase(4, 1); }, true},
      {"O and 0, I, l and 1",
       [](std::string c) {
         bool odd = false;
         for (char& x : c) {
           if (x == '0')
             x = 'O';
           if (x == '1')
             x = (odd = !odd) ? 'l' : 'I';
         }
         return c;
       },
       true},
      {"nothing", [](std::string) { return std::string(); }, false},
      {"hyphens alone", [](std::string) { return std::string(12, '-'); },
       false},
      {"its name alone", [](std::string c) { return c.substr(0, 4); }, false},
      {"a symbol less", [](std::string c) { return c.erase(13); }, false},
      {"a symbol more", [](std::string c) { return c + "0"; }, false},
      {"twice", [](std::string c) { return c + c; }, false},
      {"U is no symbol",
       [](std::string c) {
         c[13] = 'U';
         return c;
       },
       false},
      {"a NUL behind it", [](std::string c) { return c + '\0'; }, false},
      {"a wildcard",
       [](std::string c) {
         c[13] = '%';
         return c;
       },
       false},
      {"full width", [](std::string c) { return c.erase(13) + "０"; }, false},
      {"very long", [](std::string c) { return c + std::string(1'000, ' '); },
       false},
      {"the last symbol wrong", wrong, false},
  };
  for (const auto& c : cases) {
    const std::string code = codes.make("a", "s");
    EXPECT_EQ(account_of(c.typed(code)), c.is_taken ? "a" : "") << c.name;
  }
}

TEST_F(pairing_test, ends_after_ten_minutes) {
  const std::string code = codes.make("a", "s");
  clock.advance(pairing_codes::lifetime - seconds(1));
  const std::string later = codes.make("b", "s");
  EXPECT_EQ(account_of(code), "a");
  clock.advance(pairing_codes::lifetime);
  EXPECT_EQ(account_of(later), "");
}

TEST_F(pairing_test, five_wrong_tries_use_it_up_wherever_they_come_from) {
  const std::string code = codes.make("a", "s");
  for (unsigned i = 1; i < pairing_codes::most_tries; ++i) {
    const auto tried = codes.take(wrong(code), fresh_client());
    ASSERT_FALSE(tried);
    EXPECT_EQ(tried.error().account, "") << i;
  }
  const auto last = codes.take(wrong(code), fresh_client());
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().account, "a");
  EXPECT_EQ(account_of(code), "");
}

TEST_F(pairing_test, wrong_tries_of_one_code_leave_the_others) {
  const std::string hers = codes.make("b", "s2");
  const std::string code = codes.make("a", "s");
  for (unsigned i = 0; i < pairing_codes::most_tries; ++i)
    account_of(wrong(code));
  EXPECT_EQ(account_of(hers), "b");
}

TEST_F(pairing_test, the_secret_of_one_code_does_not_fit_the_name_of_another) {
  const std::string a = codes.make("a", "s");
  const std::string b = codes.make("b", "s");
  EXPECT_EQ(account_of(a.substr(0, 4) + b.substr(4)), "");
  EXPECT_EQ(account_of(a), "a");
}

TEST_F(pairing_test, a_client_may_guess_twenty_times) {
  const std::string code = codes.make("a", "s");
  for (unsigned i = 0; i < pairing_codes::most_tries_of_client; ++i) {
    const auto tried = codes.take("nonsense", "here");
    ASSERT_FALSE(tried);
    EXPECT_EQ(tried.error().again.count(), 0) << i;
  }
  clock.advance(minutes(1));
  const auto tried = codes.take(code, "here");
  ASSERT_FALSE(tried) << "the right one, too";
  EXPECT_EQ(tried.error().again, minutes(9));
  EXPECT_EQ(account_of(code), "a") << "from elsewhere";
  clock.advance(minutes(9));
  EXPECT_EQ(codes.take(codes.make("a", "s"), "here").value_or(""), "a");
}

TEST_F(pairing_test, a_new_code_and_the_end_of_the_session_end_it) {
  const std::string first = codes.make("a", "s");
  const std::string second = codes.make("a", "s");
  const std::string other = codes.make("b", "t");
  EXPECT_EQ(account_of(first), "");
  codes.end("s");
  EXPECT_EQ(account_of(second), "");
  EXPECT_EQ(account_of(other), "b");
}

TEST_F(pairing_test, is_bounded) {
  const std::string first = codes.make("first", "s");
  clock.advance(seconds(1));
  std::string last;
  for (std::size_t i = 0; i < pairing_codes::most; ++i)
    last = codes.make(std::to_string(i), "s");
  EXPECT_EQ(account_of(first), "");
  EXPECT_EQ(account_of(last), std::to_string(pairing_codes::most - 1));
  for (std::size_t i = 0; i < 3 * pairing_codes::most_clients; ++i)
    account_of("nonsense");
  const std::string code = codes.make("a", "s");
  EXPECT_EQ(account_of(code), "a");
}

}  // namespace
}  // namespace mekiki::admin

#include "notify/policy/choice.hpp"

#include <gtest/gtest.h>

#include "notify/policy/actions.hpp"

namespace mekiki::notify {
namespace {

using auth::result;
using verdict::level;

TEST(methods, are_letters) {
  const struct {
    const char* text;
    const char* shown;  // "" if refused
  } rows[] = {
      {"A", "A"},
      {"A,C", "A,C"},
      {"d, b ,a", "A,B,D"},
      {"none", "none"},
      {"A,B,C,D", "A,B,C,D"},
      {"C,C", "C"},
      {"", ""},
      {"E", ""},
      {"A,", ""},
      {"AC", ""},
      {",", ""},
      {"A;C", ""},
  };
  for (const auto& r : rows) {
    const auto m = parse_methods(r.text);
    EXPECT_EQ(m.has_value() ? format(*m) : "", r.shown) << r.text;
  }
  EXPECT_EQ(format(methods{}), "C,D");
}

TEST(occasion, words) {
  for (const char* word : {"forged", "altered", "new", "classic"}) {
    const auto o = parse_occasion(word);
    ASSERT_TRUE(o) << word;
    EXPECT_EQ(to_string(*o), word);
  }
  EXPECT_FALSE(parse_occasion(""));
  EXPECT_FALSE(parse_occasion("Forged"));
}

TEST(choice, is_kept_in_words) {
  const choice given{.methods = *parse_methods("A,B"),
                     .in = language::japanese,
                     .when = occasion::classic,
                     .secret_word = "hanami",
                     .subject_mark = true};
  EXPECT_EQ(read_choice(to_kept(given), choice()), given);
  EXPECT_EQ(read_choice(to_kept(choice()), given), choice());
  store::kept_choice newer = to_kept(choice());
  newer.methods = "A,Z";
  newer.when = "sometimes";
  const choice read = read_choice(newer, given);
  EXPECT_EQ(read.methods, given.methods);
  EXPECT_EQ(read.when, given.when);
}

// Whoever came in Japanese is warned in it; all else may still change with the
// settings.
TEST(choice, of_one_who_chose_nothing_the_language_is_kept) {
  const choice standard{.methods = {.rewrite = true},
                        .when = occasion::altered,
                        .secret_word = "hanami",
                        .subject_mark = true};
  const auto kept = to_kept(language::japanese);
  EXPECT_FALSE(is_chosen(kept));
  EXPECT_FALSE(is_chosen(std::nullopt));
  EXPECT_TRUE(is_chosen(to_kept(choice())));
  EXPECT_TRUE(
      is_chosen(to_kept(choice{.methods = {.label = false, .popup = false}})));
  choice expected = standard;
  expected.in = language::japanese;
  EXPECT_EQ(read_choice(kept, standard), expected);
  expected.in = language::english;
  EXPECT_EQ(read_choice(to_kept(language::english), standard), expected);
}

TEST(methods, must_be_allowed) {
  EXPECT_EQ(format(*parse_methods("A,B,D") & *parse_methods("A,C,D")), "A,D");
  EXPECT_EQ(format(methods() & *parse_methods("none")), "none");
}

TEST(choice, who_is_told_of_what) {
  using o = occasion;
  const struct {
    level verdict;
    result dkim;
    bool told[4];  // by forged, altered, new, classic
    bool rewrite[4];
  } rows[] = {
      {level::forged, result::fail, {1, 1, 1, 1}, {1, 1, 1, 1}},
      {level::forged, result::pass, {1, 1, 1, 0}, {1, 1, 1, 0}},
      {level::altered, result::fail, {0, 1, 1, 1}, {0, 0, 0, 0}},
      {level::altered, result::none, {0, 1, 1, 0}, {0, 0, 0, 0}},
      {level::new_, result::pass, {0, 0, 1, 0}, {0, 0, 0, 0}},
      {level::new_, result::fail, {0, 0, 1, 1}, {0, 0, 0, 0}},
      {level::unverified, result::none, {0, 0, 0, 0}, {0, 0, 0, 0}},
      {level::unverified, result::fail, {0, 0, 0, 1}, {0, 0, 0, 0}},
      {level::genuine, result::pass, {0, 0, 0, 0}, {0, 0, 0, 0}},
  };
  for (const auto& r : rows) {
    verdict::judgement v;
    v.result.what = r.verdict;
    v.dkim_check = r.dkim;
    std::size_t i = 0;
    for (const o when : {o::forged, o::altered, o::new_, o::classic}) {
      choice chosen;
      chosen.methods.rewrite = true;
      chosen.when = when;
      EXPECT_EQ(is_told(v, when), r.told[i])
          << to_string(r.verdict) << ' ' << to_string(when);
      EXPECT_EQ(what_to_do({.what = v.result.what, .dkim_check = v.dkim_check},
                           chosen)
                    .rewrite,
                r.rewrite[i])
          << to_string(r.verdict) << ' ' << to_string(when);
      ++i;
    }
  }
}

}  // namespace
}  // namespace mekiki::notify

#include "notify/policy/actions.hpp"

#include <gtest/gtest.h>

namespace mekiki::notify {
namespace {

using auth::result;
using verdict::level;

choice chosen(std::string_view letters, occasion when, bool mark = false) {
  choice c;
  c.methods = *parse_methods(letters);
  c.when = when;
  c.subject_mark = mark;
  return c;
}

TEST(actions, what_is_done_about_one_mail) {
  using o = occasion;
  const struct {
    level verdict = level::unverified;
    result dkim = result::none;
    const char* methods = "";
    o when = o::forged;
    actions expected;  // with the mark in the Subject chosen
  } rows[] = {
      {level::forged, result::fail, "C,D", o::forged, {.mark = true}},
      {level::forged,
       result::none,
       "A",
       o::forged,
       {.rewrite = true, .mark = true, .counts = true}},
      {level::forged,
       result::none,
       "A,B",
       o::altered,
       {.rewrite = true, .warn = true, .mark = true, .counts = true}},
      {level::forged, result::pass, "A,B", o::classic, {}},
      {level::forged, result::fail, "none", o::new_, {.mark = true}},
      {level::altered, result::fail, "A,B", o::forged, {}},
      {level::altered,
       result::fail,
       "A,B",
       o::altered,
       {.warn = true, .counts = true}},
      {level::new_,
       result::pass,
       "A,B",
       o::new_,
       {.warn = true, .counts = true}},
      {level::unverified,
       result::fail,
       "A,B",
       o::classic,
       {.warn = true, .counts = true}},
      {level::unverified, result::fail, "A,B", o::new_, {}},
      {level::genuine, result::pass, "A,B,C,D", o::new_, {}},
  };
  for (const auto& r : rows) {
    verdict::judgement v;
    v.result.what = r.verdict;
    v.dkim_check = r.dkim;
    EXPECT_EQ(what_to_do(v, chosen(r.methods, r.when, true), 5, {}), r.expected)
        << to_string(r.verdict) << ' ' << r.methods << ' ' << to_string(r.when);
  }
}

TEST(budget, is_a_share_of_the_last_mails) {
  const struct {
    recent_mails recent;
    std::size_t budget = 0;
    bool over = false;
  } rows[] = {
      {{0, 0}, 5, false},     {{10, 10}, 5, false},  {{11, 11}, 5, true},
      {{11, 11}, 1, false},   {{100, 20}, 5, false}, {{100, 21}, 5, true},
      {{100, 100}, 0, false}, {{9, 9}, 1000, false}, {{1000, 11}, 1000, true},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(is_over_budget(r.recent, r.budget), r.over)
        << r.recent.warned << " of " << r.recent.mails << ", " << r.budget;
  }
}

TEST(budget, leaves_labels_and_comes_back) {
  verdict::judgement forged;
  forged.result.what = level::forged;
  const verdict::judgement other;
  const choice c = chosen("A,B,C,D", occasion::forged, true);
  const actions warned{
      .rewrite = true, .warn = true, .mark = true, .counts = true};
  const actions labelled{.mark = true, .counts = true, .over_budget = true};

  recent_mails r;
  for (int i = 0; i < 12; ++i) {
    const actions a = what_to_do(forged, c, 2, r);
    EXPECT_EQ(a, i < 10 ? warned : labelled) << i;
    count(r, a);
  }
  EXPECT_EQ(r.warned, 12U);  // those that were only labelled count
  for (int i = 0; i < 14; ++i) {
    const actions a = what_to_do(other, c, 2, r);
    EXPECT_EQ(a, actions{}) << i;  // nobody else is spoken of
    count(r, a);
  }
  EXPECT_EQ(what_to_do(forged, c, 2, r), warned);  // 13 of 27
}

// Anybody can send mails that a DMARC policy refuses, as many as he likes, or
// that pretend to be ours.
class budget_by_code : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(certain, budget_by_code,
                         testing::Values("dmarc-fail", "not-by-mekiki"));
TEST_P(budget_by_code, is_not_used_up) {
  verdict::judgement refused;
  refused.result = {level::forged, verdict::reason(GetParam())};
  verdict::judgement guessed;
  guessed.result = {level::forged, verdict::reason("display-name")};
  const choice c = chosen("A,B", occasion::forged);

  recent_mails r;
  for (int i = 0; i < 60; ++i) {
    const actions a = what_to_do(refused, c, 5, r);
    EXPECT_TRUE(a.rewrite && a.warn && !a.over_budget) << i;
    count(r, a);
  }
  EXPECT_TRUE(what_to_do(guessed, c, 5, r).rewrite);
  const recent_mails many_guesses{.mails = 60, .warned = 60};
  EXPECT_TRUE(what_to_do(guessed, c, 5, many_guesses).over_budget);
  EXPECT_TRUE(what_to_do(refused, c, 5, many_guesses).rewrite);

  store::mail_count judged{.what = level::forged, .mails = 60};
  EXPECT_EQ(recent_of({judged}, c).warned, 60U);
  judged.is_refused = true;
  EXPECT_EQ(recent_of({judged}, c).warned, 0U);
}

TEST(budget, counts_what_the_choice_warns_of) {
  const std::vector<store::mail_count> judged = {
      {.what = level::forged, .dkim_check = result::none, .mails = 3},
      {.what = level::unverified, .dkim_check = result::fail, .mails = 20},
      {.what = level::new_, .dkim_check = result::pass, .mails = 7},
      {.what = level::genuine, .dkim_check = result::pass, .mails = 70},
  };
  const auto warned = [&](const char* methods, occasion when) {
    const recent_mails r = recent_of(judged, chosen(methods, when));
    EXPECT_EQ(r.mails, 100U);
    return r.warned;
  };
  EXPECT_EQ(warned("A", occasion::forged), 3U);
  EXPECT_EQ(warned("A", occasion::new_), 3U);
  EXPECT_EQ(warned("B", occasion::new_), 10U);
  EXPECT_EQ(warned("B", occasion::classic), 20U);
  EXPECT_EQ(warned("C,D", occasion::new_), 0U);
}

}  // namespace
}  // namespace mekiki::notify

#include "notify/words/plan_words.hpp"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::notify {
namespace {

using kind = records::plan_obstacle::kind;
using records::plan_step;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(plan_words, has_a_sentence_for_each_step) {
  for (const plan_step s :
       {plan_step::publish, plan_step::ask_reports, plan_step::stay,
        plan_step::end_testing, plan_step::quarantine, plan_step::reject,
        plan_step::go_back, plan_step::done}) {
    const std::string english =
        words_of(records::plan{s, {}}, language::english).next;
    const std::string japanese =
        words_of(records::plan{s, {}}, language::japanese).next;
    EXPECT_TRUE(english.ends_with('.')) << to_string(s);
    EXPECT_TRUE(japanese.ends_with("。")) << to_string(s);
  }
}

const records::plan held{
    plan_step::stay,
    {{kind::few_days, "", 3, 20},
     {kind::few_mails, "", 7, 100},
     {kind::source_fails, "invoices", 12, 40},
     {kind::source_unknown, "host7.provider.example", 55, 0},
     {kind::unread, "", 900, 0}}};

TEST(plan_words, say_why_not_further) {
  EXPECT_THAT(
      words_of(held, language::english).why,
      ElementsAre(
          "There are reports of 3 days; it takes 20.",
          "Reports have seen 7 proven mails of yours; it takes 100.",
          "Of the mails of invoices, which sends for you, 40 were seen, "
          "and 12 failed: have it sign with DKIM for the domain, or "
          "correct SPF.",
          "Decide whose host7.provider.example is: 55 mails of it failed.",
          "Of 900 failing mails nobody looked at the source: reports name too "
          "many addresses. Mail of yours may be among them."));
  const auto japanese = words_of(held, language::japanese).why;
  ASSERT_EQ(japanese.size(), 5U);
  EXPECT_THAT(japanese[2], HasSubstr("invoices のメール 40 通のうち 12 通"));
  EXPECT_THAT(japanese[4], HasSubstr("900 通は"));
}

TEST(plan_words, show_names_of_strangers_as_one_line) {
  records::plan p = held;
  p.obstacles = {{kind::source_unknown, "a\r\nb\x1b[2J{}", 55, 0}};
  const std::string line = words_of(p, language::english).why.front();
  EXPECT_TRUE(std::ranges::none_of(line, [](char c) {
    return static_cast<unsigned char>(c) < 0x20;
  })) << line;
}

}  // namespace
}  // namespace mekiki::notify

#include "auth/records/plan.hpp"

#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::records {
namespace {

using owner = plan_source::owner;
using kind = plan_obstacle::kind;
using dmarc::policy;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto huge = std::numeric_limits<std::uint64_t>::max();

plan_source ours(std::uint64_t aligned, std::uint64_t unaligned = 0,
                 std::string name = "mx") {
  return {std::move(name), owner::ours, aligned, unaligned};
}
plan_source unknown(std::uint64_t unaligned, std::string name = "stranger") {
  return {std::move(name), owner::unknown, 0, unaligned};
}

/// All is well, and there is enough of it.
plan_facts fit(policy p, std::vector<plan_source> sources = {ours(1000)}) {
  return {.policy = p,
          .testing = false,
          .reports_wanted = true,
          .days = plan_days,
          .sources = std::move(sources)};
}

TEST(make_plan, takes_one_step_after_the_other) {
  EXPECT_EQ(make_plan({}).next, plan_step::publish);
  EXPECT_EQ(make_plan(fit(policy::none)).next, plan_step::quarantine);
  EXPECT_EQ(make_plan(fit(policy::quarantine)).next, plan_step::reject);
  EXPECT_EQ(make_plan(fit(policy::reject)).next, plan_step::done);
  for (const policy p : {policy::none, policy::quarantine, policy::reject})
    EXPECT_THAT(make_plan(fit(p)).obstacles, IsEmpty());
  plan_facts tried = fit(policy::reject);
  tried.testing = true;
  EXPECT_EQ(make_plan(tried).next, plan_step::end_testing);
}

// Without reports nothing is known, however long that is so.
TEST(make_plan, goes_nowhere_blind) {
  for (const policy p : {policy::none, policy::quarantine, policy::reject}) {
    plan_facts blind = fit(p);
    blind.reports_wanted = false;
    EXPECT_EQ(make_plan(blind).next, plan_step::ask_reports);
  }
  plan_facts silent = fit(policy::none, {});
  silent.days = 10'000;
  EXPECT_EQ(make_plan(silent).next, plan_step::stay);
  EXPECT_THAT(make_plan(silent).obstacles,
              ElementsAre(plan_obstacle{kind::few_mails, "", 0, plan_mails}));
}

TEST(make_plan, says_why_not_further) {
  struct test_case {
    std::string name;
    std::uint32_t days;
    std::vector<plan_source> sources;
    std::vector<plan_obstacle> obstacles;
  };
  const test_case cases[] = {
      {"a day is missing",
       plan_days - 1,
       {ours(1000)},
       {{kind::few_days, "", plan_days - 1, plan_days}}},
      {"a mail is missing",
       plan_days,
       {ours(60), ours(39, 0, "shop")},
       {{kind::few_mails, "", plan_mails - 1, plan_mails}}},
      {"strangers' mail is none of ours",
       plan_days,
       {{"forwarder", owner::foreign, 5000, 5000},
        {"?", owner::unknown, 200, 0}},
       {{kind::few_mails, "", 0, plan_mails}}},
      {"one in a hundred may fail", plan_days, {ours(990, 10)}, {}},
      {"one more may not",
       plan_days,
       {ours(989, 11)},
       {{kind::source_fails, "mx", 11, 1000}}},
      {"a forgotten service fails beside a large one that does not",
       plan_days,
       {ours(100'000), ours(0, 1, "invoices")},
       {{kind::source_fails, "invoices", 1, 1}}},
      {"a forger's failing mails keep nobody back",
       plan_days,
       {ours(1000), {"forger", owner::foreign, 0, 100'000}},
       {}},
      {"nor does noise", plan_days, {ours(1000), unknown(9)}, {}},
      {"more than noise has to be named",
       plan_days,
       {ours(1000), unknown(10)},
       {{kind::source_unknown, "stranger", 10, 0}}},
      {"of few mails all have to be",
       plan_days,
       {ours(100), unknown(2)},
       {{kind::source_unknown, "stranger", 2, 0}}},
      {"the worst first",
       plan_days,
       {ours(1000), unknown(20, "a"), ours(5, 30, "b"), unknown(40, "c")},
       {{kind::source_unknown, "c", 40, 0},
        {kind::source_fails, "b", 30, 35},
        {kind::source_unknown, "a", 20, 0}}},
  };
  for (const test_case& c : cases) {
    for (const policy p : {policy::none, policy::quarantine}) {
      plan_facts facts = fit(p, c.sources);
      facts.days = c.days;
      if (p == policy::quarantine)
        facts.testing = true;  // nothing is lost yet
      const plan made = make_plan(facts);
      EXPECT_EQ(made.obstacles, c.obstacles) << c.name;
      EXPECT_EQ(made.next == plan_step::stay, !c.obstacles.empty()) << c.name;
    }
  }
}

TEST(make_plan, goes_back_where_mail_of_ours_is_lost) {
  for (const policy p : {policy::quarantine, policy::reject}) {
    EXPECT_EQ(make_plan(fit(p, {ours(1000), ours(89, 11, "shop")})).next,
              plan_step::go_back);
    EXPECT_NE(make_plan(fit(p, {ours(1000), ours(80, 9, "shop")})).next,
              plan_step::go_back);
    EXPECT_NE(make_plan(fit(p, {ours(1000), unknown(500)})).next,
              plan_step::go_back);
    plan_facts tried = fit(p, {ours(89, 11)});
    tried.testing = true;
    EXPECT_EQ(make_plan(tried).next, plan_step::stay);
  }
  EXPECT_EQ(make_plan(fit(policy::none, {ours(0, 1000)})).next,
            plan_step::stay);
}

TEST(make_plan, tells_at_the_end_what_is_left_to_mend) {
  plan_facts facts = fit(policy::reject, {ours(50), ours(95, 5, "shop")});
  facts.days = 1;
  const plan made = make_plan(facts);
  EXPECT_EQ(made.next, plan_step::done);
  EXPECT_THAT(made.obstacles,
              ElementsAre(plan_obstacle{kind::source_fails, "shop", 5, 100}));
}

// Whoever writes reports may write any number, and any number of sources.
TEST(make_plan, bears_what_reports_may_hold) {
  std::vector<plan_source> many(5000, unknown(huge));
  many.push_back(ours(huge, huge));
  const plan made = make_plan(fit(policy::none, many));
  EXPECT_EQ(made.next, plan_step::stay);
  EXPECT_THAT(made.obstacles, SizeIs(20));
}

// RFC 9989 4.7: tags in any order behind v; RFC 7489 6.4: p right behind it.
TEST(record_after, changes_only_what_the_step_is_about) {
  const auto after = [](plan_step step, std::string_view published,
                        policy now) {
    return record_after(step, published, now, "example.jp");
  };
  constexpr std::string_view now =
      "v=DMARC1; rua=mailto:d@example.jp;p=none ; sp=reject;; adkim=s";
  EXPECT_EQ(after(plan_step::quarantine, now, policy::none),
            "v=DMARC1; p=quarantine; rua=mailto:d@example.jp; sp=reject; "
            "adkim=s");
  EXPECT_EQ(
      after(plan_step::reject, "v=DMARC1;p=quarantine", policy::quarantine),
      "v=DMARC1; p=reject");
  EXPECT_EQ(after(plan_step::go_back, "v=DMARC1;p=reject", policy::reject),
            "v=DMARC1; p=quarantine");
  EXPECT_EQ(
      after(plan_step::go_back, "v=DMARC1;p=quarantine", policy::quarantine),
      "v=DMARC1; p=none");
  EXPECT_EQ(after(plan_step::end_testing, "v=DMARC1;p=reject;t=y;sp=none",
                  policy::reject),
            "v=DMARC1; p=reject; sp=none");
  EXPECT_EQ(
      after(plan_step::ask_reports, "v=DMARC1;p=reject;rua=d", policy::reject),
      "v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.jp");
  EXPECT_EQ(record_after(plan_step::publish, "", std::nullopt, "example.jp"),
            "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.jp");
  for (const plan_step same : {plan_step::stay, plan_step::done})
    EXPECT_EQ(after(same, now, policy::none), "");
}

TEST(make_plan, takes_no_step_over_what_was_not_looked_at) {
  plan_facts facts{.policy = dmarc::policy::none,
                   .reports_wanted = true,
                   .days = plan_days,
                   .sources = {{"mx", plan_source::owner::ours, 990, 0}}};
  facts.unread = 10;
  EXPECT_EQ(make_plan(facts).next, plan_step::quarantine);
  facts.unread = 11;
  EXPECT_EQ(make_plan(facts).next, plan_step::stay);
  EXPECT_THAT(
      make_plan(facts).obstacles,
      ElementsAre(plan_obstacle{plan_obstacle::kind::unread, "", 11, 0}));
  facts.policy = dmarc::policy::reject;
  EXPECT_EQ(make_plan(facts).next, plan_step::done);
}

}  // namespace
}  // namespace mekiki::records

#include "reports/sending_plan.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::reports {
namespace {

using dmarc::policy;
using records::plan_obstacle;
using records::plan_step;
using testing::ElementsAre;
using testing::IsEmpty;
using state = plan_stage::state;
using reason = whose::reason;

constexpr std::int64_t today = 20'000;
constexpr const char* ours = "example.jp";

/// `reporters` saw `days` days of that policy, up to yesterday.
sending_facts facts_of(std::vector<std::string> reporters, std::int64_t days,
                       const std::string& seen = "p=none") {
  sending_facts out;
  out.from = today - plan_period;
  for (std::uint32_t r = 0; r < reporters.size(); ++r)
    for (std::int64_t d = today - days; d < today; ++d)
      out.days.push_back({.day = d, .reporter = r, .policy = seen});
  out.reporters = std::move(reporters);
  return out;
}

struct told {
  std::uint32_t reporter = 0;
  std::uint64_t passed = 0, failed = 0, forwarded = 0;
};
void add(sending_facts& to, const std::string& address, const std::string& name,
         std::vector<told> by) {
  told_source s;
  s.of.address = address;
  s.of.name = name;
  for (const told& t : by) {
    s.by.push_back({t.reporter, t.passed, t.forwarded, t.failed});
    s.of.mails += t.passed + t.forwarded + t.failed;
    s.of.passed += t.passed;
    s.of.forwarded += t.forwarded;
  }
  to.sources.push_back(std::move(s));
}

const policy_now none_now{.policy = policy::none,
                          .reports_wanted = true,
                          .text = "v=DMARC1; p=none; rua=mailto:d@example.jp"};
const policy_now reject_now{
    .policy = policy::reject, .reports_wanted = true, .text = "v=DMARC1"};

sending_plan plan_of(const sending_facts& facts, const owner_marks& marks = {},
                     const policy_now& now = none_now) {
  return make_sending_plan(facts, marks, now, ours, today);
}

TEST(sending_plan, a_step_with_the_record_to_publish) {
  auto facts = facts_of({"google.com"}, 28);
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 500}});
  const auto plan = plan_of(facts);
  EXPECT_EQ(plan.made.next, plan_step::quarantine);
  EXPECT_EQ(plan.record, "v=DMARC1; p=quarantine; rua=mailto:d@example.jp");
  ASSERT_EQ(plan.stages.size(), 3U);
  EXPECT_EQ(plan.stages[0].at, state::now);
  EXPECT_EQ(plan.stages[0].since, today - 28);
  EXPECT_EQ(plan.stages[1].at, state::next);
  EXPECT_EQ(plan.stages[1].earliest, today);
  EXPECT_EQ(plan.stages[2].at, state::later);
  EXPECT_EQ(plan.stages[2].earliest, today + 20);
}

TEST(sending_plan, days_that_are_missing_have_a_date) {
  auto facts = facts_of({"google.com"}, 12);
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 500}});
  const auto plan = plan_of(facts);
  EXPECT_EQ(plan.made.next, plan_step::stay);
  EXPECT_EQ(plan.record, "");
  EXPECT_EQ(plan.stages[1].earliest, today + 8);
}

TEST(sending_plan, a_person_decides_whose_a_sender_is) {
  auto facts = facts_of({"google.com"}, 28);
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 500}});
  add(facts, "203.0.113.25", "mta.seikyu.example", {{.failed = 60}});
  EXPECT_THAT(plan_of(facts).made.obstacles,
              ElementsAre(plan_obstacle{plan_obstacle::kind::source_unknown,
                                        "seikyu.example", 60, 0}));
  EXPECT_FALSE(plan_of(facts).stages[1].earliest);
  EXPECT_EQ(plan_of(facts, {{"seikyu.example", owner::foreign}}).made.next,
            plan_step::quarantine);
  EXPECT_THAT(plan_of(facts, {{"seikyu.example", owner::ours}}).made.obstacles,
              ElementsAre(plan_obstacle{plan_obstacle::kind::source_fails,
                                        "seikyu.example", 60, 60}));
}

TEST(sending_plan, nobody_without_any_name_keeps_it_back) {
  auto facts = facts_of({"google.com"}, 28);
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 500}});
  add(facts, "203.0.113.66", "", {{.failed = 70'000}});
  const auto plan = plan_of(facts);
  EXPECT_EQ(plan.made.next, plan_step::quarantine);
  EXPECT_EQ(plan.senders.front().of, (whose{owner::foreign, reason::nameless}));
  // But a person's word comes first, and what has not been asked may have one.
  EXPECT_EQ(plan_of(facts, {{"203.0.113.0/24", owner::ours}}).made.next,
            plan_step::stay);
  facts.sources.back().of.is_asked = false;
  EXPECT_EQ(plan_of(facts).made.next, plan_step::stay);
}

// Who profits: a forger who wants the domain to stay at p=none, or go back.
TEST(sending_plan, one_stranger_cannot_send_a_domain_back) {
  const told lie{.reporter = 1, .failed = 1'000'000};
  auto facts = facts_of({"google.com", "liar.example"}, 28, "p=reject");
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 500}, lie});
  const auto plan = plan_of(facts, {}, reject_now);
  EXPECT_EQ(plan.made.next, plan_step::done);
  EXPECT_THAT(plan.made.obstacles, IsEmpty());
  EXPECT_EQ(plan.senders.front().unbacked, 1'000'000U);
  EXPECT_THAT(plan.senders.front().failed_by, ElementsAre("liar.example"));

  facts.sources.front().by.push_back({.reporter = 0, .failed = 400});
  EXPECT_EQ(plan_of(facts, {}, reject_now).made.next, plan_step::go_back);

  auto two =
      facts_of({"liar.example", "post.example", "web.example"}, 28, "p=reject");
  add(two, "192.0.2.1", "mx.example.jp",
      {{.reporter = 0, .failed = 200}, {.reporter = 1, .passed = 500}});
  EXPECT_EQ(plan_of(two, {}, reject_now).made.next, plan_step::done);
  two.sources.front().by.push_back({.reporter = 2, .passed = 1, .failed = 200});
  EXPECT_EQ(plan_of(two, {}, reject_now).made.next, plan_step::go_back);
}

// A large provider that saw one mail fail backs one, and no million.
TEST(sending_plan, nobody_joins_what_a_large_provider_tells) {
  auto facts = facts_of({"google.com", "liar.example"}, 28, "p=reject");
  add(facts, "192.0.2.1", "mx.example.jp",
      {{.passed = 500, .failed = 1}, {.reporter = 1, .failed = 1'000'000}});
  EXPECT_EQ(plan_of(facts, {}, reject_now).made.next, plan_step::done);
  EXPECT_EQ(plan_of(facts, {}, reject_now).senders.front().unbacked,
            1'000'000U);

  auto other = facts_of({"google.com", "liar.example"}, 28);
  add(other, "192.0.2.1", "mx.example.jp",
      {{.passed = 500, .failed = 100, .forwarded = 1},
       {.reporter = 1, .forwarded = 1'000'000}});
  EXPECT_EQ(plan_of(other).made.next, plan_step::stay);
}

// Who profits: a forger whose mails fail, and who wants them to be ours.
TEST(sending_plan, passing_mails_of_a_stranger_make_nobody_ours) {
  struct test_case {
    const char* name;
    std::vector<std::string> reporters;  // the last lies
    std::vector<told> of_forger;
  };
  const test_case cases[] = {
      {"a large provider reports",
       {"google.com", "liar.example"},
       {{.failed = 1'000}, {.reporter = 1, .passed = 1'000'000}}},
      {"none but small ones",
       {"a.example", "b.example", "liar.example"},
       {{.failed = 500},
        {.reporter = 1, .failed = 500},
        {.reporter = 2, .passed = 1'000'000}}}};
  for (const test_case& c : cases) {
    auto facts = facts_of(c.reporters, 28, "p=reject");
    add(facts, "192.0.2.1", "mx.example.jp",
        {{.passed = 500}, {.reporter = 1, .passed = 500}});
    add(facts, "203.0.113.66", "mta.forger.example", c.of_forger);
    const auto plan = plan_of(facts, {}, reject_now);
    EXPECT_EQ(plan.made.next, plan_step::done) << c.name;
    EXPECT_EQ(plan.senders.front().name, "forger.example") << c.name;
    EXPECT_EQ(plan.senders.front().of.of, owner::unknown) << c.name;
  }
}

// What one stranger alone tells of an address is no signature of ours.
TEST(sending_plan, a_signer_that_one_alone_tells_makes_nobody_ours) {
  auto facts = facts_of({"a.example", "b.example"}, 28);
  add(facts, "192.0.2.1", "mx.example.jp",
      {{.passed = 500}, {.reporter = 1, .passed = 500}});
  add(facts, "203.0.113.66", "mta.forger.example", {{.failed = 50}});
  facts.sources.back().of.signer = "example.jp";
  const auto whose_forger = [&] {
    for (const plan_sender& s : plan_of(facts).senders)
      if (s.name == "forger.example")
        return s.of.of;
    return owner::ours;
  };
  EXPECT_EQ(whose_forger(), owner::unknown);
  facts.sources.back().by.push_back({.reporter = 1, .failed = 1});
  EXPECT_EQ(whose_forger(), owner::ours);
}

TEST(sending_plan, the_only_reporter_is_believed) {
  auto facts = facts_of({"post.example"}, 28);
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 500, .failed = 100}});
  EXPECT_EQ(plan_of(facts).made.next, plan_step::stay);
}

// Who profits: whoever wants the owner's mail to be lost.
TEST(sending_plan, passing_mails_of_a_stranger_hide_nothing) {
  auto facts = facts_of({"google.com", "liar.example"}, 28);
  add(facts, "192.0.2.1", "mx.example.jp",
      {{.passed = 400, .failed = 100},
       {.reporter = 1, .passed = 1'000'000'000}});
  EXPECT_THAT(plan_of(facts).made.obstacles,
              ElementsAre(plan_obstacle{plan_obstacle::kind::source_fails,
                                        "example.jp", 100, 500}));
}

TEST(sending_plan, days_and_forwarding_of_a_stranger_do_not_count) {
  auto facts = facts_of({"google.com"}, 3);
  facts.reporters.emplace_back("liar.example");
  for (std::int64_t d = today - 28; d < today; ++d)
    facts.days.push_back({.day = d, .reporter = 1, .policy = "p=none"});
  add(facts, "192.0.2.1", "mx.example.jp",
      {{.passed = 500}, {.reporter = 1, .passed = 900}});
  EXPECT_THAT(plan_of(facts).made.obstacles,
              ElementsAre(plan_obstacle{plan_obstacle::kind::few_days, "", 3,
                                        records::plan_days}));

  auto other = facts_of({"google.com", "liar.example"}, 28);
  add(other, "192.0.2.1", "mx.example.jp", {{.passed = 500}});
  add(other, "203.0.113.25", "mta.seikyu.example",
      {{.failed = 60}, {.reporter = 1, .forwarded = 1'000'000}});
  EXPECT_EQ(plan_of(other).made.obstacles.size(), 1U);
}

TEST(policy_spans, are_what_large_providers_saw) {
  auto facts = facts_of({"google.com", "a.example", "b.example"}, 0);
  const auto day = [&](std::int64_t d, std::uint32_t r, const char* seen) {
    facts.days.push_back({.day = d, .reporter = r, .policy = seen});
  };
  day(10, 0, "p=none sp=reject");
  day(11, 1, "p=none");
  day(12, 0, "p=quarantine");
  day(12, 1, "p=reject");
  day(12, 2, "p=reject");
  day(13, 0, "p=quarantine t=y");
  const auto spans = policy_spans(facts);
  EXPECT_THAT(spans, ElementsAre(policy_span{"none", 10, 10},
                                 policy_span{"quarantine", 12, 12},
                                 policy_span{"quarantine", 13, 13, true}));
  policy_now now{.policy = policy::quarantine, .testing = true};
  EXPECT_EQ(policy_holds_since(spans, now, 5), 13);
  // It changed since the last report.
  now.testing = false;
  EXPECT_EQ(policy_holds_since(spans, now, 5), 14);
  EXPECT_EQ(policy_holds_since({spans[0]}, none_now, 5), 5);
}

// Who profits: a forger. With a change on every day no day would ever count.
TEST(policy_spans, no_stranger_alone_changes_the_policy) {
  struct test_case {
    const char* name;
    std::vector<std::string> honest;
  };
  const test_case cases[] = {
      {"a large provider reports", {"google.com"}},
      {"nobody but small ones", {"a.example", "b.example"}}};
  for (const test_case& c : cases) {
    auto facts = facts_of(c.honest, 28);
    const auto liar = static_cast<std::uint32_t>(facts.reporters.size());
    facts.reporters.emplace_back("liar.example");
    // Of today, and of a day in between, nobody else has reported.
    std::erase_if(facts.days,
                  [](const told_day& d) { return d.day == today - 9; });
    for (const std::int64_t d : {today - 9, today})
      facts.days.push_back({.day = d, .reporter = liar, .policy = "p=reject"});
    const auto spans = policy_spans(facts);
    EXPECT_THAT(spans, ElementsAre(policy_span{"none", today - 28, today - 1}))
        << c.name;
    EXPECT_EQ(policy_holds_since(spans, none_now, today - 34), today - 34)
        << c.name;
  }
}

// The one who tells of an old policy stops no new one for longer than a week.
TEST(policy_spans, what_one_still_tells_ends) {
  auto facts = facts_of({"a.example", "b.example", "liar.example"}, 40);
  for (told_day& d : facts.days)
    if (d.reporter != 2 && d.day >= today - 20)
      d.policy = "p=quarantine";
  std::erase_if(facts.days, [](const told_day& d) {
    return d.reporter != 2 && d.day >= today - 10;
  });
  const auto spans = policy_spans(facts);
  EXPECT_THAT(spans,
              ElementsAre(policy_span{"none", today - 40, today - 21},
                          policy_span{"quarantine", today - 20, today - 11}));
}

TEST(policy_spans, two_small_ones_change_it_if_not_on_the_same_day) {
  auto facts = facts_of({"a.example", "b.example"}, 0);
  const auto day = [&](std::int64_t d, std::uint32_t r, const char* seen) {
    facts.days.push_back({.day = d, .reporter = r, .policy = seen});
  };
  day(10, 0, "p=none");
  day(12, 1, "p=none");
  day(20, 0, "p=reject");
  day(24, 1, "p=reject");
  EXPECT_THAT(policy_spans(facts), ElementsAre(policy_span{"none", 12, 12},
                                               policy_span{"reject", 24, 24}));
}

// RFC 9989 4.7: with t=y a policy holds one step weaker, and is published all
// the same.
TEST(read_published, is_what_the_record_says_while_it_is_tested) {
  const auto read = [](std::string_view text, std::optional<policy> holds) {
    return read_published(*dmarc::parse_record(text, dmarc::spec::rfc9989),
                          holds);
  };
  const policy_now tested = read(
      "v=DMARC1; p=reject; t=y; rua=mailto:d@example.jp", policy::quarantine);
  EXPECT_EQ(tested.policy, policy::reject);
  auto facts = facts_of({"google.com"}, 28, "p=reject t=y");
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 500}});
  EXPECT_EQ(plan_of(facts, {}, tested).record,
            "v=DMARC1; p=reject; rua=mailto:d@example.jp");
  // Of a domain above, with its sp=.
  EXPECT_EQ(read("v=DMARC1; p=reject; sp=none", policy::none).policy,
            policy::none);
}

TEST(policy_of_reports, is_the_last_one) {
  const auto read = policy_of_reports({{"none", 1, 5}, {"reject", 6, 9, true}});
  EXPECT_EQ(read.policy, policy::reject);
  EXPECT_TRUE(read.testing);
  EXPECT_EQ(policy_of_reports({}).policy, policy::none);
}

TEST(sending_plan, takes_no_step_over_what_was_not_looked_at) {
  auto facts = facts_of({"google.com", "liar.example"}, 28);
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 500}});
  facts.unread[1] = 1'000'000;
  EXPECT_EQ(plan_of(facts).made.next, plan_step::quarantine);
  facts.unread[0] = 400;
  EXPECT_THAT(
      plan_of(facts).made.obstacles,
      ElementsAre(plan_obstacle{plan_obstacle::kind::unread, "", 400, 0}));
  EXPECT_FALSE(plan_of(facts).stages[1].earliest);
}

// Anybody with a mailbox in a domain sends proven reports of it.
TEST(well_known_reporters, give_nobody_a_mailbox) {
  for (const char* author :
       {"outlook.com", "icloud.com", "yahoo.com", "yahoo.co.jp", "gmx.net",
        "web.de", "mail.ru", "yandex.ru", "fastmail.com", "zoho.com",
        "seznam.cz", "comcast.net", "docomo.ne.jp", "ezweb.ne.jp",
        "softbank.ne.jp", "nifty.com", "biglobe.ne.jp", "gmail.com"})
    EXPECT_FALSE(is_well_known_reporter(author)) << author;
  for (const char* author : {"", "google.com", "microsoft.com", "yahooinc.com"})
    EXPECT_TRUE(is_well_known_reporter(author)) << author;
}

TEST(whose_is, names_what_it_rests_on) {
  const auto judged = [](source s, bool is_service = false) {
    sender_group g;
    g.mails = s.mails;
    g.passed = s.passed;
    g.forwarded = s.forwarded;
    g.is_service = is_service;
    g.sources = {std::move(s)};
    return whose_is(g, std::nullopt, ours);
  };
  EXPECT_EQ(judged({.mails = 9, .passed = 5}),
            (whose{owner::ours, reason::passes}));
  EXPECT_EQ(judged({.covered = "mx", .mails = 9}),
            (whose{owner::ours, reason::covered}));
  EXPECT_EQ(judged({.sender = "bounce.example.jp", .mails = 9}),
            (whose{owner::ours, reason::sent_as_us}));
  EXPECT_EQ(judged({.mails = 9, .forwarded = 9}),
            (whose{owner::foreign, reason::forwards}));
  EXPECT_EQ(judged({.mails = 90, .passed = 60, .forwarded = 30}),
            (whose{owner::foreign, reason::forwards}));
  EXPECT_EQ(judged({.mails = 900, .passed = 899, .forwarded = 1}),
            (whose{owner::ours, reason::passes}));
  EXPECT_EQ(judged({.mails = 9}), (whose{owner::foreign, reason::nameless}));
  EXPECT_EQ(judged({.name = "mx.other.example", .mails = 9}), whose{});
  EXPECT_EQ(judged({.signer = "other.example", .mails = 9}), whose{});
  EXPECT_EQ(judged({.mails = 9}, true), whose{});
  // Customers of one service are strangers to each other.
  EXPECT_EQ(judged({.mails = 90, .passed = 1}, true), whose{});
}

}  // namespace
}  // namespace mekiki::reports

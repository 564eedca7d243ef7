#include "reports/sending_news.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::reports {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t today = 20'000;
constexpr std::int64_t day_seconds = 86'400;
constexpr std::int64_t since = (today - 7) * day_seconds;

sending_facts facts_of(std::vector<std::string> reporters) {
  sending_facts out;
  out.from = today - news_period;
  out.reporters = std::move(reporters);
  return out;
}

void add(sending_facts& to, const std::string& address, const std::string& name,
         std::vector<told_source::count> by,
         std::int64_t first = since + day_seconds) {
  told_source s;
  s.of.address = address;
  s.of.name = name;
  s.of.first = first;
  for (const auto& c : by) {
    s.of.mails += c.passed + c.forwarded + c.failed;
    s.of.passed += c.passed;
  }
  s.by = std::move(by);
  to.sources.push_back(std::move(s));
}

std::vector<std::string> fresh(const sending_facts& facts,
                               const owner_marks& marks = {},
                               const std::set<std::string>& told = {}) {
  std::vector<std::string> out;
  for (const auto& s :
       find_news(facts, marks, "example.jp", since, told, today).fresh)
    out.push_back(s.name);
  return out;
}

TEST(find_news, tells_a_new_sender_once) {
  auto facts = facts_of({"google.com"});
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 1000}}, since - 1);
  add(facts, "203.0.113.25", "mta.seikyu.example", {{.failed = 60}});
  add(facts, "203.0.113.30", "mta.shop.example", {{.passed = 90}});
  add(facts, "203.0.113.31", "mta.few.example", {{.failed = 19}});
  EXPECT_THAT(fresh(facts), ElementsAre("shop.example", "seikyu.example"));
  EXPECT_THAT(fresh(facts, {}, {"shop.example"}),
              ElementsAre("seikyu.example"));
  // Whoever decided knows of it.
  EXPECT_THAT(fresh(facts, {{"seikyu.example", owner::ours}}),
              ElementsAre("shop.example"));
}

// It will have another name.
TEST(find_news, waits_for_the_name_of_a_sender) {
  auto facts = facts_of({"google.com"});
  add(facts, "203.0.113.25", "", {{.failed = 60}});
  facts.sources.back().of.is_asked = false;
  EXPECT_THAT(fresh(facts), IsEmpty());
}

TEST(find_news, is_measured_by_all_mails) {
  auto facts = facts_of({"google.com"});
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 10'000}}, since - 1);
  add(facts, "203.0.113.25", "mta.seikyu.example", {{.failed = 60}});
  EXPECT_THAT(fresh(facts), IsEmpty());
}

// Who profits: whoever wants his words read by the administrators.
TEST(find_news, hears_no_stranger_alone) {
  auto facts = facts_of({"google.com", "liar.example", "other.example"});
  add(facts, "192.0.2.1", "mx.example.jp", {{.passed = 1000}}, since - 1);
  add(facts, "203.0.113.25", "visit-my-shop.example",
      {{.reporter = 1, .failed = 5'000}});
  EXPECT_THAT(fresh(facts), IsEmpty());
  facts.sources.back().by.push_back({.reporter = 2, .failed = 30});
  EXPECT_THAT(fresh(facts), ElementsAre("visit-my-shop.example"));
}

TEST(find_news, leaves_forgers_without_a_name_to_the_jump) {
  auto facts = facts_of({"google.com"});
  add(facts, "203.0.113.66", "", {{.failed = 5'000}});
  EXPECT_THAT(fresh(facts), IsEmpty());
}

/// Failing mails of each day by one reporter, up to `last`.
void add_days(sending_facts& to, std::uint32_t reporter, std::uint64_t usual,
              std::uint64_t last, std::int64_t days = 31) {
  for (std::int64_t d = today - days; d < today; ++d)
    to.days.push_back({.day = d,
                       .reporter = reporter,
                       .policy = "p=none",
                       .mails = 1'000'000,
                       .failed = d == today - 1 ? last : usual});
}

std::optional<failing_jump> jump(const sending_facts& facts) {
  return find_news(facts, {}, "example.jp", since, {}, today).jump;
}

TEST(find_news, tells_that_more_mail_fails) {
  struct test_case {
    const char* name;
    std::uint64_t usual, last;
    bool is_told;
  };
  const test_case cases[] = {{"out of nothing", 0, 50, true},
                             {"too few to matter", 0, 49, false},
                             {"three times as many", 40, 120, true},
                             {"not so many", 40, 119, false}};
  for (const test_case& c : cases) {
    auto facts = facts_of({"google.com"});
    add_days(facts, 0, c.usual, c.last);
    EXPECT_EQ(jump(facts).has_value(), c.is_told) << c.name;
  }
  auto facts = facts_of({"google.com"});
  add_days(facts, 0, 40, 900);
  EXPECT_EQ(jump(facts), (failing_jump{today - 1, 900, 40}));
}

TEST(find_news, believes_no_stranger_alone_that_more_fails) {
  auto facts = facts_of({"google.com", "liar.example", "other.example"});
  add_days(facts, 0, 5, 5);
  add_days(facts, 1, 5, 1'000'000'000);
  EXPECT_FALSE(jump(facts));
  add_days(facts, 2, 5, 30);
  EXPECT_TRUE(jump(facts));
}

// Its first report is no jump: nobody knows what is usual there.
TEST(find_news, hears_no_reporter_who_has_just_come) {
  auto facts = facts_of({"google.com"});
  add_days(facts, 0, 0, 900, 1);
  EXPECT_FALSE(jump(facts));
}

}  // namespace
}  // namespace mekiki::reports

#include "demo/history.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

#include "auth/dmarc/public_suffix.hpp"
#include "demo/mailbox.hpp"
#include "demo/senders.hpp"
#include "store/test_store.hpp"
#include "verdict/correspondents.hpp"

namespace mekiki::demo {
namespace {

using store::mail_event;
using verdict::level;

constexpr std::int64_t day = 86'400;
// 2026-03-01 (a Sunday), and three days and some hours later
const time_point now{std::chrono::seconds(1'772'323'200 + 3 * day + 50'000)};
constexpr const char* account = "demo%localhost:1112";

std::int64_t seconds(time_point t) {
  return std::chrono::system_clock::to_time_t(t);
}

std::vector<mail_event> make() {
  std::vector<mail_event> all;
  make_demo_history(now, account,
                    [&all](mail_event e) { all.push_back(std::move(e)); });
  return all;
}

class demo_history : public testing::Test {
 protected:
  static const std::vector<mail_event>& mails() {
    static const std::vector<mail_event> all = make();
    return all;
  }

  static std::size_t count(level what) {
    return static_cast<std::size_t>(std::ranges::count_if(
        mails(),
        [what](const mail_event& e) { return e.result.what == what; }));
  }
};

TEST_F(demo_history, is_the_same_each_time) {
  const std::vector<mail_event> again = make();
  ASSERT_EQ(again.size(), mails().size());
  for (std::size_t i = 0; i < again.size(); ++i) {
    ASSERT_EQ(again[i].digest, mails()[i].digest) << i;
    ASSERT_EQ(again[i].fetched, mails()[i].fetched) << i;
    ASSERT_EQ(again[i].header, mails()[i].header) << i;
    ASSERT_EQ(again[i].story, mails()[i].story) << i;
  }
}

TEST_F(demo_history, has_its_size_and_all_verdicts) {
  const std::size_t all = mails().size();
  const auto own = std::ranges::count(mails(), account, &mail_event::account);
  struct {
    std::string_view name;
    std::size_t found;
    std::size_t least;
    std::size_t most;
  } const cases[] = {
      {"all", all, 6'000, 10'000},
      {"genuine", count(level::genuine), all / 2, all},
      {"new", count(level::new_), all / 10, all / 2},
      {"unverified", count(level::unverified), all / 20, all / 4},
      {"altered", count(level::altered), 30, 400},
      {"forged", count(level::forged), all / 100, all / 50},
      {"of the demo's mailbox", static_cast<std::size_t>(own), 800, 2'500},
  };
  for (const auto& c : cases) {
    EXPECT_GE(c.found, c.least) << c.name;
    EXPECT_LE(c.found, c.most) << c.name;
  }
}

TEST_F(demo_history, comes_in_order_with_quiet_weekends) {
  std::int64_t last = seconds(now) - (demo_days + 1) * day;
  std::map<std::int64_t, std::size_t> days;
  for (const mail_event& e : mails()) {
    ASSERT_GE(e.fetched, last);
    ASSERT_LE(e.counted, e.fetched);
    last = e.fetched;
    ++days[e.fetched / day];
  }
  EXPECT_LT(last, seconds(now));
  EXPECT_GE(days.size(), 43U);
  std::size_t quietest_working_day = mails().size();
  std::size_t busiest_weekend_day = 0;
  const std::int64_t today = seconds(now) / day;
  for (const auto& [date, mails] : days) {
    if (date >= today || date <= today - demo_days)
      continue;
    const std::int64_t weekday = (date + 4) % 7;
    if (weekday == 0 || weekday == 6)
      busiest_weekend_day = std::max(busiest_weekend_day, mails);
    else
      quietest_working_day = std::min(quietest_working_day, mails);
  }
  EXPECT_LT(busiest_weekend_day, quietest_working_day);
}

TEST_F(demo_history, has_a_wave_last_week) {
  std::map<std::int64_t, std::size_t> forged;
  for (const mail_event& e : mails()) {
    if (e.result.what == level::forged)
      ++forged[e.fetched / day];
  }
  const auto worst = std::ranges::max_element(
      forged, {}, &std::pair<const std::int64_t, std::size_t>::second);
  EXPECT_EQ(worst->first, seconds(now) / day - 6);
  EXPECT_GE(worst->second, 50U);
}

TEST_F(demo_history, tells_of_documentation_names_alone) {
  constexpr std::array<std::string_view, 4> allowed = {
      ".example", ".test", ".example.jp", ".example.com"};
  const auto is_allowed = [&](const std::string& domain) {
    return std::ranges::any_of(allowed, [&](std::string_view suffix) {
      return ("." + domain).ends_with(suffix);
    });
  };
  for (const mail_event& e : mails()) {
    ASSERT_TRUE(is_allowed(e.author_domain)) << e.author_domain;
    for (const std::string& signer : e.signers) {
      ASSERT_TRUE(is_allowed(signer.substr(signer.find(':') + 1))) << signer;
    }
    ASSERT_FALSE(e.author.empty());
    ASSERT_FALSE(e.subject.empty());
    ASSERT_FALSE(e.checks.empty());
    ASSERT_EQ(e.header.empty(), e.story.empty());
    ASSERT_TRUE(e.result.what != level::forged || !e.story.empty());
    ASSERT_NE(e.result.why.code, "unclear-author") << e.header;
  }
}

/// Else the demo's mails would not be judged as its table says.
TEST_F(demo_history, knows_nobody_of_the_mailbox_and_nobody_alike) {
  std::vector<std::string> known;
  for (const demo_sender& s : demo_senders()) known.emplace_back(s.domain);
  const verdict::correspondents index(known);
  for (const std::string_view name :
       {"friend", "railway", "hoshizora-bank", "office", "kissa", "mailer",
        "lists", "town", "user", "spam", "hosh1zora-bank"}) {
    const std::string domain = std::string(name) + ".example";
    EXPECT_FALSE(index.has(domain)) << domain;
    const verdict::domain_shape seen = verdict::shape_of(domain);
    for (const std::string& k : known) {
      EXPECT_FALSE(verdict::compare(
          seen, verdict::shape_of(dmarc::registered_domain(k))))
          << domain << " and " << k;
    }
  }
}

TEST_F(demo_history, has_a_key_that_changed_and_one_that_was_revoked) {
  std::map<std::string, std::set<std::string>> selectors;
  bool is_revoked = false;
  for (const mail_event& e : mails()) {
    for (const verdict::remembered_key& k : e.keys) {
      const std::size_t at = k.name.find("._domainkey.");
      ASSERT_NE(at, std::string::npos) << k.name;
      selectors[k.name.substr(at)].insert(k.name.substr(0, at));
      is_revoked = is_revoked || k.revoked;
    }
  }
  EXPECT_TRUE(is_revoked);
  EXPECT_EQ(selectors["._domainkey.hikari-power.example"].size(), 2U);
  EXPECT_EQ(selectors["._domainkey.print-works.example"].size(), 2U);
}

/// The history was judged by a memory of its own: the store has the same.
TEST_F(demo_history, is_in_the_store_as_it_was_judged) {
  const store::test::folder folder;
  const manual_clock clock(now);
  auto opened =
      store::open(folder.file(), {.now = clock,
                                  .deadline = std::chrono::seconds(30),
                                  .texts = store::text_retention::of_all});
  ASSERT_TRUE(opened) << opened.error();
  store::store& s = **opened;
  const auto filled = fill_demo_history(s, now, account);
  ASSERT_TRUE(filled) << filled.error();

  std::size_t compared = 0;
  std::set<std::string> seen;
  for (auto e = mails().rbegin(); e != mails().rend(); ++e) {
    // The last one of each sender in the demo's mailbox.
    if (e->account != account || !seen.insert(e->author_domain).second ||
        e->result.why.code != "known-pair")
      continue;
    verdict::history_question q;
    q.account = e->account;
    q.upstream = e->upstream;
    q.author = e->author;
    q.author_domain = e->author_domain;
    const verdict::history_answer past = store::test::result_of(s.ask(q));
    const std::string_view signer = e->result.why.fact("signer");
    const auto pair =
        std::ranges::find(past.pairs, signer, &verdict::pair_record::signer);
    ASSERT_NE(pair, past.pairs.end()) << e->author_domain;
    // Itself was not among those that it was judged by.
    EXPECT_EQ(std::to_string(pair->passed.mails - 1),
              e->result.why.fact("mails"))
        << e->author_domain;
    ++compared;
  }
  EXPECT_GE(compared, 15U);

  const std::int64_t today = seconds(now) / day;
  const auto sums =
      store::test::sums_in(folder.file(), "", today - demo_days, today + 1);
  std::uint64_t sum = 0;
  for (const store::day_sum& d : sums.days) {
    sum += d.level.genuine + d.level.new_ + d.level.unverified +
           d.level.altered + d.level.forged;
  }
  EXPECT_EQ(sum, mails().size());
  ASSERT_FALSE(sums.forged_domains.empty());
  EXPECT_EQ(sums.forged_domains.front().name, "aozora-card.example");

  const auto rules = s.blocking().rules();
  ASSERT_TRUE(rules);
  EXPECT_EQ(std::ranges::count_if(
                *rules, [](const auto& r) { return r.until.has_value(); }),
            1);
  const auto choices = s.blocking().choices();
  ASSERT_TRUE(choices);
  EXPECT_EQ(choices->size(), 5U);
  // A choice of the demo's own user would change what is fetched.
  EXPECT_EQ(std::ranges::count(*choices, account, &store::kept_choice::account),
            0);
}

}  // namespace
}  // namespace mekiki::demo

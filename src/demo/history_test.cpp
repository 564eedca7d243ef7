#include "demo/history.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <gtest/gtest.h>

#include "auth/dmarc/public_suffix.hpp"
#include "base/test_paths.hpp"
#include "base/unix_time.hpp"
#include "demo/recording.hpp"
#include "demo_history/made_up.hpp"
#include "demo_history/record.hpp"
#include "demo_history/senders.hpp"
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

std::vector<mail_event> load(time_point at, const std::string& own = account) {
  std::vector<mail_event> all;
  const auto loaded =
      load_history(recorded_history(), at, own,
                   [&all](mail_event e) { all.push_back(std::move(e)); });
  EXPECT_TRUE(loaded) << loaded.error();
  return all;
}

std::string to_json(const mail_event& e) {
  return boost::json::serialize(boost::json::value_from(e));
}

class demo_history : public testing::Test {
 protected:
  static const std::vector<mail_event>& mails() {
    static const std::vector<mail_event> all = load(now);
    return all;
  }

  static const made_up_history& made_up_once() {
    static const made_up_history all = make_up_history();
    return all;
  }

  static std::size_t count(level what) {
    return static_cast<std::size_t>(std::ranges::count_if(
        mails(),
        [what](const mail_event& e) { return e.result.what == what; }));
  }
};

TEST_F(demo_history, is_recorded_as_it_is_made_up) {
  const std::string path =
      std::string(test_paths::testdata) + "/../src/demo/history.txt";
  const std::string made_up = record(made_up_once());
  if (std::getenv("MEKIKI_RENEW") != nullptr)
    std::ofstream(path, std::ios::binary) << made_up;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream there;
  there << file.rdbuf();
  // Not EXPECT_EQ, which would print both.
  EXPECT_TRUE(there.str() == made_up)
      << "run this test with MEKIKI_RENEW=1, and build again";
  EXPECT_LT(made_up.size(), 400U << 10);
}

TEST_F(demo_history, is_loaded_as_it_was_made_up) {
  const made_up_history& h = made_up_once();
  const std::vector<mail_event> loaded =
      load(at_unix_seconds(end_of(h) - 1), h.people.own_account);
  ASSERT_EQ(loaded.size(), h.mails.size());
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    const mail_event& made_up = h.mails[i].event;
    ASSERT_EQ(to_json(loaded[i]), to_json(made_up)) << i;
    // What is not recorded.
    ASSERT_TRUE(made_up.pending.empty() && made_up.open.empty() &&
                made_up.answers.empty() && made_up.cases.empty() &&
                !made_up.border && made_up.tell.author.empty())
        << i;
  }
}

TEST_F(demo_history, refuses_malformed_lines) {
  const std::string people =
      R"({"last_day":20519,"own_account":"a","rules":[],"choices":[]})";
  const std::string row = R"(["b","c"])";
  const auto with_account = [](const char* text) {
    mail_event e;
    e.account = text;
    return to_json(e);
  };
  const std::string good = with_account("${2.1}");
  const std::string mail = "0 10 0";
  const struct {
    std::string_view name;
    std::vector<std::string> lines;
    std::size_t bad;  // line; 0: none
  } cases[] = {
      {"good", {people, row, good, mail, mail}, 0},
      {"cut short", {people, row.substr(0, 6)}, 2},
      {"empty line", {people, row, "", good, mail}, 3},
      {"no numbers", {people, row, good, "mail"}, 4},
      {"a word among numbers", {people, row, good, "0 10 x"}, 4},
      {"too few numbers", {people, row, good, "0"}, 4},
      {"number too large", {people, row, good, "0 99999999999999999999"}, 4},
      {"no such template", {people, row, good, mail, "1 10 0"}, 5},
      {"template -1", {people, row, good, "-1 10 0"}, 4},
      {"no such row", {people, row, good, "0 10 1"}, 4},
      {"row -1", {people, row, good, "0 10 -1"}, 4},
      {"no such column", {people, row, with_account("${2.2}"), mail}, 4},
      {"no such number", {people, row, with_account("${3}"), mail}, 4},
      {"unknown placeholder", {people, row, with_account("${2x}"), mail}, 4},
      {"empty placeholder", {people, row, with_account("${}"), mail}, 4},
      {"open placeholder", {people, row, with_account("${2.1"), mail}, 4},
      {"a part",
       {people, row, R"(["${2.1}"])", with_account("#{1}"), mail, mail},
       0},
      {"no such part", {people, row, with_account("#{1}")}, 3},
      {"template of something else",
       {people, row, R"({"account":"a"})", mail},
       4},
      {"people of something else", {R"({"last_day":20519})"}, 1},
      {"a mail before all", {mail}, 1},
      {"nothing", {}, 1},
  };
  for (const auto& c : cases) {
    std::string text;
    for (const std::string& line : c.lines) text += line + '\n';
    std::size_t mails = 0;
    const auto loaded =
        load_history(text, now, account, [&](const mail_event& e) {
          EXPECT_EQ(e.account, "c") << c.name;
          ++mails;
        });
    ASSERT_EQ(loaded.has_value(), c.bad == 0) << c.name;
    if (loaded) {
      EXPECT_EQ(mails, 2U);
      continue;
    }
    EXPECT_EQ(loaded.error(), "line " + std::to_string(c.bad) +
                                  " of the recorded history is malformed")
        << c.name;
  }
  const auto unended = load_history(people, now, account, {});
  EXPECT_FALSE(unended);
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

/// On whatever day of the week it is shown.
TEST_F(demo_history, comes_in_order_with_quiet_weekends) {
  for (const int later : {-3, 0, 3}) {  // Sunday to Saturday
    const std::int64_t at = seconds(now) + later * day;
    const std::int64_t today = at / day;
    std::int64_t last = (today - made_up_days) * day;
    std::map<std::int64_t, std::size_t> days;
    for (const mail_event& e : load(at_unix_seconds(at))) {
      ASSERT_GE(e.fetched, last);
      ASSERT_LE(e.counted, e.fetched);
      last = e.fetched;
      ++days[e.fetched / day];
    }
    EXPECT_LT(last, at);
    EXPECT_GE(last, at - std::int64_t{6} * 3'600) << later;
    EXPECT_GE(days.size(), 43U);
    std::size_t quietest_working_day = mails().size();
    std::size_t busiest_weekend_day = 0;
    for (const auto& [date, mails] : days) {
      if (date >= today || date <= today - made_up_days)
        continue;
      const std::int64_t weekday = (date + 4) % 7;
      if (weekday == 0 || weekday == 6)
        busiest_weekend_day = std::max(busiest_weekend_day, mails);
      else
        quietest_working_day = std::min(quietest_working_day, mails);
    }
    EXPECT_LT(busiest_weekend_day, quietest_working_day);
  }
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
      store::test::sums_in(folder.file(), "", today - made_up_days, today + 1);
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

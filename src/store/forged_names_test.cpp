#include "store/forged_names.hpp"

#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_time_zone.hpp"
#include "store/schema.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

constexpr std::int64_t hour = 3'600;

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using verdict::level;

class forged_names_test : public testing::Test {
 protected:
  forged_names_test() : clock_(at(start)) { open_in(zone_); }

  void open_in(time_zone zone) {
    zone_ = zone;
    store_.reset();
    auto opened = open(folder_.file(), {.now = clock_, .zone = zone});
    if (opened)
      store_ = std::move(*opened);
  }

  void note(const std::string& domain, std::int64_t when,
            const std::string& account = "taro%pop.example.jp",
            verdict::reason why = verdict::reason("dmarc-fail"),
            level what = level::forged) {
    note_again(std::to_string(++mails_), domain, when, when, account,
               std::move(why), what);
  }

  /// `came`: when a border took it, of a mail that is fetched `when`.
  void note_again(const std::string& digest, const std::string& domain,
                  std::int64_t came, std::int64_t when,
                  const std::string& account = "taro%pop.example.jp",
                  verdict::reason why = verdict::reason("dmarc-fail"),
                  level what = level::forged) {
    mail_event e;
    e.digest = digest;
    e.account = account;
    e.upstream = "pop.example.jp";
    e.author_domain = domain;
    e.fetched = when;
    e.counted = came;
    e.dkim_check = "none";
    e.result = {what, std::move(why)};
    store_->note(std::move(e));
  }

  forged_names found(const std::string& account = "",
                     const std::string& domain = "",
                     std::int64_t to = start + 1000 * day,
                     std::int64_t from = start) {
    store_->flush();
    const sqlite::database db(folder_.file(), sqlite::access::read_only,
                              std::chrono::seconds(5));
    begins_ = first_day_of_sums(db);
    return read_forged_names(db, account, domain, from, to, zone_,
                             [] { return false; });
  }

  folder folder_;
  manual_clock clock_;
  std::unique_ptr<store> store_;
  time_zone zone_;
  int mails_ = 0;
  std::int64_t begins_ = -1;
};

TEST_F(forged_names_test, nothing_is_there_at_first) {
  EXPECT_THAT(found().domains, IsEmpty());
  EXPECT_THAT(found().waves, IsEmpty());
  EXPECT_EQ(begins_, 0);
}

TEST_F(forged_names_test, names_that_were_misused_are_told_from_look_alikes) {
  for (int i = 0; i < 3; ++i) note("bank.example", start + i);
  note("bank.example", start, "jiro%pop.example.jp");
  note("bank.example", start, "", verdict::reason("aligned-dkim"),
       level::genuine);
  for (int i = 0; i < 2; ++i) {
    note("b4nk.example", start + i, "jiro%pop.example.jp",
         verdict::reason("look-alike")
             .with("seen", "b4nk.example")
             .with("like", "bank.example"));
  }
  note("shop.example", start + 9, "jiro%pop.example.jp",
       verdict::reason("display-name").with("like", "bank.example"));
  const auto all = found().domains;
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].domain, "bank.example");
  EXPECT_EQ(all[0].kind, forged_kind::misused);
  EXPECT_EQ(all[0].mails, 4);
  EXPECT_THAT(all[0].accounts,
              ElementsAre("taro%pop.example.jp", "jiro%pop.example.jp"));
  EXPECT_EQ(all[0].first, start);
  EXPECT_EQ(all[0].last, start + 2);
  EXPECT_EQ(all[1].domain, "b4nk.example");
  EXPECT_EQ(all[1].kind, forged_kind::look_alike);
  EXPECT_EQ(all[1].like, "bank.example");
  EXPECT_EQ(all[2].kind, forged_kind::display_name);
  EXPECT_EQ(all[2].like, "");
  EXPECT_EQ(begins_, start / day);

  const auto one = found("jiro%pop.example.jp", "bank.example").domains;
  ASSERT_THAT(one, SizeIs(1));
  EXPECT_EQ(one[0].mails, 1);
  EXPECT_THAT(found("", "ank.example").domains, IsEmpty());
  EXPECT_THAT(found("", "", start).domains, IsEmpty()) << "`to` is not within";
}

TEST_F(forged_names_test, a_wave_ends_where_nothing_comes_for_six_hours) {
  for (int i = 0; i < 5; ++i) note("bank.example", start + i * wave_gap);
  // Two more, of which each is too small alone.
  const std::int64_t later = start + 5 * wave_gap + 1;
  for (int i = 0; i < 4; ++i) note("bank.example", later + i);
  for (int i = 0; i < 4; ++i) {
    note("bank.example", later + wave_gap + 4 + i,
         "a" + std::to_string(i) + "%pop.example.jp");
  }
  // One of many accounts, at the same time as others.
  for (int i = 0; i < 6; ++i)
    note("post.example", later + i, std::to_string(i) + "%pop.example.jp");
  const auto waves = found().waves;
  ASSERT_THAT(waves, SizeIs(2));
  EXPECT_EQ(waves[0].domain, "post.example");
  EXPECT_EQ(waves[0].mails, 6);
  EXPECT_THAT(waves[0].accounts, SizeIs(3));
  EXPECT_EQ(waves[0].all_accounts, 6);
  EXPECT_EQ(waves[1].domain, "bank.example");
  EXPECT_EQ(waves[1].mails, 5);
  EXPECT_EQ(waves[1].first, start);
  EXPECT_EQ(waves[1].last, start + 4 * wave_gap);
}

// Another client that fetches all mails makes no new wave.
TEST_F(forged_names_test, a_mail_that_is_fetched_again_came_when_it_came) {
  const std::int64_t again = start + 20 * day;
  for (int i = 0; i < 5; ++i) {
    const std::string digest = "x" + std::to_string(i);
    note_again(digest, "bank.example", start + i, start + i);
    note_again(digest, "bank.example", again, again);
  }
  const auto all = found();
  ASSERT_THAT(all.waves, SizeIs(1));
  EXPECT_EQ(all.waves[0].first, start);
  EXPECT_EQ(all.waves[0].last, start + 4);
  EXPECT_EQ(all.waves[0].fetched, again);
  EXPECT_THAT(found("", "", start + 10 * day).waves, SizeIs(1))
      << "it belongs to the time in which it came";
  EXPECT_THAT(found("", "", again + 1, start + 10 * day).waves, IsEmpty());
  EXPECT_THAT(found("", "bank.example").days,
              ElementsAre(forged_day{start / day, 5}));
}

// A border that counts knows when it came; its client fetches on Monday.
TEST_F(forged_names_test, a_wave_has_the_times_of_the_border) {
  for (int i = 0; i < 5; ++i) {
    note_again("x" + std::to_string(i), "bank.example",
               start + std::int64_t{i} * 60, start + 2 * day);
  }
  // Two days before, and so no part of it.
  note_again("y", "bank.example", start - 2 * day, start + 2 * day);
  const auto waves = found("", "", start + 3 * day, start + day).waves;
  ASSERT_THAT(waves, SizeIs(1));
  EXPECT_EQ(waves[0].mails, 5);
  EXPECT_EQ(waves[0].first, start);
  EXPECT_EQ(waves[0].last, start + 240);
  EXPECT_EQ(waves[0].fetched, start + 2 * day);
}

// A day of Tokyo begins at 15:00 of UTC.
TEST_F(forged_names_test, days_are_those_of_the_zone) {
  const mekiki::test::zone here(mekiki::test::tokyo);
  open_in(time_zone::local());
  constexpr std::int64_t midnight = start + 15 * hour;
  note_again("again", "bank.example", midnight - 1, midnight - 1);
  note_again("again", "bank.example", midnight - 1, midnight + 1);
  note("bank.example", midnight);
  note("bank.example", start + day - 1'800);
  note("bank.example", midnight + day - 1);
  note("bank.example", midnight + day);
  EXPECT_THAT(
      found("", "bank.example").days,
      ElementsAre(forged_day{start / day, 1}, forged_day{start / day + 1, 3},
                  forged_day{start / day + 2, 1}));
  EXPECT_THAT(found("", "bank.example", midnight + day, midnight).days,
              ElementsAre(forged_day{start / day + 1, 3}))
      << "what was first fetched the day before belongs there";
}

TEST_F(forged_names_test, the_days_of_one_domain_are_counted) {
  for (const std::int64_t at : {start, start + 1, start + 3 * day})
    note("bank.example", at);
  note("post.example", start);
  EXPECT_THAT(
      found("", "bank.example").days,
      ElementsAre(forged_day{start / day, 2}, forged_day{start / day + 3, 1}));
  EXPECT_THAT(found().days, IsEmpty());
}

TEST_F(forged_names_test, the_most_frequent_are_kept) {
  for (int d = 0; d < 12; ++d) {
    for (int i = 0; i <= d; ++i)
      note("d" + std::to_string(d) + ".example", start + i);
  }
  const auto all = found().domains;
  ASSERT_THAT(all, SizeIs(10));
  EXPECT_EQ(all.front().domain, "d11.example");
  EXPECT_EQ(all.back().domain, "d2.example");
}

}  // namespace
}  // namespace mekiki::store

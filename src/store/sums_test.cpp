// Sums of each day.
#include "store/sums.hpp"

#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_time_zone.hpp"
#include "store/schema.hpp"
#include "store/sqlite.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

constexpr std::int64_t hour = 3'600;

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using verdict::level;

constexpr std::int64_t first_day = start / day;
constexpr const char* taro = "taro%pop.example.jp:995";

class sums_test : public testing::Test {
 protected:
  sums_test() : clock_(at(start)) { open_in(time_zone::utc()); }

  void open_in(time_zone zone) {
    store_.reset();
    auto opened = mekiki::store::open(folder_.file(),
                                      {.now = clock_,
                                       .keep = std::chrono::days(10),
                                       .keep_sums = std::chrono::days(100),
                                       .zone = zone});
    EXPECT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  day_sums sums(const std::string& account = "") {
    store_->flush();
    return sums_in(folder_.file(), account, first_day, first_day + 1'000);
  }

  mail_event mail(level what, const std::string& domain = "example.jp",
                  std::int64_t when = start) {
    mail_event e = proven_mail(domain, when);
    e.result.what = what;
    return e;
  }

  folder folder_;
  manual_clock clock_;
  std::unique_ptr<store> store_;
};

// Each field once, so that no two can be exchanged.
TEST_F(sums_test, counts_how_mails_were_judged) {
  const struct {
    level what;
    const char* dkim;
    const char* dmarc;
    int mails;
  } table[] = {
      {level::genuine, "pass", "pass", 1},
      {level::new_, "pass", "permerror", 2},
      {level::unverified, "none", "temperror", 3},
      {level::altered, "fail", "none", 4},
      {level::forged, "none", "fail", 5},
  };
  for (const auto& t : table) {
    for (int i = 0; i < t.mails; ++i) {
      mail_event e = mail(t.what);
      e.dkim_check = t.dkim;
      e.dmarc = t.dmarc;
      store_->note(std::move(e));
    }
  }
  const day_sums s = sums();
  ASSERT_THAT(s.days, SizeIs(1));
  const day_sum& d = s.days[0];
  EXPECT_EQ(d.day, first_day);
  EXPECT_EQ(d.level.genuine, 1u);
  EXPECT_EQ(d.level.new_, 2u);
  EXPECT_EQ(d.level.unverified, 3u);
  EXPECT_EQ(d.level.altered, 4u);
  EXPECT_EQ(d.level.forged, 5u);
  EXPECT_EQ(d.dkim_check.pass, 3u);
  EXPECT_EQ(d.dkim_check.fail, 4u);
  EXPECT_EQ(d.dkim_check.none, 8u);
  EXPECT_EQ(d.dmarc.pass, 1u);
  EXPECT_EQ(d.dmarc.fail, 5u);
  EXPECT_EQ(d.dmarc.none, 4u);
  EXPECT_EQ(d.dmarc.other, 5u);
}

TEST_F(sums_test, each_account_has_its_own) {
  mail_event e = mail(level::new_);
  store_->note(e);
  e.account = "jiro%pop.example.jp:995";
  store_->note(e);
  store_->note(mail(level::new_, "example.jp", start + 3 * day));
  EXPECT_THAT(sums(taro).days, SizeIs(2));
  ASSERT_THAT(sums(e.account).days, SizeIs(1));
  EXPECT_EQ(sums(e.account).days[0].level.new_, 1u);
  EXPECT_EQ(sums().days[0].level.new_, 2u);
  EXPECT_THAT(sums("nobody").days, IsEmpty());
}

TEST_F(sums_test,
       a_mail_counts_on_the_day_of_its_first_fetch_as_it_is_judged_at_last) {
  mail_event e = mail(level::unverified);
  e.dmarc = "temperror";
  store_->note(e);
  store_->note(e);
  e.fetched += 2 * day;
  e.result.what = level::forged;
  e.dmarc = "fail";
  store_->note(e);
  day_sums s = sums();
  ASSERT_THAT(s.days, SizeIs(1));
  EXPECT_EQ(s.days[0].day, first_day);
  EXPECT_EQ(s.days[0].level.unverified, 0u);
  EXPECT_EQ(s.days[0].level.forged, 1u);
  EXPECT_EQ(s.days[0].dmarc.fail, 1u);
  EXPECT_EQ(s.days[0].dmarc.other, 0u);
  ASSERT_THAT(s.forged_domains, SizeIs(1));
  e.result.what = level::new_;
  store_->note(e);
  EXPECT_THAT(sums().forged_domains, IsEmpty());
}

TEST_F(sums_test, days_are_those_of_the_zone) {
  const mekiki::test::zone here(mekiki::test::tokyo);
  open_in(time_zone::local());
  constexpr std::int64_t half_an_hour = 1'800;
  // 23:59:59 and midnight in Tokyo, and half an hour before that of UTC.
  store_->note(mail(level::new_, "example.jp", start + 15 * hour - 1));
  store_->note(mail(level::forged, "example.jp", start + 15 * hour));
  store_->note(mail(level::forged, "example.jp", start + day - half_an_hour));
  const day_sums s = sums();
  ASSERT_THAT(s.days, SizeIs(2));
  EXPECT_EQ(s.days[0].day, first_day);
  EXPECT_EQ(s.days[0].level.new_, 1u);
  EXPECT_EQ(s.days[0].level.forged, 0u);
  EXPECT_EQ(s.days[1].day, first_day + 1);
  EXPECT_EQ(s.days[1].level.forged, 2u);
}

TEST_F(sums_test, a_day_on_which_clocks_are_set_has_23_or_25_hours) {
  const mekiki::test::zone here(mekiki::test::berlin);
  open_in(time_zone::local());
  // As Python's zoneinfo has them: midnights from 2026-03-29 and 2026-10-25.
  const auto counted = [&](std::int64_t begin, std::int64_t end) {
    for (const std::int64_t when : {begin - 1, begin, end - 1, end})
      store_->note(mail(level::new_, "example.jp", when));
    std::vector<std::pair<std::int64_t, std::uint64_t>> out;
    for (const day_sum& d : sums().days) out.emplace_back(d.day, d.level.new_);
    return out;
  };
  EXPECT_THAT(counted(1774738800, 1774821600),
              ElementsAre(Pair(20540, 1u), Pair(20541, 2u), Pair(20542, 1u)));
  EXPECT_THAT(counted(1792879200, 1792969200),
              ElementsAre(Pair(20750, 1u), Pair(20751, 2u), Pair(20752, 1u)))
      << "those of March are gone";
}

// As after an update from a version that knew days of UTC alone.
TEST_F(sums_test, another_zone_counts_no_mail_twice_and_none_never) {
  mail_event before = mail(level::unverified, "example.jp", start + 20 * hour);
  store_->note(before);
  const mekiki::test::zone here(mekiki::test::tokyo);
  open_in(time_zone::local());
  store_->note(mail(level::new_, "example.jp", start + 20 * hour + 1));
  before.fetched += 60;
  before.result.what = level::forged;
  store_->note(before);
  const day_sums s = sums();
  ASSERT_THAT(s.days, SizeIs(2));
  EXPECT_EQ(s.days[0].day, first_day) << "its day of UTC";
  EXPECT_EQ(s.days[0].level.forged, 1u);
  EXPECT_EQ(s.days[0].level.unverified, 0u);
  EXPECT_EQ(s.days[1].level.new_, 1u);
  EXPECT_EQ(s.days[1].level.forged, 0u);
}

TEST_F(sums_test, a_second_judgement_moves_the_mail) {
  mail_event e = mail(level::unverified, "bank.example");
  e.dkim_check = "none";
  leave_open(e, "a signature", {},
             {.said = {level::forged, verdict::reason("dmarc-fail")}});
  store_->note(e);
  EXPECT_EQ(sums().days.at(0).level.unverified, 1u);
  store_->note(second_judgement{.mail = 1,
                                .what = second_judgement::outcome::decided,
                                .answer = if_fail});
  const day_sums s = sums();
  EXPECT_EQ(s.days.at(0).level.unverified, 0u);
  EXPECT_EQ(s.days.at(0).level.forged, 1u);
  EXPECT_EQ(s.days.at(0).dkim_check.none, 0u);
  EXPECT_EQ(s.days.at(0).dkim_check.fail, 1u);
  EXPECT_EQ(s.days.at(0).dmarc.pass, 1u);
  EXPECT_EQ(s.forged_domains.at(0).name, "bank.example");
}

TEST_F(sums_test, they_outlive_the_mails_and_go_in_their_time) {
  store_->note(mail(level::forged));
  store_->note(mail(level::new_, "example.jp", start + 50 * day));
  EXPECT_THAT(sums().days, SizeIs(2));
  const sqlite::database db(folder_.file(), sqlite::access::read_only,
                            std::chrono::seconds(5));
  EXPECT_EQ(db.number("SELECT count(*) FROM mail"), 1);
  EXPECT_THAT(sums().forged_domains, SizeIs(1));
  store_->note(mail(level::new_, "example.jp", start + 101 * day));
  EXPECT_THAT(sums().days, SizeIs(2));
  EXPECT_THAT(sums().forged_domains, IsEmpty());
}

TEST_F(sums_test, too_many_accounts_share_one_row) {
  constexpr int more = 20;
  for (int i = 0; i < most_sum_accounts + more; ++i) {
    mail_event e = mail(level::new_);
    e.account = "user" + std::to_string(i) + "%pop.example.jp";
    e.client = i % 2 == 0 ? "192.0.2.1" : "192.0.2.2";
    e.client += std::to_string(i / 1'000);
    if (i == most_sum_accounts + 1)
      e.digest = "judged twice";
    store_->note(e);
    if (i % 500 == 0)
      store_->flush();
  }
  mail_event again = mail(level::altered);
  again.account =
      "user" + std::to_string(most_sum_accounts + 1) + "%pop.example.jp";
  again.digest = "judged twice";
  store_->note(again);
  const day_sums s = sums();
  EXPECT_EQ(s.days.at(0).level.new_, most_sum_accounts + more - 1u);
  EXPECT_EQ(s.days.at(0).level.altered, 1u);
  EXPECT_THAT(sums(again.account).days, IsEmpty());
  const sqlite::database db(folder_.file(), sqlite::access::read_only,
                            std::chrono::seconds(5));
  EXPECT_EQ(db.number("SELECT count(*) FROM day_sum"), most_sum_accounts + 1);
  EXPECT_EQ(db.number("SELECT new_sender FROM day_sum WHERE account = ''"),
            more - 1);
}

// A thousand domains that occur once, before, between and after the mails in
// the name of one that is really abused.
TEST_F(sums_test, a_flood_of_domains_hides_nobody) {
  int made = 0;
  const auto flood = [&](int mails) {
    for (int i = 0; i < mails; ++i) {
      store_->note(mail(level::forged,
                        "d" + std::to_string(++made) + ".attacker.example"));
    }
  };
  flood(400);
  for (int i = 0; i < 60; ++i) {
    store_->note(mail(level::forged, "bank.example"));
    flood(10);
  }
  flood(400);
  const day_sums s = sums();
  ASSERT_THAT(s.forged_domains, SizeIs(10));
  EXPECT_EQ(s.forged_domains[0].name, "bank.example");
  const auto total = s.days.at(0).level.forged;
  EXPECT_EQ(total, 1'460u);
  EXPECT_GE(s.forged_domains[0].mails, 60u);
  EXPECT_LE(s.forged_domains[0].mails, 60 + total / most_sum_domains);
  const sqlite::database db(folder_.file(), sqlite::access::read_only,
                            std::chrono::seconds(5));
  EXPECT_EQ(db.number("SELECT count(*) FROM day_forged"), most_sum_domains);
}

TEST_F(sums_test, mails_of_an_older_database_are_summed) {
  for (int i = 0; i < 3; ++i) {
    store_->note(mail(level::forged, "bank.example", start + i * day));
  }
  store_->note(mail(level::new_));
  const day_sums before = sums();
  store_.reset();
  {
    sqlite::database db(folder_.file(), sqlite::access::read_write,
                        std::chrono::seconds(5));
    db.run(undo_step_9);
    db.run(undo_step_8);
    db.run(
        "DROP TABLE day_sum; DROP TABLE day_forged;"
        "ALTER TABLE mail DROP COLUMN summed;"
        "DROP TABLE border_vote; DROP TABLE access_token;"
        "DROP TABLE mail_story;"
        "DROP INDEX mail_level; DROP INDEX mail_domain;"
        "DROP INDEX sender_last; DROP INDEX sender_scope;"
        "DROP INDEX sender_name;"
        "ALTER TABLE mail DROP COLUMN reversed; PRAGMA user_version = 3");
  }
  auto opened = mekiki::store::open(folder_.file(), {.now = clock_});
  ASSERT_TRUE(opened) << opened.error();
  store_ = std::move(*opened);
  const day_sums after = sums();
  ASSERT_THAT(after.days, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(after.days[i].day, before.days[i].day);
    EXPECT_EQ(after.days[i].level.forged, before.days[i].level.forged);
    EXPECT_EQ(after.days[i].level.new_, before.days[i].level.new_);
    EXPECT_EQ(after.days[i].dmarc.pass, before.days[i].dmarc.pass);
  }
  EXPECT_EQ(after.forged_domains.at(0).mails, 3u);
}

}  // namespace
}  // namespace mekiki::store

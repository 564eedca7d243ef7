// Sums over a time.
#include "store/period.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using namespace test;
using auth::result;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using verdict::level;

constexpr std::int64_t hour = 3'600;

MATCHER_P3(is_count, what, dkim, mails, "") {
  return arg.what == what && arg.dkim_check == dkim &&
         arg.mails == static_cast<std::uint64_t>(mails);
}
MATCHER_P2(is_named, name, mails, "") {
  return arg.name == name && arg.mails == static_cast<std::uint64_t>(mails);
}
MATCHER_P3(is_column, from, mails, forged, "") {
  return arg.from == from && arg.mails == static_cast<std::uint64_t>(mails) &&
         arg.forged == static_cast<std::uint64_t>(forged);
}

class period_test : public testing::Test {
 protected:
  period_test() : clock_(at(start)) {
    auto opened = mekiki::store::open(folder_.file(), {.now = clock_});
    EXPECT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  std::optional<period_totals> totals(std::int64_t from, std::int64_t to,
                                      std::vector<std::int64_t> columns = {}) {
    store_->flush();
    return result_of(store_->totals(from, to, std::move(columns)));
  }

  mail_event note(level what, std::int64_t when, const std::string& account,
                  const std::string& domain, const char* dkim = "fail") {
    mail_event e = proven_mail(domain, when);
    e.account = account;
    e.result.what = what;
    e.dkim_check = dkim;
    store_->note(e);
    return e;
  }

  folder folder_;
  manual_clock clock_;
  std::unique_ptr<store> store_;
};

TEST_F(period_test, nothing_came) {
  const auto t = totals(start, start + day, {start, start + hour});
  ASSERT_TRUE(t);
  EXPECT_THAT(t->judged, IsEmpty());
  EXPECT_THAT(t->forged_domains, IsEmpty());
  EXPECT_EQ(t->all_forged_domains, 0U);
  EXPECT_THAT(t->accounts_hit, IsEmpty());
  EXPECT_EQ(t->active_accounts, 0U);
  EXPECT_THAT(t->columns, ElementsAre(is_column(start, 0, 0),
                                      is_column(start + hour, 0, 0)));
  EXPECT_EQ(t->lost, 0U);
}

TEST_F(period_test, counts_what_is_within) {
  note(level::forged, start - 1, "early", "a.example");
  note(level::forged, start, "taro", "a.example");
  note(level::forged, start + hour - 1, "taro", "b.example");
  note(level::genuine, start + hour, "hanako", "a.example", "pass");
  note(level::forged, start + 2 * hour, "jiro", "b.example", "none");
  note(level::forged, start + day - 1, "taro", "");
  note(level::forged, start + day, "late", "a.example");

  const auto t =
      totals(start, start + day, {start, start + hour, start + 2 * hour});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->from, start);
  EXPECT_EQ(t->to, start + day);
  EXPECT_THAT(t->judged,
              UnorderedElementsAre(is_count(level::forged, result::fail, 3),
                                   is_count(level::forged, result::none, 1),
                                   is_count(level::genuine, result::pass, 1)));
  EXPECT_THAT(t->forged_domains,
              ElementsAre(is_named("b.example", 2), is_named("", 1),
                          is_named("a.example", 1)));
  EXPECT_EQ(t->all_forged_domains, 3U);
  EXPECT_THAT(t->accounts_hit,
              ElementsAre(is_named("taro", 3), is_named("jiro", 1)));
  EXPECT_EQ(t->all_accounts_hit, 2U);
  EXPECT_EQ(t->active_accounts, 3U);
  EXPECT_THAT(t->columns,
              ElementsAre(is_column(start, 2, 2), is_column(start + hour, 1, 0),
                          is_column(start + 2 * hour, 2, 2)));

  const auto without_chart = totals(start, start + day);
  EXPECT_THAT(without_chart->columns, ElementsAre(is_column(start, 5, 4)));
}

TEST_F(period_test, what_a_policy_refuses_is_counted_apart) {
  mail_event e = note(level::forged, start, "taro", "a.example");
  e.result.why = verdict::reason("dmarc-fail").with("author", "a.example");
  store_->note(e);
  e = note(level::forged, start + 1, "taro", "b.example");
  e.result.why = verdict::reason("signature-broken").with("author", "b");
  store_->note(e);
  std::vector<bool> refused;
  const auto t = totals(start, start + day);
  for (const mail_count& c : t->judged) {
    EXPECT_EQ(c.mails, 1U);
    refused.push_back(c.is_refused);
  }
  EXPECT_THAT(refused, UnorderedElementsAre(true, false));
}

TEST_F(period_test, a_mail_fetched_twice_counts_at_its_last_fetch) {
  mail_event e = note(level::forged, start, "taro", "a.example");
  e.fetched = start + day;
  store_->note(e);
  EXPECT_THAT(totals(start, start + day)->judged, IsEmpty());
  EXPECT_THAT(totals(start + day, start + 2 * day)->judged, SizeIs(1));
}

TEST_F(period_test, names_ten_of_many) {
  for (int i = 0; i < 30; ++i) {
    const std::string n = std::to_string(10 + i);
    note(level::forged, start, "user" + n, "d" + n + ".example");
    if (i == 7)
      note(level::forged, start, "user" + n, "d" + n + ".example");
  }
  const auto t = totals(start, start + day);
  EXPECT_THAT(t->forged_domains, SizeIs(10));
  EXPECT_THAT(t->forged_domains.front(), is_named("d17.example", 2));
  EXPECT_THAT(t->forged_domains.back(), is_named("d19.example", 1));
  EXPECT_EQ(t->all_forged_domains, 30U);
  EXPECT_THAT(t->accounts_hit, SizeIs(10));
  EXPECT_EQ(t->all_accounts_hit, 30U);
}

TEST_F(period_test, too_many_columns_are_one) {
  std::vector<std::int64_t> columns;
  for (int i = 0; i < 40; ++i) columns.push_back(start + i);
  note(level::forged, start + 39, "taro", "a.example");
  const auto t = totals(start, start + day, columns);
  EXPECT_THAT(t->columns, SizeIs(most_columns));
  EXPECT_THAT(t->columns.back(),
              is_column(start + static_cast<int>(most_columns) - 1, 1, 1));
}

// A full table of other days costs nothing.
TEST_F(period_test, looks_at_no_other_time) {
  sqlite::database db(folder_.file(), sqlite::access::read_only,
                      std::chrono::seconds(1));
  for (const std::string& sql : period_statements()) {
    sqlite::statement plan(db, "EXPLAIN QUERY PLAN " + sql);
    std::string text;
    while (plan.next()) {
      text += plan.text(3);
      text += '\n';
    }
    EXPECT_THAT(text, HasSubstr("INDEX mail_fetched "
                                "(fetched>? AND fetched<?)"))
        << sql;
    EXPECT_EQ(text.find("SCAN mail"), text.npos) << text;
  }
}

TEST_F(period_test, gives_up_when_told) {
  for (int i = 0; i < 2'000; ++i)
    note(level::forged, start, "taro", "a.example");
  store_->flush();
  sqlite::database db(folder_.file(), sqlite::access::read_only,
                      std::chrono::seconds(1));
  bool over = false;
  db.give_up_if([&over] { return over; });
  EXPECT_EQ(read_totals(db, start, start + day, {}).columns[0].mails, 2'000U);
  over = true;
  EXPECT_THROW(read_totals(db, start, start + day, {}), sqlite::error);
}

TEST_F(period_test, says_how_many_are_missing) {
  {
    sqlite::database other(folder_.file(), sqlite::access::read_write,
                           std::chrono::seconds(1));
    sqlite::transaction lock(other, sqlite::purpose::write);
    for (std::size_t i = 0; i < most_waiting + 2'000; ++i)
      note(level::new_, start + day + 59, "taro", "a.example");
  }
  store_->flush();
  const lost_events all = store_->lost();
  EXPECT_GT(all.queue_full, 0U);
  const auto t = totals(start + day, start + 2 * day);
  EXPECT_EQ(t->lost, all.queue_full + all.not_written);
  EXPECT_EQ(t->columns[0].mails + t->lost, most_waiting + 2'000);
  EXPECT_EQ(totals(start, start + day)->lost, 0U);
  EXPECT_EQ(totals(start + 2 * day, start + 3 * day)->lost, 0U);
}

}  // namespace
}  // namespace mekiki::store

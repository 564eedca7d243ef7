// Reports that are kept: each once, within their room, and what is shown of
// them.
#include "store/report_store.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/browse_reports.hpp"
#include "store/schema.hpp"
#include "store/size_limit.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t today = start / day;
constexpr report_period always{today - 60, today + 60};

reports::aggregate_record record(const std::string& address,
                                 std::uint64_t count, const std::string& dkim,
                                 const std::string& spf,
                                 const std::string& disposition = "none") {
  reports::aggregate_record r;
  r.source_ip = address;
  r.count = count;
  r.dkim = dkim;
  r.spf = spf;
  r.disposition = disposition;
  r.header_from = "example.jp";
  return r;
}

reports::report report(const std::string& id,
                       std::vector<reports::aggregate_record> records,
                       std::int64_t begin = today * day) {
  reports::aggregate_report a;
  a.org_name = "Reporter.example";
  a.report_id = id;
  a.begin = begin;
  a.end = begin + day - 1;
  a.policy.domain = "example.jp";
  a.policy.p = "none";
  a.records = std::move(records);
  return {.what = std::move(a), .warnings = {}};
}

const report_origin proven{.is_proven = true, .author = "reporter.example"};
const report_origin nobody{};

class report_store_test : public testing::Test {
 protected:
  report_store_test() : clock_(at(start)) {
    EXPECT_TRUE(prepare(folder_.file()));
    open({});
  }

  void open(report_room room) {
    auto opened = report_store::open(folder_.file(), room, clock_);
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  report_fate put(const reports::report& r,
                  const report_origin& from = proven) {
    const auto fate = store_->put(r, from);
    EXPECT_TRUE(fate) << fate.error();
    return fate.value_or(report_fate::too_large);
  }

  sqlite::database read() const {
    return {folder_.file(), sqlite::access::read_only, std::chrono::seconds(1)};
  }
  reported_sending sending() const {
    auto db = read();
    return read_sending(db, "example.jp", always);
  }
  std::int64_t rows(const std::string& table) const {
    return read().number("SELECT count(*) FROM " + table);
  }

  folder folder_;
  manual_clock clock_;
  std::unique_ptr<report_store> store_;
};

TEST_F(report_store_test, sums_what_came_from_each_address) {
  put(report("1", {record("192.0.2.1", 10, "pass", "fail"),
                   record("192.0.2.1", 5, "pass", "pass"),
                   record("203.0.113.9", 7, "fail", "fail"),
                   record("203.0.113.9", 2, "fail", "fail", "reject")}));
  auto forwarded = record("198.51.100.3", 3, "fail", "fail");
  forwarded.reasons = {{.type = "forwarded", .comment = ""}};
  put(report("2", {forwarded}, (today + 1) * day));
  const reported_sending s = sending();
  ASSERT_THAT(s.days, SizeIs(2));
  EXPECT_EQ(s.days[0].day, today);
  EXPECT_EQ(s.days[0].passed, 15u);
  EXPECT_EQ(s.days[0].failed, 7u);
  EXPECT_EQ(s.days[0].stopped, 2u);
  EXPECT_EQ(s.days[1].forwarded, 3u);
  EXPECT_EQ(s.reports, 2);
  EXPECT_EQ(s.reporters, 1);
  EXPECT_EQ(s.policy, "p=none");
  ASSERT_THAT(s.sources, SizeIs(3));
  const auto it =
      std::ranges::find(s.sources, "192.0.2.1", &reports::source::address);
  ASSERT_NE(it, s.sources.end());
  EXPECT_EQ(it->mails, 15u);
  EXPECT_EQ(it->passed, 15u);
  EXPECT_EQ(it->dkim, 15u);
  EXPECT_EQ(it->spf, 5u);
}

TEST_F(report_store_test, keeps_a_report_once) {
  const auto r = report("1", {record("192.0.2.1", 10, "pass", "pass")});
  EXPECT_EQ(put(r), report_fate::kept);
  EXPECT_EQ(put(r), report_fate::known);
  // Another spelling of the same reporter and id.
  auto again = r;
  std::get<reports::aggregate_report>(again.what).org_name = "reporter.EXAMPLE";
  EXPECT_EQ(put(again), report_fate::known);
  EXPECT_EQ(sending().days.at(0).passed, 10u);
  // What lacks an id is told by what is in it.
  const auto unnamed = report("", {record("192.0.2.1", 1, "pass", "pass")});
  EXPECT_EQ(put(unnamed), report_fate::kept);
  EXPECT_EQ(put(unnamed), report_fate::known);
  EXPECT_EQ(put(report("", {record("192.0.2.1", 2, "pass", "pass")})),
            report_fate::kept);
}

// An id that a stranger guesses keeps no report out.
TEST_F(report_store_test, an_unproven_copy_makes_way_for_the_proven_one) {
  const auto lie = report("1", {record("192.0.2.66", 999, "pass", "pass")});
  const auto truth = report("1", {record("192.0.2.1", 10, "pass", "pass")});
  EXPECT_EQ(put(lie, nobody), report_fate::kept);
  EXPECT_THAT(sending().sources, IsEmpty());
  EXPECT_EQ(sending().unproven_reports, 1);
  EXPECT_EQ(put(truth), report_fate::kept);
  EXPECT_EQ(sending().unproven_reports, 0);
  EXPECT_THAT(sending().sources, SizeIs(1));
  EXPECT_EQ(put(lie, nobody), report_fate::known);
  // Nor one that is proven to come from somebody else.
  EXPECT_EQ(put(report("2", {record("192.0.2.66", 9, "pass", "pass")}),
                {.is_proven = true, .author = "forger.example"}),
            report_fate::kept);
  EXPECT_EQ(put(report("2", {record("192.0.2.1", 1, "pass", "pass")})),
            report_fate::kept);
}

TEST_F(report_store_test, a_report_in_pieces_is_whole_or_not_shown) {
  std::vector<reports::aggregate_record> many;
  for (int i = 0; i < 1'200; ++i)
    many.push_back(
        record(fmt::format("10.0.{}.{}", i / 250, i % 250), 2, "pass", "fail"));
  EXPECT_EQ(put(report("1", many)), report_fate::kept);
  EXPECT_EQ(sending().days.at(0).passed, 2'400u);
  EXPECT_EQ(rows("report_row"), 1'200);
  // As one that was broken off, perhaps by another program that goes on.
  sqlite::database db(folder_.file(), sqlite::access::read_write,
                      std::chrono::seconds(1));
  db.run("UPDATE report SET whole = 0");
  EXPECT_EQ(sending().reports, 0);
  EXPECT_EQ(put(report("1", many)), report_fate::in_work);
  clock_.advance(std::chrono::minutes(11));
  EXPECT_EQ(put(report("1", many)), report_fate::kept);
  EXPECT_EQ(sending().days.at(0).passed, 2'400u);
  EXPECT_EQ(rows("report_row"), 1'200);
}

std::string number_of(int i) { return fmt::format("{}", i); }

TEST_F(report_store_test, nothing_is_left_of_reports_that_went) {
  open({.octets = 8'000});
  for (int i = 0; i < 100; ++i) {
    clock_.advance(std::chrono::minutes(11));
    put(report(number_of(i),
               {record(fmt::format("192.0.2.{}", i), 1, "pass", "pass")}),
        {.is_proven = true, .author = fmt::format("r{}.example", i)});
  }
  auto db = read();
  EXPECT_LE(octets_of_reports(db), 8'000u);
  const auto kept = read_kept_reports(db, "example.jp", always, 0, 200);
  ASSERT_GT(kept.size(), 5u);
  EXPECT_LT(kept.size(), 30u);
  EXPECT_EQ(kept.front().number, "99");
  const auto n = static_cast<std::int64_t>(kept.size());
  EXPECT_EQ(rows("report_row"), n);
  EXPECT_EQ(rows("report_source"), n);
  EXPECT_EQ(rows("report_seen"), n);
  EXPECT_EQ(rows("report_sum"), n);
  EXPECT_EQ(sending().days.at(0).passed, static_cast<std::uint64_t>(n));
}

TEST_F(report_store_test, a_flood_displaces_no_other_reports) {
  open({.octets = 40'000});
  put(report("true", {record("192.0.2.1", 10, "pass", "pass")}));
  for (int i = 0; i < 300; ++i) {
    const auto lie =
        report("u" + number_of(i), {record("192.0.2.66", 1, "pass", "pass")});
    EXPECT_EQ(put(lie, nobody), report_fate::kept);
    const auto own =
        report("f" + number_of(i), {record("192.0.2.67", 1, "pass", "pass")});
    put(own, {.is_proven = true, .author = "forger.example"});
  }
  auto db = read();
  EXPECT_EQ(db.number("SELECT count(*) FROM report WHERE number = 'true'"), 1);
  EXPECT_LE(db.number("SELECT octets FROM report_room WHERE proven = 0"),
            5'000);
  EXPECT_LE(db.number("SELECT sum(octets) FROM report "
                      "WHERE author = 'forger.example'"),
            10'000);
}

// Many names do not make many authors, and many authors displace each other.
TEST_F(report_store_test, a_forger_of_many_domains_displaces_himself) {
  const std::vector<reports::aggregate_record> large(
      60, record("192.0.2.66", 1, "pass", "pass"));
  for (const std::string_view at : {"a{}.forger.example", "forger{}.example"}) {
    open({.octets = 60'000});
    put(report("true", {record("192.0.2.1", 10, "pass", "pass")}));
    for (int i = 0; i < 40; ++i) {
      put(report("f" + number_of(i), large),
          {.is_proven = true, .author = fmt::format(fmt::runtime(at), i % 9)});
    }
    auto db = read();
    EXPECT_EQ(db.number("SELECT count(*) FROM report WHERE number = 'true'"), 1)
        << at;
    EXPECT_LE(db.number("SELECT octets FROM report_room WHERE proven = 1"),
              60'000)
        << at;
  }
}

TEST_F(report_store_test, a_large_report_is_given_up_at_a_stop) {
  bool is_over = true;
  open({.is_over = [&is_over] { return is_over; }});
  const std::vector<reports::aggregate_record> many(
      2'000, record("192.0.2.1", 1, "pass", "pass"));
  EXPECT_EQ(put(report("1", many)), report_fate::in_work);
  // Nor is what broke off earlier taken away just then.
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(put(report("2", many)), report_fate::in_work);
  is_over = false;
  EXPECT_EQ(put(report("2", many)), report_fate::kept);
}

TEST_F(report_store_test, a_copy_displaces_nothing) {
  open({.octets = 8'000});
  int kept = 0;
  const auto number_kept = [&] {
    return read().number("SELECT count(*) FROM report");
  };
  const auto one = [](int i) {
    return report(number_of(i), {record("192.0.2.1", 1, "pass", "pass")});
  };
  // Until the next one displaced the oldest.
  for (; number_kept() == kept; ++kept) put(one(kept));
  const auto full = number_kept();
  ASSERT_GT(full, 2);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(put(one(kept - 1)), report_fate::known);
  EXPECT_EQ(number_kept(), full);
}

TEST_F(report_store_test, refuses_a_report_that_would_displace_all_others) {
  open({.octets = 40'000});
  const std::vector<reports::aggregate_record> many(
      200, record("192.0.2.1", 1, "pass", "pass"));
  EXPECT_EQ(put(report("1", many)), report_fate::too_large);
}

// A sender who writes what he likes.
TEST_F(report_store_test, takes_anything) {
  reports::report r =
      report("a\nb\x01" + std::string(900, 'x'),
             {record("no address", ~std::uint64_t{0}, "pass\n", "\xff")},
             std::int64_t{1} << 62);
  auto& a = std::get<reports::aggregate_report>(r.what);
  a.end = 3;
  a.policy.domain = "EXAMPLE.jp.";
  a.records[0].dkim_results = {{.domain = "d\n e",
                                .selector = std::string(900, 's'),
                                .result = "pass",
                                .human_result = ""}};
  EXPECT_EQ(put(r), report_fate::kept);
  EXPECT_EQ(put(r), report_fate::known);
  const reported_sending s = sending();
  ASSERT_THAT(s.days, SizeIs(1));
  EXPECT_EQ(s.days[0].day, today);  // not in two hundred years
  ASSERT_THAT(s.sources, SizeIs(1));
  EXPECT_EQ(s.sources[0].address, "");
  EXPECT_EQ(s.sources[0].mails, 1'000'000'000'000u);
  EXPECT_EQ(s.sources[0].signer, "d__e");
}

TEST_F(report_store_test, tells_the_rows_of_an_address) {
  put(report("1", {record("192.0.2.1", 10, "pass", "fail"),
                   record("192.0.2.2", 1, "fail", "fail")}));
  put(report("2", {record("192.0.2.1", 4, "fail", "fail")}), nobody);
  auto db = read();
  const reported_source s =
      read_report_source(db, "example.jp", "192.0.2.1", always);
  EXPECT_EQ(s.sum.mails, 10u);  // by proven reports
  ASSERT_THAT(s.rows, SizeIs(2));
  EXPECT_FALSE(s.rows[0].is_proven);
  EXPECT_TRUE(s.rows[1].is_proven);
  EXPECT_EQ(s.rows[1].author, "reporter.example");
}

TEST_F(report_store_test, remembers_the_mails_that_are_left) {
  ASSERT_TRUE(store_->note_mails("a", {"1", "2"}, {"1", "2", "3"}));
  ASSERT_TRUE(store_->note_mails("b", {"1"}, {"1"}));
  ASSERT_TRUE(store_->note_mails("a", {"3"}, {"2", "3"}));
  const auto known = store_->known_mails("a");
  ASSERT_TRUE(known);
  EXPECT_THAT(*known, ElementsAre("2", "3"));
}

TEST_F(report_store_test, reports_take_no_room_from_the_history) {
  sqlite::database db(folder_.file(), sqlite::access::read_write,
                      std::chrono::seconds(1));
  const size_limit limit(db, 1 << 30);
  const std::uint64_t before = limit.used();
  std::vector<reports::aggregate_record> many;
  for (int i = 0; i < 5'000; ++i)
    many.push_back(
        record(fmt::format("10.{}.{}.1", i / 250, i % 250), 2, "pass", "fail"));
  put(report("1", many));
  // The estimate is never below what they take by more than a fifth.
  EXPECT_LT(limit.used(), before + octets_of_reports(db) / 5);
}

}  // namespace
}  // namespace mekiki::store

// Whose a sender is, and reporters that do not count.
#include "store/sender_notes.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/browse_reports.hpp"
#include "store/report_store.hpp"
#include "store/schema.hpp"
#include "store/sending_facts.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using namespace test;
using reports::owner;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t today = start / day;
constexpr report_period always{today - 60, today + 60};

struct line {
  std::string address;
  std::uint64_t count = 0;
  std::string dkim = "pass";
};

reports::report report(const std::string& id, const std::vector<line>& lines,
                       std::int64_t on = today, const std::string& p = "none") {
  reports::aggregate_report a;
  a.org_name = "org";
  a.report_id = id;
  a.begin = on * day;
  a.end = *a.begin + day - 1;
  a.policy.domain = "example.jp";
  a.policy.p = p;
  for (const line& l : lines) {
    reports::aggregate_record r;
    r.source_ip = l.address;
    r.count = l.count;
    r.dkim = l.dkim;
    r.spf = "fail";
    r.disposition = "none";
    r.header_from = "example.jp";
    a.records.push_back(std::move(r));
  }
  return {.what = std::move(a), .warnings = {}};
}

class sender_notes_test : public testing::Test {
 protected:
  sender_notes_test() : clock_(at(start)) {
    EXPECT_TRUE(prepare(folder_.file()));
    auto opened = report_store::open(folder_.file(), {}, clock_);
    EXPECT_TRUE(opened);
    store_ = std::move(*opened);
    db_ = std::make_unique<sqlite::database>(
        folder_.file(), sqlite::access::read_write, std::chrono::seconds(1));
  }

  void put(const reports::report& r, const std::string& author) {
    const auto done = store_->put(r, {.is_proven = true, .author = author});
    ASSERT_TRUE(done);
    ASSERT_EQ(*done, report_fate::kept);
  }
  void ignore(const std::string& author) {
    ASSERT_TRUE(put_ignored_reporter(*db_, {.author = author, .at = start}));
    count_as_decided(*db_, author);
  }
  void count_again(const std::string& author) {
    remove_ignored_reporter(*db_, author);
    count_as_decided(*db_, author);
  }
  /// "ADDRESS MAILS PASSED" of each source.
  std::vector<std::string> sources() {
    std::vector<std::string> out;
    for (const auto& s : read_sending(*db_, "example.jp", always).sources)
      out.push_back(fmt::format("{} {} {}", s.address, s.mails, s.passed));
    std::ranges::sort(out);
    return out;
  }
  std::int64_t value(const std::string& sql) {
    return value_query<std::int64_t>(*db_, sql).first().value_or(-1);
  }

  test::folder folder_;
  manual_clock clock_;
  std::unique_ptr<report_store> store_;
  std::unique_ptr<sqlite::database> db_;
};

TEST_F(sender_notes_test, a_mark_is_kept_replaced_and_taken_back) {
  const sender_mark m{.domain = "example.jp",
                      .name = "seikyu.example",
                      .of = owner::ours,
                      .note = "our invoices",
                      .at = start,
                      .who = "Sato"};
  ASSERT_TRUE(put_sender_mark(*db_, m));
  EXPECT_THAT(read_sender_marks(*db_, "example.jp"), ElementsAre(m));
  EXPECT_THAT(read_sender_marks(*db_, "other.example"), IsEmpty());
  sender_mark other = m;
  other.of = owner::unknown;
  ASSERT_TRUE(put_sender_mark(*db_, other));
  EXPECT_THAT(read_sender_marks(*db_, "example.jp"), ElementsAre(other));
  other.note.clear();
  ASSERT_TRUE(put_sender_mark(*db_, other));
  EXPECT_THAT(read_sender_marks(*db_, "example.jp"), IsEmpty());
}

TEST_F(sender_notes_test, marks_are_bounded) {
  sqlite::transaction t(*db_, sqlite::purpose::write);
  sender_mark m{.domain = "example.jp", .of = owner::ours};
  for (std::size_t i = 0; i < most_marks; ++i) {
    m.name = std::to_string(i);
    ASSERT_TRUE(put_sender_mark(*db_, m));
  }
  m.of = owner::foreign;
  EXPECT_TRUE(put_sender_mark(*db_, m)) << "one that is there is replaced";
  m.name = "one more";
  EXPECT_FALSE(put_sender_mark(*db_, m));
  t.commit();
}

TEST_F(sender_notes_test, what_an_ignored_reporter_tells_is_kept_apart) {
  put(report("1", {{"192.0.2.1", 10}, {"192.0.2.2", 5, "fail"}}),
      "good.example");
  put(report("2", {{"192.0.2.1", 700}, {"203.0.113.9", 900}}), "noisy.example");
  const auto before = sources();
  ASSERT_THAT(before, ElementsAre("192.0.2.1 710 710", "192.0.2.2 5 0",
                                  "203.0.113.9 900 900"));
  ignore("noisy.example");
  EXPECT_THAT(sources(), ElementsAre("192.0.2.1 10 10", "192.0.2.2 5 0"));
  const auto passed = [&] {
    std::uint64_t sum = 0;
    for (const reported_day& d : read_sending(*db_, "example.jp", always).days)
      sum += d.passed;
    return sum;
  };
  EXPECT_EQ(passed(), 10U);
  EXPECT_EQ(read_sending(*db_, "example.jp", always).reports, 1);
  // What comes later, too.
  put(report("3", {{"203.0.113.9", 50}}), "noisy.example");
  EXPECT_THAT(sources(), SizeIs(2));
  EXPECT_THAT(read_ignored_reporters(*db_),
              ElementsAre(ignored_reporter{
                  .author = "noisy.example", .at = start, .reports = 2}));
  // Nothing was thrown away.
  const auto kept = read_kept_reports(*db_, "example.jp", always, 0, 10);
  ASSERT_THAT(kept, SizeIs(3));
  EXPECT_TRUE(kept.front().is_ignored && kept.front().is_proven);

  count_again("noisy.example");
  EXPECT_THAT(sources(), ElementsAre("192.0.2.1 710 710", "192.0.2.2 5 0",
                                     "203.0.113.9 950 950"));
  EXPECT_EQ(passed(), 1'660U);
  EXPECT_EQ(value("SELECT count(*) FROM report_sum WHERE proven = 2"), 0);
  EXPECT_EQ(value("SELECT count(*) FROM report_seen WHERE proven = 2"), 0);
}

TEST_F(sender_notes_test, names_of_senders_come_back) {
  put(report("1", {{"203.0.113.9", 900}}), "noisy.example");
  const auto open = store_->open_sources(10);
  ASSERT_TRUE(open);
  ASSERT_TRUE(store_->note_names({{.id = open->front().id,
                                   .name = "mx.seikyu.example",
                                   .again = std::chrono::hours(1),
                                   .covers = {{"example.jp", "mx"}}}}));
  ignore("noisy.example");
  EXPECT_THAT(sources(), IsEmpty());
  count_again("noisy.example");
  const auto found = read_sending(*db_, "example.jp", always).sources;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].name, "mx.seikyu.example");
  EXPECT_EQ(found[0].covered, "mx");
  EXPECT_TRUE(found[0].is_asked);
}

/// Sums are those of the rows, whatever was ignored when they came and went.
TEST_F(sender_notes_test, removing_reports_leaves_no_sums) {
  report_room room;
  room.octets = 16'000;
  auto small = report_store::open(folder_.file(), std::move(room), clock_);
  ASSERT_TRUE(small);
  store_ = std::move(*small);
  ignore("noisy.example");
  for (int i = 0; i < 30; ++i) {
    put(report(std::to_string(i), {{fmt::format("192.0.2.{}", i), 10}}),
        i % 2 == 0 ? "noisy.example" : "good.example");
  }
  ASSERT_LT(value("SELECT count(*) FROM report"), 30);
  const auto orphans = [&](int sums, int ignored) {
    return value(fmt::format(
        "SELECT count(*) FROM report_sum m WHERE proven = {} AND NOT EXISTS "
        "(SELECT 1 FROM report_row w JOIN report r ON r.id = w.report "
        "WHERE w.source = m.source AND r.ignored = {})",
        sums, ignored));
  };
  EXPECT_EQ(orphans(2, 1), 0);
  EXPECT_EQ(orphans(1, 0), 0);
}

TEST_F(sender_notes_test, facts_are_told_reporter_by_reporter) {
  put(report("1", {{"192.0.2.1", 10}, {"192.0.2.2", 5, "fail"}}, today - 1),
      "a.example");
  put(report("2", {{"192.0.2.1", 4, "fail"}}, today - 1), "b.example");
  put(report("3", {{"192.0.2.1", 99}}, today - 9, "reject"), "b.example");
  put(report("4", {{"192.0.2.1", 1}}, today - 1), "noisy.example");
  ignore("noisy.example");
  const auto facts = read_sending_facts(*db_, "example.jp", today + 1,
                                        [](const reports::sending_facts& f) {
                                          EXPECT_THAT(f.days, SizeIs(3));
                                          return today - 5;
                                        });
  EXPECT_TRUE(facts.is_whole);
  EXPECT_THAT(facts.reporters,
              testing::UnorderedElementsAre("a.example", "b.example"));
  ASSERT_THAT(facts.sources, SizeIs(2));
  const auto& both = facts.sources[0].of.address == "192.0.2.1"
                         ? facts.sources[0]
                         : facts.sources[1];
  EXPECT_EQ(both.of.mails, 14U);
  ASSERT_THAT(both.by, SizeIs(2));
  for (const auto& c : both.by) {
    const bool is_a = facts.reporters.at(c.reporter) == "a.example";
    EXPECT_EQ(c.passed, is_a ? 10U : 0U);
    EXPECT_EQ(c.failed, is_a ? 0U : 4U);
  }
  EXPECT_EQ(facts.days.back().policy, "p=reject");
}

reports::sending_facts facts_of_week(sqlite::database& db) {
  return read_sending_facts(
      db, "example.jp", today + 1,
      [](const reports::sending_facts&) { return today - 7; });
}

std::vector<line> many_lines(int net, int number) {
  std::vector<line> out;
  for (int i = 0; i < number; ++i)
    out.push_back({fmt::format("10.{}.{}.{}", net, i / 256, i % 256), 900});
  return out;
}

// Who profits: whoever wants the owner's mail to be lost.
TEST_F(sender_notes_test, a_flood_hides_nothing_of_a_large_provider) {
  for (int i = 0; i < 5; ++i)
    put(report("f" + std::to_string(i), many_lines(i, 1'000)),
        fmt::format("f{}.example", i));
  put(report("1", {{"192.0.2.1", 500}, {"192.0.2.2", 400, "fail"}}),
      "google.com");
  const auto facts = facts_of_week(*db_);
  std::uint64_t failed = 0;
  for (const reports::told_source& s : facts.sources)
    for (const auto& c : s.by)
      if (facts.reporters.at(c.reporter) == "google.com")
        failed += c.failed;
  EXPECT_EQ(failed, 400U);
  EXPECT_FALSE(facts.is_whole);
  // Of small ones rows that others have, too, take no room.
  EXPECT_EQ(value("SELECT count(*) FROM report_sum"), 2'002);
  put(report("2", many_lines(9, 3)), "late.example");
  EXPECT_EQ(value("SELECT summed FROM report WHERE author = 'late.example'"),
            0);
}

TEST_F(sender_notes_test, what_was_not_looked_at_is_counted) {
  auto lines = many_lines(1, 1'003);
  for (line& l : lines) l.dkim = "fail";
  lines.push_back({"192.0.2.1", 5});
  put(report("1", lines), "google.com");
  const auto facts = facts_of_week(*db_);
  EXPECT_FALSE(facts.is_whole);
  EXPECT_THAT(facts.unread, ElementsAre(testing::Pair(0, 3 * 900)));
}

TEST_F(sender_notes_test, equal_rows_were_looked_at) {
  put(report("1", {{"192.0.2.1", 5, "fail"}, {"192.0.2.1", 5, "fail"}}),
      "google.com");
  const auto facts = facts_of_week(*db_);
  EXPECT_TRUE(facts.is_whole);
  EXPECT_THAT(facts.unread, IsEmpty());
}

TEST_F(sender_notes_test, made_up_policies_cut_nobodys_days) {
  put(report("1", {{"192.0.2.1", 5}}, today - 1, "quarantine"), "google.com");
  db_->run(
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
      "WHERE i < 20001) INSERT INTO report (proven, author, kind, org, number, "
      "domain, taken, first, last, day, policy, mails, failed, records, "
      "octets, whole, faults) SELECT 1, 'liar.example', 'aggregate', 'org', "
      "'x' || i, domain, taken, first, last, day + 1, 'p=none sp=x' || i, 2, "
      "1, 0, 0, 1, '' FROM n, report WHERE number = '1'");
  const auto facts = facts_of_week(*db_);
  ASSERT_THAT(facts.days, SizeIs(2));
  EXPECT_EQ(facts.days[0].mails, 40'002U);
  EXPECT_EQ(facts.days[0].policy, "p=none");
  EXPECT_EQ(facts.days[1].policy, "p=quarantine");
}

TEST_F(sender_notes_test, what_was_told_is_remembered_and_bounded) {
  EXPECT_FALSE(told_at(*db_, "example.jp", "mail", ""));
  note_told(*db_, "example.jp", "mail", "", 5);
  note_told(*db_, "example.jp", "mail", "", 7);
  EXPECT_EQ(told_at(*db_, "example.jp", "mail", ""), 7);
  sqlite::transaction t(*db_, sqlite::purpose::write);
  for (int i = 0; i < 1'010; ++i)
    note_told(*db_, "example.jp", "sender", std::to_string(i), i);
  t.commit();
  const auto names = told_names(*db_, "example.jp", "sender");
  ASSERT_THAT(names, SizeIs(1'000));
  EXPECT_EQ(names.front(), "10");
}

}  // namespace
}  // namespace mekiki::store

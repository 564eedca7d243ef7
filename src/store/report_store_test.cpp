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

/// Of so many addresses.
std::vector<reports::aggregate_record> records(std::uint32_t number,
                                               std::uint64_t count = 1,
                                               std::uint8_t net = 10) {
  std::vector<reports::aggregate_record> out;
  for (std::uint32_t i = 0; i < number; ++i)
    out.push_back(record(
        fmt::format("{}.{}.{}.{}", net, i >> 16U, i >> 8U & 255U, i & 255U),
        count, "pass", "fail"));
  return out;
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
  EXPECT_EQ(put(truth, nobody), report_fate::differs);
  EXPECT_EQ(sending().unproven_reports, 1);
  EXPECT_EQ(put(truth), report_fate::kept);
  EXPECT_THAT(sending().sources, SizeIs(1));
  // The lie is no copy, but nor is it anybody's report.
  EXPECT_EQ(sending().unproven_reports, 1);
  EXPECT_EQ(put(lie, nobody), report_fate::known);
  EXPECT_EQ(put(truth, nobody), report_fate::known);
  // A true copy makes way.
  const auto third = report("3", {record("192.0.2.1", 1, "pass", "pass")});
  EXPECT_EQ(put(third, nobody), report_fate::kept);
  EXPECT_EQ(put(third), report_fate::kept);
  EXPECT_EQ(sending().unproven_reports, 1);
  // Nor one that is proven to come from somebody else.
  EXPECT_EQ(put(report("2", {record("192.0.2.66", 9, "pass", "pass")}),
                {.is_proven = true, .author = "forger.example"}),
            report_fate::kept);
  EXPECT_EQ(put(report("2", {record("192.0.2.1", 1, "pass", "pass")})),
            report_fate::kept);
}

TEST_F(report_store_test, a_report_in_pieces_is_whole_or_not_shown) {
  const auto many = records(1'200, 2);
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
  EXPECT_LE(db.number("SELECT octets FROM report_room WHERE room = 0"), 5'000);
  EXPECT_LE(db.number("SELECT sum(octets) FROM report "
                      "WHERE author = 'forger.example'"),
            10'000);
}

// Many names do not make many authors, and many authors displace each other.
TEST_F(report_store_test, a_forger_of_many_domains_displaces_himself) {
  const auto large = records(60);
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
    EXPECT_LE(db.number("SELECT octets FROM report_room WHERE room = 1"),
              60'000)
        << at;
  }
}

TEST_F(report_store_test, a_large_report_is_given_up_at_a_stop) {
  bool is_over = true;
  open({.is_over = [&is_over] { return is_over; }});
  const auto many = records(2'000);
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
  const auto many = records(200);
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
  EXPECT_EQ(s.sources[0].mails, 10'000'000'000u);
  EXPECT_EQ(s.sources[0].signer, "d__e");
}

// An id is not cut, and nothing else is taken for a copy.
TEST_F(report_store_test, knows_a_report_by_all_of_its_id) {
  const auto one = record("192.0.2.1", 10, "pass", "pass");
  for (const std::size_t length : {255U, 990U}) {
    const std::string begin(length, 'x');
    EXPECT_EQ(put(report(begin + "1", {one})), report_fate::kept) << length;
    EXPECT_EQ(put(report(begin + "2", {one})), report_fate::kept) << length;
    EXPECT_EQ(put(report(begin + "2", {one})), report_fate::known) << length;
  }
  EXPECT_EQ(put(report("a b", {one})), report_fate::kept);
  EXPECT_EQ(put(report("a\tb", {one})), report_fate::kept);
  EXPECT_EQ(put(report("<a b>", {one})), report_fate::known);
  auto about = report("a b", {one});
  auto& domain = std::get<reports::aggregate_report>(about.what).policy.domain;
  domain = "EXAMPLE.JP.";
  EXPECT_EQ(put(about), report_fate::known);
  // The parser cut it: nobody knows what came then.
  const std::string cut(1'000, 'x');
  EXPECT_EQ(put(report(cut, {one})), report_fate::kept);
  EXPECT_EQ(put(report(cut, {one})), report_fate::known);
  EXPECT_EQ(put(report(cut, {record("192.0.2.2", 1, "pass", "pass")})),
            report_fate::kept);
}

TEST_F(report_store_test, what_says_something_else_is_no_copy) {
  const auto one = record("192.0.2.1", 10, "pass", "pass");
  EXPECT_EQ(put(report("1", {one})), report_fate::kept);
  auto other = one;
  other.count = 11;
  EXPECT_EQ(put(report("1", {other})), report_fate::differs);
  EXPECT_EQ(put(report("1", {other}), nobody), report_fate::differs);
  EXPECT_EQ(put(report("1", {one}, today * day + 1)), report_fate::differs);
  EXPECT_EQ(sending().days.at(0).passed, 10u);
}

TEST_F(report_store_test, a_whole_report_takes_the_place_of_one_that_was_cut) {
  const std::vector whole{record("192.0.2.1", 10, "pass", "pass"),
                          record("192.0.2.2", 5, "pass", "pass")};
  auto cut = report("1", {whole[0]});
  cut.warnings = {{.what = reports::fault::no_policy, .example = {}},
                  {.what = reports::fault::cut, .example = {}}};
  EXPECT_EQ(put(cut), report_fate::kept);
  EXPECT_EQ(put(cut), report_fate::known);
  EXPECT_EQ(put(report("1", whole), nobody), report_fate::differs);
  EXPECT_EQ(put(report("1", whole)), report_fate::kept);
  EXPECT_EQ(put(cut), report_fate::differs);
  EXPECT_EQ(sending().days.at(0).passed, 15u);
  EXPECT_EQ(sending().reports, 1);
}

TEST_F(report_store_test, equal_rows_are_one) {
  auto reason = record("192.0.2.1", 4, "pass", "pass");
  reason.reasons = {{.type = "other", .comment = "x"}};
  put(report("1", {record("192.0.2.1", 1, "pass", "pass"), reason,
                   record("192.0.2.2", 1, "pass", "pass"),
                   record("192.0.2.1", 2, "pass", "pass"),
                   record("192.0.2.1", 3, "pass", "fail")}));
  auto db = read();
  const auto s = read_report_source(db, "example.jp", "192.0.2.1", always);
  EXPECT_EQ(s.sum.mails, 10u);
  std::vector<std::int64_t> mails;
  for (const auto& row : s.rows) mails.push_back(row.mails);
  EXPECT_THAT(mails, testing::UnorderedElementsAre(3, 3, 4));
  EXPECT_EQ(rows("report_row"), 4);
  EXPECT_EQ(read_kept_reports(db, "example.jp", always, 0, 9).at(0).records, 5);
}

// Whatever a report says, few addresses have sums of their own: those with the
// most mails. The rest is in the totals.
TEST_F(report_store_test, sums_no_more_addresses_than_can_be_shown) {
  auto many = records(20'000);
  for (auto& r : many) r.disposition = "reject";
  many.push_back(record("192.0.2.1", 50, "pass", "pass"));
  const report_origin forger{.is_proven = true, .author = "forger.example"};
  put(report("1", many), forger);
  EXPECT_EQ(rows("report_sum"), 1'000);
  EXPECT_EQ(rows("report_seen"), 1'000);
  // Another report of the same day by that author has none.
  put(report("2", records(3'000, 1, 11)), forger);
  EXPECT_EQ(rows("report_sum"), 1'000);
  // Those of others do.
  put(report("3", {record("192.0.2.7", 7, "pass", "pass")}));
  const reported_sending s = sending();
  EXPECT_EQ(s.days.at(0).passed, 23'057u);
  ASSERT_EQ(s.sources.size(), 1'001u);
  const auto largest =
      std::ranges::max_element(s.sources, {}, &reports::source::mails);
  EXPECT_EQ(largest->address, "192.0.2.1");
  EXPECT_EQ(s.others.mails, 22'001u);
  EXPECT_EQ(s.others.passed, 22'001u);
  EXPECT_EQ(s.others.dkim, 22'001u);
  EXPECT_EQ(s.others.spf, 0u);
  // The DNS is asked about these alone.
  const auto open = store_->open_sources(5'000);
  ASSERT_TRUE(open);
  EXPECT_THAT(*open, SizeIs(1'001));
  EXPECT_EQ(read().number("SELECT count(*) FROM report_source WHERE due = 0"),
            1'001);
  // Nor do many authors take more than a day has.
  for (int i = 0; i < 6; ++i)
    put(report("a" + std::to_string(i),
               records(1'000, 1, static_cast<std::uint8_t>(20 + i))),
        {.is_proven = true, .author = fmt::format("f{}.example", i)});
  EXPECT_LE(rows("report_sum"), 4'000);
  EXPECT_EQ(sending().days.at(0).passed, 29'057u);
}

/// With a signature of that domain that passed.
reports::aggregate_record signed_by(const std::string& domain,
                                    const std::string& address = "192.0.2.1") {
  auto r = record(address, 1, "fail", "fail");
  r.dkim_results = {{.domain = domain, .selector = "s", .result = "pass"}};
  r.spf_results = {{.domain = domain, .scope = "mfrom", .result = "pass"}};
  return r;
}

// Who profits: a forger who is put among senders that are ours, or whose mails
// pass.
TEST_F(report_store_test, only_large_providers_name_a_sender) {
  const auto from = [](const char* author) {
    return report_origin{.is_proven = true, .author = author};
  };
  const auto names = [&] {
    std::vector<std::string> out;
    for (const reports::source& s : sending().sources)
      out.push_back(fmt::format("{} {} {}", s.address, s.signer, s.sender));
    std::ranges::sort(out);
    return out;
  };
  // Where none reports, the first name stays.
  put(report("1", {signed_by("a.example")}), from("small.example"));
  put(report("2", {signed_by("liar.example")}), from("liar.example"));
  EXPECT_THAT(names(), ElementsAre("192.0.2.1 a.example a.example"));
  // With its first report nothing of theirs is left.
  put(report("3", {signed_by("b.example", "192.0.2.2")}), from("google.com"));
  EXPECT_THAT(names(),
              ElementsAre("192.0.2.1  ", "192.0.2.2 b.example b.example"));
  put(report("4", {signed_by("liar.example"),
                   signed_by("liar.example", "192.0.2.2")}),
      from("liar.example"));
  EXPECT_THAT(names(),
              ElementsAre("192.0.2.1  ", "192.0.2.2 b.example b.example"));
  put(report("5",
             {signed_by("c.example"), signed_by("c.example", "192.0.2.2")}),
      from("microsoft.com"));
  EXPECT_THAT(names(), ElementsAre("192.0.2.1 c.example c.example",
                                   "192.0.2.2 b.example b.example"));
}

TEST_F(report_store_test, of_large_reports_nothing_is_left_either) {
  open({.octets = 2'000'000});
  for (int i = 0; i < 12; ++i) {
    clock_.advance(std::chrono::minutes(11));
    EXPECT_EQ(put(report(std::to_string(i), records(2'000)),
                  {.is_proven = true, .author = fmt::format("r{}.example", i)}),
              report_fate::kept);
  }
  auto db = read();
  const auto kept = db.number("SELECT count(*) FROM report");
  ASSERT_LT(kept, 12);
  EXPECT_EQ(db.number("SELECT sum(mails) FROM report_day"), kept * 2'000);
  EXPECT_EQ(db.number("SELECT count(*) FROM report_source WHERE due = 0"),
            db.number("SELECT count(*) FROM report_seen"));
  EXPECT_EQ(db.number("SELECT sum(records) FROM report_sum"),
            db.number("SELECT sum(summed) FROM report"));
}

TEST_F(report_store_test, domains_of_others_displace_none_of_ours) {
  open({.octets = 40'000, .ours = {"example.jp", "our.example"}});
  const auto about = [&](const std::string& domain, int i) {
    auto r = report(domain + std::to_string(i),
                    {record("192.0.2.1", 1, "pass", "pass")});
    std::get<reports::aggregate_report>(r.what).policy.domain = domain;
    return r;
  };
  put(about("sub.our.example", 0));
  put(about("our.example", 0));
  put(about("not-our.example", 0));
  for (int i = 0; i < 400; ++i)
    put(about(fmt::format("a{}.example", i), i),
        {.is_proven = true, .author = fmt::format("f{}.example", i)});
  auto db = read();
  EXPECT_LE(db.number("SELECT sum(octets) FROM report WHERE room = 2"), 5'000);
  const auto shown = read_reported_domains(db, {"example.jp", "our.example"});
  ASSERT_GT(shown.size(), 5u);
  EXPECT_EQ(shown[0].name, "our.example");
  EXPECT_EQ(shown[0].reports, 1);
  EXPECT_EQ(shown[0].last, today);
  EXPECT_TRUE(shown[0].is_proven);
  EXPECT_EQ(shown[1].name, "sub.our.example");
  EXPECT_EQ(std::ranges::count(shown, "our.example", &reported_domain::name),
            1);
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
  put(report("1", records(5'000)));
  // The estimate is never below what they take by more than a fifth.
  EXPECT_LT(limit.used(), before + octets_of_reports(db) / 5);
}

}  // namespace
}  // namespace mekiki::store

#include "daemon/seen_domain.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/test_domain_zones.hpp"
#include "dns/test_zone.hpp"

namespace mekiki::daemon {
namespace {

using dns::test::make_zone;
using dns::test::run;
using test::good_zone;
using test::open_zone;
using test::silent_zone;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

records::domain_report report_of(std::string_view text) {
  const auto zone = make_zone(text);
  return run(records::check_domain("example.jp", {}, *zone));
}

constexpr std::int64_t now = 1'800'000'000;
constexpr std::int64_t hour = 3600;

/// What a first look remembers.
seen_domain first_look(std::string_view zone) {
  return look_again({}, report_of(zone), now);
}

/// The lines of the log for what a later look adds.
std::vector<std::string> told(const seen_domain& before,
                              const seen_domain& after) {
  std::vector<std::string> out;
  for (std::size_t i = before.changes.size(); i < after.changes.size(); ++i)
    out.push_back(event_of("example.jp", after.changes[i]).text);
  return out;
}
std::vector<std::string> told(const seen_domain& before,
                              std::string_view zone) {
  return told(before, look_again(before, report_of(zone), now + hour));
}

TEST(look_again, tells_what_broke_and_what_was_mended) {
  const seen_domain good = first_look(good_zone);
  const seen_domain open = first_look(open_zone);

  EXPECT_THAT(told({}, good),
              ElementsAre("domain example.jp: watched from now on; grade ok"));
  EXPECT_EQ(good.policy, "reject");
  EXPECT_TRUE(good.parked);
  EXPECT_FALSE(open.parked);
  EXPECT_THAT(told(good, good_zone), IsEmpty());
  EXPECT_THAT(told(open, open_zone), IsEmpty());
  EXPECT_THAT(
      told(good, open_zone),
      ElementsAre(
          "domain example.jp: DMARC changed from v=DMARC1; p=reject to "
          "v=DMARC1; p=reject; rua=mailto:r@reader.example",
          "domain example.jp: SPF changed from v=spf1 -all to v=spf1 +all",
          "domain example.jp: spf-allows-all (example.jp TXT): The term +all "
          "in the record of example.jp lets every host in the world send as "
          "this domain.",
          "domain example.jp: grade bad, was ok"));
  const seen_domain broke = look_again(good, report_of(open_zone), now + hour);
  EXPECT_EQ(event_of("example.jp", broke.changes[3]).how, records::level::bad);
  EXPECT_EQ(broke.changes[3].at, now + hour);
  EXPECT_THAT(
      told(open, good_zone),
      Contains("domain example.jp: mended: spf-allows-all (example.jp TXT)"));
}

TEST(look_again, takes_nothing_for_gone_that_was_not_answered) {
  const seen_domain before = first_look(open_zone);
  EXPECT_THAT(told(before, silent_zone), IsEmpty());
  const seen_domain after =
      look_again(before, report_of(silent_zone), now + hour);
  EXPECT_EQ(after.records, before.records);
  EXPECT_EQ(after.findings, before.findings);
  EXPECT_EQ(after.silent_since, now + hour);
  EXPECT_EQ(first_look(silent_zone).grade, "");
}

// Whoever has taken over a zone would like nobody to be told.
TEST(look_again, tells_of_records_though_what_they_lead_to_is_silent) {
  const seen_domain good = first_look(good_zone);
  const auto lines = told(good,
                          R"({"example.jp": {"MX": [[0, "."]],
             "TXT": ["v=spf1 include:silent.example +all"]},
          "silent.example": {"*": {"error": "TIMEOUT"}},
          "_dmarc.example.jp": {"TXT": ["v=DMARC1; p=reject"]}})");
  EXPECT_THAT(lines,
              Contains("domain example.jp: SPF changed from v=spf1 -all to "
                       "v=spf1 include:silent.example +all"));
  EXPECT_THAT(lines, Contains(::testing::HasSubstr("spf-allows-all")));
}

TEST(look_again, tells_of_a_silence_that_lasts_once) {
  seen_domain seen = first_look(good_zone);
  std::vector<std::string> lines;
  for (int i = 1; i <= 30; ++i) {
    const seen_domain next = look_again(
        seen, report_of(i == 30 ? good_zone : silent_zone), now + i * hour);
    for (std::string& line : told(seen, next))
      lines.push_back(fmt::format("{} {}", i, line));
    seen = next;
  }
  EXPECT_THAT(lines,
              ElementsAre("4 domain example.jp: the DNS has not answered for "
                          "some of its records for hours",
                          "30 domain example.jp: the DNS answers again"));
  EXPECT_EQ(seen.silent_since, 0);
}

records::domain_report with_keys(
    std::string_view zone, const std::vector<records::remembered_key>& keys) {
  const auto resolver = make_zone(zone);
  return run(records::check_domain(
      "example.jp", {.keys = {.remembered = keys, .now = now}, .arrived = {}},
      *resolver));
}

TEST(look_again, tells_of_keys_that_come_and_go) {
  const std::string zone =
      R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
          "s1._domainkey.example.jp": {"TXT": ["v=DKIM1; p="]},
          "_dmarc.example.jp": {"TXT": ["v=DMARC1; p=reject"]}})";
  const seen_domain none = first_look(good_zone);
  const seen_domain one =
      look_again(none, with_keys(zone, {{"s1", "", 0, 0}}), now);
  EXPECT_THAT(told(none, one),
              Contains("domain example.jp: DKIM s1 changed from (none) to "
                       "v=DKIM1; p="));
  const seen_domain gone =
      look_again(one, with_keys(good_zone, {{"s1", "", 0, 0}}), now);
  EXPECT_THAT(told(one, gone),
              Contains("domain example.jp: DKIM s1 changed from v=DKIM1; p= "
                       "to (none)"));
  EXPECT_FALSE(gone.records.contains("DKIM s1"));
}

TEST(look_again, keeps_little_whatever_strangers_publish) {
  seen_domain seen = first_look(good_zone);
  seen = look_again(seen, report_of(open_zone), now);
  for (int i = 0; i < 100; ++i) {
    const std::string zone = fmt::format(
        R"({{"example.jp": {{"MX": [[0, "."]],
            "TXT": ["v=spf1 include:a{0}.example include:b{0}.example
                     include:silent.example -all"]}},
            "silent.example": {{"*": {{"error": "TIMEOUT"}}}},
            "_dmarc.example.jp": {{"TXT": ["v=DMARC1; p=reject"]}}}})",
        i);
    std::string flat = zone;
    std::erase(flat, '\n');
    seen = look_again(seen, report_of(flat), now + i);
  }
  EXPECT_LE(seen.changes.size(), 30U);
  EXPECT_LE(seen.findings.size(), 310U);
  EXPECT_TRUE(std::ranges::any_of(seen.changes, [](const auto& c) {
    return c.what == notify::domain_change::kind::record;
  }));
  const std::string longest(60'000, 'x');
  records::domain_report report = report_of(good_zone);
  report.spf.root.text = longest;
  const seen_domain cut = look_again(seen, report, now);
  EXPECT_LT(cut.records.at("SPF").size(), 1200U);
  report.spf.root.text.back() = 'y';
  EXPECT_NE(look_again(seen, report, now).records.at("SPF"),
            cut.records.at("SPF"));
}

// Findings come and go with what a stranger publishes; a record does not.
TEST(look_again, keeps_a_changed_record_longer_than_what_strangers_do) {
  seen_domain seen = first_look(good_zone);
  seen = look_again(seen, report_of(open_zone), now);
  records::domain_report flapping = report_of(open_zone);
  for (int i = 0; i < 40; ++i) {
    flapping.findings.clear();
    flapping.findings.push_back({records::finding_id::spf_include_broken,
                                 "example.jp TXT",
                                 {std::to_string(i)},
                                 {}});
    flapping.findings.back().record = fmt::format("{}.example TXT", i);
    seen = look_again(seen, flapping, now + i);
  }
  EXPECT_EQ(seen.changes.size(), 30U);
  EXPECT_TRUE(std::ranges::any_of(seen.changes, [](const auto& c) {
    return c.name == "SPF" && c.is == "v=spf1 +all";
  }));
}

TEST(look_again, calls_nothing_mended_while_a_part_is_silent) {
  const seen_domain before = first_look(open_zone);
  const seen_domain after = look_again(
      before,
      report_of(
          R"({"example.jp": {"MX": [[0, "."]], "TXT": {"error": "TIMEOUT"}},
              "_dmarc.example.jp": {"TXT":
                  ["v=DMARC1; p=reject; rua=mailto:r@reader.example"]},
              "reader.example": {"MX": [[1, "mx.reader.example"]]},
              "example.jp._report._dmarc.reader.example": {"TXT":
                  ["v=DMARC1"]}})"),
      now + hour);
  EXPECT_THAT(told(before, after), IsEmpty());
  EXPECT_EQ(after.findings, before.findings);
  EXPECT_EQ(after.grade, "bad");
}

TEST(look_again, tells_twenty_findings_at_once_and_the_worst_of_them) {
  const seen_domain before = first_look(good_zone);
  records::domain_report many = report_of(good_zone);
  for (int i = 0; i < 40; ++i) {
    many.findings.push_back({records::finding_id::spf_void_lookup,
                             fmt::format("a{}.example TXT", i),
                             {},
                             {}});
  }
  many.findings.push_back(
      {records::finding_id::spf_loop, "z.example TXT", {}, {}});
  const seen_domain after = look_again(before, many, now + hour);
  EXPECT_EQ(
      std::ranges::count(after.changes, notify::domain_change::kind::finding,
                         &notify::domain_change::what),
      20);
  EXPECT_TRUE(std::ranges::any_of(
      after.changes, [](const auto& c) { return c.name == "spf-loop"; }));
}

TEST(look_again, does_not_call_changed_what_it_never_knew) {
  const seen_domain before = first_look(
      R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
          "_dmarc.example.jp": {"*": {"error": "TIMEOUT"}}})");
  EXPECT_EQ(before.grade, "ok");
  EXPECT_FALSE(before.records.contains("DMARC"));
  EXPECT_THAT(told(before, good_zone), IsEmpty());
  EXPECT_EQ(look_again(before, report_of(good_zone), now).policy, "reject");
}

TEST(seen_domains, are_read_as_they_were_written) {
  seen_domain rich =
      look_again(first_look(good_zone), report_of(open_zone), now + hour);
  rich.silent_since = now;
  rich.silence_told = true;
  rich.changes.back().told = true;
  rich.told["record SPF"] = now;
  const seen_domains all{{"example.jp", rich}, {"other.example", {}}};
  const auto again = parse_seen_domains(format(all));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, all);
  const auto old = parse_seen_domains(
      R"({"a": {"grade": "ok", "records": {"SPF": "x"}, "findings": ["y z"]}})");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->at("a").records.at("SPF"), "x");
  for (const std::string_view wrong :
       {"", "[]", "{\"a\": 1}", "{\"a\": {}}",
        R"({"a": {"grade": 1, "records": {}, "findings": []}})",
        R"({"a": {"grade": "ok", "records": {"b": 1}, "findings": []}})",
        R"({"a": {"grade": "ok", "records": {}, "findings": [1]}})",
        R"({"a": {"grade": "ok", "records": {}, "findings": [],
                  "changes": [{"what": "no such"}]}})",
        R"({"a": {"grade": "ok", "records": {}, "findings": [],
                  "told": {"record SPF": "x"}}})",
        R"({"a": {"grade": "ok", "records": {}, "findings": [],
                  "changes": {}}})",
        R"({"a": {"grade": "ok", "records": {}, "findings": [],
                  "checked": "x"}})"})
    EXPECT_FALSE(parse_seen_domains(wrong)) << wrong;
}

}  // namespace
}  // namespace mekiki::daemon

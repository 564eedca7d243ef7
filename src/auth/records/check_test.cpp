#include "auth/records/check.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/replace_all.hpp"
#include "base/small_file.hpp"
#include "base/test_paths.hpp"
#include "dns/limited_resolver.hpp"
#include "dns/test_zone.hpp"

namespace mekiki::records {
namespace {

using dns::test::make_zone;
using dns::test::run;

namespace json = boost::json;

using names = std::vector<std::string>;

domain_report check(std::string_view zone, const std::string& domain,
                    const std::vector<std::string>& selectors = {}) {
  const auto resolver = make_zone(zone);
  return run(check_domain(
      domain, {.keys = {.selectors = selectors}, .arrived = {}}, *resolver));
}

names ids(const domain_report& report) {
  names out;
  for (const finding& f : report.findings) out.emplace_back(to_string(f.id));
  std::ranges::sort(out);
  return out;
}

json::object read_cases() {
  const auto text = read_small_file(
      std::filesystem::path(test_paths::testdata) / "records/faults.json",
      4 << 20);
  if (!text)
    throw std::runtime_error(text.error());
  return json::parse(*text).as_object();
}

/// The zone of a case: the honest one, with what the case changes.
json::object zone_of(const json::object& all, const json::object& one) {
  json::object zone = all.at("honest").as_object();
  for (const auto& [name, records] : one.at("zone").as_object()) {
    if (records.is_null())
      zone.erase(name);
    else
      zone[name] = records;
  }
  return zone;
}

std::string text_of(const json::value& value, const std::string& domain) {
  std::string out = json::serialize(value);
  replace_all(out, "{D}", domain);
  return out;
}

names strings(const json::value& list) {
  names out;
  for (const json::value& each : list.as_array())
    out.emplace_back(each.as_string());
  std::ranges::sort(out);
  return out;
}

// Each zone has the fault that its name tells, and the finding of that fault is
// all that is found; the honest ones have none.
TEST(check_domain, finds_the_fault_and_no_other) {
  const json::object all = read_cases();
  std::set<std::string> seen;
  for (const json::value& value : all.at("cases").as_array()) {
    const json::object& one = value.as_object();
    const std::string domain(one.at("domain").as_string());
    EXPECT_TRUE(seen.insert(domain).second) << domain;
    const std::string zone = text_of(zone_of(all, one), domain);
    const domain_report report =
        check(zone, domain, strings(one.at("selectors")));
    const names wanted = strings(one.at("findings"));
    EXPECT_EQ(ids(report), wanted) << domain;
    level worst = level::info;
    for (const finding& f : report.findings)
      worst = std::max(worst, level_of(f.id));
    EXPECT_EQ(grade(report.findings),
              worst == level::info ? "ok" : to_string(worst))
        << domain;
  }
  EXPECT_GE(seen.size(), 60U);
}

// Every finding has a zone that shows it, but for those that a zone file cannot
// bring about, or that need a past.
TEST(check_domain, has_a_zone_for_each_finding) {
  std::set<std::string> wanted;
  for (std::size_t i = 0; i < finding_count; ++i)
    wanted.emplace(to_string(static_cast<finding_id>(i)));
  const json::object all = read_cases();
  for (const json::value& one : all.at("cases").as_array()) {
    for (const std::string& id : strings(one.as_object().at("findings")))
      wanted.erase(id);
  }
  EXPECT_EQ(wanted, (std::set<std::string>{"dkim-key-old", "dmarc-rfcs-differ",
                                           "dnssec-bogus", "domain-missing"}));
}

// What is to be published instead has none of the faults of its record.
TEST(check_domain, repairs_what_it_finds) {
  const json::object all = read_cases();
  std::size_t repaired = 0;
  for (const json::value& value : all.at("cases").as_array()) {
    const json::object& one = value.as_object();
    const std::string domain(one.at("domain").as_string());
    json::object zone =
        json::parse(text_of(zone_of(all, one), domain)).as_object();
    const domain_report before =
        check(json::serialize(zone), domain, strings(one.at("selectors")));
    for (const finding& f : before.findings) {
      // The record at the wrong place has to be removed besides.
      if (f.publish.empty() || f.id == finding_id::dmarc_misplaced)
        continue;
      ++repaired;
      json::object after = zone;
      for (const zone_line& line : f.publish) {
        json::value& there = after[line.name];
        if (!there.is_object())
          there = json::object{};
        std::string_view data = line.data;
        if (line.type == dns::record_type::ptr)
          data.remove_suffix(1);
        there.as_object()[to_string(line.type)] =
            json::array{json::value(data)};
      }
      const domain_report then =
          check(json::serialize(after), domain, strings(one.at("selectors")));
      for (const finding& g : then.findings)
        EXPECT_FALSE(g.id == f.id && g.record == f.record)
            << domain << ' ' << to_string(f.id) << ' '
            << f.publish.front().data;
    }
  }
  EXPECT_GE(repaired, 40U);
}

// RFC 8463 A.2
constexpr std::string_view ed25519_key =
    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
// RFC 6376 C
constexpr std::string_view rsa_key =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fW"
    "n7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/"
    "RtdC2UzJ1lWT947qR+Rcac"
    "2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";

constexpr std::int64_t today = 1'800'000'000;
constexpr std::int64_t day = 86'400;

domain_report check_keys(const std::string& zone, known_keys keys) {
  const auto resolver = make_zone(zone);
  return run(check_domain("example.jp",
                          {.keys = std::move(keys), .arrived = {}}, *resolver));
}

std::vector<std::string> selectors(const domain_report& report) {
  std::vector<std::string> out;
  for (const dkim_key& key : report.dkim) out.push_back(key.selector);
  return out;
}

bool has(const domain_report& report, finding_id id) {
  return std::ranges::any_of(report.findings,
                             [id](const finding& f) { return f.id == id; });
}

TEST(dkim_keys, are_as_old_as_their_key_and_not_as_their_selector) {
  const std::string zone = fmt::format(R"({{"s1._domainkey.example.jp": {{"TXT":
                      ["v=DKIM1; k=rsa; p={}"]}}, "example.jp": {{}}}})",
                                       rsa_key);
  struct test_case {
    std::string_view name;
    std::vector<remembered_key> remembered;
    std::optional<std::int64_t> first;
    bool is_old;
  };
  const std::string same = fmt::format("p={}", rsa_key);  // written otherwise
  const std::string other =
      fmt::format("v=DKIM1; k=ed25519; p={}", ed25519_key);
  const test_case cases[] = {
      {"nothing is remembered", {}, std::nullopt, false},
      {"of a year ago to the second",
       {{"s1", same, today - old_key, today}},
       today - old_key,
       false},
      {"older",
       {{"s1", same, today - old_key - 1, today}},
       today - old_key - 1,
       true},
      {"the key was changed under its selector",
       {{"s1", other, today - 900 * day, today - day},
        {"s1", same, today - day, today}},
       today - day,
       false},
      {"another selector had the key",
       {{"s1", same, today - day, today}, {"s0", same, 1, today}},
       today - day,
       false},
      {"under two texts",
       {{"s1", same, today - 5 * day, today},
        {"S1", "k=rsa; " + same, today - 400 * day, today - 300 * day}},
       today - 400 * day,
       true},
      {"what is remembered cannot be read",
       {{"s1", "p=*", 1, today}},
       std::nullopt,
       false},
  };
  for (const test_case& c : cases) {
    const domain_report report = check_keys(
        zone, {.selectors = {"s1"}, .remembered = c.remembered, .now = today});
    ASSERT_FALSE(report.dkim.empty()) << c.name;
    EXPECT_EQ(report.dkim.front().first_seen, c.first) << c.name;
    EXPECT_EQ(has(report, finding_id::dkim_key_old), c.is_old) << c.name;
  }
}

TEST(dkim_keys, that_are_gone_are_missed_while_mails_may_need_them) {
  const std::string zone = R"({"example.jp": {}, "other.example": {}})";
  const std::string text = fmt::format("p={}", rsa_key);
  const remembered_key late{"s1", text, 1, today - retired_after + 1};
  const remembered_key retired{"s2", text, 1, today - retired_after};
  const domain_report report =
      check_keys(zone, {.remembered = {late, retired}, .now = today});
  EXPECT_EQ(selectors(report), std::vector<std::string>{"s1"});
  EXPECT_TRUE(has(report, finding_id::dkim_key_missing));
  const domain_report named = check_keys(
      zone, {.selectors = {"S2"}, .remembered = {retired}, .now = today});
  EXPECT_EQ(selectors(named), std::vector<std::string>{"S2"});
}

TEST(google_rules, are_unknown_where_nothing_shows_them) {
  const auto resolver = make_zone(
      R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
          "_dmarc.example.jp": {"TXT": ["v=DMARC1; p=reject"]}})");
  const auto aligned = [&](std::optional<arrived_mails> arrived) {
    const domain_report report = run(check_domain(
        "example.jp", {.keys = {}, .arrived = arrived}, *resolver));
    std::optional<bool> out = false;
    for (const rule_result& r : report.google) {
      if (r.rule == sender_rule::aligned)
        out = r.holds;
      if (r.rule == sender_rule::tls || r.rule == sender_rule::spam_rate ||
          r.rule == sender_rule::one_click_unsubscribe) {
        EXPECT_EQ(r.holds, std::nullopt) << to_string(r.rule);
      }
    }
    return out;
  };
  EXPECT_EQ(aligned(std::nullopt), std::nullopt);
  EXPECT_EQ(aligned(arrived_mails{0, 0}), std::nullopt);
  EXPECT_EQ(aligned(arrived_mails{9, 0}), std::nullopt);
  EXPECT_EQ(aligned(arrived_mails{10, 0}), true);
  EXPECT_EQ(aligned(arrived_mails{10'000, 1}), std::nullopt);
}

TEST(check_domain, says_that_a_domain_does_not_exist) {
  const domain_report report = check("{}", "missing.example");
  EXPECT_FALSE(report.exists);
  EXPECT_EQ(ids(report), names{"domain-missing"});
  EXPECT_EQ(grade(report.findings), "bad");
}

// RFC 9989 4.10: the walk takes the topmost record; RFC 7489 knows only the
// domain itself and the one below the public suffix.
TEST(check_domain, tells_where_the_rfcs_differ) {
  const domain_report report = check(
      R"({"a.b.example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
          "_dmarc.b.example.jp": {"TXT":
              ["v=DMARC1; p=reject; rua=mailto:r@b.example.jp"]},
          "b.example.jp": {"MX": [[1, "mx.b.example.jp"]]}})",
      "a.b.example.jp");
  EXPECT_EQ(ids(report), names{"dmarc-rfcs-differ"});
  EXPECT_EQ(report.dmarc.found.org_domain, "b.example.jp");
  EXPECT_EQ(report.dmarc.older.org_domain, "example.jp");
}

TEST(check_domain, tells_the_policies_of_names_below) {
  const domain_report report = check(
      R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
          "_dmarc.example.jp": {"TXT": ["v=DMARC1; p=reject; sp=quarantine; np=none; rua=mailto:r@example.jp"]}})",
      "example.jp");
  EXPECT_EQ(report.dmarc.policy, dmarc::policy::reject);
  EXPECT_EQ(report.dmarc.subdomains, dmarc::policy::quarantine);
  EXPECT_EQ(report.dmarc.nonexistent, dmarc::policy::none);
}

// The record of the organization holds for the sub-domain that is asked about.
TEST(check_domain, takes_the_policy_of_the_organization) {
  const domain_report report = check(
      R"({"mail.example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
          "_dmarc.example.jp": {"TXT":
              ["v=DMARC1; p=reject; sp=quarantine; rua=mailto:r@example.jp"]},
          "example.jp": {"MX": [[1, "mx.example.jp"]]}})",
      "mail.example.jp");
  EXPECT_EQ(ids(report), names{});
  EXPECT_EQ(report.dmarc.found.policy_domain, "example.jp");
  EXPECT_EQ(report.dmarc.policy, dmarc::policy::quarantine);
}

// A zone file says nothing of DNSSEC, nor of reverse names if it holds none.
// Who holds an included zone can make SPF take any number of questions.
TEST(check_domain, asks_for_the_own_records_before_those_of_others) {
  std::string terms;
  for (int i = 0; i < 60; ++i) terms += fmt::format(" a:h{}.esp.example", i);
  const auto zone = make_zone(fmt::format(
      R"({{"example.jp": {{"MX": [[0, "mx.example.jp"]],
                          "TXT": ["v=spf1 include:esp.example -all"]}},
          "esp.example": {{"TXT": ["v=spf1{} -all"]}},
          "_dmarc.example.jp": {{"TXT": ["v=DMARC1; p=none"]}}}})",
      terms));
  const system_clock clock;
  dns::limited_resolver few(
      *zone,
      {.questions = 20, .time = std::chrono::minutes(1), .clock = &clock});
  const domain_report report =
      run(check_domain("example.jp", {.keys = {}, .arrived = {}}, few));
  ASSERT_NE(report.dmarc.record(), nullptr);
  EXPECT_EQ(report.dmarc.record()->text, "v=DMARC1; p=none");
}

TEST(check_domain, is_silent_about_what_it_cannot_know) {
  const domain_report report = check(
      R"({"example.jp": {"MX": [[1, "mx.example.jp"]], "TXT": ["v=spf1 mx -all"]},
          "mx.example.jp": {"A": ["192.0.2.25"]},
          "_dmarc.example.jp": {"TXT":
              ["v=DMARC1; p=reject; rua=mailto:r@example.jp"]}})",
      "example.jp");
  EXPECT_EQ(ids(report), names{});
  EXPECT_EQ(report.others.dnssec, presence::unknown);
  EXPECT_EQ(report.mx.hosts.front().addresses.front().confirmed, std::nullopt);
  EXPECT_EQ(grade(report.findings), "ok");
}

TEST(check_domain, grades_by_the_rules_of_google) {
  const auto holds = [](const domain_report& report) {
    std::vector<std::optional<bool>> out;
    out.reserve(report.google.size());
    for (const rule_result& r : report.google) {
      if (r.rule == sender_rule::spf_or_dkim ||
          r.rule == sender_rule::reverse_names ||
          r.rule == sender_rule::spf_and_dkim ||
          r.rule == sender_rule::dmarc_published)
        out.push_back(r.holds);
    }
    return out;
  };
  using answers = std::vector<std::optional<bool>>;
  const json::object all = read_cases();
  const std::string honest = text_of(all.at("honest"), "honest.example");
  EXPECT_EQ(holds(check(honest, "honest.example", {"s1"})),
            (answers{true, true, true, true}));
  EXPECT_EQ(holds(check(honest, "honest.example")),
            (answers{true, true, std::nullopt, true}));
  EXPECT_EQ(holds(check(honest, "honest.example", {"other"})),
            (answers{true, true, false, true}));
  EXPECT_EQ(holds(check(R"({"example.jp": {"TXT": ["v=spf1 +bad"]}})",
                        "example.jp", {"other"})),
            (answers{false, std::nullopt, false, false}));
}

// A record that every host in the world fits proves nothing.
TEST(check_domain, a_record_that_allows_all_keeps_no_rule) {
  for (const std::string_view spf : {"v=spf1 +all", "v=spf1 mx all"}) {
    const domain_report report =
        check(fmt::format(R"({{"example.jp": {{"TXT": ["{}"]}}}})", spf),
              "example.jp");
    for (const rule_result& r : report.google) {
      if (r.rule == sender_rule::spf_and_dkim)
        EXPECT_EQ(r.holds, false) << spf;
      if (r.rule == sender_rule::spf_or_dkim)
        EXPECT_NE(r.holds, true) << spf;
    }
  }
}

// Where the owner reads reports already.
TEST(check_domain, proposes_the_mailbox_for_reports) {
  const auto zone = make_zone(
      R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 ip4:192.0.2.1 -all"]}})");
  const domain_report report = run(check_domain(
      "example.jp",
      {.keys = {}, .arrived = {}, .report_address = "dmarc@example.jp"},
      *zone));
  const auto missing = std::ranges::find(
      report.findings, finding_id::dmarc_missing, &finding::id);
  ASSERT_NE(missing, report.findings.end());
  ASSERT_FALSE(missing->publish.empty());
  EXPECT_EQ(missing->publish.front().data,
            "v=DMARC1; p=none; rua=mailto:dmarc@example.jp");
}

// Whoever writes thousands of faults into a record gets ten of a kind told.
TEST(check_domain, tells_few_of_many_faults) {
  std::string networks;
  std::string elements;
  for (unsigned i = 0; i < 1000; ++i) {
    networks +=
        " ip4:10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    elements += "; a" + std::to_string(i) + "; b" + std::to_string(i) + "=c";
  }
  const domain_report report = check(
      R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1)" + networks +
          R"( -all"]}, "_dmarc.example.jp": {"TXT": ["v=DMARC1; p=reject)" +
          elements + R"("]}})",
      "example.jp");
  const auto told = [&](finding_id id) {
    return std::ranges::count(report.findings, id, &finding::id);
  };
  EXPECT_EQ(told(finding_id::spf_private_network), 10);
  EXPECT_EQ(told(finding_id::dmarc_not_a_tag), 10);
  EXPECT_EQ(told(finding_id::dmarc_unknown_tag), 10);
  EXPECT_LT(report.findings.size(), 40U);
  // The repair is whole, though not all of it is told.
  for (const finding& f : report.findings) {
    if (f.id == finding_id::dmarc_not_a_tag)
      EXPECT_EQ(f.publish.front().data,
                "v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.jp");
  }
}

// A record to publish is never cut.
TEST(check_domain, publishes_long_records_whole) {
  const std::string address = std::string(200, 'a') + "@example.jp";
  const domain_report report = check(
      R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
          "_dmarc.example.jp": {"TXT": ["v=dmarc1; p=reject; rua=mailto:)" +
          address + R"("]}})",
      "example.jp");
  ASSERT_EQ(ids(report), names{"dmarc-version"});
  EXPECT_EQ(report.findings.front().publish.front().data,
            "v=DMARC1; p=reject; rua=mailto:" + address);
}

/// Answers nothing, and lets time pass at each question.
class silent_resolver final : public dns::resolver {
 public:
  explicit silent_resolver(manual_clock& clock) : clock_(clock) {}

  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question) override {
    ++asked;
    clock_.advance(std::chrono::seconds(5));
    dns::answer none;
    none.status = dns::status::timeout;
    co_return std::make_shared<const dns::answer>(std::move(none));
  }

  std::size_t asked = 0;

 private:
  manual_clock& clock_;
};

TEST(check_domain, ends_though_no_name_server_answers) {
  manual_clock clock{time_point{}};
  silent_resolver silent(clock);
  dns::limited_resolver limited(
      silent,
      {.questions = 1000, .time = std::chrono::seconds(60), .clock = &clock});
  const domain_report report = run(check_domain(
      "example.jp", {.keys = {.selectors = {"s1", "s2"}}, .arrived = {}},
      limited));
  EXPECT_LE(silent.asked, 14U);
  EXPECT_TRUE(std::ranges::all_of(report.findings, [](const finding& f) {
    return f.id == finding_id::dns_no_answer;
  }));
  EXPECT_FALSE(report.findings.empty());
}

}  // namespace
}  // namespace mekiki::records

// The public samples of reports, each case as its manifest says. There are no
// exceptions.
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/test_conformance.hpp"
#include "reports/test_read.hpp"

namespace mekiki::reports {
namespace {

namespace json = boost::json;

std::string text(const json::value& v) {
  return v.is_null() ? "" : std::string(v.as_string());
}

std::string number(const std::optional<std::int64_t>& n) {
  return n ? std::to_string(*n) : "";
}

/// "r (default)" is what holds where nothing is said.
std::string without_remark(std::string value) {
  return value.substr(0, value.find(" ("));
}

std::string field(const aggregate_report& r, std::string_view name) {
  const aggregate_record& record = r.records.at(0);
  const auto dkim = [&] { return record.dkim_results.at(0); };
  const auto spf = [&] { return record.spf_results.at(0); };
  if (name == "org_name")
    return r.org_name;
  if (name == "email")
    return r.email;
  if (name == "extra_contact_info")
    return r.extra_contact_info;
  if (name == "report_id")
    return r.report_id;
  if (name == "generator")
    return r.generator;
  if (name == "domain")
    return r.policy.domain;
  if (name == "p")
    return r.policy.p;
  if (name == "sp")
    return r.policy.sp;
  if (name == "np")
    return r.policy.np;
  if (name == "testing")
    return r.policy.testing;
  if (name == "discovery_method")
    return r.policy.discovery_method;
  if (name == "adkim")
    return r.policy.adkim;
  if (name == "aspf")
    return r.policy.aspf;
  if (name == "pct")
    return r.policy.pct;
  if (name == "fo")
    return r.policy.fo;
  if (name == "record.source_ip")
    return record.source_ip;
  if (name == "record.count")
    return std::to_string(record.count);
  if (name == "record.disposition")
    return record.disposition;
  if (name == "record.dkim")
    return record.dkim;
  if (name == "record.spf")
    return record.spf;
  if (name == "record.auth.dkim.domain")
    return dkim().domain;
  if (name == "record.auth.dkim.selector")
    return dkim().selector;
  if (name == "record.auth.dkim.result")
    return dkim().result;
  if (name == "record.auth.spf.result")
    return spf().result;
  ADD_FAILURE() << "unknown field " << name;
  return "";
}

void expect_summary(const json::object& summary, const report& r) {
  const auto& a = std::get<aggregate_report>(r.what);
  EXPECT_EQ(a.org_name, ascii::trim(text(summary.at("org_name"))));
  EXPECT_EQ(a.report_id, text(summary.at("report_id")));
  EXPECT_EQ(number(a.begin), text(summary.at("begin")));
  EXPECT_EQ(number(a.end), text(summary.at("end")));
  EXPECT_EQ(a.policy.domain, text(summary.at("domain")));
  EXPECT_EQ(a.policy.p, text(summary.at("p")));
  EXPECT_EQ(a.records.size(), summary.at("records").to_number<std::size_t>());
  EXPECT_EQ(messages(r), summary.at("messages").to_number<std::uint64_t>());
}

/// Of the source's decoded form ("Unspecified" is what is not told).
std::string decoded(const json::value& v) {
  if (v.is_null())
    return "";
  if (v.is_bool())
    return v.as_bool() ? "y" : "n";
  if (!v.is_string())
    return json::serialize(v);
  const std::string word = ascii::to_lower(text(v));
  return word == "unspecified" ? "" : word;
}

void expect_decoded(const json::object& whole, const aggregate_report& r) {
  const json::object& metadata = whole.at("report_metadata").as_object();
  EXPECT_EQ(r.email, text(metadata.at("email")));
  const json::object& policy = whole.at("policy_published").as_object();
  EXPECT_EQ(r.policy.sp, decoded(policy.at("sp")));
  const json::array& records = whole.at("record").as_array();
  ASSERT_EQ(r.records.size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const aggregate_record& ours = r.records[i];
    const json::object& row = records[i].at("row").as_object();
    const json::object& evaluated = row.at("policy_evaluated").as_object();
    EXPECT_EQ(ours.source_ip, text(row.at("source_ip")));
    EXPECT_EQ(std::to_string(ours.count), decoded(row.at("count")));
    EXPECT_EQ(ours.disposition, decoded(evaluated.at("disposition")));
    EXPECT_EQ(ours.dkim, decoded(evaluated.at("dkim")));
    EXPECT_EQ(ours.spf, decoded(evaluated.at("spf")));
    EXPECT_EQ(ours.reasons.size(), evaluated.at("reason").as_array().size());
    const json::object& names = records[i].at("identifiers").as_object();
    EXPECT_EQ(ours.header_from, text(names.at("header_from")));
    EXPECT_EQ(ours.envelope_from, text(names.at("envelope_from")));
    const json::object& results = records[i].at("auth_results").as_object();
    const json::array& dkim = results.at("dkim").as_array();
    const json::array& spf = results.at("spf").as_array();
    ASSERT_EQ(ours.dkim_results.size(), dkim.size());
    for (std::size_t k = 0; k < dkim.size(); ++k) {
      EXPECT_EQ(ours.dkim_results[k].domain, text(dkim[k].at("domain")));
      EXPECT_EQ(ours.dkim_results[k].selector, text(dkim[k].at("selector")));
      EXPECT_EQ(ours.dkim_results[k].result, decoded(dkim[k].at("result")));
    }
    ASSERT_EQ(ours.spf_results.size(), spf.size());
    for (std::size_t k = 0; k < spf.size(); ++k) {
      EXPECT_EQ(ours.spf_results[k].domain, text(spf[k].at("domain")));
      EXPECT_EQ(ours.spf_results[k].result, decoded(spf[k].at("result")));
    }
  }
}

TEST(conformance, dmarc_reports) {
  const auto folder = conformance::folder("dmarc-reports");
  if (!std::filesystem::is_directory(folder))
    GTEST_SKIP() << "NOT RUN: no conformance data at " << folder;
  const json::value whole = conformance::manifest("dmarc-reports");
  std::size_t cases = 0;
  for (const json::value& v : whole.at("cases").as_array()) {
    const json::object& test = v.as_object();
    SCOPED_TRACE(text(test.at("id")));
    ++cases;
    const auto found =
        read_all(conformance::read(folder / text(test.at("file"))));
    ASSERT_EQ(found.size(), 1U);
    const json::object& expected = test.at("expect").as_object();
    ASSERT_EQ(found[0].what.has_value(), expected.at("parses").as_bool())
        << shown(found);
    if (!found[0].what)
      continue;
    const report& r = *found[0].what;
    EXPECT_EQ(type_of(r), text(expected.at("report_type")));
    if (test.at("summary").is_object())
      expect_summary(test.at("summary").as_object(), r);
    const auto& a = std::get<aggregate_report>(r.what);
    if (const json::value* fields = expected.if_contains("fields")) {
      for (const auto& [name, value] : fields->as_object()) {
        EXPECT_EQ(field(a, name), value.is_number()
                                      ? json::serialize(value)
                                      : without_remark(text(value)))
            << name;
      }
    }
    if (const json::value* file = test.if_contains("expect_file"))
      expect_decoded(
          json::parse(conformance::read(folder / text(*file))).as_object(), a);
  }
  EXPECT_EQ(cases, whole.at("count").to_number<std::size_t>());
}

TEST(conformance, arf_reports) {
  const auto folder = conformance::folder("arf-reports");
  if (!std::filesystem::is_directory(folder))
    GTEST_SKIP() << "NOT RUN: no conformance data at " << folder;
  const json::value whole = conformance::manifest("arf-reports");
  std::size_t cases = 0;
  for (const json::value& v : whole.at("cases").as_array()) {
    const json::object& test = v.as_object();
    SCOPED_TRACE(text(test.at("id")));
    ++cases;
    const auto found =
        read_all(conformance::read(folder / text(test.at("file"))));
    ASSERT_EQ(found.size(), 1U);
    ASSERT_TRUE(found[0].what) << shown(found);
    ASSERT_EQ(type_of(*found[0].what), "failure");
    const auto& r = std::get<failure_report>(found[0].what->what);
    const json::object expected =
        json::parse(conformance::read(folder / text(test.at("expect_file"))))
            .as_object();
    const auto at = [&](std::string_view name) {
      return decoded(expected.at(name));
    };
    const auto bare = [](std::string address) {
      std::erase(address, '<');
      std::erase(address, '>');
      return address;
    };
    std::string type = r.feedback_type;
    std::erase(type, '-');
    EXPECT_EQ(type, at("feedback_type"));
    EXPECT_EQ(r.auth_failure, at("auth_failure"));
    EXPECT_EQ(r.delivery_result, at("delivery_result"));
    EXPECT_EQ(r.identity_alignment, at("identity_alignment"));
    EXPECT_EQ(r.source_ip, at("source_ip"));
    EXPECT_EQ(std::to_string(r.incidents), at("incidents"));
    EXPECT_EQ(r.user_agent, text(expected.at("user_agent")));
    EXPECT_EQ(r.original_mail_from, bare(at("original_mail_from")));
    EXPECT_EQ(r.original_rcpt_to, bare(at("original_rcpt_to")));
    if (!at("reporting_mta").empty()) {
      EXPECT_EQ(r.org_name, at("reporting_mta"));
    }
    const json::array& domains = expected.at("reported_domain").as_array();
    if (!domains.empty()) {
      EXPECT_EQ(r.domain, text(domains[0]));
    }
    if (!at("arrival_date").empty()) {
      EXPECT_EQ(number(r.arrival), at("arrival_date"));
    }
    bool says_so = false;
    for (const warning& w : found[0].what->warnings)
      says_so = says_so || w.what == fault::no_arrival;
    EXPECT_EQ(says_so, at("arrival_date").empty());
  }
  EXPECT_EQ(cases, whole.at("count").to_number<std::size_t>());
}

}  // namespace
}  // namespace mekiki::reports

// The public suites, each case as its manifest says, by the RFC that its
// `spec` names. There are no exceptions. Of record fields, fo=, rf= and ri= are
// not compared: they concern reports, and records do not hold them.
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/dmarc/public_suffix.hpp"
#include "auth/dmarc/test_zone.hpp"
#include "base/test_conformance.hpp"
#include "dns/name.hpp"

namespace mekiki::dmarc {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using conformance::manifest;

std::string text(const json::value& v) { return std::string(v.as_string()); }

std::vector<spec> specs(const json::object& test) {
  const std::string word = text(test.at("spec"));
  if (word == "both")
    return {spec::rfc9989, spec::rfc7489};
  return {word == "rfc9989" ? spec::rfc9989 : spec::rfc7489};
}

std::unique_ptr<dns::zone_resolver> zone_of(const std::string& corpus,
                                            const json::object& test) {
  auto zone =
      dns::load_zone(conformance::folder() / corpus / text(test.at("dns")));
  if (!zone)
    throw std::runtime_error(zone.error());
  return std::move(*zone);
}

identifier identifier_of(const json::value& v) {
  const std::string word = text(v.at("result"));
  for (const auth::result r :
       {auth::result::none, auth::result::pass, auth::result::fail,
        auth::result::softfail, auth::result::neutral, auth::result::temperror,
        auth::result::permerror}) {
    if (word == to_string(r))
      return {text(v.at("domain")), r};
  }
  throw std::runtime_error("unknown result " + word);
}

identifiers identifiers_of(const json::object& test) {
  identifiers out;
  out.authors = {text(test.at("from_domain"))};
  for (const json::value& v : test.at("dkim").as_array())
    out.dkim.push_back(identifier_of(v));
  const json::value& spf = test.at("spf");
  if (spf.is_object())
    out.spf = identifier_of(spf);
  if (spf.is_array() && !spf.as_array().empty())
    out.spf = identifier_of(spf.as_array().at(0));
  return out;
}

std::string name_of(const std::optional<policy>& p) {
  return std::string(p ? to_string(*p) : "");
}

/// Compares the members that the expectation has; one that nothing compared is
/// a failure, too.
class expectation {
 public:
  explicit expectation(const json::object& expect) : expect_(expect) {}
  expectation(const expectation&) = delete;
  expectation& operator=(const expectation&) = delete;
  ~expectation() {
    for (const auto& member : expect_) {
      const std::string name(member.key());
      EXPECT_TRUE(compared_.count(name) != 0) << name << " was not compared";
    }
  }

  void text_is(const char* member, std::string_view got) {
    if (const json::value* v = find(member))
      EXPECT_EQ(v->is_null() ? "" : text(*v), got) << member;
  }
  void flag_is(const char* member, bool got) {
    if (const json::value* v = find(member))
      EXPECT_EQ(v->as_bool(), got) << member;
  }
  void list_is(const char* member, const std::vector<std::string>& got) {
    if (const json::value* v = find(member))
      EXPECT_EQ(json::value_to<std::vector<std::string>>(*v), got) << member;
  }
  void number_is(const char* member, unsigned got) {
    if (const json::value* v = find(member))
      EXPECT_EQ(v->to_number<unsigned>(), got) << member;
  }
  const json::value* find(const char* member) {
    compared_.insert(member);
    return expect_.if_contains(member);
  }

 private:
  const json::object& expect_;
  std::set<std::string> compared_;
};

void check_record(expectation& expect, const record& r) {
  expect.text_is("p", name_of(r.p));
  expect.text_is("sp", name_of(r.sp));
  expect.number_is("pct", r.percent);
  expect.flag_is("adkim_strict", r.dkim == alignment::strict);
  expect.flag_is("aspf_strict", r.spf == alignment::strict);
  expect.text_is("adkim", r.dkim == alignment::strict ? "s" : "r");
  expect.text_is("aspf", r.spf == alignment::strict ? "s" : "r");
  expect.list_is("rua", r.aggregate_uris);
  expect.list_is("ruf", r.failure_uris);
}

void check_evaluation(const std::string& corpus, const json::object& test,
                      spec rules) {
  const auto zone = zone_of(corpus, test);
  noting_resolver resolver(*zone);
  const identifiers given = identifiers_of(test);
  const outcome got = run(evaluate(given, resolver, {.rules = rules}));
  SCOPED_TRACE(got.reason);
  const json::object& object = test.at("expect").as_object();
  expectation expect(object);
  expect.text_is("result", to_string(got.status));
  expect.text_is("policy", name_of(got.asked));
  expect.text_is("policy_domain", got.policy_domain);
  expect.text_is("header_from", got.author_domain);
  expect.text_is("record", got.record);
  expect.text_is("disposition", to_string(got.disposition));
  expect.flag_is("dkim_aligned", got.dkim_aligned);
  expect.flag_is("spf_aligned", got.spf_aligned);
  expect.flag_is("use", got.asked && !got.sampled_out);
  expect.flag_is("reject", got.status == auth::result::fail &&
                               got.asked == policy::reject);
  if (const json::value* part = expect.find("record_contains"))
    EXPECT_NE(got.record.find(text(*part)), std::string::npos);
  if (expect.find("spf_aligned_with") != nullptr)
    EXPECT_TRUE(got.spf_aligned);
  expect.list_is("queries", resolver.asked);
  if (!got.record.empty()) {
    const auto r = parse_record(got.record, rules);
    ASSERT_TRUE(r);
    check_record(expect, *r);
  }
}

TEST(dmarc_conformance, mailauth) {
  const std::string corpus = "dmarc-mailauth";
  if (!fs::exists(conformance::folder() / corpus))
    GTEST_SKIP() << "NOT RUN: no conformance data at " << conformance::folder();
  const json::value m = manifest(corpus);
  for (const json::value& c : m.at("cases").as_array()) {
    const json::object& test = c.as_object();
    SCOPED_TRACE(text(test.at("id")));
    for (const spec rules : specs(test)) {
      SCOPED_TRACE(to_string(rules));
      check_evaluation(corpus, test, rules);
    }
  }
}

void check_lookup(const json::object& test, spec rules) {
  const auto zone = zone_of("dmarc-mox", test);
  const discovery got =
      run(discover(text(test.at("from_domain")), *zone, rules));
  expectation expect(test.at("expect").as_object());
  expect.text_is("policy_domain", got.policy_domain);
  expect.flag_is("record_found", got.found.has_value());
  expect.text_is("status", to_string(got.problem ? to_result(*got.problem)
                                                 : auth::result::none));
}

void check_text(const json::object& test, spec rules) {
  const auto got = parse_record(text(test.at("record")), rules);
  const json::object& expect = test.at("expect").as_object();
  EXPECT_EQ(got && got->p, expect.at("valid").as_bool());
  if (got && expect.contains("fields")) {
    expectation fields(expect.at("fields").as_object());
    for (const char* of_reports : {"fo", "rf", "ri"}) fields.find(of_reports);
    check_record(fields, *got);
  }
}

TEST(dmarc_conformance, mox) {
  const std::string corpus = "dmarc-mox";
  if (!fs::exists(conformance::folder() / corpus))
    GTEST_SKIP() << "NOT RUN: no conformance data at " << conformance::folder();
  const json::value m = manifest(corpus);
  for (const json::value& c : m.at("cases").as_array()) {
    const json::object& test = c.as_object();
    SCOPED_TRACE(text(test.at("id")));
    const std::string what = text(test.at("what"));
    for (const spec rules : specs(test)) {
      if (what == "verify") {
        check_evaluation(corpus, test, rules);
      } else if (what == "lookup") {
        check_lookup(test, rules);
      } else if (what == "record") {
        check_text(test, rules);
      } else if (what != "external-report") {  // we send none
        ADD_FAILURE() << "unknown kind " << what;
      }
    }
  }
}

TEST(dmarc_conformance, public_suffix) {
  const std::string corpus = "publicsuffix";
  if (!fs::exists(conformance::folder() / corpus))
    GTEST_SKIP() << "NOT RUN: no conformance data at " << conformance::folder();
  const json::value m = manifest(corpus);
  for (const json::value& c : m.at("cases").as_array()) {
    const json::object& test = c.as_object();
    SCOPED_TRACE(text(test.at("id")) + " " + text(test.at("input")));
    const auto name = dns::to_a_labels(text(test.at("input")));
    std::string got;
    if (name && !is_public_suffix(*name))
      got = registered_domain(*name);
    const json::value& expected = test.at("expect").at("registrable");
    EXPECT_EQ(got, expected.is_null()
                       ? ""
                       : dns::to_a_labels(text(expected)).value_or("?"));
  }
}

}  // namespace
}  // namespace mekiki::dmarc

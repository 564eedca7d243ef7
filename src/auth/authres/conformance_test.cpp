// The public suites, each case as its manifest says.
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/authres/parse.hpp"
#include "auth/authres/trust.hpp"
#include "base/ascii.hpp"
#include "base/test_conformance.hpp"
#include "dns/name.hpp"
#include "message/header.hpp"

namespace mekiki::authres {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using conformance::folder;
using conformance::read;

std::string text(const json::value& v) { return std::string(v.as_string()); }

void expect_result(const reported_result& got, const json::object& expect) {
  EXPECT_EQ(got.method, text(expect.at("method")));
  EXPECT_EQ(got.result, text(expect.at("result")));
  if (expect.contains("method_version")) {
    EXPECT_EQ(got.version, expect.at("method_version").to_number<unsigned>());
  }
  if (expect.contains("reason"))
    EXPECT_EQ(got.reason, text(expect.at("reason")));
  if (!expect.contains("properties"))
    return;
  const json::object& properties = expect.at("properties").as_object();
  EXPECT_EQ(got.properties.size(), properties.size());
  for (const auto& [name, value] : properties) {
    const std::size_t dot = name.find('.');
    const std::string* found =
        got.find(name.substr(0, dot), name.substr(dot + 1));
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(*found, text(value));
  }
}

TEST(authres_conformance, parse) {
  const fs::path root = folder("authres-parse");
  if (!fs::exists(root)) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << root;
  }
  const json::value manifest = json::parse(read(root / "MANIFEST.json"));
  for (const json::value& v : manifest.at("cases").as_array()) {
    const json::object& c = v.as_object();
    SCOPED_TRACE(text(c.at("id")));
    const std::string field = text(c.at("header"));
    const auto header = message::parse_header(field);
    ASSERT_EQ(header.fields.size(), 1U);
    const auto got =
        parse(header.fields[0].value, text(c.at("mode")) == "strict"
                                          ? parse_mode::strict
                                          : parse_mode::relaxed);
    const json::object& expect = c.at("expect").as_object();
    EXPECT_EQ(!got, expect.at("error").as_bool());
    if (!got || expect.at("error").as_bool())
      continue;
    EXPECT_EQ(got->authserv_id, text(expect.at("authserv_id")));
    if (expect.contains("version")) {
      EXPECT_EQ(got->version, expect.at("version").to_number<unsigned>());
    }
    if (expect.contains("count")) {
      EXPECT_EQ(got->results.size(),
                expect.at("count").to_number<std::size_t>());
    }
    if (!expect.contains("resinfo"))
      continue;
    const json::array& results = expect.at("resinfo").as_array();
    ASSERT_GE(got->results.size(), results.size());
    for (std::size_t i = 0; i < results.size(); ++i)
      expect_result(got->results[i], results[i].as_object());
  }
}

/// The order in which the suite's source shows results: good ones first, and
/// of DKIM results those of the author's domain first.
std::size_t rank(const reported_result& r, std::string_view author) {
  const std::vector<std::string_view> words{
      "pass",     "neutral",   "policy",    "fail",
      "softfail", "permerror", "temperror", "none"};
  std::size_t out =
      10 * static_cast<std::size_t>(
               std::find(words.begin(), words.end(), r.result) - words.begin());
  if (const std::string* domain = r.find("header", "d")) {
    if (!dns::is_subdomain_of(author, *domain))
      out += 2;
    else if (author != *domain)
      out += 1;
  }
  return out;
}

std::vector<reported_result> results_of(
    const std::vector<trusted_field>& fields, std::string_view method,
    std::string_view author) {
  std::multimap<std::size_t, reported_result> by_rank;
  for (const trusted_field& f : fields) {
    for (const reported_result& r : f.content.results) {
      if (r.method == method)
        by_rank.emplace(rank(r, author), r);
    }
  }
  std::vector<reported_result> out;
  for (const auto& [key, result] : by_rank) out.push_back(result);
  return out;
}

TEST(authres_conformance, trust) {
  const fs::path root = folder("authres-trust");
  if (!fs::exists(root)) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << root;
  }
  const json::value manifest = json::parse(read(root / "MANIFEST.json"));
  for (const json::value& v : manifest.at("cases").as_array()) {
    const json::object& c = v.as_object();
    SCOPED_TRACE(text(c.at("id")));
    const std::string mail = read(root / text(c.at("message")));
    const auto header = message::parse_header(mail);

    trust_rule rule;
    rule.mode =
        c.at("relaxed").as_bool() ? parse_mode::relaxed : parse_mode::strict;
    std::string author;
    for (const auto& f : header.fields) {
      if (ascii::iequals(f.name, "from")) {
        author = f.value.substr(f.value.find('@') + 1);
        author.resize(author.find('>'));
      } else if (c.at("trusted").is_null() && rule.ids.empty() &&
                 ascii::iequals(f.name, "authentication-results")) {
        const auto newest = parse(f.value, parse_mode::relaxed);
        ASSERT_TRUE(newest);
        rule.ids.push_back(newest->authserv_id);
      }
    }
    if (!c.at("trusted").is_null()) {
      for (const auto& id : c.at("trusted").as_array())
        rule.ids.push_back(text(id));
    }
    const auto fields = trusted_fields(header, rule);
    const json::object& expect = c.at("expect").as_object();

    for (const char* method : {"spf", "dmarc"}) {
      if (!expect.contains(method))
        continue;
      std::vector<std::string> got, wanted;
      for (const auto& r : results_of(fields, method, author))
        got.push_back(r.result);
      for (const auto& w : expect.at(method).as_array())
        wanted.push_back(text(w));
      EXPECT_EQ(got, wanted) << method;
    }
    if (!expect.contains("dkim"))
      continue;
    const auto got = results_of(fields, "dkim", author);
    const json::array& wanted = expect.at("dkim").as_array();
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const json::object& w = wanted[i].as_object();
      EXPECT_EQ(got[i].result, text(w.at("result")));
      const std::string* domain = got[i].find("header", "d");
      const std::string* identity = got[i].find("header", "i");
      if (w.contains("sdid")) {
        ASSERT_NE(domain, nullptr);
        EXPECT_EQ(*domain, text(w.at("sdid")));
      }
      if (w.contains("auid")) {
        EXPECT_EQ(identity != nullptr ? *identity : "@" + *domain,
                  text(w.at("auid")));
      }
      if (w.contains("a"))
        EXPECT_EQ(*got[i].find("header", "a"), text(w.at("a")));
      if (w.contains("reason"))
        EXPECT_EQ(got[i].reason, text(w.at("reason")));
    }
    if (expect.contains("warnings")) {
      // All cases have this one: the author is not in the signing domain.
      EXPECT_FALSE(
          dns::is_subdomain_of(author, *got.at(0).find("header", "d")));
    }
  }
}

}  // namespace
}  // namespace mekiki::authres

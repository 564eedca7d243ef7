// The public suites, each case as its manifest says.
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/dkim/signature.hpp"
#include "auth/dkim/test_mail.hpp"
#include "base/base64.hpp"
#include "base/test_conformance.hpp"
#include "dns/zone_resolver.hpp"

namespace mekiki::dkim {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using conformance::manifest;
using conformance::read;

/// Cases on which we differ from the suite, with reason and company.
const std::map<std::string, std::string> exceptions{
    // RFC 8601 2.7.1: a mail without a signature is "none", whatever its From
    // looks like; dkimpy finds no signature either.
    {"dkim-opendkim-a/t-test58", "none"},
    // RFC 6376 6.1.1: a required tag is missing, which is an error of the
    // signature; dkimpy says so too ("missing b=").
    {"dkim-opendkim-a/t-test76", "neutral"},
};

std::string text(const json::value& v) { return std::string(v.as_string()); }

/// Code points up to 0xff of a JSON string as octets.
std::string octets(const json::value& v) {
  const std::string utf8 = text(v);
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      out += utf8[i];
    } else {
      const auto low = static_cast<unsigned char>(utf8.at(++i));
      out += static_cast<char>((c & 3) << 6 | (low & 0x3f));
    }
  }
  return out;
}

/// The mail's result is that of its best signature.
auth::result best(const std::vector<signature_result>& results) {
  using auth::result;
  for (const result r : {result::pass, result::temperror, result::fail,
                         result::policy, result::permerror, result::neutral}) {
    for (const auto& s : results) {
      if (s.status == r)
        return r;
    }
  }
  return result::none;
}

class dkim_conformance : public testing::TestWithParam<std::string> {};

TEST_P(dkim_conformance, verify) {
  if (!fs::exists(conformance::folder() / GetParam())) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << conformance::folder();
  }
  const json::value m = manifest(GetParam());
  std::map<std::string, std::unique_ptr<dns::zone_resolver>> zones;
  for (const json::value& c : m.at("cases").as_array()) {
    const json::object& test = c.as_object();
    const std::string id = GetParam() + "/" + text(test.at("id"));
    SCOPED_TRACE(id);
    auto& zone = zones[text(test.at("dns"))];
    if (!zone) {
      auto loaded = dns::load_zone(conformance::folder() / GetParam() /
                                   text(test.at("dns")));
      ASSERT_TRUE(loaded) << loaded.error();
      zone = std::move(*loaded);
    }
    verify_options options;
    options.allow_weak = test.contains("weak");
    const json::value& now = test.at("now");
    const time_point at =
        now.is_null()
            ? test_time
            : time_point(std::chrono::seconds(now.to_number<std::int64_t>()));
    const auto results = verify(
        read(conformance::folder() / GetParam() / text(test.at("message"))),
        *zone, options, at);
    const std::string got{to_string(best(results))};
    const json::object& expect = test.at("expect").as_object();
    std::string detail;
    for (const auto& r : results) detail += r.reason + "; ";

    if (const auto exception = exceptions.find(id);
        exception != exceptions.end()) {
      EXPECT_EQ(got, exception->second) << detail;
    } else if (const json::value& any = expect.at("result_any");
               !any.is_null()) {
      bool found = false;
      for (const auto& word : any.as_array()) found |= word.as_string() == got;
      EXPECT_TRUE(found) << got << ", expected " << json::serialize(any) << ": "
                         << detail;
    }

    if (!expect.contains("signatures"))
      continue;
    const json::array& signatures = expect.at("signatures").as_array();
    ASSERT_EQ(results.size(), signatures.size());
    for (const auto& s : signatures) {
      // Not every suite lists them in the order of the fields.
      const signature_result* r = nullptr;
      const json::object& wanted = s.as_object();
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (wanted.contains("s") ? results[i].selector == text(wanted.at("s"))
                                 : i == 0) {
          r = &results[i];
        }
      }
      ASSERT_NE(r, nullptr);
      if (wanted.contains("d"))
        EXPECT_EQ(r->domain, text(wanted.at("d")));
      if (wanted.contains("i"))
        EXPECT_EQ(r->identity, text(wanted.at("i")));
      if (wanted.contains("a"))
        EXPECT_EQ(r->algorithm, text(wanted.at("a")));
      if (wanted.contains("t")) {
        EXPECT_EQ(r->signed_at, wanted.at("t").to_number<std::int64_t>());
      }
      if (wanted.contains("h")) {
        std::vector<std::string> fields;
        for (const auto& f : wanted.at("h").as_array()) {
          fields.push_back(text(f));
        }
        EXPECT_EQ(r->signed_fields, fields);
      }
      if (wanted.contains("result") && wanted.at("result").is_string()) {
        EXPECT_EQ(to_string(r->status), text(wanted.at("result"))) << r->reason;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(suites, dkim_conformance,
                         testing::Values("dkim-rfc-examples", "dkim-dkimpy",
                                         "dkim-lieser-a", "dkim-opendkim-a"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(dkim_data, key_record) {
  const std::string corpus = "dkim-key-record";
  if (!fs::exists(conformance::folder() / corpus)) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << conformance::folder();
  }
  const json::value m = manifest(corpus);
  key_cache keys;
  for (const json::value& c : m.at("cases").as_array()) {
    const json::object& test = c.as_object();
    if (test.contains("lenient"))
      continue;
    const std::string id = text(test.at("id"));
    SCOPED_TRACE(id);
    const json::object& expect = test.at("expect").as_object();
    const cached_key& key = keys.get(octets(test.at("record")));
    const bool revoked = key.problem == errc::key_revoked;
    EXPECT_EQ(key.key.has_value() || revoked, expect.at("valid").as_bool())
        << describe(key.problem);
    if (expect.contains("revoked")) {
      EXPECT_EQ(revoked, expect.at("revoked").as_bool());
    }
    if (!expect.contains("fields"))
      continue;
    const json::object& fields = expect.at("fields").as_object();
    const auto names = [&](const char* field, std::string_view word) {
      bool found = false;
      for (const auto& v : fields.at(field).as_array()) {
        std::string name = text(v);
        for (char& ch : name) ch = ascii::to_lower(ch);
        found |= name == word;
      }
      return found;
    };
    if (fields.contains("k")) {
      EXPECT_EQ(key.record.type == crypto::key_type::rsa
                    ? std::string("rsa")
                    : std::string("ed25519"),
                text(fields.at("k")));
    }
    if (fields.contains("p")) {
      EXPECT_EQ(base64_encode(key.record.key), text(fields.at("p")));
    }
    if (fields.contains("h")) {
      EXPECT_EQ(key.record.sha1, names("h", "sha1"));
      EXPECT_EQ(key.record.sha256, names("h", "sha256"));
    }
    if (fields.contains("s")) {
      EXPECT_EQ(key.record.email, names("s", "*") || names("s", "email"));
    }
    if (fields.contains("t")) {
      EXPECT_EQ(key.record.testing, names("t", "y"));
      EXPECT_EQ(key.record.same_domain, names("t", "s"));
    }
  }
}

class string_sink final : public octet_sink {
 public:
  void write(std::string_view o) override { octets += o; }
  std::string octets;
};

TEST(dkim_data, canonicalization) {
  const std::string corpus = "dkim-canonicalization";
  if (!fs::exists(conformance::folder() / corpus)) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << conformance::folder();
  }
  const json::value m = manifest(corpus);
  for (const json::value& c : m.at("cases").as_array()) {
    const json::object& test = c.as_object();
    SCOPED_TRACE(text(test.at("id")));
    const json::object& expect = test.at("expect").as_object();
    const std::string part = text(test.at("part"));
    if (part == "c-tag") {
      const json::value& input = test.at("input");
      const std::string field = " v=1; a=rsa-sha256; b=AA==; bh=" +
                                base64_encode(std::string(32, 'x')) +
                                "; d=example.com; s=s; h=from" +
                                (input.is_null() ? "" : "; c=" + text(input));
      const auto reading = parse_signature(field);
      EXPECT_EQ(reading.error.has_value(), expect.contains("error"));
      if (reading.error)
        continue;
      const auto name = [](canonicalization mode) {
        return mode == canonicalization::simple ? "simple" : "relaxed";
      };
      EXPECT_EQ(name(reading.claims.header), text(expect.at("header")));
      EXPECT_EQ(name(reading.claims.body), text(expect.at("body")));
      continue;
    }
    if (test.contains("lenient"))
      continue;
    const auto mode = text(test.at("algorithm")) == "simple"
                          ? canonicalization::simple
                          : canonicalization::relaxed;
    std::string output;
    if (part == "header") {
      const std::string input = octets(test.at("input"));
      const auto header = message::parse_header(input);
      for (const auto& field : header.fields) {
        append_canonical(mode, field, output);
      }
    } else {
      string_sink sink;
      body_canonicalizer canonicalizer(mode);
      if (test.contains("chunks")) {
        for (const auto& chunk : test.at("chunks").as_array()) {
          canonicalizer.write(octets(chunk), sink);
        }
      } else {
        canonicalizer.write(octets(test.at("input")), sink);
      }
      canonicalizer.finish(sink);
      output = std::move(sink.octets);
    }
    if (expect.contains("output")) {
      EXPECT_EQ(output, octets(expect.at("output")));
    }
    if (expect.contains("sha256_base64")) {
      EXPECT_EQ(
          base64_encode(
              crypto::hash(crypto::hash_algorithm::sha256, output).octets()),
          text(expect.at("sha256_base64")));
    }
    if (expect.contains("sha1_base64")) {
      EXPECT_EQ(
          base64_encode(
              crypto::hash(crypto::hash_algorithm::sha1, output).octets()),
          text(expect.at("sha1_base64")));
    }
  }
}

}  // namespace
}  // namespace mekiki::dkim

// The ARC suite of ValiMail, each case as its manifest says.
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/arc/chain.hpp"
#include "auth/arc/test_chain.hpp"
#include "auth/dkim/sign.hpp"
#include "base/ascii.hpp"
#include "base/test_conformance.hpp"
#include "dns/zone_resolver.hpp"
#include "support/seal.hpp"

namespace mekiki::arc {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using conformance::folder;
using conformance::read;

std::string text(const json::value& v) { return std::string(v.as_string()); }

TEST(arc_conformance, validate) {
  const fs::path root = folder("arc-valimail-validate");
  if (!fs::exists(root)) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << root;
  }
  std::map<std::string, std::unique_ptr<dns::zone_resolver>> zones;
  const json::value manifest = json::parse(read(root / "MANIFEST.json"));
  for (const json::value& c : manifest.at("cases").as_array()) {
    SCOPED_TRACE(text(c.at("id")));
    auto& zone = zones[text(c.at("dns"))];
    if (!zone) {
      auto loaded = dns::load_zone(root / text(c.at("dns")));
      ASSERT_TRUE(loaded) << loaded.error();
      zone = std::move(*loaded);
    }
    const std::string mail = read(root / text(c.at("message")));
    const std::size_t whole = mail.size() + 1;
    for (const std::size_t step : {whole, std::size_t{1}, std::size_t{7}}) {
      const chain_result got = validate(mail, *zone, {}, dkim::test_time, step);
      bool expected = false;
      for (const auto& word : c.at("expect").at("result_any").as_array())
        expected |= word.as_string() == to_string(got.status);
      EXPECT_TRUE(expected) << to_string(got.status) << ": " << got.reason;
    }
  }
}

/// As the suite compares: the parts between semicolons, without white space.
/// The value of b= depends on how a field is laid out, and is left out.
std::set<std::string> parts(std::string_view field) {
  std::set<std::string> out;
  std::string part;
  for (const char c : std::string(field) + ";") {
    if (c == ';') {
      if (!part.empty() && !part.starts_with("b="))
        out.insert(part);
      part.clear();
    } else if (!ascii::is_fws(c)) {
      part += c;
    }
  }
  return out;
}

/// The suite's own layout of a field: what the values of its b= are made for.
std::string suite_field(std::string_view name, std::string_view text,
                        bool is_tag_list) {
  std::string out(name);
  out += ": ";
  for (const char c : ascii::trim(text)) {
    if (!ascii::is_fws(c)) {
      out += c;
      if (c == ';' && is_tag_list)
        out += ' ';
    } else if (!is_tag_list && !out.ends_with(' ')) {
      out += ' ';
    }
  }
  return out + "\r\n";
}

/// All Authentication-Results of one id as one value, and what they say of the
/// chain.
std::pair<std::string, auth::result> merged_results(
    const message::header_view& header, const std::string& id) {
  std::pair<std::string, auth::result> out{id, auth::result::none};
  for (const auto& field : header.fields) {
    const std::size_t end = field.value.find(';');
    if (ascii::iequals(field.name, "authentication-results") &&
        ascii::trim(field.value.substr(0, end)) == id) {
      out.first += ";";
      out.first += ascii::trim(field.value.substr(end + 1));
    }
  }
  for (const auto r : {auth::result::pass, auth::result::fail}) {
    if (out.first.find("arc=" + std::string(to_string(r))) !=
        std::string::npos) {
      out.second = r;
    }
  }
  return out;
}

/// Whether the newest seal of a mail was made by the key in the zone.
bool newest_seal_verifies(std::string_view mail, const std::string& record) {
  const auto header = message::parse_header(mail);
  const dkim::field_index fields(header);
  const chain_view chain = read_chain(fields);
  if (chain.sets.empty())
    return false;
  const sealed_octets octets(chain.sets);
  dkim::key_cache keys;
  const auto& claims = chain.sets.back().seal_claims.claims;
  return keys.get(record).key->verify(
      claims.hash, octets.hash(chain.sets.size() - 1), claims.octets);
}

TEST(arc_conformance, seal) {
  const fs::path root = folder("arc-valimail-sign");
  if (!fs::exists(root)) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << root;
  }
  const json::value manifest = json::parse(read(root / "MANIFEST.json"));
  for (const json::value& c : manifest.at("cases").as_array()) {
    SCOPED_TRACE(text(c.at("id")));
    const auto zone = dns::load_zone(root / text(c.at("dns")));
    ASSERT_TRUE(zone) << zone.error();
    const std::string mail = read(root / text(c.at("message")));
    const auto key = crypto::private_key::parse(read(root / text(c.at("key"))));
    ASSERT_TRUE(key);
    const auto header = message::parse_header(mail);
    const auto [results, chain] =
        merged_results(header, text(c.at("authserv_id")));
    seal_options options;
    options.sealed_at = c.at("timestamp").to_number<std::int64_t>();
    options.fields.clear();
    for (const auto name : dkim::split_elements(c.at("headers").as_string()))
      options.fields.emplace_back(name);
    const auto sealed = seal(mail, chain, results, text(c.at("domain")),
                             text(c.at("selector")), *key, options);

    const std::string as = text(c.at("expect").at("AS"));
    if (as.empty()) {
      ASSERT_FALSE(sealed);
      EXPECT_EQ(sealed.error(), errc::broken_before);
      continue;
    }
    ASSERT_TRUE(sealed) << describe(sealed.error());
    const std::string ams = text(c.at("expect").at("AMS"));
    const std::string aar = text(c.at("expect").at("AAR"));
    const auto ours = message::parse_header(*sealed);
    ASSERT_EQ(ours.fields.size(), 3U);
    EXPECT_EQ(parts(ours.fields[0].value), parts(as));
    EXPECT_EQ(parts(ours.fields[1].value), parts(ams));
    EXPECT_EQ(parts(ours.fields[2].value), parts(aar));

    // Octet for octet, the suite's own fields must be as good as ours.
    const std::string suites =
        suite_field("ARC-Seal", as, true) +
        suite_field("ARC-Message-Signature", ams, true) +
        suite_field("ARC-Authentication-Results", aar, false);
    const std::string record = dkim::format_key_record(*key);
    for (const std::string& set : {*sealed, suites}) {
      const chain_result result = validate(set + mail, **zone);
      EXPECT_EQ(result.code,
                chain == auth::result::fail ? errc::broken_before : errc::ok)
          << result.reason;
      EXPECT_TRUE(newest_seal_verifies(set + mail, record));
    }
  }
}

}  // namespace
}  // namespace mekiki::arc

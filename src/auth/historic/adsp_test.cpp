#include "auth/historic/adsp.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/test_conformance.hpp"
#include "dns/zone_resolver.hpp"
#include "message/address.hpp"
#include "message/header.hpp"

namespace mekiki::historic {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

adsp_result run(const std::string& author,
                const std::vector<author_signature>& signatures,
                dns::resolver& resolver) {
  adsp_result out{};
  boost::asio::io_context io;
  boost::asio::co_spawn(io, check_adsp(author, signatures, resolver),
                        [&](const std::exception_ptr& e, adsp_result r) {
                          if (e)
                            std::rethrow_exception(e);
                          out = r;
                        });
  io.run();
  return out;
}

// RFC 5617 4.2.1
TEST(adsp_record, is_read) {
  const struct {
    const char* text = "";
    std::optional<adsp_practices> expected;
  } rows[] = {
      {"dkim=unknown", adsp_practices::unknown},
      {"dkim=all", adsp_practices::all},
      {"dkim=discardable", adsp_practices::discardable},
      {"dkim \t=\t all ", adsp_practices::all},
      {"dkim=ALL; t=s; x", adsp_practices::all},
      {"dkim=x-other-1", adsp_practices::unknown},
      {"", std::nullopt},
      {"dkim", std::nullopt},
      {"dkim=", std::nullopt},
      {"dkim=a ll", std::nullopt},
      {"dkim=-all", std::nullopt},
      {"DKIM=all", std::nullopt},
      {" dkim=all", std::nullopt},
      {"t=s; dkim=all", std::nullopt},
      {"v=DKIM1; p=x", std::nullopt},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(parse_adsp_record(r.text), r.expected) << r.text;
  }
}

// RFC 5617 4.3, 5.4 and appendix B
TEST(adsp, is_evaluated) {
  const auto zone = dns::parse_zone(R"({
    "_adsp._domainkey.u.example": {"TXT": ["dkim=unknown"]},
    "_adsp._domainkey.a.example": {"TXT": ["dkim=all"]},
    "_adsp._domainkey.d.example": {"TXT": [["dkim=dis", "cardable"]]},
    "_adsp._domainkey.two.example": {"TXT": ["dkim=all", "dkim=all"]},
    "_adsp._domainkey.odd.example": {"TXT": ["no record"]},
    "_adsp._domainkey.slow.example": {"TXT": {"error": "TIMEOUT"}},
    "broken.example": {"*": {"error": "SERVFAIL"}},
    "_adsp._domainkey.xn--exmple-cua.example": {"TXT": ["dkim=all"]},
    "without.example": {"A": ["192.0.2.1"]}})");
  ASSERT_TRUE(zone) << zone.error();
  using auth::result;
  using outcome = adsp_result;
  const struct {
    const char* author;
    std::vector<author_signature> signatures;
    outcome expected;
  } rows[] = {
      {"u.example", {}, outcome::unknown},
      {"a.example", {}, outcome::fail},
      {"A.Example.", {}, outcome::fail},
      {"d.example", {}, outcome::discard},
      {"two.example", {}, outcome::none},
      {"odd.example", {}, outcome::none},
      {"without.example", {}, outcome::none},
      {"absent.example", {}, outcome::nxdomain},
      {"slow.example", {}, outcome::temperror},
      {"broken.example", {}, outcome::temperror},
      {"ex\xc3\xa4mple.example", {}, outcome::fail},
      {"", {}, outcome::permerror},
      {"a..example", {}, outcome::permerror},
      {"a.example", {{"a.example", result::pass}}, outcome::pass},
      {"slow.example", {{"slow.example", result::pass}}, outcome::pass},
      // Signatures of others, above and below included, do not count.
      {"a.example", {{"example", result::pass}}, outcome::fail},
      {"a.example", {{"x.a.example", result::pass}}, outcome::fail},
      {"a.example", {{"b.example", result::temperror}}, outcome::fail},
      {"a.example", {{"a.example", result::fail}}, outcome::fail},
      {"a.example", {{"a.example", result::temperror}}, outcome::temperror},
      {"d.example",
       {{"d.example", result::temperror}, {"d.example", result::pass}},
       outcome::pass},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(run(r.author, r.signatures, **zone), r.expected) << r.author;
  }
}

TEST(adsp_conformance, suite) {
  const fs::path root = conformance::folder("adsp");
  if (!fs::exists(root))
    GTEST_SKIP() << "NOT RUN: no conformance data at " << root;
  const json::value m = conformance::manifest("adsp");
  for (const json::value& test : m.at("cases").as_array()) {
    SCOPED_TRACE(json::serialize(test.at("id")));
    const auto zone = dns::load_zone(root / test.at("dns").as_string().c_str());
    ASSERT_TRUE(zone) << zone.error();
    const std::string mail =
        conformance::read(root / test.at("message").as_string().c_str());
    const auto header = message::parse_header(mail);
    const auto authors = message::authors(header);
    ASSERT_EQ(authors.from.mailboxes.size(), 1U);
    const auto got = run(authors.from.mailboxes.front().domain, {}, **zone);
    const auto& any = test.at("expect").at("result_any").as_array();
    EXPECT_TRUE(std::any_of(any.begin(), any.end(), [&](const auto& word) {
      return word.as_string() == to_string(got);
    })) << to_string(got);
  }
}

}  // namespace
}  // namespace mekiki::historic

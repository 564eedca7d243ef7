#include "verdict/decide.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mekiki::verdict {
namespace {

using auth::result;
using dkim::signature_result;

signature_result signature(result status, std::string domain) {
  signature_result r;
  r.status = status;
  r.domain = std::move(domain);
  r.selector = "sel";
  r.signed_fields = {"from", "from", "subject", "subject", "date"};
  return r;
}

TEST(summarize, is_the_table_of_x_dkim_check) {
  const struct {
    std::vector<result> results;
    result expected;
  } rows[] = {
      {{}, result::none},
      {{result::pass}, result::pass},
      {{result::fail, result::pass}, result::pass},
      {{result::temperror, result::pass}, result::pass},
      {{result::fail, result::temperror}, result::none},
      {{result::temperror}, result::none},
      {{result::fail}, result::fail},
      {{result::neutral, result::fail, result::permerror}, result::fail},
      {{result::permerror}, result::none},
      {{result::policy, result::neutral}, result::none},
  };
  for (const auto& r : rows) {
    std::vector<signature_result> results;
    results.reserve(r.results.size());
    for (const result s : r.results) results.push_back(signature(s, "a.test"));
    EXPECT_EQ(summarize(results), r.expected);
  }
}

struct row {
  const char* about;
  std::string header;
  std::vector<signature_result> results;
  level expected;
  std::string reason;
};

signature_result changed(signature_result r, void (*how)(signature_result&)) {
  how(r);
  return r;
}

TEST(decide, table) {
  const std::string from = "From: A <a@mail.example.com>\r\n";
  const signature_result good = signature(result::pass, "mail.example.com");
  const std::string proven =
      "aligned-dkim author=mail.example.com signer=mail.example.com "
      "selector=sel";
  const row rows[] = {
      {"aligned", from, {good}, level::new_, proven},
      {"signed by a parent",
       from,
       {signature(result::pass, "example.com")},
       level::new_,
       "aligned-dkim author=mail.example.com signer=example.com selector=sel"},
      {"signed by a public suffix",
       "From: a@b.co.jp\r\n",
       {signature(result::pass, "co.jp")},
       level::unverified,
       "third-party-signature author=b.co.jp signer=co.jp"},
      {"the author is a public suffix",
       "From: a@github.io\r\n",
       {signature(result::pass, "github.io")},
       level::new_,
       "aligned-dkim author=github.io signer=github.io selector=sel"},
      {"signed by a child",
       from,
       {signature(result::pass, "x.mail.example.com")},
       level::unverified,
       "third-party-signature author=mail.example.com "
       "signer=x.mail.example.com"},
      {"signed by a name that ends alike",
       from,
       {signature(result::pass, "ample.com")},
       level::unverified,
       "third-party-signature author=mail.example.com signer=ample.com"},
      {"case and A-labels",
       "From: a@M\xc3\xbcnchen.example.COM\r\n",
       {signature(result::pass, "xn--mnchen-3ya.example.com")},
       level::new_,
       "aligned-dkim author=xn--mnchen-3ya.example.com "
       "signer=xn--mnchen-3ya.example.com selector=sel"},
      {"the second one proves it",
       from,
       {signature(result::fail, "mail.example.com"),
        signature(result::pass, "list.test"), good},
       level::new_,
       proven},
      {"no signature", from, {}, level::unverified, "no-signature"},
      {"failed",
       from,
       {signature(result::permerror, "b.test"),
        signature(result::fail, "mail.example.com")},
       level::unverified,
       "dkim-fail signer=mail.example.com"},
      {"not decided",
       from,
       {signature(result::fail, "b.test"),
        signature(result::temperror, "mail.example.com")},
       level::unverified,
       "dkim-temperror signer=mail.example.com"},
      {"no usable one",
       from,
       {signature(result::permerror, "b.test")},
       level::unverified,
       "no-usable-signature signer=b.test result=permerror"},

      {"no author", "To: x@y.test\r\n", {good}, level::unverified, "no-author"},
      {"literal",
       "From: a@[192.0.2.1]\r\n",
       {good},
       level::unverified,
       "unclear-author author=a@[192.0.2.1]"},
      {"two authors",
       "From: a@mail.example.com, b@evil.test\r\n",
       {good},
       level::unverified,
       "several-authors authors=2 fields=1 domains=2"},
      {"two From fields",
       from + "From: b@evil.test\r\n",
       {good},
       level::unverified,
       "several-authors authors=2 fields=2"},
      {"a second From for some",
       from + "X: y\rFrom: b@evil.test\r\n",
       {good},
       level::unverified,
       "several-authors authors=1 fields=2"},
      {"an address as name",
       "From: a@b.test <a@mail.example.com>\r\n",
       {good},
       level::new_,
       "aligned-dkim author=mail.example.com signer=mail.example.com "
       "selector=sel"},
      {"partial",
       from,
       {changed(good,
                [](signature_result& r) {
                  r.partial = true;
                  r.body_covered = 10;
                  r.body_octets = 20;
                })},
       level::unverified,
       "partial-signature signer=mail.example.com covered=10 of=20"},
      {"key in test mode",
       from,
       {changed(good, [](signature_result& r) { r.testing = true; })},
       level::unverified,
       "test-key signer=mail.example.com"},
      {"one with an objection, one without",
       from,
       {changed(good, [](signature_result& r) { r.testing = true; }), good},
       level::new_,
       proven},
      {"as often as signed",
       from + "Subject: a\r\nSubject: b\r\n",
       {good},
       level::new_,
       proven},
      {"more often than signed",
       from + "Subject: a\r\nSubject: b\r\nSubject: c\r\n",
       {good},
       level::unverified,
       "unsigned-field signer=mail.example.com field=subject"},
      {"never signed",
       from + "Reply-To: b@evil.test\r\n",
       {good},
       level::unverified,
       "unsigned-field signer=mail.example.com field=reply-to"},
      {"more often for some",
       from + "Date: a\r\nX: y\rDATE: b\r\n",
       {good},
       level::unverified,
       "unsigned-field signer=mail.example.com field=date"},
      {"a domain that maps to a space",
       "From: a@b\xc2\xa0.test\r\n",
       {signature(result::pass, "b .test")},
       level::unverified,
       "unclear-author author=a@b??.test"},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.about);
    facts f;
    f.header = read_header_facts(message::parse_header(r.header));
    f.dkim = r.results;
    const answer got = decide(f, {});
    EXPECT_EQ(to_string(got.what), to_string(r.expected));
    EXPECT_EQ(format(got.why), r.reason);
  }
}

// RFC 9989 4.10.1: np= is about names that do not exist.
TEST(decide, tells_which_names_a_policy_is_about) {
  const struct {
    dmarc::policy_tag by;
    std::string policy_domain;
    std::string np;
    std::string above;
  } rows[] = {
      {dmarc::policy_tag::np, "bank.test", "bank.test", "bank.test"},
      {dmarc::policy_tag::sp, "bank.test", "", "bank.test"},
      {dmarc::policy_tag::p, "a.bank.test", "", ""},
  };
  for (const auto& r : rows) {
    facts f;
    f.header = read_header_facts(message::parse_header("From: a@a.bank.test"));
    f.spf.source = spf_source::given;
    dmarc::outcome& said = f.policies.emplace_back();
    said.status = result::fail;
    said.author_domain = "a.bank.test";
    said.policy_domain = r.policy_domain;
    said.asked_by = r.by;
    said.asked = said.accuses = dmarc::policy::reject;
    const reason why = decide(f, {}).why;
    EXPECT_EQ(why.code, "dmarc-fail");
    EXPECT_EQ(why.fact("np"), r.np);
    EXPECT_EQ(why.fact("above"), r.above);
  }
}

// It excuses nothing: it only tells more.
TEST(decide, tells_that_the_domain_signed_another_text) {
  facts f;
  f.header = read_header_facts(message::parse_header("From: a@bank.test"));
  f.spf.source = spf_source::given;
  dmarc::outcome& said = f.policies.emplace_back();
  said.status = result::fail;
  said.author_domain = said.policy_domain = "bank.test";
  said.asked = said.accuses = dmarc::policy::reject;
  for (const auto& [signer, told] :
       {std::pair("bank.test", "bank.test"), std::pair("esp.test", "")}) {
    f.dkim = {signature(result::fail, signer)};
    f.dkim[0].code = dkim::errc::body_hash;
    EXPECT_EQ(decide(f, {}).why.fact("text-of"), "");
    f.dkim[0].text_was_changed = true;
    const answer got = decide(f, {});
    EXPECT_EQ(got.what, level::forged) << signer;
    EXPECT_EQ(got.why.code, "dmarc-fail") << signer;
    EXPECT_EQ(got.why.fact("text-of"), told) << signer;
  }
}

TEST(decide, what_imitates_us) {
  facts f;
  f.header = read_header_facts(message::parse_header("From: a@b.test\r\n"));
  f.header.imitates = "a@b.test";
  EXPECT_EQ(decide(f, {}).what, level::forged);
  EXPECT_EQ(format(decide(f, {}).why), "not-by-mekiki seen=a@b.test");
  // Somebody with the domain's key wrote it.
  f.dkim = {signature(result::pass, "b.test")};
  EXPECT_EQ(decide(f, {}).what, level::new_);
  f.dkim = {signature(result::pass, "c.test")};
  EXPECT_EQ(decide(f, {}).what, level::forged);
}

TEST(decide, reasons_hold_no_foreign_words) {
  facts f;
  f.header = read_header_facts(message::parse_header("From: a@b.test\r\n"));
  f.dkim = {signature(result::pass, "x y=z\r\n\xff.test")};
  EXPECT_EQ(format(decide(f, {}).why),
            "third-party-signature author=b.test signer=x?y?z???.test");
}

}  // namespace
}  // namespace mekiki::verdict

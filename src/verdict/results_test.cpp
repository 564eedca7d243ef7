#include "verdict/results.hpp"

#include <string>

#include <gtest/gtest.h>

#include "auth/authres/format.hpp"

namespace mekiki::verdict {
namespace {

facts facts_of_all_checks() {
  facts known;
  known.header.author = "taro@a.test";
  known.found_border.emplace().status = border_status::found;
  known.found_border->by = "mx.us.test";
  known.found_border->time = 1'790'000'000;
  known.spf.source = spf_source::border;
  known.spf.asked.ip = *parse_ip_address("2001:db8::1");
  known.spf.asked.mail_from = "taro@a.test";
  known.spf.asked.helo = "mail.a.test";
  known.spf.outcome.status = auth::result::softfail;
  known.spf.outcome.reason = "\"~all\" in the record of a.test matches";
  known.arc.status = auth::result::pass;
  known.arc.reason = "the ARC chain is unbroken";
  known.arc.oldest_pass = 0;
  known.dmarc.status = auth::result::fail;
  known.dmarc.code = dmarc::errc::unaligned;
  known.dmarc.reason = "nothing belongs to a.test";
  known.dmarc.author_domain = known.dmarc.policy_domain = "a.test";
  known.dmarc.asked = dmarc::policy::reject;
  return known;
}

/// One entry a line.
std::string results(const facts& known) {
  std::string out;
  for (const authres::method_result& r : results_of(known)) {
    const std::string line = authres::format_value("m", {r});
    out += (out.empty() ? "" : "\n") + line.substr(line.find(' ') + 1);
  }
  return out;
}

TEST(results_of, has_an_entry_for_each_signature) {
  facts known;
  known.dkim.resize(2);
  known.dkim[0].status = auth::result::pass;
  known.dkim[0].reason = "the signature is good";
  known.dkim[0].domain = "a.test";
  known.dkim[0].identity = "@a.test";
  known.dkim[0].selector = "s1";
  known.dkim[0].algorithm = "rsa-sha256";
  known.dkim[0].signature_start = "mv/+12Ab";
  known.dkim[1].status = auth::result::temperror;
  known.dkim[1].domain = "list.test";
  EXPECT_EQ(results(known),
            "dkim=pass reason=\"the signature is good\" header.d=a.test "
            "header.i=@a.test header.s=s1 header.a=rsa-sha256 "
            "header.b=\"mv/+12Ab\"\n"
            "dkim=temperror header.d=list.test\n"
            "arc=none\n"
            "dmarc=none");
  known.dkim.resize(30);
  EXPECT_EQ(results_of(known).size(), 22U);
}

TEST(results_of, no_identity_but_the_one_that_the_signature_has) {
  const struct {
    const char *identity, *shown;
  } rows[] = {
      {"", ""},
      {"bounce-hana=example.jp@a.test", ""},
      {"はな@a.test", ""},
      {"\"hana chan\"@a.test", ""},
      {"hana@a.test", " header.i=hana@a.test"},
  };
  for (const auto& r : rows) {
    facts known;
    known.dkim.resize(1);
    known.dkim[0].domain = "a.test";
    known.dkim[0].identity = r.identity;
    EXPECT_EQ(results(known), "dkim=neutral header.d=a.test" +
                                  std::string(r.shown) +
                                  "\narc=none\ndmarc=none")
        << r.identity;
  }
}

TEST(results_of, names_of_tags_stay_readable) {
  facts known;
  known.dkim.resize(1);
  known.dkim[0].reason = "not readable (b=, bh=), x= is over, dkim=pass";
  EXPECT_EQ(results(known),
            "dkim=neutral reason=\"not readable (b=, bh=), x= is over, "
            "dkim?pass\"\narc=none\ndmarc=none");
}

TEST(results_of, has_an_entry_for_each_check) {
  facts known = facts_of_all_checks();
  EXPECT_EQ(results(known),
            "dkim=none reason=\"the mail is not signed\"\n"
            "spf=softfail reason=\"\\\"~all\\\" in the record of a.test "
            "matches; client address from the Received field of mx.us.test\" "
            "smtp.mailfrom=taro@a.test\n"
            "arc=pass reason=\"the ARC chain is unbroken\" "
            "header.oldest-pass=0 smtp.remote-ip=\"2001:db8::1\"\n"
            "dmarc=fail reason=\"nothing belongs to a.test; the policy "
            "of a.test is reject\" header.from=a.test");

  known.arc = {};
  known.dmarc = {};
  known.dmarc.reason = "no policy";
  known.spf.by_helo = true;
  known.senderid = {.status = auth::result::pass,
                    .reason = "allowed",
                    .field = "sender",
                    .address = "hanako@b.test"};
  known.adsp = historic::adsp_result::nxdomain;
  known.iprev = {.status = auth::result::pass,
                 .client = *parse_ip_address("192.0.2.1"),
                 .name = "mail.a.test"};
  EXPECT_EQ(
      results(known),
      "dkim=none reason=\"the mail is not signed\"\n"
      "spf=softfail reason=\"\\\"~all\\\" in the record of a.test "
      "matches; client address from the Received field of mx.us.test\" "
      "smtp.helo=mail.a.test\n"
      "arc=none\n"
      "dmarc=none reason=\"no policy\"\n"
      "sender-id=pass reason=\"allowed\" header.sender=hanako@b.test\n"
      "dkim-adsp=nxdomain reason=\"" +
          std::string(historic::describe(historic::adsp_result::nxdomain)) +
          "\" header.from=taro@a.test\n"
          "iprev=pass reason=\"the name is mail.a.test\" "
          "policy.iprev=192.0.2.1");
}

// dkim=pass beside "no domain that passed" would contradict itself.
TEST(results_of, a_key_in_test_mode_counts_as_none) {
  facts known = facts_of_all_checks();
  known.header.author_domain = "a.test";
  known.dkim.resize(1);
  known.dkim[0].status = auth::result::pass;
  known.dkim[0].domain = "a.test";
  known.dkim[0].testing = true;
  const std::string said =
      "dmarc=fail reason=\"the only aligned signature that passed has a key in "
      "test mode, which counts as no signature; the policy of a.test is "
      "reject\" header.from=a.test";
  EXPECT_TRUE(results(known).ends_with(said)) << results(known);
  known.dkim[0].domain = "b.test";
  EXPECT_FALSE(results(known).ends_with(said)) << results(known);
  known.dkim[0].domain = "a.test";
  known.dkim[0].status = auth::result::fail;
  EXPECT_FALSE(results(known).ends_with(said)) << results(known);
}

// The verdict does not believe it, so nothing is called proven.
TEST(results_of, spf_at_a_border_that_proves_nothing) {
  facts known = facts_of_all_checks();
  known.spf.outcome.status = auth::result::pass;
  known.dmarc.status = auth::result::pass;
  known.dmarc.code = dmarc::errc::aligned;
  known.dmarc.reason = "a domain that passed is aligned with the author's";
  known.dmarc.spf_aligned = true;
  EXPECT_NE(results(known).find("is aligned with the"), std::string::npos);

  known.found_border->through_loopback = true;
  EXPECT_EQ(results(known).find("proven"), std::string::npos) << results(known);
  EXPECT_NE(results(known).find(
                "from the Received field of mx.us.test, which a program on the "
                "provider's host could have written\" smtp.mailfrom"),
            std::string::npos)
      << results(known);
  EXPECT_TRUE(results(known).ends_with(
      "dmarc=pass reason=\"SPF fits the author's domain, but rests on a field "
      "that a program on the provider's host could have written; the policy "
      "of a.test is reject\" header.from=a.test"))
      << results(known);

  // What earlier mails taught may be imitated.
  known.found_border->through_loopback = false;
  known.found_border->by_view = true;
  EXPECT_NE(results(known).find("dmarc=pass reason=\"SPF fits the author's "
                                "domain, but rests on a field that nothing in "
                                "the mail shows to be the provider's; "),
            std::string::npos)
      << results(known);

  known.dmarc.dkim_aligned = true;
  EXPECT_NE(results(known).find("is aligned with the"), std::string::npos);
}

// No word for SPF says "not checked", so nothing is said of it there.
TEST(results_of, spf_that_was_left_out_has_no_entry) {
  facts known = facts_of_all_checks();
  known.spf = {};
  known.arc = {};
  known.found_border->status = border_status::broken_chain;
  known.dmarc.status = auth::result::none;
  known.dmarc.code = dmarc::errc::spf_left_out;
  known.dmarc.reason = "SPF could not be checked";
  EXPECT_EQ(results(known),
            "dkim=none reason=\"the mail is not signed\"\n"
            "arc=none\n"
            "dmarc=none reason=\"SPF could not be checked; way into the "
            "provider: broken-chain; the policy of a.test is reject\" "
            "header.from=a.test");
}

TEST(results_of, spf_tells_where_its_facts_came_from) {
  facts known = facts_of_all_checks();
  known.spf.source = spf_source::given;
  known.spf.outcome.reason = "no record";
  EXPECT_NE(results(known).find("\"no record; client address given by hand\""),
            std::string::npos);
  known.spf = {.source = spf_source::reported,
               .asked = {},
               .by_helo = false,
               .outcome = {.status = auth::result::pass, .domain = "a.test"},
               .reporter = "mx.us.test"};
  EXPECT_NE(
      results(known).find("spf=pass reason=\"not checked by us, reported by "
                          "mx.us.test\" smtp.mailfrom=a.test\n"),
      std::string::npos);
}

// Variable envelope senders hold '='. Half an address is better than a wrong
// one.
TEST(results_of, envelope_senders) {
  const struct {
    std::string path, written;
  } cases[] = {
      {"a@b.test", "a@b.test"},
      {"bounce+a=b.test@c.test", "@c.test"},
      {"\"x spf=pass\"@c.test", "@c.test"},
      // The quotes are no part of the name (RFC 5321 4.1.2).
      {"\"da..me.\"@c.test", "da..me.@c.test"},
      {"\"a;b\"@c.test", "@c.test"},
      {"\"a@b\"@c.test", "@c.test"},
      {"\"\"@c.test", "@c.test"},
      {"\"a\\\\b\"@c.test", "@c.test"},
      {"\"@c.test", "@c.test"},
      {"a@b@c.test", "\"a@b@c.test\""},
      {"spf=pass", "\"spf?pass\""},
      {"x@spf=pass", "\"@spf?pass\""},
  };
  for (const auto& c : cases) {
    facts known = facts_of_all_checks();
    known.spf.asked.mail_from = c.path;
    EXPECT_NE(results(known).find(" smtp.mailfrom=" + c.written + "\n"),
              std::string::npos)
        << c.path << "\n"
        << results(known);
  }
}

}  // namespace
}  // namespace mekiki::verdict

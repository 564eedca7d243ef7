#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "notify/edit.hpp"

namespace mekiki::notify {
namespace {

const settings ours{"mekiki.example", "s3cret"};

verdict::verdict unverified() {
  verdict::verdict v;
  v.result.why = verdict::reason("no-signature");
  return v;
}

TEST(annotate, writes_five_fields) {
  EXPECT_EQ(annotate(unverified(), ours),
            "X-DKIM-Check: none\r\n"
            "Authentication-Results: mekiki.example; dkim=none\r\n"
            " reason=\"the mail is not signed\"\r\n"
            "X-Mekiki-Verdict: unverified\r\n"
            "X-Mekiki-Reason: no-signature\r\n"
            "X-Mekiki-Label: unverified-s3cret\r\n");
}

TEST(annotate, has_an_entry_for_each_signature) {
  verdict::verdict v;
  v.result = {verdict::level::new_, verdict::reason("aligned-dkim")
                                        .with("author", "a.test")
                                        .with("signer", "a.test")
                                        .with("selector", "s1")};
  v.dkim_check = auth::result::pass;
  v.known.dkim.resize(2);
  v.known.dkim[0].status = auth::result::pass;
  v.known.dkim[0].reason = "the signature is good";
  v.known.dkim[0].domain = "a.test";
  v.known.dkim[0].identity = "@a.test";
  v.known.dkim[0].selector = "s1";
  v.known.dkim[0].algorithm = "rsa-sha256";
  v.known.dkim[0].signature_start = "mv/+12Ab";
  v.known.dkim[1].status = auth::result::temperror;
  v.known.dkim[1].domain = "list.test";
  EXPECT_EQ(annotate(v, ours),
            "X-DKIM-Check: pass\r\n"
            "Authentication-Results: mekiki.example; dkim=pass\r\n"
            " reason=\"the signature is good\" header.d=a.test header.i=@a.test"
            " header.s=s1\r\n"
            " header.a=rsa-sha256 header.b=\"mv/+12Ab\"; dkim=temperror"
            " header.d=list.test\r\n"
            "X-Mekiki-Verdict: new\r\n"
            "X-Mekiki-Reason: aligned-dkim author=a.test signer=a.test"
            " selector=s1\r\n"
            "X-Mekiki-Label: new-s3cret\r\n");
}

verdict::verdict with_all_checks() {
  verdict::verdict v = unverified();
  v.digest = "00";
  verdict::facts& known = v.known;
  known.header.author = "taro@a.test";
  known.entered.emplace().status = verdict::border_status::found;
  known.entered->by = "mx.us.test";
  known.spf.source = verdict::spf_source::border;
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
  return v;
}

// The value of Authentication-Results, unfolded, one entry a line.
std::string results(const verdict::verdict& v) {
  const std::string fields = annotate(v, ours);
  const std::size_t begin = fields.find("mekiki.example; ") + 16;
  std::string out =
      fields.substr(begin, fields.find("\r\nX-Mekiki-Verdict") - begin);
  for (std::size_t at = 0; (at = out.find("\r\n ")) != std::string::npos;)
    out.replace(at, 3, " ");
  for (std::size_t at = 0; (at = out.find("; ", at)) != std::string::npos;) {
    // Within a reason it is no end of an entry.
    const bool quoted = std::count(out.begin(), out.begin() + at, '"') % 2 == 1;
    if (!quoted)
      out.replace(at, 2, "\n");
    ++at;
  }
  return out;
}

TEST(annotate, has_an_entry_for_each_check) {
  verdict::verdict v = with_all_checks();
  EXPECT_EQ(results(v),
            "dkim=none reason=\"the mail is not signed\"\n"
            "spf=softfail reason=\"\\\"~all\\\" in the record of a.test "
            "matches; client address from the Received field of mx.us.test\" "
            "smtp.mailfrom=taro@a.test\n"
            "arc=pass reason=\"the ARC chain is unbroken\" "
            "header.oldest-pass=0 smtp.remote-ip=\"2001:db8::1\"\n"
            "dmarc=fail reason=\"nothing belongs to a.test; the policy "
            "of a.test is reject\" header.from=a.test");

  v.known.arc = {};
  v.known.dmarc = {};
  v.known.dmarc.reason = "no policy";
  v.known.spf.by_helo = true;
  v.known.senderid = {.status = auth::result::pass,
                      .reason = "allowed",
                      .field = "sender",
                      .address = "hanako@b.test"};
  v.known.adsp = adsp::result::nxdomain;
  v.known.iprev = {.status = auth::result::pass,
                   .client = *parse_ip_address("192.0.2.1"),
                   .name = "mail.a.test"};
  EXPECT_EQ(results(v),
            "dkim=none reason=\"the mail is not signed\"\n"
            "spf=softfail reason=\"\\\"~all\\\" in the record of a.test "
            "matches; client address from the Received field of mx.us.test\" "
            "smtp.helo=mail.a.test\n"
            "arc=none\n"
            "dmarc=none reason=\"no policy\"\n"
            "sender-id=pass reason=\"allowed\" header.sender=hanako@b.test\n"
            "dkim-adsp=nxdomain reason=\"" +
                std::string(adsp::describe(adsp::result::nxdomain)) +
                "\" header.from=taro@a.test\n"
                "iprev=pass reason=\"the name is mail.a.test\" "
                "policy.iprev=192.0.2.1");
}

// No word for SPF says "not checked", so nothing is said of it there.
TEST(annotate, spf_that_was_left_out_has_no_entry) {
  verdict::verdict v = with_all_checks();
  v.known.spf = {};
  v.known.arc = {};
  v.known.entered->status = verdict::border_status::broken_chain;
  v.known.dmarc.status = auth::result::none;
  v.known.dmarc.code = dmarc::errc::spf_left_out;
  v.known.dmarc.reason = "SPF could not be checked";
  EXPECT_EQ(results(v),
            "dkim=none reason=\"the mail is not signed\"\n"
            "arc=none\n"
            "dmarc=none reason=\"SPF could not be checked; way into the "
            "provider: broken-chain; the policy of a.test is reject\" "
            "header.from=a.test");
}

TEST(annotate, spf_tells_where_its_facts_came_from) {
  verdict::verdict v = with_all_checks();
  v.known.spf.source = verdict::spf_source::given;
  v.known.spf.outcome.reason = "no record";
  EXPECT_NE(results(v).find("\"no record; client address given by hand\""),
            std::string::npos);
  v.known.spf = {.source = verdict::spf_source::reported,
                 .asked = {},
                 .by_helo = false,
                 .outcome = {.status = auth::result::pass, .domain = "a.test"},
                 .reporter = "mx.us.test"};
  EXPECT_NE(results(v).find("spf=pass reason=\"not checked by us, reported by "
                            "mx.us.test\" smtp.mailfrom=a.test\n"),
            std::string::npos);
}

// Variable envelope senders hold '='. Half an address is better than a wrong
// one.
TEST(annotate, envelope_senders) {
  const struct {
    std::string path, written;
  } cases[] = {
      {"a@b.test", "a@b.test"},
      {"bounce+a=b.test@c.test", "@c.test"},
      {"\"x spf=pass\"@c.test", "@c.test"},
      {"a@b@c.test", "\"a@b@c.test\""},
      {"spf=pass", "\"spf?pass\""},
      {"x@spf=pass", "\"@spf?pass\""},
  };
  for (const auto& c : cases) {
    verdict::verdict v = with_all_checks();
    v.known.spf.asked.mail_from = c.path;
    EXPECT_NE(results(v).find(" smtp.mailfrom=" + c.written + "\n"),
              std::string::npos)
        << c.path << "\n"
        << results(v);
  }
}

TEST(annotate, a_long_reason_loses_whole_facts) {
  verdict::verdict v;
  v.result.why = verdict::reason("code").with("a", std::string(300, 'x'));
  for (int i = 0; i < 20; ++i) v.result.why.with("b", std::string(200, 'y'));
  v.result.why.facts.emplace_back("c", std::string(2000, 'z'));
  const std::string out = annotate(v, ours);
  EXPECT_NE(out.find(" a=" + std::string(255, 'x') + "\r\n"),
            std::string::npos);
  EXPECT_NE(out.find(" b=" + std::string(200, 'y') + "\r\n"),
            std::string::npos);
  EXPECT_EQ(out.find('z'), std::string::npos);
  EXPECT_LT(out.size(), 1500U);
}

// Whatever a sender writes, there are five fields, each result is one that was
// given, and no line is too long.
TEST(annotate, nothing_can_be_injected) {
  const std::string attacks[] = {
      "x; dkim=pass header.d=bank.test",
      "x\" ; dkim=pass header.d=bank.test (\"",
      "x\\\" ; dkim=pass",
      "x\r\nX-DKIM-Check: pass",
      "x\r\n\r\nbody",
      "x\ny\rz",
      std::string("x\0dkim=pass", 11),
      "(dkim=pass)",
      "spf=pass dmarc=pass arc=pass iprev=pass",
      std::string("\xe2\x80\xa8") + "dkim=pass",
      std::string(100'000, 'y'),
      std::string(100'000, '"'),
      std::string(100'000, ' '),
  };
  for (const std::string& attack : attacks) {
    SCOPED_TRACE(attack.substr(0, 60));
    verdict::verdict v = with_all_checks();
    v.result.why = verdict::reason("code").with("fact", attack);
    verdict::facts& known = v.known;
    known.header.author = known.header.author_domain = attack;
    known.entered->by = attack;
    known.spf.asked.mail_from = attack + "@" + attack;
    known.spf.outcome.reason = attack;
    known.arc.status = auth::result::fail;
    known.arc.reason = attack;
    known.dmarc.reason = known.dmarc.author_domain = attack;
    known.dmarc.policy_domain = attack;
    known.senderid = {.status = auth::result::fail,
                      .reason = attack,
                      .field = "from",
                      .address = attack};
    known.adsp = adsp::result::unknown;
    known.iprev = {.status = auth::result::fail, .client = {}, .name = attack};
    for (int i = 0; i < 50; ++i) {
      dkim::signature_result& r = v.known.dkim.emplace_back();
      r.status = auth::result::fail;
      r.reason = "about " + attack;
      r.domain = r.selector = r.identity = r.algorithm = r.signature_start =
          attack;
    }
    const std::string out = annotate(v, ours);
    std::size_t fields = 0;
    for (std::size_t begin = 0; begin < out.size();) {
      const std::size_t end = out.find("\r\n", begin);
      ASSERT_NE(end, std::string::npos);
      const std::string line = out.substr(begin, end - begin);
      EXPECT_LE(line.size(), 998U);
      EXPECT_NE(line.find_first_not_of(' '), std::string::npos);
      for (const char c : line) EXPECT_TRUE(c >= ' ' && c < '\x7f');
      if (line[0] != ' ')
        ++fields;
      begin = end + 2;
    }
    EXPECT_EQ(fields, 5U);
    const std::size_t block = out.find("Authentication-Results");
    const std::size_t next = out.find("X-Mekiki-Verdict");
    EXPECT_EQ(out.substr(block, next - block).find("=pass"), std::string::npos);
    EXPECT_LT(out.size(), 100'000U);
  }
}

TEST(annotate, undecided_is_a_temperror) {
  EXPECT_EQ(annotate(verdict::undecided("no-room"), ours),
            "X-DKIM-Check: none\r\n"
            "Authentication-Results: mekiki.example; dkim=temperror\r\n"
            " reason=\"the mail was not judged: no-room\"\r\n"
            "X-Mekiki-Verdict: unverified\r\n"
            "X-Mekiki-Reason: not-judged cause=no-room\r\n"
            "X-Mekiki-Label: unverified-s3cret\r\n");
}

}  // namespace
}  // namespace mekiki::notify

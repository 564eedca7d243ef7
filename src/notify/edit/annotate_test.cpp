#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "notify/edit/edit.hpp"
#include "verdict/results.hpp"

namespace mekiki::notify {
namespace {

const settings ours{"mekiki.example"};
const labels values{"s3cret", {}};

verdict::judgement unverified() {
  verdict::judgement v;
  v.result.why = verdict::reason("no-signature");
  v.results = {{.method = "dkim", .reason = "the mail is not signed"}};
  return v;
}

TEST(annotate, writes_five_fields) {
  EXPECT_EQ(annotate(unverified(), ours, values),
            "X-DKIM-Check: none\r\n"
            "Authentication-Results: mekiki.example; dkim=none\r\n"
            " reason=\"the mail is not signed\"\r\n"
            "X-Mekiki-Verdict: unverified\r\n"
            "X-Mekiki-Reason: no-signature\r\n"
            "X-Mekiki-Label: unverified-s3cret\r\n");
}

TEST(annotate, two_labels_while_rules_may_have_the_old_one) {
  const std::string out = annotate(unverified(), ours, {"s3cret", "01d"});
  EXPECT_TRUE(
      out.ends_with("X-Mekiki-Label: unverified-s3cret\r\n"
                    "X-Mekiki-Label: unverified-01d\r\n"))
      << out;
}

verdict::facts facts_of_all_checks() {
  verdict::facts known;
  known.header.author = "taro@a.test";
  known.found_border.emplace().status = verdict::border_status::found;
  known.found_border->by = "mx.us.test";
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
  return known;
}

// The add-on makes its sentence of this field.
TEST(annotate, a_reason_keeps_what_is_not_ascii) {
  verdict::judgement v = unverified();
  v.result.why = verdict::reason("display-name")
                     .with("seen", "\u82b1\u5b50 = 100%")
                     .with("like", "friend.example");
  const std::string out = annotate(v, ours, values);
  EXPECT_NE(out.find("\r\nX-Mekiki-Reason: display-name "
                     "seen=%E8%8A%B1%E5%AD%90%20%3D%20100%25\r\n"
                     " like=friend.example\r\n"),
            std::string::npos)
      << out;
}

TEST(annotate, a_reason_has_room_for_the_longest_fact) {
  verdict::judgement v = unverified();
  std::string name;
  for (int i = 0; i < 85; ++i) name += "\u82b1";
  v.result.why = verdict::reason("display-name").with("seen", name);
  const std::string out = annotate(v, ours, values);
  EXPECT_NE(out.find("%E8%8A%B1\r\nX-Mekiki-Label"), std::string::npos) << out;
}

TEST(annotate, a_long_reason_loses_whole_facts) {
  verdict::judgement v;
  v.result.why = verdict::reason("code").with("a", std::string(300, 'x'));
  for (int i = 0; i < 20; ++i) v.result.why.with("b", std::string(200, 'y'));
  v.result.why.facts.emplace_back("c", std::string(2000, 'z'));
  const std::string out = annotate(v, ours, values);
  EXPECT_NE(out.find(" a=" + std::string(255, 'x') + "\r\n"),
            std::string::npos);
  EXPECT_NE(out.find(" b=" + std::string(200, 'y') + "\r\n"),
            std::string::npos);
  EXPECT_EQ(out.find('z'), std::string::npos);
  EXPECT_LT(out.size(), 2100U);
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
    verdict::judgement v = unverified();
    v.result.why = verdict::reason("code").with("fact", attack);
    verdict::facts known = facts_of_all_checks();
    known.header.author = known.header.author_domain = attack;
    known.found_border->by = attack;
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
    known.adsp = historic::adsp_result::unknown;
    known.iprev = {.status = auth::result::fail, .client = {}, .name = attack};
    for (int i = 0; i < 50; ++i) {
      dkim::signature_result& r = known.dkim.emplace_back();
      r.status = auth::result::fail;
      r.reason = "about " + attack;
      r.domain = r.selector = r.identity = r.algorithm = r.signature_start =
          attack;
    }
    v.results = verdict::results_of(known);
    const std::string out = annotate(v, ours, values);
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
  EXPECT_EQ(annotate(verdict::undecided("no-room"), ours, values),
            "X-DKIM-Check: none\r\n"
            "Authentication-Results: mekiki.example; dkim=temperror\r\n"
            " reason=\"the mail was not judged: no-room\"\r\n"
            "X-Mekiki-Verdict: unverified\r\n"
            "X-Mekiki-Reason: not-judged cause=no-room\r\n"
            "X-Mekiki-Label: unverified-s3cret\r\n");
}

}  // namespace
}  // namespace mekiki::notify

#include <string>

#include <gtest/gtest.h>

#include "notify/edit.hpp"

namespace mekiki::notify {
namespace {

const settings ours{"mekiki.example", "s3cret"};

verdict::verdict unverified() {
  verdict::verdict v;
  v.reason = "no-signature";
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
  v.answer = verdict::level::new_;
  v.reason = "aligned-dkim author=a.test signer=a.test selector=s1";
  v.dkim_check = auth::result::pass;
  v.dkim.resize(2);
  v.dkim[0].status = auth::result::pass;
  v.dkim[0].reason = "the signature is good";
  v.dkim[0].domain = "a.test";
  v.dkim[0].identity = "@a.test";
  v.dkim[0].selector = "s1";
  v.dkim[0].algorithm = "rsa-sha256";
  v.dkim[0].signature_start = "mv/+12Ab";
  v.dkim[1].status = auth::result::temperror;
  v.dkim[1].domain = "list.test";
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
      std::string("\xe2\x80\xa8") + "dkim=pass",
      std::string(100'000, 'y'),
      std::string(100'000, '"'),
      std::string(100'000, ' '),
  };
  for (const std::string& attack : attacks) {
    SCOPED_TRACE(attack.substr(0, 60));
    verdict::verdict v = unverified();
    v.reason = "code fact=" + attack;
    v.author = v.author_domain = attack;
    for (int i = 0; i < 50; ++i) {
      dkim::signature_result& r = v.dkim.emplace_back();
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
    const std::size_t results = out.find("Authentication-Results");
    const std::size_t next = out.find("X-Mekiki-Verdict");
    EXPECT_EQ(out.substr(results, next - results).find("dkim=pass"),
              std::string::npos);
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

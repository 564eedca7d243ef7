#include "verdict/judgement.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace mekiki::verdict {
namespace {

dkim::signature_result signature(const std::string& domain,
                                 auth::result status) {
  dkim::signature_result r;
  r.status = status;
  r.domain = domain;
  r.selector = "s1";
  r.signed_fields = {"from", "subject"};
  return r;
}

facts signed_by(const std::string& domain, auth::result status) {
  facts f;
  f.header.author = "hanako@example.jp";
  f.header.author_domain = "example.jp";
  f.header.author_count = f.header.from_fields = 1;
  f.header.author_is_clear = true;
  f.header.shown = {1, 1, 0, 0, 0};
  f.dkim = {signature(domain, status)};
  f.dmarc.status = status;
  return f;
}

judgement judged(facts known, const policy& p = {}) {
  return judge(std::move(known), "abcd", p);
}

TEST(judge, tells_all_that_follows_from_the_facts) {
  const judgement j = judged(signed_by("example.jp", auth::result::pass));
  EXPECT_TRUE(j.is_judged());
  EXPECT_EQ(j.digest, "abcd");
  EXPECT_EQ(j.result.what, level::new_);
  EXPECT_EQ(j.result.why.code, "aligned-dkim");
  EXPECT_EQ(j.dkim_check, auth::result::pass);
  EXPECT_EQ(j.proven.signers, std::vector<std::string>{"example.jp"});
  EXPECT_TRUE(j.proven.is_proven);
  ASSERT_FALSE(j.results.empty());
  EXPECT_EQ(j.results[0].method, "dkim");
  EXPECT_EQ(j.results[0].result, auth::result::pass);
}

// A copy, and what was moved, borrows nothing of the first.
TEST(judge, is_a_value) {
  judgement first = judged(signed_by("example.jp", auth::result::pass));
  const judgement copy = first;
  first = undecided("no-room");
  EXPECT_EQ(copy.proven.signers, std::vector<std::string>{"example.jp"});
  EXPECT_EQ(copy.known.dkim.size(), 1U);
}

/// The evidence follows the policy in force: a sender class that a mail fails.
TEST(judge, weighs_by_the_policy) {
  policy strict;
  strict.senders = sender_class::strict;
  strict.bulk_senders = {"example.jp"};
  facts f = signed_by("example.jp", auth::result::pass);
  f.spf.source = spf_source::given;
  f.spf.outcome.status = auth::result::fail;
  f.spf.outcome.domain = "example.jp";
  EXPECT_EQ(judged(f).result.what, level::new_);
  EXPECT_EQ(judged(f, strict).result.why.code, "sender-class");
}

// RFC 8601 has no word for it: it is a temperror about nobody's signature.
TEST(undecided, is_no_judgement) {
  const judgement j = undecided("no-room");
  EXPECT_FALSE(j.is_judged());
  EXPECT_EQ(j.not_judged_because, "no-room");
  EXPECT_EQ(j.result.what, level::unverified);
  EXPECT_EQ(format(j.result.why), "not-judged cause=no-room");
  EXPECT_EQ(j.dkim_check, auth::result::none);
  EXPECT_TRUE(j.known.dkim.empty());
  EXPECT_EQ(authres::format_value("m", j.results),
            "m; dkim=temperror reason=\"the mail was not judged: no-room\"");
}

}  // namespace
}  // namespace mekiki::verdict

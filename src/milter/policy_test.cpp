#include "milter/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::milter {
namespace {

using action = disposition::action;
using testing::HasSubstr;

verdict::judgement failed(mekiki::dmarc::policy asked,
                          verdict::level what = verdict::level::forged) {
  verdict::judgement v;
  v.result.what = what;
  v.known.dmarc.status = auth::result::fail;
  v.known.dmarc.author_domain = "mail.bank.example";
  v.known.dmarc.policy_domain = "bank.example";
  v.known.dmarc.disposition = v.known.dmarc.accuses = asked;
  return v;
}

const envelope to_taro{.sender = "",
                       .recipients = {"taro@example.jp"},
                       .recipient_count = 1,
                       .user = {},
                       .queue_id = {}};

action decided(const verdict::judgement& v, const policy& p,
               const envelope& e = to_taro) {
  return decide(v, e, p, "mx.example.jp").what;
}

// RFC 9989 5.3.6 leaves it to the receiver; the table is the settings' own.
TEST(policy, both_bound_it) {
  using mekiki::dmarc::policy;
  const struct {
    measure most;
    policy asked;
    action expected;
  } cases[] = {
      {measure::mark, policy::reject, action::accept},
      {measure::quarantine, policy::none, action::accept},
      {measure::quarantine, policy::quarantine, action::quarantine},
      {measure::quarantine, policy::reject, action::quarantine},
      {measure::reject, policy::none, action::accept},
      {measure::reject, policy::quarantine, action::quarantine},
      {measure::reject, policy::reject, action::reject},
  };
  for (const auto& c : cases) {
    milter::policy p;
    p.on_dmarc_fail = c.most;
    EXPECT_EQ(decided(failed(c.asked), p), c.expected)
        << to_string(c.most) << ' ' << to_string(c.asked);
  }
}

TEST(policy, mail_that_readers_are_not_warned_of_is_taken) {
  policy p;
  p.on_dmarc_fail = measure::reject;
  using verdict::level;
  for (const level l :
       {level::genuine, level::new_, level::unverified, level::altered})
    EXPECT_EQ(decided(failed(mekiki::dmarc::policy::reject, l), p),
              action::accept);
  auto v = failed(mekiki::dmarc::policy::reject);
  v.known.dmarc.status = auth::result::none;  // forged for another reason
  EXPECT_EQ(decided(v, p), action::accept);
  // It fails by one of the two RFCs alone.
  v = failed(mekiki::dmarc::policy::reject);
  v.known.dmarc.accuses = mekiki::dmarc::policy::none;
  EXPECT_EQ(decided(v, p), action::accept);
}

TEST(policy, the_longest_name_counts) {
  policy p;
  p.on_dmarc_fail = measure::mark;
  p.domains = {{"example", measure::mark},
               {"bank.example", measure::reject},
               {"k.example", measure::quarantine}};
  EXPECT_EQ(decided(failed(mekiki::dmarc::policy::reject), p), action::reject);
  p.domains.push_back({"mail.bank.example", measure::mark});
  EXPECT_EQ(decided(failed(mekiki::dmarc::policy::reject), p), action::accept);
}

TEST(policy, is_left_to_those_who_are_to_get_all) {
  policy p;
  p.on_dmarc_fail = measure::reject;
  p.excluded = {"postmaster", "info@example.jp"};
  const auto v = failed(mekiki::dmarc::policy::reject);
  const auto to = [](std::vector<std::string> recipients) {
    envelope e;
    e.recipient_count = recipients.size();
    e.recipients = std::move(recipients);
    return e;
  };
  EXPECT_EQ(decided(v, p, to({"Postmaster@example.jp"})), action::accept);
  EXPECT_EQ(decided(v, p, to({"postmaster"})), action::accept);
  EXPECT_EQ(decided(v, p, to({"INFO@example.jp", "postmaster@x.example"})),
            action::accept);
  // Who adds one of them to a forged mail gains nothing.
  EXPECT_EQ(decided(v, p, to({"postmaster@example.jp", "taro@example.jp"})),
            action::reject);
  EXPECT_EQ(decided(v, p, to({"info@other.example"})), action::reject);
  envelope many = to({"postmaster@example.jp"});
  many.recipient_count = 10'000;  // not all of them were kept
  EXPECT_EQ(decided(v, p, many), action::reject);
}

TEST(policy, a_refusal_says_why_and_whom_to_ask) {
  policy p;
  p.on_dmarc_fail = measure::reject;
  const auto d = decide(failed(mekiki::dmarc::policy::reject), to_taro, p,
                        "mx.example.jp");
  EXPECT_THAT(d.reason, HasSubstr("mail.bank.example"));
  EXPECT_THAT(d.reason,
              HasSubstr("the record of bank.example asks for reject"));
  EXPECT_THAT(d.reason, HasSubstr("postmaster@mx.example.jp"));
  p.contact = "+81 3 0000 0000";
  EXPECT_THAT(
      decide(failed(mekiki::dmarc::policy::reject), to_taro, p, "").reason,
      HasSubstr("+81"));
}

TEST(policy, what_the_dns_leaves_open_may_come_again) {
  policy p;
  p.temperror_comes_again = true;
  verdict::judgement v;
  v.result.what = verdict::level::unverified;
  EXPECT_EQ(decided(v, p), action::accept);
  verdict::possible_answer forged;
  forged.said.what = verdict::level::forged;
  v.later.answers = {verdict::possible_answer(), forged};
  EXPECT_EQ(decided(v, p), action::tempfail);
  p.temperror_comes_again = false;
  EXPECT_EQ(decided(v, p), action::accept);
}

}  // namespace
}  // namespace mekiki::milter

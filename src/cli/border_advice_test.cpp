#include "cli/border_advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/terminal.hpp"

namespace mekiki::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using verdict::border_vote;

constexpr std::int64_t now = 1'795'262'400;

const std::string inner = "public p.example by p.example smtp\n";
const std::string door = "border by p.example mf";

/// One for each of so many organizations.
std::vector<border_vote> votes_for(const std::string& above,
                                   const std::string& relay, int count) {
  std::vector<border_vote> out;
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    border_vote& v = out.emplace_back();
    if (!relay.empty())
      v.places.push_back({"border by p.example store", relay});
    v.places.push_back({above + door, "203.0.113." + n});
    v.organization = "org" + n + ".example";
    v.signature = n;
    v.authority = "ip4:203.0.113." + n;
    v.at = now;
  }
  return out;
}

TEST(advise, names_the_hosts_above_the_border) {
  EXPECT_FALSE(advise({}, now));
  EXPECT_FALSE(advise(votes_for(inner, "192.0.2.1", 11), now)) << "too few";
  const auto found = advise(votes_for(inner, "192.0.2.1", 12), now);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->networks, ElementsAre("192.0.2.1/32"));
  EXPECT_EQ(found->host_domain, "");
  EXPECT_FALSE(found->asks_mail_only);
  EXPECT_EQ(format(*found, "pop.example.jp"),
            "[[provider]]\nupstream = \"pop.example.jp\"\n"
            "networks = [\"192.0.2.1/32\"]\n");

  const auto v6 = advise(votes_for(inner, "2001:db8::1", 12), now);
  ASSERT_TRUE(v6);
  EXPECT_THAT(v6->networks, ElementsAre("2001:db8::1/128"));
}

TEST(advise, names_the_domain_of_a_door_alone) {
  const auto found = advise(votes_for("", "", 12), now);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->networks.empty());
  EXPECT_EQ(found->host_domain, "p.example");
  const auto local =
      advise(votes_for("loopback by p.example smtp\n", "", 12), now);
  ASSERT_TRUE(local);
  EXPECT_TRUE(local->asks_mail_only);
  EXPECT_THAT(format(*local, "pop.example.jp"), HasSubstr("# mail_only"));
}

TEST(advise, never_by_one_who_sends_much) {
  std::vector<border_vote> votes = votes_for(inner, "192.0.2.1", 12);
  for (border_vote& v : votes) v.organization = "evil.example";
  EXPECT_FALSE(advise(votes, now));
}

TEST(tell_views, says_what_is_missing) {
  const auto views = told_views(votes_for(inner, "192.0.2.1", 3), {}, now);
  const std::string told = without_colours(tell_views(views));
  EXPECT_THAT(told, HasSubstr("not in use: 3 mails of 3 senders"));
  EXPECT_THAT(told, HasSubstr("mails 3 of 12, senders 3 of 8, days 1 of 5"));
  EXPECT_THAT(told, HasSubstr("    border by p.example mf\n"));
  EXPECT_EQ(views_json(views).at(0).at("senders").as_uint64(), 3U);
  EXPECT_TRUE(views_json(views).at(0).at("answer").is_null());
}

TEST(tell_views, says_no_more_than_is_missing) {
  auto votes = votes_for(inner, "192.0.2.1", 12);
  const std::string few_days =
      without_colours(tell_views(told_views(votes, {}, now)));
  EXPECT_THAT(
      few_days,
      HasSubstr("needs: days 1 of 5, days from first to last 0 of 7\n"));
  EXPECT_THAT(without_colours(tell_views(
                  told_views(votes_for(inner, "192.0.2.1", 1), {}, now))),
              HasSubstr("not in use: 1 mail of 1 sender, 0 against"));
  // Somebody's answer makes up for what is missing.
  const std::string confirmed = without_colours(tell_views(told_views(
      votes, {{inner + door, verdict::border_reply::yes, now}}, now)));
  EXPECT_THAT(confirmed, HasSubstr("in use, confirmed"));
  EXPECT_THAT(confirmed, testing::Not(HasSubstr("needs:")));
  EXPECT_THAT(confirmed, HasSubstr("Each line is a hop, the last one first"));
  EXPECT_EQ(tell_views({}), "");
}

TEST(tell_views, says_what_a_person_said) {
  using enum verdict::border_reply;
  const std::string view = inner + door;
  const auto votes = votes_for(inner, "192.0.2.1", 5);
  auto views = told_views(votes, {{view, yes, now}}, now);
  EXPECT_THAT(without_colours(tell_views(views)),
              HasSubstr("in use, confirmed 2026-11-21T12:00:00Z: 5 mails"));
  EXPECT_EQ(views_json(views).at(0).at("answer").as_string(), "yes");
  EXPECT_TRUE(views_json(views).at(0).at("usable").as_bool());
  views = told_views(votes, {{view, no, now}}, now);
  EXPECT_THAT(without_colours(tell_views(views)),
              HasSubstr("not in use, refused 2026-11-21T12:00:00Z: 5 mails"));
  views = told_views(votes, {{view, later, now}}, now);
  EXPECT_THAT(without_colours(tell_views(views)),
              HasSubstr("not in use, put off 2026-11-21T12:00:00Z: 5 mails"));
  // The votes are gone, the word stays.
  views = told_views({}, {{view, yes, now}}, now);
  EXPECT_THAT(without_colours(tell_views(views)),
              HasSubstr("in use, confirmed 2026-11-21T12:00:00Z: 0 mails of 0 "
                        "senders, 0 against\n"));
}

TEST(advise, never_what_a_person_refused) {
  const auto votes = votes_for(inner, "192.0.2.1", 12);
  EXPECT_TRUE(
      advise(votes, now, {{inner + door, verdict::border_reply::yes, 1}}));
  EXPECT_FALSE(
      advise(votes, now, {{inner + door, verdict::border_reply::no, 1}}));
}

}  // namespace
}  // namespace mekiki::cli

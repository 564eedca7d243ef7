#include "verdict/open_questions.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/unix_time.hpp"
#include "verdict/test_views.hpp"

namespace mekiki::verdict {
namespace {

using namespace test;

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string mx_set = "mx.p.example\n";

struct poll {
  std::vector<border_vote> votes;
  std::vector<border_answer> answers;

  void vote(int organization, int day, std::vector<border_vote::place> places) {
    border_vote& v = votes.emplace_back();
    v.places = std::move(places);
    v.organization = fmt::format("org{}.example", organization);
    v.authority = "ip4:" + v.places.back().client;
    v.at = start + day * day_seconds;
    v.signature = std::to_string(votes.size());
  }
  /// By two inner hosts to the door.
  void honest(int mails, int organizations) {
    for (int i = 0; i < mails; ++i) {
      vote(
          i % organizations, i % 2,
          {{inner, fmt::format("10{}", i % 2)}, {door, fmt::format("s{}", i)}});
    }
  }
  /// By his relays to the door, and below that whatever he writes.
  void invent(int mails, int relays, int day = 0) {
    for (int i = 0; i < mails; ++i) {
      vote(100 + i, day,
           {{inner, "100"},
            {door, fmt::format("evil{}", i % relays)},
            {below, fmt::format("invented{}", i)}});
    }
  }
  std::vector<open_question> open(std::int64_t days = 2) const {
    return open_questions(votes, answers, mx_set, start + days * day_seconds);
  }
  std::vector<std::string> asked(std::int64_t days = 2) const {
    std::vector<std::string> out;
    for (const open_question& q : open(days)) out.push_back(q.view);
    return out;
  }
  std::vector<border_view> usable(std::int64_t days = 2) const {
    return usable_views(votes, start + days * day_seconds, answers);
  }
};

TEST(open_questions, name_what_was_seen) {
  poll p;
  p.honest(6, 4);
  const auto questions = p.open();
  ASSERT_THAT(questions, SizeIs(1));
  EXPECT_EQ(questions[0].view, door);
  EXPECT_EQ(questions[0].host, "mx*.p.example");
  EXPECT_EQ(questions[0].mails, 6u);
  EXPECT_EQ(questions[0].organizations, 4u);
  EXPECT_THAT(p.asked(1 + 45), ElementsAre(door));
  EXPECT_THAT(p.asked(1 + 46), IsEmpty()) << "unseen for long";
}

TEST(open_questions, need_five_mails_of_three_organizations) {
  const struct {
    int mails, organizations;
    bool asked;
  } rows[] = {{5, 3, true}, {4, 4, false}, {5, 2, false}, {100, 2, false}};
  for (const auto& r : rows) {
    poll p;
    p.honest(r.mails, r.organizations);
    EXPECT_EQ(!p.open().empty(), r.asked) << r.mails << r.organizations;
  }
  poll p;
  for (int i = 0; i < 6; ++i)
    p.vote(i, i % 2, {{door, fmt::format("{}", i % 2)}});
  EXPECT_THAT(p.open(), IsEmpty()) << "two clients: no border";
}

TEST(open_questions, are_not_asked_where_the_votes_suffice) {
  poll p;
  for (int i = 0; i < 12; ++i)
    p.vote(i, i % 8, {{door, fmt::format("s{}", i)}});
  EXPECT_THAT(p.usable(8), SizeIs(1));
  EXPECT_THAT(p.open(8), IsEmpty());
}

// Of one host with a domain a person can tell whose it is.
TEST(open_questions, are_about_hosts_that_have_a_name) {
  const struct {
    const char* border;
    const char* host;  // null: not asked
  } rows[] = {
      {"border by ocn.ad.jp mf", "mf*.ocn.ad.jp"},
      {"border by ocn.ad.jp ocn", "ocn.ad.jp"},
      {"border by ocn.ad.jp", "ocn.ad.jp"},
      {"border by xn--fiq228c.example mx", "mx*.xn--fiq228c.example"},
      {"border by localhost", nullptr},
      {"border by -", nullptr},
      {"border by address", nullptr},
      {"border by co.jp mx", nullptr},
      {"border by <b>.example mx", nullptr},
      {"border by 192.0.2.1 mx", nullptr},
      {"public p.example by p.example smtp", nullptr},
  };
  for (const auto& r : rows) {
    poll p;
    for (int i = 0; i < 6; ++i)
      p.vote(i, 0, {{r.border, fmt::format("s{}", i)}});
    const auto questions = p.open();
    ASSERT_EQ(questions.size(), r.host == nullptr ? 0u : 1u) << r.border;
    if (r.host != nullptr) {
      EXPECT_EQ(questions[0].host, r.host);
      EXPECT_NE(domain_of_view(r.border), "");
    }
  }
}

TEST(open_questions, are_not_about_hosts_of_the_built_in_table) {
  poll p;
  for (int i = 0; i < 6; ++i)
    p.vote(i, 0, {{"border by outlook.com am", fmt::format("s{}", i)}});
  EXPECT_THAT(p.open(), SizeIs(1));
  EXPECT_THAT(open_questions(p.votes, {},
                             "p-example.mail.protection.outlook.com\n", start),
              IsEmpty());
  p = poll();
  p.honest(6, 6);
  EXPECT_THAT(open_questions(p.votes, {},
                             "p-example.mail.protection.outlook.com\n", start),
              SizeIs(1))
      << "a host behind the gateway";
}

TEST(open_questions, are_few) {
  poll p;
  for (int n = 0; n < 6; ++n) {
    for (int i = 0; i < 5 + n; ++i)
      p.vote(i, 0,
             {{fmt::format("border by p{}.example mx", n),
               fmt::format("s{}", i)}});
  }
  EXPECT_THAT(p.asked(),
              ElementsAre("border by p5.example mx", "border by p4.example mx",
                          "border by p3.example mx"));
}

// ----------------------------------------------------------------- attacks

TEST(open_questions, are_not_about_hops_invented_below_the_border) {
  poll p;
  p.honest(6, 4);
  p.invent(40, 1);
  EXPECT_THAT(p.asked(), ElementsAre(door));
  p = poll();
  p.invent(40, 40);
  EXPECT_THAT(p.asked(), ElementsAre(below)) << "nothing else is known yet";
  p.honest(1, 1);
  EXPECT_THAT(p.asked(), IsEmpty());
}

// His SPF records name the hosts that hand mail on within the provider.
TEST(open_questions, are_not_about_inner_hosts) {
  const auto named = [](int honest, int hosts) {
    poll p;
    for (int i = 0; i < 8; ++i)
      p.vote(100 + i % 3, 0, {{inner, fmt::format("10{}", i % 4)}});
    for (int i = 0; i < honest; ++i) {
      p.vote(i, 0,
             {{inner, fmt::format("10{}", i % hosts)},
              {door, fmt::format("s{}", i)}});
    }
    return p;
  };
  for (const int hosts : {1, 2, 4}) {
    EXPECT_THAT(named(0, hosts).asked(), ElementsAre(inner));
    EXPECT_THAT(named(2, hosts).asked(), ElementsAre(inner));
    EXPECT_THAT(named(3, hosts).asked(), IsEmpty()) << hosts;
    EXPECT_THAT(named(4, hosts).asked(), IsEmpty()) << hosts;
    // It was answered too early.
    for (const int honest : {0, 2, 3, 12, 40}) {
      poll p = named(honest, hosts);
      p.answers = {{inner, border_reply::yes, start}};
      bool is_used = false;
      for (const border_view& v : p.usable())
        is_used = is_used || v.view == inner;
      EXPECT_EQ(is_used, honest < 3) << honest << " by " << hosts;
    }
  }
  EXPECT_THAT(named(12, 4).asked(), ElementsAre(door));
}

// ----------------------------------------------------------------- answers

TEST(border_answers, yes_is_enough) {
  poll p;
  p.honest(5, 3);
  EXPECT_THAT(p.usable(), IsEmpty());
  p.answers = {{door, border_reply::yes, start + 2 * day_seconds}};
  const auto views = p.usable();
  ASSERT_THAT(views, SizeIs(1));
  EXPECT_EQ(views[0].view, door);
  EXPECT_TRUE(views[0].confirmed);
  EXPECT_EQ(views[0].mails, 5u);
  EXPECT_THAT(p.open(), IsEmpty()) << "asked once";
  EXPECT_THAT(p.usable(400), SizeIs(1)) << "it does not lapse";
  p.votes.clear();
  ASSERT_THAT(p.usable(400), SizeIs(1));
  EXPECT_EQ(p.usable(400)[0].last, start + 2 * day_seconds);
  p.answers[0].view = below;
  EXPECT_THAT(p.usable(), SizeIs(1)) << "each for its own view";
}

TEST(border_answers, votes_make_a_confirmed_view_their_own) {
  poll p;
  p.answers = {{door, border_reply::yes, start}};
  for (int i = 0; i < 12; ++i)
    p.vote(i, i % 8, {{door, fmt::format("s{}", i)}});
  const auto views = p.usable(8);
  ASSERT_THAT(views, SizeIs(1));
  EXPECT_FALSE(views[0].confirmed);
}

TEST(border_answers, no_is_final) {
  poll p;
  p.honest(5, 3);
  p.answers = {{door, border_reply::no, start}};
  EXPECT_THAT(p.asked(), IsEmpty());
  EXPECT_THAT(p.asked(40), IsEmpty());
  for (int i = 0; i < 40; ++i)
    p.vote(i, i % 10, {{door, fmt::format("t{}", i)}});
  EXPECT_THAT(p.usable(10), IsEmpty());
  EXPECT_THAT(p.asked(10), IsEmpty());
  p.answers.clear();
  EXPECT_THAT(p.usable(10), SizeIs(1));
}

TEST(border_answers, later_is_asked_again_after_a_week) {
  poll p;
  p.honest(5, 3);
  p.answers = {{door, border_reply::later, start + 2 * day_seconds}};
  EXPECT_THAT(p.usable(), IsEmpty());
  EXPECT_THAT(p.asked(8), IsEmpty());
  EXPECT_THAT(p.asked(9), ElementsAre(door));
  for (int i = 0; i < 12; ++i)
    p.vote(i, i % 8, {{door, fmt::format("t{}", i)}});
  EXPECT_THAT(p.usable(8), SizeIs(1)) << "the votes suffice now";
}

// As long as the votes alone would not do.
TEST(border_answers, votes_for_a_deeper_place_dispute_a_yes) {
  poll p;
  p.honest(6, 6);
  p.answers = {{door, border_reply::yes, start}};
  p.invent(2, 2);
  EXPECT_THAT(p.usable(), SizeIs(1)) << "two organizations";
  p.invent(40, 1);
  EXPECT_THAT(p.usable(), SizeIs(1)) << "one relay";
  p = poll();
  p.honest(6, 6);
  p.answers = {{door, border_reply::yes, start}};
  p.invent(3, 3);
  EXPECT_THAT(p.usable(), IsEmpty());
  EXPECT_THAT(p.asked(), IsEmpty());
}

}  // namespace
}  // namespace mekiki::verdict

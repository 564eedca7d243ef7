#include "verdict/border_views.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/unix_time.hpp"
#include "verdict/test_views.hpp"

namespace mekiki::verdict {
namespace {

using namespace test;

using auth::result;

constexpr const char* date = "; Sat, 21 Nov 2026 10:00:00 +0900\r\n";

std::vector<border_place> places_of(const std::string& text) {
  const std::string whole = text + "\r\n";
  const message::header_view header = message::parse_header(whole);
  return border_places(trace_of(header), header);
}

std::string field(const std::string& text) {
  return "Received: " + text + date;
}

std::vector<std::string> views_of(const std::string& text) {
  std::vector<std::string> out;
  for (const border_place& p : places_of(text)) out.push_back(p.view);
  return out;
}

/// OCN: two hosts of the provider whose addresses nothing names.
std::string ocn(const std::string& number, const std::string& client) {
  return field("from mogw" + number + ".ocn.ad.jp (mogw" + number +
               ".ocn.ad.jp [153.149.231.43])\r\n\tby mfdf018.ocn.ad.jp "
               "(Postfix) with ESMTP id 1") +
         field("from mf-smf-ucb0" + number + " (mf-smf-ucb0" + number +
               ".ocn.ad.jp [153.153.66.163])\r\n\tby mogw" + number +
               ".ocn.ad.jp (Postfix) with ESMTP id 2") +
         field("from x.example (" + client + ")\r\n\tby mf-smf-ucb0" + number +
               ".ocn.ad.jp (Postfix) with ESMTPS id 3");
}

TEST(border_places, have_the_form_of_all_hops_above) {
  const auto places = places_of(ocn("37", "mail.sender.example [192.0.2.1]"));
  ASSERT_EQ(places.size(), 3u);
  EXPECT_EQ(places[0].view, "border by ocn.ad.jp mfdf");
  EXPECT_EQ(format(places[0].client), "153.149.231.43");
  EXPECT_EQ(places[2].hop, 2u);
  EXPECT_EQ(format(places[2].client), "192.0.2.1");
  EXPECT_EQ(places[2].view,
            "public ocn.ad.jp by ocn.ad.jp smtp\n"
            "public ocn.ad.jp by ocn.ad.jp smtp\n"
            "border by ocn.ad.jp mf");
}

TEST(border_places, forget_hosts_numbers_and_the_sender) {
  EXPECT_EQ(views_of(ocn("37", "mail.sender.example [192.0.2.1]")),
            views_of(ocn("1042", "unknown [198.51.100.7]")));
  // Another company's host in between is another form.
  std::string other = ocn("37", "mail.sender.example [192.0.2.1]");
  other.replace(other.find("mf-smf-ucb037.ocn.ad.jp [153"), 23,
                "mf-smf.evil.example");
  EXPECT_NE(views_of(other)[2],
            views_of(ocn("37", "mail.sender.example [192.0.2.1]"))[2]);
}

TEST(border_places, tell_programs_by_their_users) {
  const std::string entry =
      field("from a.example ([192.0.2.1])\r\n\tby mx.p.example with ESMTP");
  const auto behind = [&](const std::string& program) {
    const auto views = views_of(field(program) + entry);
    return views.size() == 1 ? views[0] : "no place";
  };
  const struct {
    const char* about;
    const char* usual;
    const char* other;
  } rows[] = {
      {"Postfix", "by mx.p.example (Postfix, from userid 110)\r\n\tid 1",
       "by mx.p.example (Postfix, from userid 48)\r\n\tid 1"},
      {"qmail", "(qmail 1 invoked by uid 89)", "(qmail 1 invoked by uid 501)"},
      {"Sendmail", "(from filter@localhost)\r\n\tby mx.p.example id 1",
       "(from webuser@localhost)\r\n\tby mx.p.example id 1"},
      {"Exim, the user",
       "from mail by mx.p.example with spam-scanned (Exim 4)\r\n\tid 1",
       "from apache by mx.p.example with spam-scanned (Exim 4)\r\n\tid 1"},
      {"Exim, the protocol",
       "from mail by mx.p.example with spam-scanned (Exim 4)\r\n\tid 1",
       "from mail by mx.p.example with local (Exim 4)\r\n\tid 1"},
  };
  for (const auto& r : rows) {
    EXPECT_NE(behind(r.usual), "no place") << r.about;
    EXPECT_EQ(behind(r.usual), behind(r.usual)) << r.about;
    EXPECT_NE(behind(r.usual), behind(r.other)) << r.about;
    EXPECT_NE(behind(r.usual), views_of(entry)[0]) << r.about;
  }
}

TEST(border_places, end_where_nothing_is_known) {
  const std::string entry =
      field("from a.example ([192.0.2.1])\r\n\tby mx.p.example with ESMTP");
  EXPECT_EQ(views_of(field("from ((") + entry).size(), 0u);
  EXPECT_EQ(views_of(field("from a.example ([192.0.2.1])\r\n\tby "
                           "mx.p.example with ESMTPSA") +
                     entry)
                .size(),
            0u);
  std::string long_trace;
  for (int i = 0; i < 30; ++i) long_trace += entry;
  EXPECT_EQ(views_of(long_trace).size(), 6u);
}

TEST(voted_place, is_where_spf_passes_alone) {
  using enum result;
  EXPECT_EQ(voted_place({fail, pass}), 1u);
  EXPECT_EQ(voted_place({softfail, pass, neutral}), 1u);
  EXPECT_EQ(voted_place({pass}), 0u);
  EXPECT_EQ(voted_place({}), std::nullopt);
  EXPECT_EQ(voted_place({fail, fail}), std::nullopt);
  EXPECT_EQ(voted_place({none, pass}), std::nullopt);
  // "+all", or a record that names the hosts of the provider.
  EXPECT_EQ(voted_place({pass, pass}), std::nullopt);
  EXPECT_EQ(voted_place({temperror, pass}), std::nullopt);
  EXPECT_EQ(voted_place({permerror, pass}), std::nullopt);
}

// --------------------------------------------------------------- elections

struct election {
  std::vector<border_vote> votes;

  border_vote& vote(int organization, int day,
                    std::vector<border_vote::place> places) {
    border_vote& v = votes.emplace_back();
    v.places = std::move(places);
    v.organization = fmt::format("org{}.example", organization);
    v.authority = fmt::format("ip4:{}", v.places.back().client);
    v.at = start + day * day_seconds;
    v.signature = fmt::format("{}", votes.size());
    return v;
  }
  /// Twelve independent senders on eight days, by two inner hosts.
  void honest(int count = 12) {
    for (int i = 0; i < count; ++i) {
      vote(
          i, i % 8,
          {{inner, fmt::format("10{}", i % 2)}, {door, fmt::format("s{}", i)}});
    }
  }
  std::vector<std::string> usable(std::int64_t days = 8) const {
    std::vector<std::string> out;
    for (const border_view& v :
         usable_views(votes, start + days * day_seconds)) {
      out.push_back(v.view);
    }
    return out;
  }
};

using testing_views = std::vector<std::string>;

TEST(usable_views, need_mails_of_independent_senders) {
  election e;
  e.honest();
  EXPECT_EQ(e.usable(), testing_views{door});
  EXPECT_EQ(usable_views(e.votes, start)[0].mails, 12u);
  EXPECT_EQ(usable_views(e.votes, start)[0].organizations, 12u);

  e.votes.pop_back();
  EXPECT_EQ(e.usable(), testing_views{}) << "eleven mails";
}

TEST(usable_views, need_each_of_their_conditions) {
  const struct {
    const char* about;
    void (*change)(border_vote& v, int i);
    bool usable;
  } rows[] = {
      {"eight organizations",
       [](border_vote& v, int i) { v.organization = std::to_string(i % 8); },
       true},
      {"seven",
       [](border_vote& v, int i) { v.organization = std::to_string(i % 7); },
       false},
      {"five days over seven",
       [](border_vote& v, int i) {
         v.at = start + (i % 5 == 4 ? 7 : i % 5) * day_seconds;
       },
       true},
      {"four days",
       [](border_vote& v, int i) {
         v.at = start + (i % 4 == 3 ? 7 : i % 4) * day_seconds;
       },
       false},
      {"five days over six",
       [](border_vote& v, int i) {
         v.at = start + (i % 5 == 4 ? 6 : i % 5) * day_seconds;
       },
       false},
      {"five clients",
       [](border_vote& v, int i) {
         v.places.back().client = std::to_string(i % 5);
       },
       true},
      {"four clients",
       [](border_vote& v, int i) {
         v.places.back().client = std::to_string(i % 4);
       },
       false},
      {"three records",
       [](border_vote& v, int i) { v.authority = std::to_string(i % 3); },
       true},
      {"two records: one service sends for all",
       [](border_vote& v, int i) { v.authority = std::to_string(i % 2); },
       false},
      {"one mail, replayed",
       [](border_vote& v, int /*i*/) { v.signature = "same"; }, false},
  };
  for (const auto& r : rows) {
    election e;
    e.honest();
    for (int i = 0; i < 12; ++i) r.change(e.votes[i], i);
    EXPECT_EQ(e.usable(), r.usable ? testing_views{door} : testing_views{})
        << r.about;
  }
}

// One signed mail with an invented hop, or a hundred of one sender.
TEST(usable_views, are_not_spoilt_by_few) {
  const auto with_objections = [](int mails, int organizations, int days) {
    election e;
    e.honest();
    for (int i = 0; i < mails; ++i) {
      e.vote(100 + i % organizations, i % days,
             {{inner, "100"},
              {door, fmt::format("evil{}", i)},
              {below, fmt::format("invented{}", i)}});
    }
    return e.usable();
  };
  EXPECT_EQ(with_objections(1, 1, 1), testing_views{door});
  EXPECT_EQ(with_objections(100, 1, 8), testing_views{door});
  EXPECT_EQ(with_objections(100, 2, 8), testing_views{door});
  EXPECT_EQ(with_objections(100, 50, 4), testing_views{door});
  EXPECT_EQ(with_objections(15, 3, 5), testing_views{});
}

TEST(usable_views, lapse) {
  election e;
  e.honest();
  EXPECT_EQ(e.usable(7 + 45), testing_views{door});
  EXPECT_EQ(e.usable(7 + 46), testing_views{});
}

TEST(usable_views, are_at_most_eight) {
  election e;
  for (int n = 0; n < 10; ++n) {
    e.honest();
    for (std::size_t i = e.votes.size() - 12; i < e.votes.size(); ++i) {
      e.votes[i].places.back().view += std::to_string(n);
      e.votes[i].at += n;
    }
  }
  const auto found = e.usable();
  ASSERT_EQ(found.size(), most_border_views);
  EXPECT_EQ(found[0], door + "9");
}

/// How an attacker's mails come: by a relay of his to the door, and below that
/// whatever he writes, which his own SPF records name.
void invent(election& e, int count, int relays) {
  for (int i = 0; i < count; ++i) {
    e.vote(100 + i, i % 8,
           {{inner, "100"},
            {door, fmt::format("evil{}", i % relays)},
            {below, fmt::format("invented{}", i)}});
  }
}

TEST(usable_views, hops_invented_below_the_border_do_not_win) {
  for (const int mails : {6, 12, 100}) {
    election e;
    e.honest();
    invent(e, mails, 1);
    EXPECT_EQ(e.usable(), testing_views{door}) << mails;
  }
}

TEST(usable_views, many_relays_take_the_border_away_and_set_no_lower_one) {
  election e;
  e.honest();
  invent(e, 40, 6);
  EXPECT_EQ(e.usable(), testing_views{door}) << "each used by three or more";
  invent(e, 11, 100);
  EXPECT_EQ(e.usable(), testing_views{});
}

// One honest vote is enough: from then on each relay counts once.
TEST(usable_views, hops_invented_first_lose_with_the_first_honest_mail) {
  election e;
  invent(e, 12, 1);
  EXPECT_EQ(e.usable(), testing_views{below}) << "nothing else is known yet";
  e.honest(1);
  EXPECT_EQ(e.usable(), testing_views{});
}

TEST(usable_views, tell_how_many_came_in_above) {
  election e;
  for (int i = 0; i < 12; ++i)
    e.vote(i, i % 8,
           {{inner, fmt::format("r{}", i)}, {door, fmt::format("s{}", i)}});
  const auto above = [&] {
    const auto views = usable_views(e.votes, start + 8 * day_seconds);
    return views.empty() ? 99U : views[0].above;
  };
  EXPECT_EQ(above(), 0U);
  for (int i = 20; i < 23; ++i) e.vote(i, 1, {{inner, fmt::format("s{}", i)}});
  EXPECT_EQ(above(), 3U);
}

TEST(usable_views, an_inner_host_named_by_spf_records_does_not_win) {
  election e;
  e.honest();
  for (int i = 0; i < 40; ++i) {
    border_vote& v =
        e.vote(100 + i, i % 8, {{inner, fmt::format("10{}", i % 2)}});
    v.authority = std::to_string(i);
  }
  EXPECT_EQ(e.usable(), testing_views{door});
}

TEST(usable_views, an_inner_host_does_not_win_where_there_are_many) {
  election e;
  for (int i = 0; i < 24; ++i) {
    const std::string host = fmt::format("host{}", i % 12);
    e.vote(i, i % 8, {{inner, host}, {door, fmt::format("s{}", i)}});
    border_vote& v = e.vote(100 + i, i % 8, {{inner, host}});
    v.authority = std::to_string(i);
  }
  EXPECT_EQ(e.usable(), testing_views{}) << "uncertain, and no inner host";
}

// Most mail comes by one forwarder, whose own door lies below ours.
TEST(usable_views, a_forwarder_is_outside) {
  election e;
  e.honest();
  for (int i = 0; i < 50; ++i) {
    e.vote(200 + i, i % 8,
           {{inner, "100"},
            {door, fmt::format("forwarder{}", i % 3)},
            {below, fmt::format("f{}", i)}});
  }
  EXPECT_EQ(e.usable(), testing_views{door});
}

TEST(usable_views, live_side_by_side) {
  election e;
  e.honest();
  const std::string renamed =
      "public q.example by q.example smtp\n"
      "border by q.example mx";
  for (int i = 0; i < 12; ++i) {
    e.vote(
        i, 10 + i % 8,
        {{"border by q.example in", "300"}, {renamed, fmt::format("s{}", i)}});
  }
  EXPECT_EQ(e.usable(18), (testing_views{renamed, door}));
}

TEST(fitting_place, is_the_first_that_a_view_names) {
  const auto places = places_of(ocn("37", "mail.sender.example [192.0.2.1]"));
  ASSERT_EQ(places.size(), 3u);
  EXPECT_EQ(fitting_place(places, {}), nullptr);
  EXPECT_EQ(fitting_place(places, {{.view = "border by other.example mx"}}),
            nullptr);
  EXPECT_EQ(fitting_place(places, {{.view = places[2].view}}), &places[2]);
  EXPECT_EQ(fitting_place(places,
                          {{.view = places[2].view}, {.view = places[1].view}}),
            &places[1]);
}

// What stands below a hop of the sender's program does not fit: his hop is one
// more, or another user's.
TEST(fitting_place, is_none_where_a_local_program_wrote_the_rest) {
  const std::string entry =
      field("from a.example ([192.0.2.1])\r\n\tby mx.p.example with ESMTP");
  const std::string filter =
      field("by mx.p.example (Postfix, from userid 110)\r\n\tid 1");
  const std::string script =
      field("by mx.p.example (Postfix, from userid 48)\r\n\tid 1");
  const std::vector<border_view> known{{.view = views_of(filter + entry)[0]}};
  EXPECT_NE(fitting_place(places_of(filter + entry), known), nullptr);
  EXPECT_EQ(fitting_place(places_of(script + entry), known), nullptr);
  EXPECT_EQ(fitting_place(places_of(filter + script + entry), known), nullptr);
  EXPECT_EQ(fitting_place(places_of(entry), known), nullptr);
}

}  // namespace
}  // namespace mekiki::verdict

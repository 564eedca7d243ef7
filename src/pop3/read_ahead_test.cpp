#include "pop3/read_ahead.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pop3/test_rig.hpp"

namespace mekiki::pop3 {
namespace {

using namespace std::chrono_literals;

void fetch_and_delete(read_ahead& r, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t n = from; n <= to; ++n) {
    r.retrieved(n);
    r.deleted(n);
  }
}

TEST(read_ahead, waits_for_a_client_that_deletes_twice_in_a_row) {
  read_ahead r({}, false);
  EXPECT_FALSE(r.is_likely_soon());
  r.retrieved(1);
  EXPECT_FALSE(r.is_likely_soon());
  r.deleted(1);
  EXPECT_TRUE(r.is_likely_soon());
  EXPECT_FALSE(r.is_enabled());
  fetch_and_delete(r, 2, 2);
  EXPECT_TRUE(r.is_enabled());
}

TEST(read_ahead, asks_for_no_more_once_half_of_all_memory_is_used) {
  memory_budget all(1000);
  memory_share others(&all);
  read_ahead r({.memory = &all}, true);
  r.measured(1 << 20, 1s);
  others.hold(500);
  EXPECT_TRUE(r.has_room({}, 100));
  others.hold(501);
  EXPECT_FALSE(r.has_room({}, 100));
}

TEST(read_ahead, takes_one_deletion_for_one) {
  read_ahead r({}, false);
  r.retrieved(1);
  r.deleted(1);
  r.reset();
  r.deleted(1);
  EXPECT_FALSE(r.is_enabled()) << "RSET, and the same mail once more";
}

TEST(read_ahead, ends_with_the_row) {
  read_ahead r({}, false);
  fetch_and_delete(r, 1, 3);
  r.retrieved(4);
  EXPECT_TRUE(r.is_enabled());
  r.retrieved(5);  // 4 was left
  EXPECT_FALSE(r.is_enabled());
  fetch_and_delete(r, 6, 7);
  EXPECT_TRUE(r.is_enabled());
  r.retrieved(3);  // it jumps
  EXPECT_FALSE(r.is_enabled());
}

TEST(read_ahead, begins_at_once_for_who_deleted_all_last_time) {
  read_ahead r({}, true);
  EXPECT_FALSE(r.is_enabled());
  r.retrieved(7);
  EXPECT_TRUE(r.is_enabled());
  r.retrieved(8);  // DELE may come at the end
  EXPECT_TRUE(r.is_enabled());
  r.retrieved(3);
  EXPECT_FALSE(r.is_enabled());
}

TEST(read_ahead, for_all_asks_for_two_in_a_row) {
  read_ahead r({.whom = prefetch_for::all}, false);
  r.retrieved(4);
  EXPECT_FALSE(r.is_enabled());
  r.retrieved(5);
  EXPECT_TRUE(r.is_enabled());
}

TEST(read_ahead, is_off_and_stops) {
  read_ahead off({.mode = prefetch::off}, true);
  fetch_and_delete(off, 1, 3);
  EXPECT_FALSE(off.is_likely_soon() || off.is_enabled());
  read_ahead r({}, false);
  fetch_and_delete(r, 1, 3);
  r.stop();
  fetch_and_delete(r, 4, 6);
  EXPECT_FALSE(r.is_likely_soon() || r.is_enabled());
}

TEST(read_ahead, tells_whether_the_session_deleted_all) {
  read_ahead r({}, false);
  EXPECT_EQ(r.deleted_all(), std::nullopt);
  fetch_and_delete(r, 1, 2);
  EXPECT_EQ(r.deleted_all(), true);
  r.retrieved(3);
  EXPECT_EQ(r.deleted_all(), false);
  r.deleted(3);
  EXPECT_EQ(r.deleted_all(), true);
  r.reset();
  EXPECT_EQ(r.deleted_all(), false);
}

// No command of the client waits more than a second for what it did not ask
// for: what is on its way is bounded by what came in that time.
TEST(read_ahead, has_room_for_what_the_line_brings_in_its_time) {
  const struct {
    std::size_t octets;
    std::chrono::milliseconds took;
    std::size_t fits;  // on the way
  } rows[] = {
      {60'000, 3750ms, 11'000},  // 128 kbit/s
      {8'000, 50ms, 112'000},    // one mail in a round trip of 50 ms
      {500, 50ms, 7'000},
      {1'000'000, 10ms, 2 << 20},  // prefetch.octets
  };
  for (const auto& row : rows) {
    read_ahead r({}, true);
    EXPECT_FALSE(r.has_room({}, 1)) << "nothing is known of the line";
    r.measured(row.octets, row.took);
    EXPECT_TRUE(r.has_room({}, row.fits)) << row.octets;
    EXPECT_FALSE(r.has_room({}, row.fits * 11 / 10)) << row.octets;
    EXPECT_FALSE(r.has_room({.on_the_way = row.fits}, row.fits / 10));
  }
}

TEST(read_ahead, takes_a_line_for_slower_once_it_was_seen_to_be) {
  read_ahead r({}, true);
  r.measured(50'000, 50ms);  // UIDL
  r.measured(8'000, 50ms);   // a mail, in a round trip
  EXPECT_TRUE(r.has_room({}, 700'000));
  r.measured(2'000, 170ms);  // 128 kbit/s, and a round trip
  EXPECT_TRUE(r.has_room({}, 11'600));
  EXPECT_FALSE(r.has_room({}, 11'700));
  r.measured(8'000, 500ms);
  EXPECT_TRUE(r.has_room({}, 11'200));
  EXPECT_FALSE(r.has_room({}, 11'300));
}

TEST(read_ahead, has_room_within_its_limits) {
  read_ahead r({.commands = 4, .octets = 1000}, true);
  r.measured(1'000'000, 1ms);
  EXPECT_TRUE(r.has_room({.mails = 3, .octets = 900}, 100));
  EXPECT_FALSE(r.has_room({.mails = 4, .octets = 400}, 100));
  EXPECT_FALSE(r.has_room({.mails = 3, .octets = 901}, 100));
  EXPECT_TRUE(r.is_due({.mails = 2, .octets = 500}));
  EXPECT_FALSE(r.is_due({.mails = 3, .octets = 300}));
  EXPECT_FALSE(r.is_due({.mails = 1, .octets = 501}));
}

TEST(read_ahead, knows_the_line_break_that_pop3_adds) {
  EXPECT_TRUE(read_ahead::is_exact(100, 100, true));
  EXPECT_TRUE(read_ahead::is_exact(100, 100, false));
  EXPECT_TRUE(read_ahead::is_exact(100, 102, true));
  EXPECT_FALSE(read_ahead::is_exact(100, 102, false));
  EXPECT_FALSE(read_ahead::is_exact(100, 99, true));
  EXPECT_FALSE(read_ahead::is_exact(100, 98, true));
  EXPECT_TRUE(read_ahead::is_exact(0, 0, false));
}

// From 20 KB/s to 500 octets a second: what was on the way by then comes late;
// afterwards no command waits for more than the slow line brings in a second.
TEST(read_ahead, notices_that_the_line_became_slow) {
  constexpr int fast = 102;
  constexpr int all = 150;
  test::rig rig;
  rig.upstream.ways.speed = 20'000;
  for (int n = 1; n <= 2; ++n) rig.upstream.add(*test::make_mail("dots", n));
  for (int n = 3; n <= all + 40; ++n)
    rig.upstream.add(*test::make_mail("large", n, n <= fast ? 1000 : 300));

  test::client& client = rig.connect();
  std::size_t answers = 1;
  const auto say = [&](const std::string& command, net::duration most) {
    client.say(command + "\r\n");
    return rig.await_answers(++answers, most);
  };
  ASSERT_TRUE(say("USER taro%pop.example.jp", 10s));
  ASSERT_TRUE(say("PASS secret", 10s));
  for (int n = 1; n < all; ++n) {
    if (n == fast)
      rig.upstream.ways.speed = 500;
    ASSERT_TRUE(say(fmt::format("RETR {}", n), 70s)) << n;
    ASSERT_TRUE(say(fmt::format("DELE {}", n), 70s)) << n;
  }
  EXPECT_TRUE(say("QUIT", 2s));
  EXPECT_TRUE(client.answers().back().is_ok());
}

}  // namespace
}  // namespace mekiki::pop3

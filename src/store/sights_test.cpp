#include "store/sights.hpp"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/dashboard_queries.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* account = "taro%pop.example.jp:10110";
constexpr const char* unknown = "provider-unknown mx.example.jp";

/// A letter a mail: "c" certain, "u" uncertain, "i" from inside, "o" of a time
/// when the way was not noted.
std::vector<server_sight> sights_of(std::string_view mails) {
  sight_counter counter;
  for (const char m : mails) {
    counter.add(account, m == 'c'   ? "certain"
                         : m == 'u' ? unknown
                         : m == 'i' ? "submitted smtp.example.jp"
                                    : "");
  }
  return counter.servers();
}

std::string times(std::size_t n, const std::string& what) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += what;
  return out;
}

TEST(sights, more_than_a_fifth_of_ten_or_more_is_blind) {
  using enum sight;
  const struct {
    const char* name;
    std::string mails;
    sight what;
  } cases[] = {
      {"nine mails are too few", times(9, "u"), early},
      {"nine good ones, too", times(9, "c"), early},
      {"none of fifteen", times(15, "u"), blind},
      {"all of ten", times(10, "c"), good},
      {"a fifth is no more than a fifth", "uucccccccc", good},
      {"three of ten", "uuuccccccc", blind},
      {"those from inside are not asked for", "iiiiucccccccc", early},
      {"nor counted against", times(10, "ci"), good},
      {"where they are most, something hides", times(10, "i") + "c", blind},
      {"nineteen good ones do not end it", times(40, "u") + times(19, "c"),
       blind},
      {"twenty do", times(40, "u") + times(20, "c"), good},
      {"not with one between",
       times(40, "u") + times(10, "c") + "u" + times(10, "c"), blind},
      {"one after them is one of many", times(40, "u") + times(20, "c") + "u",
       good},
      {"it may begin again", times(40, "u") + times(20, "c") + times(6, "u"),
       blind},
      {"mails of earlier versions say nothing", times(15, "o") + "c", early},
  };
  for (const auto& c : cases) {
    const auto servers = sights_of(c.mails);
    ASSERT_THAT(servers, SizeIs(1)) << c.name;
    EXPECT_EQ(servers[0].what, c.what) << c.name;
    EXPECT_EQ(servers[0].host, "pop.example.jp") << c.name;
  }
  EXPECT_THAT(sights_of("ooo"), IsEmpty());
}

TEST(sights, say_why_and_whose) {
  const auto s = sights_of("uuuuuuucccci").front();
  EXPECT_EQ(s.mails, 11U);
  EXPECT_EQ(s.certain, 4U);
  EXPECT_EQ(s.inside, 1U);
  ASSERT_THAT(s.why, SizeIs(1));
  EXPECT_EQ(s.why[0].name, unknown);
  EXPECT_EQ(s.why[0].mails, 7U);
  ASSERT_THAT(s.accounts, SizeIs(1));
  EXPECT_EQ(s.accounts[0].name, account);
}

TEST(sights, the_worst_server_is_that_of_all) {
  using enum sight;
  const auto of = [](std::vector<server_sight> servers) {
    return worst_of(servers);
  };
  const server_sight seen{
      .host = "a", .what = good, .mails = 90, .certain = 90};
  const server_sight fresh{
      .host = "b", .what = early, .mails = 3, .certain = 3};
  const server_sight dark{.host = "c", .what = early, .mails = 3, .certain = 1};
  const server_sight gone{.host = "d", .what = blind, .mails = 30};
  EXPECT_EQ(of({}), early);
  EXPECT_EQ(of({fresh}), early);
  EXPECT_EQ(of({seen, fresh}), good);
  EXPECT_EQ(of({seen, dark}), early);
  EXPECT_EQ(of({seen, gone}), blind);
}

TEST(sights, hosts_are_those_of_the_accounts) {
  EXPECT_EQ(host_of_account("taro@example.jp%pop.example.jp"),
            "pop.example.jp");
  EXPECT_EQ(host_of_account("a%b%pop.example.jp:995"), "pop.example.jp");
  EXPECT_EQ(host_of_account("taro%[2001:db8::1]:995"), "2001:db8::1");
}

TEST(sights, are_read_from_the_history) {
  const test::folder folder;
  constexpr std::int64_t now = 1'000'000'000;
  const manual_clock clock{at_unix_seconds(now)};
  auto opened = open(folder.file(), {.now = clock});
  ASSERT_TRUE(opened) << opened.error();
  int number = 0;
  const auto note = [&](std::int64_t at, std::string way) {
    mail_event e;
    e.account = number % 2 == 0 ? "taro%pop.example.jp" : "ken%pop.example.jp";
    e.upstream = "pop.example.jp";
    e.digest = std::to_string(++number);
    e.fetched = at;
    e.way = std::move(way);
    (*opened)->note(std::move(e));
  };
  for (int i = 0; i < 30; ++i) note(now - 8 * 86'400, "no-door mx.example.jp");
  for (int i = 0; i < 12; ++i) note(now - 60, "certain");
  (*opened)->flush();
  auto queries = open_dashboard_queries(folder.file(), {.now = clock});
  ASSERT_TRUE(queries) << queries.error();
  auto found = test::result_of((*queries)->sights(""));
  ASSERT_TRUE(found);
  ASSERT_THAT(found->servers, SizeIs(1));
  EXPECT_EQ(found->servers[0].what, sight::good) << "the week before is over";
  EXPECT_EQ(found->servers[0].mails, 12U);

  for (int i = 0; i < 8; ++i) note(now, "no-door mx.example.jp");
  (*opened)->flush();
  found = test::result_of((*queries)->sights(""));
  EXPECT_EQ(found->servers[0].what, sight::blind);
  EXPECT_EQ(found->servers[0].all_accounts, 2U);
  found = test::result_of((*queries)->sights("taro%pop.example.jp"));
  EXPECT_EQ(found->servers[0].mails, 10U);
}

}  // namespace
}  // namespace mekiki::store

#include "daemon/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::daemon {
namespace {

using namespace std::chrono_literals;
using admin::health_item;
using store::server_sight;
using store::sight;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t now = 1'000'000'000;

/// "border warn blind"
std::vector<std::string> shown(const std::vector<health_item>& items) {
  std::vector<std::string> out;
  for (const health_item& i : items)
    out.push_back(i.name + ' ' + std::string(to_string(i.how)) + ' ' + i.code);
  return out;
}

TEST(health, names_what_is_missing) {
  dns::lookup_counts lookups;
  EXPECT_THAT(shown(health_items({.lookups = lookups}, steady_point(0s), now)),
              ElementsAre("border warn unknown", "resolver ok good",
                          "history warn none", "budget ok good"));
  for (int i = 0; i < 20; ++i)
    lookups.note(dns::status::timeout, 5s, steady_point(i * 5s));
  const std::vector<server_sight> servers = {
      {.host = "a.example", .what = sight::blind, .mails = 15, .certain = 0}};
  const auto items =
      health_items({.lookups = lookups,
                    .servers = &servers,
                    .over_budget = 2,
                    .free_octets = 100 << 20,
                    .certificate = now + std::int64_t{3} * 86'400,
                    .knows_addons = true},
                   steady_point(100s), now);
  EXPECT_THAT(
      shown(items),
      ElementsAre("border warn blind", "resolver warn failing",
                  "history warn none", "budget warn over", "disk warn low",
                  "certificate warn soon", "addon ok unseen"));
  EXPECT_THAT(items[0].text, HasSubstr("15 of 15 mails"));
  EXPECT_EQ(items[0].text.find("a.example"), std::string::npos);
  EXPECT_THAT(items[3].text, HasSubstr("2 accounts have"));
}

TEST(health, warns_of_watched_domains) {
  const dns::lookup_counts lookups;
  const auto at = [&](const domain_health& d) {
    const auto items =
        health_items({.lookups = lookups, .domains = d}, steady_point(0s), now);
    return items.back();
  };
  EXPECT_EQ(at({}).name, "budget");  // nobody watches any
  EXPECT_EQ(shown({at({.all = 40})}).front(), "domains ok good");
  EXPECT_EQ(shown({at({.all = 40, .changed = 2})}).front(),
            "domains warn changed");
  EXPECT_EQ(shown({at({.all = 40, .silent = 1, .changed = 2})}).front(),
            "domains warn silent");
  const health_item broken =
      at({.all = 40, .bad = 3, .silent = 1, .changed = 2});
  EXPECT_EQ(shown({broken}).front(), "domains warn broken");
  EXPECT_EQ(broken.number, 3);
  EXPECT_EQ(broken.text,
            "3 of 40 watched domains: the mail records are broken");
}

TEST(health, says_when_reports_were_fetched) {
  const dns::lookup_counts lookups;
  const auto at = [&](const report_health& r) {
    return health_items({.lookups = lookups, .reports = r}, steady_point(0s),
                        now)
        .back();
  };
  EXPECT_EQ(at({}).name, "budget");  // none are fetched
  EXPECT_EQ(shown({at({.all = 2, .waiting = 2})}).front(),
            "reports ok waiting");
  const health_item good = at({.all = 3, .waiting = 1, .first = now - 300});
  EXPECT_EQ(shown({good}).front(), "reports ok good");
  EXPECT_EQ(good.text, "2 mailboxes were fetched in the last 300 seconds");
  const health_item failing = at({.all = 2, .failing = 1, .first = now});
  EXPECT_EQ(shown({failing}).front(), "reports warn failing");
  EXPECT_EQ(failing.number, 1);
  EXPECT_EQ(failing.text,
            "1 of 2 mailboxes cannot be fetched; the log says why");
}

TEST(health, is_bad_only_where_no_mail_can_be_fetched) {
  const dns::lookup_counts lookups;
  const std::vector<server_sight> servers = {
      {.host = "a.example", .what = sight::good, .mails = 15, .certain = 15}};
  const auto at = [&](std::int64_t until) {
    return shown(health_items({.lookups = lookups,
                               .servers = &servers,
                               .free_octets = std::uint64_t{9} << 30,
                               .certificate = until,
                               .addon = now - 60,
                               .knows_addons = true},
                              steady_point(0s), now));
  };
  EXPECT_THAT(at(now + std::int64_t{90} * 86'400),
              ElementsAre("border ok good", "resolver ok good",
                          "history warn none", "budget ok good", "disk ok good",
                          "certificate ok good", "addon ok good"));
  EXPECT_EQ(at(now)[5], "certificate bad expired");
}

TEST(health, says_when_it_is_too_early) {
  const dns::lookup_counts lookups;
  std::vector<server_sight> servers;
  const auto border = [&] {
    return health_items({.lookups = lookups, .servers = &servers},
                        steady_point(0s), now)[0];
  };
  EXPECT_EQ(border().code, "early");
  servers = {{.host = "a", .what = sight::early, .mails = 3, .certain = 3}};
  EXPECT_EQ(border().code, "early");
  EXPECT_THAT(border().text, HasSubstr("3 of 3"));
  EXPECT_EQ(border().how, health_item::state::ok);
}

}  // namespace
}  // namespace mekiki::daemon

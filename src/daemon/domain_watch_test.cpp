#include "daemon/domain_watch.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/small_file.hpp"
#include "base/test_folder.hpp"
#include "base/unix_time.hpp"
#include "daemon/test_domain_zones.hpp"
#include "dns/test_zone.hpp"

namespace mekiki::daemon {
namespace {

using dns::test::make_zone;
using dns::test::run;
using test::good_zone;
using test::open_zone;
using test::silent_zone;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t now = 1'800'000'000;

/// Answers from a zone that can be changed, and counts.
class changing_resolver final : public dns::resolver {
 public:
  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    ++asked;
    return zone->resolve(std::move(q));
  }

  std::unique_ptr<dns::zone_resolver> zone;
  std::size_t asked = 0;
};

boost::asio::awaitable<bool> look(domain_watch* watch) {
  co_await watch->look();
  co_return true;
}

class domain_watch_test : public ::testing::Test {
 protected:
  domain_watch_test() { settings_.domains.watch = {"example.jp"}; }

  std::unique_ptr<domain_watch> made(past_source past = {}) {
    return std::make_unique<domain_watch>(
        settings_, folder_.path(), resolver_, clock_, std::move(past),
        [this](boost::asio::awaitable<void> work) {
          started_.push_back(std::move(work));
        });
  }

  /// How many questions a look asks.
  std::size_t look_with(domain_watch& watch, std::string_view zone) {
    resolver_.zone = make_zone(zone);
    resolver_.asked = 0;
    run(look(&watch));
    return resolver_.asked;
  }
  seen_domains kept() const {
    const auto text = read_small_file(folder_.path() / "domains", 1 << 20);
    if (!text)
      return {};
    const auto seen = parse_seen_domains(*text);
    return seen ? *seen : seen_domains();
  }

  const mekiki::test::folder folder_;
  config::settings settings_;
  changing_resolver resolver_;
  manual_clock clock_{at_unix_seconds(now)};
  std::vector<boost::asio::awaitable<void>> started_;
};

TEST_F(domain_watch_test, looks_once_a_day) {
  const auto made_watch = made();
  domain_watch& watch = *made_watch;
  EXPECT_GT(look_with(watch, good_zone), 0U);
  EXPECT_EQ(look_with(watch, open_zone), 0U);
  clock_.advance(std::chrono::hours(23));
  EXPECT_EQ(look_with(watch, open_zone), 0U);
  EXPECT_EQ(kept().at("example.jp").grade, "ok");
  clock_.advance(std::chrono::hours(1));
  EXPECT_GT(look_with(watch, open_zone), 0U);
  EXPECT_EQ(kept().at("example.jp").grade, "bad");
}

TEST_F(domain_watch_test, looks_again_in_an_hour_where_nobody_answers) {
  const auto made_watch = made();
  domain_watch& watch = *made_watch;
  look_with(watch, good_zone);
  clock_.advance(std::chrono::hours(24));
  EXPECT_GT(look_with(watch, silent_zone), 0U);
  EXPECT_EQ(kept().at("example.jp").grade, "ok");
  clock_.advance(std::chrono::hours(1));
  EXPECT_GT(look_with(watch, silent_zone), 0U);
}

TEST_F(domain_watch_test, knows_after_a_restart_what_it_has_seen) {
  {
    const auto made_watch = made();
    domain_watch& watch = *made_watch;
    look_with(watch, open_zone);
  }
  const seen_domains before = kept();
  EXPECT_EQ(before.at("example.jp").grade, "bad");
  const auto made_again = made();
  domain_watch& again = *made_again;
  EXPECT_GT(look_with(again, good_zone), 0U);
  EXPECT_EQ(kept().at("example.jp").grade, "ok");
}

TEST_F(domain_watch_test, asks_nothing_without_domains) {
  settings_.domains.watch.clear();
  const auto made_watch = made();
  domain_watch& watch = *made_watch;
  EXPECT_EQ(look_with(watch, good_zone), 0U);
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(domain_watch_test, looks_when_it_is_asked_to) {
  const auto watch = made();
  look_with(*watch, good_zone);
  EXPECT_FALSE(watch->look_soon("stranger.example"));
  EXPECT_TRUE(started_.empty());
  EXPECT_TRUE(watch->look_soon("example.jp"));
  EXPECT_TRUE(watch->is_waiting("example.jp"));
  ASSERT_EQ(started_.size(), 1U);
  resolver_.zone = make_zone(open_zone);
  resolver_.asked = 0;
  run([](boost::asio::awaitable<void> work) -> boost::asio::awaitable<bool> {
    co_await std::move(work);
    co_return true;
  }(std::move(started_.front())));
  EXPECT_GT(resolver_.asked, 0U);
  EXPECT_FALSE(watch->is_waiting("example.jp"));
  EXPECT_EQ(watch->seen("example.jp")->grade, "bad");
  ASSERT_NE(watch->report("example.jp"), nullptr);
  EXPECT_EQ(watch->report("example.jp")->spf.root.text, "v=spf1 +all");
}

std::vector<std::string> names_of(
    const std::vector<notify::changed_domain>& news) {
  std::vector<std::string> out;
  for (const notify::changed_domain& n : news) {
    for (const notify::domain_change& c : n.changes)
      out.push_back(n.domain + " " + c.name);
  }
  return out;
}

TEST_F(domain_watch_test, has_news_once) {
  auto watch = made();
  look_with(*watch, good_zone);
  EXPECT_THAT(names_of(watch->take_news()), IsEmpty());
  clock_.advance(std::chrono::hours(24));
  look_with(*watch, open_zone);
  const auto news = watch->take_news();
  EXPECT_THAT(names_of(news), ElementsAre("example.jp DMARC", "example.jp SPF",
                                          "example.jp spf-allows-all"));
  EXPECT_EQ(news.front().grade, "bad");
  EXPECT_THAT(names_of(watch->take_news()), IsEmpty());
  watch->end_news(news, false);  // the store had no room
  const auto again = watch->take_news();
  EXPECT_EQ(names_of(again), names_of(news));
  watch->end_news(again, true);
  watch = made();  // a restart
  EXPECT_THAT(names_of(watch->take_news()), IsEmpty());
}

TEST_F(domain_watch_test, has_news_after_a_restart_and_for_a_week) {
  auto watch = made();
  look_with(*watch, good_zone);
  clock_.advance(std::chrono::hours(24));
  look_with(*watch, open_zone);
  watch = made();
  clock_.advance(std::chrono::hours(24 * 7 + 1));
  EXPECT_THAT(names_of(watch->take_news()), IsEmpty());
  watch = made();
  clock_.advance(-std::chrono::hours(2));
  EXPECT_EQ(names_of(watch->take_news()).size(), 3U);
}

/// A zone in which the record of example.jp leads to a stranger's, and `more`.
std::string zone_below(
    std::string_view strangers, std::string_view more,
    std::string_view spf = "v=spf1 include:evil.example -all") {
  return fmt::format(
      R"({{"example.jp": {{"MX": [[0, "."]], "TXT": ["{}"]}},
          "_dmarc.example.jp": {{"TXT": ["v=DMARC1; p=reject"]}},
          "evil.example": {{"TXT": ["{}"]}},
          "silent.evil.example": {{"*": {{"error": "TIMEOUT"}}}}, {}}})",
      spf, strangers, more);
}

// Who keeps one name silent has us look every hour, and may have something new
// each time.
TEST_F(domain_watch_test, tells_of_what_strangers_change_once_a_week) {
  const auto watch = made();
  std::vector<std::string> mails;
  for (int i = 0; i < 24 * 6; ++i) {
    const std::string name = fmt::format("n{}.evil.example", i);
    look_with(*watch,
              zone_below(fmt::format("v=spf1 {}include:silent.evil.example "
                                     "-all",
                                     i == 0 ? "" : "include:" + name + " "),
                         fmt::format(R"("{}": {{"TXT": ["v=spf1 bad:{}"]}})",
                                     name, i)));
    if (const auto news = watch->take_news(); !news.empty()) {
      mails.push_back(fmt::format("{} {}", i, fmt::join(names_of(news), ", ")));
      watch->end_news(news, true);
    }
    clock_.advance(std::chrono::hours(1));
  }
  EXPECT_THAT(mails, ElementsAre(::testing::StartsWith("1 example.jp spf-"),
                                 "3 example.jp "));
}

// What is the domain's own is not forgotten: it waits for the next day.
TEST_F(domain_watch_test, tells_of_a_record_once_a_day) {
  const auto watch = made();
  std::vector<int> mails;
  for (int i = 0; i < 60; ++i) {
    look_with(*watch,
              zone_below("v=spf1 include:silent.evil.example -all",
                         R"("x.example": {"TXT": ["x"]})",
                         i % 2 == 0 ? "v=spf1 include:evil.example -all"
                                    : "v=spf1 include:evil.example ~all"));
    if (const auto news = watch->take_news(); !news.empty()) {
      if (names_of(news).front() == "example.jp SPF")
        mails.push_back(i);
      watch->end_news(news, true);
    }
    clock_.advance(std::chrono::hours(1));
  }
  EXPECT_THAT(mails, ElementsAre(1, 25, 49));
}

boost::asio::awaitable<std::optional<domain_past>> past_with_key(
    std::string /*domain*/) {
  co_return domain_past{.keys = {{"s1", "v=DKIM1; p=", now, now}},
                        .arrived = records::arrived_mails{12, 0}};
}

TEST_F(domain_watch_test, proposes_the_mailbox_that_is_looked_into) {
  constexpr std::string_view without =
      R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 a -all"]}})";
  const auto proposed = [&] {
    const auto watch = made();
    look_with(*watch, without);
    for (const records::finding& f : watch->report("example.jp")->findings) {
      if (f.id == records::finding_id::dmarc_missing)
        return f.publish.front().data;
    }
    return std::string();
  };
  const std::string before = "v=DMARC1; p=none; rua=mailto:";
  EXPECT_EQ(proposed(), before + "dmarc-reports@example.jp");
  settings_.report_mailboxes = {{.account = "dmarc%pop.example.jp"},
                                {.account = "in@other.example%pop.example"}};
  EXPECT_EQ(proposed(), before + "in@other.example");
  settings_.report_mailboxes.push_back({.account = "dmarc@example.jp"});
  EXPECT_EQ(proposed(), before + "dmarc@example.jp");
  settings_.domains.report_accounts = {"all@Example.JP%pop.example.jp"};
  EXPECT_EQ(proposed(), before + "all@Example.JP");
}

TEST_F(domain_watch_test, asks_for_keys_that_the_history_knows) {
  const auto watch = made(past_with_key);
  look_with(*watch, good_zone);
  const auto report = watch->report("example.jp");
  ASSERT_NE(report, nullptr);
  ASSERT_EQ(report->dkim.size(), 1U);
  EXPECT_EQ(report->dkim.front().selector, "s1");
  ASSERT_TRUE(report->arrived);
  EXPECT_EQ(report->arrived->proven, 12U);
}

}  // namespace
}  // namespace mekiki::daemon

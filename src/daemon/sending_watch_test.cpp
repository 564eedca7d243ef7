// Mails about who sends: each once, over restarts, and no more than one a day.
#include "daemon/sending_watch.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/test_folder.hpp"
#include "base/unix_time.hpp"
#include "dns/test_zone.hpp"
#include "store/report_store.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {
namespace {

namespace chrono = std::chrono;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A Tuesday at noon.
constexpr chrono::sys_days begin = chrono::year(2026) / 11 / 10;

class sending_watch_test : public testing::Test {
 protected:
  sending_watch_test()
      : clock_(time_point(begin.time_since_epoch()) + chrono::hours(12)),
        resolver_(dns::test::make_zone("{}")),
        domains_(settings_, folder_.path(), *resolver_, clock_, {}, {}) {
    settings_.domains.watch = {"example.jp"};
    settings_.warnings.digest_at = chrono::hours(7);
    auto opened = store::open(file(), {.now = clock_});
    EXPECT_TRUE(opened);
    store_ = std::move(*opened);
    start();
  }

  std::filesystem::path file() const { return folder_.path() / "mekiki.db"; }

  /// As after a restart.
  void start() {
    watch_.reset();
    queries_ = std::make_unique<store::dashboard_queries>(file(), clock_);
    watch_.emplace(settings_, texts_, *queries_, *store_, domains_, clock_);
  }

  std::int64_t today() const {
    return unix_seconds(clock_.now()) / day_seconds;
  }

  /// What Google saw yesterday.
  void report(const std::string& address, std::uint64_t mails,
              const std::string& result, const std::string& signer) {
    auto to = store::report_store::open(file(), {}, clock_);
    ASSERT_TRUE(to);
    reports::aggregate_report a;
    a.org_name = "google.com";
    a.report_id = std::to_string(++number_);
    a.begin = (today() - 1) * day_seconds;
    a.end = *a.begin + day_seconds - 1;
    a.policy.domain = "example.jp";
    a.policy.p = "none";
    reports::aggregate_record r;
    r.source_ip = address;
    r.count = mails;
    r.dkim = result;
    r.spf = "fail";
    r.header_from = "example.jp";
    r.dkim_results.push_back({.domain = signer, .result = "pass"});
    a.records.push_back(std::move(r));
    const auto done = (*to)->put({.what = std::move(a), .warnings = {}},
                                 {.is_proven = true, .author = "google.com"});
    ASSERT_TRUE(done);
    const auto open = (*to)->open_sources(10);
    ASSERT_TRUE(open);
    for (const auto& s : *open)
      ASSERT_TRUE(
          (*to)->note_names({{.id = s.id, .again = std::chrono::hours(9999)}}));
  }

  /// The mails that are due, which are kept.
  std::vector<std::string> subjects(chrono::seconds later) {
    clock_.advance(later);
    std::vector<std::string> out;
    for (auto& due : dns::test::run(watch_->look())) {
      out.push_back(due.mail.subject);
      store::outgoing_mails all;
      all.mails.push_back({.recipient = "a@example.jp", .octets = "mail"});
      all.told = std::move(due.told);
      EXPECT_TRUE(dns::test::run(store_->warnings().keep(std::move(all))));
    }
    return out;
  }

  mekiki::test::folder folder_;
  manual_clock clock_;
  config::settings settings_;
  notify::texts texts_;
  std::unique_ptr<dns::resolver> resolver_;
  domain_watch domains_;
  std::unique_ptr<store::store> store_;
  std::unique_ptr<store::dashboard_queries> queries_;
  std::optional<sending_watch> watch_;
  int number_ = 0;
};

constexpr chrono::hours hours(int n) { return chrono::hours(n); }
constexpr chrono::hours days(int n) { return chrono::hours(24 * n); }

TEST_F(sending_watch_test, what_is_there_at_first_is_no_news) {
  report("192.0.2.1", 500, "pass", "example.jp");
  EXPECT_THAT(subjects(hours(0)), IsEmpty());
  EXPECT_THAT(subjects(days(5)), IsEmpty());
}

TEST_F(sending_watch_test, a_new_sender_is_told_once_over_restarts) {
  report("192.0.2.1", 500, "pass", "example.jp");
  EXPECT_THAT(subjects(hours(0)), IsEmpty());
  clock_.advance(days(5));
  report("203.0.113.25", 40, "fail", "seikyu.example");
  EXPECT_THAT(subjects(hours(2)),
              testing::ElementsAre(
                  "[Mekiki] DMARC reports: new senders as example.jp"));
  EXPECT_THAT(subjects(hours(2)), IsEmpty());
  start();
  EXPECT_THAT(subjects(days(2)), IsEmpty());
  // Not another one on the same day.
  report("203.0.113.30", 20, "fail", "shop.example");
  EXPECT_THAT(subjects(hours(2)), SizeIs(1));
  report("203.0.113.40", 20, "fail", "other.example");
  EXPECT_THAT(subjects(hours(2)), IsEmpty());
  EXPECT_THAT(subjects(hours(23)), SizeIs(1));
}

TEST_F(sending_watch_test, a_mail_that_was_not_kept_is_due_again) {
  report("192.0.2.1", 500, "pass", "example.jp");
  EXPECT_THAT(subjects(hours(0)), IsEmpty());
  clock_.advance(days(5));
  report("203.0.113.25", 40, "fail", "seikyu.example");
  EXPECT_THAT(dns::test::run(watch_->look()), SizeIs(1));
  EXPECT_THAT(subjects(hours(2)), SizeIs(1));
}

TEST_F(sending_watch_test, each_month_is_summed_up_once) {
  report("192.0.2.1", 500, "pass", "example.jp");
  EXPECT_THAT(subjects(hours(0)), IsEmpty());
  // The third of December at 6, 8, and later.
  EXPECT_THAT(subjects(days(22) + hours(18)), IsEmpty());
  EXPECT_THAT(
      subjects(hours(2)),
      testing::ElementsAre("[Mekiki] Who sent as example.jp: November 2026"));
  start();
  EXPECT_THAT(subjects(hours(2)), IsEmpty());
  EXPECT_THAT(subjects(days(20)), IsEmpty());
  // Of December there is nothing to tell.
  EXPECT_THAT(subjects(days(15)), IsEmpty());
}

TEST_F(sending_watch_test, no_summary_unless_it_is_wanted) {
  settings_.domains.summary = false;
  report("192.0.2.1", 500, "pass", "example.jp");
  EXPECT_THAT(subjects(hours(0)), IsEmpty());
  EXPECT_THAT(subjects(days(25)), IsEmpty());
}

TEST_F(sending_watch_test, other_peoples_domains_are_not_told) {
  settings_.domains.watch = {"other.example"};
  report("192.0.2.1", 500, "pass", "example.jp");
  EXPECT_THAT(subjects(hours(0)), IsEmpty());
  EXPECT_THAT(subjects(days(25)), IsEmpty());
}

}  // namespace
}  // namespace mekiki::daemon

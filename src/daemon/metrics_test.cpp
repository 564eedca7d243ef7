#include "daemon/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const prometheus::MetricFamily* find(
    const std::vector<prometheus::MetricFamily>& all, std::string_view name) {
  const auto found = std::ranges::find(
      all, name, [](const auto& f) { return std::string_view(f.name); });
  return found == all.end() ? nullptr : &*found;
}

// Every label of every counter is there from the start where the words are
// known, so that a rate sees the first event.
TEST(metrics, begin_at_zero) {
  pop3::counters proxy;
  proxy.errors.know("mine.example");
  const delivery::counters mails;
  const dns::lookup_counts lookups;
  const auto all = metrics(
      {.proxy = proxy, .mails = mails, .lookups = lookups, .history = nullptr});
  std::set<std::string> names;
  for (const auto& family : all) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
    EXPECT_TRUE(family.name.starts_with("mekiki_")) << family.name;
    EXPECT_EQ(family.name.ends_with("_total"),
              family.type == prometheus::MetricType::Counter)
        << family.name;
    EXPECT_TRUE(family.help.ends_with('.')) << family.name;
  }
  EXPECT_EQ(find(all, "mekiki_mails_total")->metric.size(), 15U);
  EXPECT_EQ(find(all, "mekiki_bytes_total")->metric.size(), 4U);
  EXPECT_EQ(find(all, "mekiki_dns_errors_total")->metric.size(), 3U);
  EXPECT_EQ(find(all, "mekiki_upstream_errors_total")->metric.size(), 12U);
  EXPECT_EQ(find(all, "mekiki_checks_total")->metric.size(), 23U);
  EXPECT_EQ(find(all, "mekiki_borders_total")->metric.size(), 19U);
  for (const auto& family : all) {
    if (family.type != prometheus::MetricType::Counter)
      continue;
    for (const auto& m : family.metric) EXPECT_EQ(m.counter.value, 0);
  }
  EXPECT_EQ(find(all, "mekiki_store_open")->metric[0].gauge.value, 0);
  EXPECT_EQ(find(all, "mekiki_store_waiting"), nullptr);
  EXPECT_EQ(find(all, "mekiki_certificate_expiry_seconds"), nullptr);
}

TEST(metrics, what_was_counted_takes_the_place_of_the_zero) {
  pop3::counters proxy;
  proxy.errors.know("pop.example");
  proxy.errors.add("pop.example", pop3::session_stage::tls);
  delivery::counters mails;
  mails.checks[{"dkim", "pass"}] = 3;
  mails.checks[{"iprev", "pass"}] = 2;
  mails.ways["certain"] = 4;
  const dns::lookup_counts lookups;
  const auto all = metrics(
      {.proxy = proxy, .mails = mails, .lookups = lookups, .history = nullptr});
  for (const auto& [name, count, sum] :
       {std::tuple{"mekiki_upstream_errors_total", 12U, 1.0},
        std::tuple{"mekiki_checks_total", 24U, 5.0},
        std::tuple{"mekiki_borders_total", 19U, 4.0}}) {
    double counted = 0;
    for (const auto& m : find(all, name)->metric) counted += m.counter.value;
    EXPECT_EQ(counted, sum) << name;
    EXPECT_EQ(find(all, name)->metric.size(), count) << name;
  }
}

TEST(metrics, dns_time_is_a_cumulative_histogram) {
  const pop3::counters proxy;
  const delivery::counters mails;
  dns::lookup_counts lookups;
  for (const auto took : {1ms, 30ms, 40ms, 9000ms})
    lookups.note(dns::status::success, took, {});
  const auto all = metrics(
      {.proxy = proxy, .mails = mails, .lookups = lookups, .history = nullptr});
  const auto& h = find(all, "mekiki_dns_seconds")->metric[0].histogram;
  std::vector<std::uint64_t> counts;
  for (const auto& b : h.bucket) counts.push_back(b.cumulative_count);
  EXPECT_THAT(counts, ElementsAre(1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 4));
  EXPECT_EQ(h.bucket[3].upper_bound, 0.05);
  EXPECT_EQ(h.sample_count, 4U);
  EXPECT_NEAR(h.sample_sum, 9.071, 1e-9);
}

TEST(metrics, the_loop_s_turns_are_a_histogram) {
  const pop3::counters proxy;
  const delivery::counters mails;
  const dns::lookup_counts lookups;
  const manual_clock now{time_point{}};
  const compute_pool pool(1, now);
  loop_busy loop;
  memory_budget memory(1000);
  memory_share mails_share(&memory);
  mails_share.hold(300);
  for (const auto took : {100us, 4000us, 6000us, 2'000'000us}) loop.note(took);
  const auto all = metrics({.proxy = proxy,
                            .mails = mails,
                            .lookups = lookups,
                            .history = nullptr,
                            .loop = &loop,
                            .pool = &pool,
                            .memory = &memory});
  EXPECT_EQ(find(all, "mekiki_mail_memory_bytes")->metric[0].gauge.value, 300);
  const auto& h = find(all, "mekiki_loop_busy_seconds")->metric[0].histogram;
  std::vector<std::uint64_t> counts;
  for (const auto& b : h.bucket) counts.push_back(b.cumulative_count);
  EXPECT_THAT(counts, ElementsAre(1, 1, 1, 2, 3, 3, 3, 3, 4));
  EXPECT_EQ(h.bucket[3].upper_bound, 0.005);
  EXPECT_EQ(find(all, "mekiki_loop_busy_seconds_max")->metric[0].gauge.value,
            2);
  EXPECT_EQ(find(all, "mekiki_compute_waiting")->metric[0].gauge.value, 0);
}

// Waiting costs no CPU time.
TEST(loop_busy, measures_turns) {
  const auto cpu = [] {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  };
  const auto begin = cpu();
  loop_busy loop;
  loop.turn();
  for (int i = 0; i < 200; ++i) loop.turn();
  EXPECT_LT(loop.longest(), 0.1);
  const auto until = cpu() + 120ms;
  while (cpu() < until) continue;
  loop.turn();
  EXPECT_GE(loop.longest(), 0.1);
  std::uint64_t turns = 0;
  for (const std::uint64_t n : loop.classes()) turns += n;
  EXPECT_EQ(turns, 201U);
  EXPECT_LE(loop.longest(), loop.seconds());
  EXPECT_LE(loop.seconds(),
            std::chrono::duration<double>(cpu() - begin).count());
}

TEST(metrics, say_that_there_is_no_room) {
  const pop3::counters proxy;
  const delivery::counters mails;
  const dns::lookup_counts lookups;
  const mekiki::test::folder folder;
  const manual_clock now{time_point{}};
  bool is_full = false;
  const auto history = store::open(
      folder.path() / "mekiki.db",
      {.now = now, .disk = [&](const std::filesystem::path&) {
         return store::disk_space{.free = is_full ? 4U : 5U, .all = 100};
       }});
  ASSERT_TRUE(history) << history.error();
  const metric_sources f{.proxy = proxy,
                         .mails = mails,
                         .lookups = lookups,
                         .history = history->get()};
  EXPECT_EQ(find(metrics(f), "mekiki_store_noting")->metric[0].gauge.value, 1);
  EXPECT_GT(find(metrics(f), "mekiki_store_octets")->metric[0].gauge.value, 0);
  is_full = true;
  EXPECT_EQ(find(metrics(f), "mekiki_store_noting")->metric[0].gauge.value, 0);
}

TEST(host_errors, are_bounded) {
  pop3::counters::host_errors errors;
  errors.know("mine.example");
  errors.add("never-let-in.example", pop3::session_stage::connect);
  for (int i = 0; i < 999; ++i) {
    const std::string host = "h" + std::to_string(i) + ".example";
    errors.know(host);
    errors.add(host, pop3::session_stage::connect);
  }
  errors.add("mine.example", pop3::session_stage::tls);
  std::map<std::string, std::uint64_t> by_host;
  for (const auto& [where, count] : errors.all()) by_host[where.first] += count;
  EXPECT_EQ(by_host.size(), 101U);
  EXPECT_FALSE(by_host.contains("never-let-in.example"));
  EXPECT_EQ(by_host["other"], 901U);
  EXPECT_EQ(by_host["mine.example"], 1U);
}

}  // namespace
}  // namespace mekiki::daemon

#include "dns/lookup_counts.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::dns {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(lookup_counts, sorts_lookups_by_time) {
  lookup_counts counts;
  const steady_point at{};
  // A bound belongs to the class below it, as Prometheus has it ("le").
  for (const auto took : {0ms, 5ms, 6ms, 100ms, 101ms, 5000ms, 5001ms, 60000ms})
    counts.note(status::success, took, at);
  EXPECT_THAT(counts.classes(), ElementsAre(2, 1, 0, 0, 1, 1, 0, 0, 0, 1, 2));
  EXPECT_NEAR(counts.seconds(), 70.213, 1e-9);
}

TEST(lookup_counts, counts_failures_by_kind) {
  lookup_counts counts;
  for (const auto s :
       {status::timeout, status::servfail, status::bogus, status::timeout,
        status::success, status::no_data, status::nxdomain})
    counts.note(s, 1ms, {});
  EXPECT_EQ(counts.failed(status::timeout), 2U);
  EXPECT_EQ(counts.failed(status::servfail), 1U);
  EXPECT_EQ(counts.failed(status::bogus), 1U);
  EXPECT_EQ(counts.failed(status::nxdomain), 0U);
}

TEST(lookup_counts, is_failing_when_nothing_is_answered_for_long) {
  struct step {
    status what;
    std::chrono::seconds at;
  };
  const auto row = [](std::size_t count, std::chrono::seconds apart) {
    std::vector<step> steps;
    for (std::size_t i = 0; i < count; ++i)
      steps.push_back({status::timeout, i * apart});
    return steps;
  };
  const auto with = [](std::vector<step> steps, step last) {
    steps.push_back(last);
    return steps;
  };
  struct {
    const char* name;
    std::vector<step> steps;
    std::chrono::seconds now;
    bool failing;
  } const cases[] = {
      {"nothing asked", {}, 0s, false},
      {"ten within more than a minute", row(10, 7s), 64s, true},
      {"nine", row(9, 20s), 170s, false},
      {"a hundred of one mail", row(100, 0s), 1s, false},
      {"a minute and no more", row(11, 6s), 61s, false},
      {"not lately", row(10, 7s), 363s, false},
      {"just lately", row(10, 7s), 362s, true},
      {"an answer between", with(row(20, 7s), {status::nxdomain, 140s}), 141s,
       false},
      {"no answer is one", with(row(10, 7s), {status::servfail, 70s}), 71s,
       true},
  };
  for (const auto& c : cases) {
    lookup_counts counts;
    for (const step& s : c.steps) counts.note(s.what, 1s, steady_point(s.at));
    EXPECT_EQ(counts.is_failing(steady_point(c.now)), c.failing) << c.name;
  }
}

}  // namespace
}  // namespace mekiki::dns

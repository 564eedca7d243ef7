#include "dns/answer_cache.hpp"

#include <gtest/gtest.h>

namespace mekiki::dns {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

answer_ptr make(status s, seconds ttl, std::string text = {}) {
  answer a;
  a.status = s;
  a.ttl = ttl;
  a.texts.push_back(std::move(text));
  return std::make_shared<const answer>(std::move(a));
}

TEST(answer_cache, answers_hold_as_long_as_they_may) {
  cache_limits limits;
  limits.min = seconds(10);
  limits.max = seconds(1000);
  limits.max_negative = seconds(100);
  limits.failure = seconds(5);
  const struct {
    status what;
    seconds ttl;
    seconds lifetime;
  } cases[] = {
      {status::success, seconds(300), seconds(300)},
      {status::success, seconds(0), seconds(10)},
      {status::success, seconds(5000), seconds(1000)},
      {status::no_data, seconds(50), seconds(50)},
      {status::nxdomain, seconds(0), seconds(10)},
      {status::nxdomain, seconds(500), seconds(100)},
      {status::timeout, seconds(500), seconds(5)},
      {status::servfail, seconds(500), seconds(5)},
      {status::bogus, seconds(500), seconds(5)},
  };
  const question q{"a.example", record_type::txt};
  for (const auto& c : cases) {
    manual_clock clock(time_point{});
    answer_cache cache(limits, clock);
    const answer_ptr a = make(c.what, c.ttl);
    EXPECT_EQ(cache.find(q), nullptr);
    cache.insert(q, a);
    EXPECT_EQ(cache.find(q), a);
    clock.advance(c.lifetime - milliseconds(1));
    EXPECT_EQ(cache.find(q), a) << describe(c.what) << c.ttl.count();
    clock.advance(milliseconds(1));
    EXPECT_EQ(cache.find(q), nullptr) << describe(c.what) << c.ttl.count();
    EXPECT_EQ(cache.size(), 0U);
  }
}

TEST(answer_cache, the_type_is_part_of_the_question) {
  manual_clock clock(time_point{});
  answer_cache cache({}, clock);
  cache.insert({"a.example", record_type::a}, make(status::no_data, {}));
  EXPECT_EQ(cache.find({"a.example", record_type::aaaa}), nullptr);
}

TEST(answer_cache, a_newer_answer_takes_the_place) {
  manual_clock clock(time_point{});
  answer_cache cache({}, clock);
  const question q{"a.example", record_type::txt};
  cache.insert(q, make(status::no_data, {}));
  const answer_ptr newer = make(status::success, seconds(60));
  cache.insert(q, newer);
  EXPECT_EQ(cache.find(q), newer);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(answer_cache, the_longest_unused_go_first) {
  manual_clock clock(time_point{});
  cache_limits limits;
  limits.octets = 40'000;
  answer_cache cache(limits, clock);
  const auto name = [](int i) {
    return question{"n" + std::to_string(i) + ".example", record_type::txt};
  };
  for (int i = 0; i < 3; ++i) {
    cache.insert(name(i),
                 make(status::success, seconds(60), std::string(12'000, 'x')));
  }
  EXPECT_NE(cache.find(name(0)), nullptr);
  cache.insert(name(3),
               make(status::success, seconds(60), std::string(12'000, 'x')));
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_NE(cache.find(name(0)), nullptr);
  EXPECT_EQ(cache.find(name(1)), nullptr);
  // One that is larger than everything is not kept.
  cache.insert(name(4),
               make(status::success, seconds(60), std::string(50'000, 'x')));
  EXPECT_EQ(cache.find(name(4)), nullptr);
  EXPECT_EQ(cache.size(), 3U);
}

}  // namespace
}  // namespace mekiki::dns

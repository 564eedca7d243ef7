#include "base/compute_pool.hpp"

#include <optional>
#include <stdexcept>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "base/test_held_job.hpp"

namespace mekiki {
namespace {

namespace asio = boost::asio;

class compute_pool_test : public testing::Test {
 protected:
  manual_clock now{time_point{}};
  asio::io_context io;
  std::mutex mutex;
  std::vector<std::string> order;  // of the jobs' begins
  int ended = 0;
  int thrown = 0;

  void note(const std::string& what) {
    const std::lock_guard lock(mutex);
    order.push_back(what);
  }

  void start(compute_pool& pool, compute_pool::job j) {
    asio::co_spawn(io, pool.run(std::move(j)),
                   [this](const std::exception_ptr& error) {
                     ++ended;
                     thrown += error ? 1 : 0;
                   });
    io.poll();  // it waits now
  }

  compute_pool::job noted(const std::string& owner, const std::string& name,
                          const std::string& client = "") {
    return {
        .client = client, .owner = owner, .about = name, .work = [this, name] {
          note(name);
        }};
  }
};

TEST_F(compute_pool_test, computes_beside_the_loop) {
  compute_pool pool(2, now);
  EXPECT_EQ(pool.threads(), 2U);
  std::thread::id where;
  start(pool, {.client = "", .owner = "a", .about = "", .work = [&] {
                 where = std::this_thread::get_id();
               }});
  io.run();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(thrown, 0);
  EXPECT_NE(where, std::thread::id());
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST_F(compute_pool_test, serves_owners_in_turn) {
  compute_pool pool(1, now);
  test::held_job first;
  start(pool, first.job("many"));
  first.wait_begun();
  for (int i = 0; i < 100; ++i)
    start(pool, noted("many", "many" + std::to_string(i)));
  start(pool, noted("one", "one"));
  start(pool, noted("two", "two1"));
  start(pool, noted("two", "two2"));
  EXPECT_EQ(pool.waiting(), 103U);
  first.release();
  io.run();
  ASSERT_EQ(order.size(), 103U);
  EXPECT_EQ(
      std::vector(order.begin(), order.begin() + 5),
      (std::vector<std::string>{"one", "two1", "many0", "two2", "many1"}));
  EXPECT_EQ(order.back(), "many99");
  EXPECT_EQ(ended, 104);
  EXPECT_EQ(pool.waiting(), 0U);
}

TEST_F(compute_pool_test, serves_addresses_in_turn_and_owners_within) {
  compute_pool pool(1, now);
  test::held_job first;
  start(pool, first.job("a", "held", "192.0.2.1"));
  first.wait_begun();
  for (const std::string owner : {"b", "a", "c"}) {
    for (const std::string n : {"1", "2"})
      start(pool, noted(owner, owner + n, "192.0.2.1"));
  }
  for (const std::string n : {"1", "2", "3"})
    start(pool, noted("x", "x" + n, "192.0.2.2"));
  start(pool, noted("y", "y1", "2001:db8::1"));
  first.release();
  io.run();
  // a's first job ran before: its owner and its address begin again last.
  EXPECT_EQ(order, (std::vector<std::string>{"x1", "y1", "b1", "x2", "c1", "x3",
                                             "a1", "b2", "c2", "a2"}));
  EXPECT_EQ(pool.waiting(), 0U);
}

// Whoever has one IPv6 address has 2^64 of them.
TEST_F(compute_pool_test, serves_networks_in_turn_and_addresses_within) {
  compute_pool pool(1, now);
  test::held_job first;
  start(pool, first.job("a", "held", "192.0.2.1"));
  first.wait_begun();
  for (int i = 1; i <= 4; ++i) {
    const std::string n = std::to_string(i);
    start(pool, noted("m" + n, "m" + n, "2001:db8:0:1::" + n));
    start(pool, noted("m" + n, "m" + n, "2001:db8:0:1::" + n));
  }
  start(pool, noted("x", "x1", "2001:db8:0:2::1"));
  start(pool, noted("y", "y1", "::ffff:192.0.2.2"));
  start(pool, noted("x", "x2", "2001:db8:0:2::1"));
  first.release();
  io.run();
  EXPECT_EQ(order, (std::vector<std::string>{"m1", "x1", "y1", "m2", "x2", "m3",
                                             "m4", "m1", "m2", "m3", "m4"}));
  EXPECT_EQ(pool.waiting(), 0U);
}

TEST_F(compute_pool_test, gives_an_address_all_threads_where_nobody_waits) {
  compute_pool pool(2, now);
  test::held_job one, two;
  one.occupy(io, pool, "a", "held", "192.0.2.1");
  two.occupy(io, pool, "b", "held", "192.0.2.1");
  EXPECT_EQ(pool.running().size(), 2U);
  start(pool, noted("c", "c", "192.0.2.1"));
  start(pool, noted("x", "x", "192.0.2.2"));
  two.release();
  while (ended < 2) io.run_one();
  EXPECT_EQ(order, (std::vector<std::string>{"x", "c"}));
  one.release();
  io.run();
}

TEST_F(compute_pool_test, gives_an_owner_one_thread_from_all_his_addresses) {
  compute_pool pool(2, now);
  test::held_job first;
  first.occupy(io, pool, "taro", "held", "192.0.2.1");
  start(pool, noted("taro", "second", "192.0.2.2"));
  start(pool, noted("other", "other", "192.0.2.3"));
  while (ended < 1) io.run_one();
  EXPECT_EQ(order, std::vector<std::string>{"other"});
  EXPECT_EQ(pool.waiting(), 1U);
  first.release();
  io.run();
  EXPECT_EQ(order, (std::vector<std::string>{"other", "second"}));
}

TEST_F(compute_pool_test, takes_those_without_an_address_for_one) {
  compute_pool pool(1, now);
  test::held_job first;
  start(pool, first.job("a", "held", "192.0.2.1"));
  first.wait_begun();
  for (const std::string owner : {"b", "c", "d"})
    start(pool, noted(owner, owner, ""));
  for (const std::string n : {"1", "2"})
    start(pool, noted("x", "x" + n, "192.0.2.2"));
  first.release();
  io.run();
  EXPECT_EQ(order, (std::vector<std::string>{"b", "x1", "c", "x2", "d"}));
}

TEST_F(compute_pool_test, gives_an_owner_one_thread) {
  compute_pool pool(2, now);
  test::held_job first;
  start(pool, first.job("many"));
  first.wait_begun();
  start(pool, noted("many", "second"));
  start(pool, noted("other", "other"));
  while (ended < 1) io.run_one();  // on the other thread
  EXPECT_EQ(order, std::vector<std::string>{"other"});
  EXPECT_EQ(pool.running().size(), 1U);
  EXPECT_EQ(pool.waiting(), 1U);
  first.release();
  io.run();
  EXPECT_EQ(order, (std::vector<std::string>{"other", "second"}));
}

TEST_F(compute_pool_test, tells_what_runs_and_since_when) {
  compute_pool pool(1, now);
  now.advance(std::chrono::seconds(5));
  const steady_point then = now.steady();
  test::held_job first;
  start(pool, first.job("taro"));
  first.wait_begun();
  const auto running = pool.running();
  ASSERT_EQ(running.size(), 1U);
  EXPECT_EQ(running[0].owner, "taro");
  EXPECT_EQ(running[0].about, "held");
  EXPECT_EQ(running[0].since, then);
  first.release();
  io.run();
  EXPECT_TRUE(pool.running().empty());
}

TEST_F(compute_pool_test, hands_exceptions_on) {
  compute_pool pool(1, now);
  start(pool, {.client = "", .owner = "a", .about = "", .work = [] {
                 throw std::runtime_error("odd");
               }});
  start(pool, noted("a", "next"));
  // The loop may find nothing to do while the pool has the second job.
  for (io.run(); ended < 2; io.run()) io.restart();
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(order, std::vector<std::string>{"next"});
}

TEST_F(compute_pool_test, does_not_begin_what_nobody_waits_for) {
  compute_pool pool(1, now);
  test::held_job first;
  start(pool, first.job("a"));
  first.wait_begun();
  const auto gone = std::make_shared<std::atomic<bool>>(false);
  compute_pool::job j = noted("b", "abandoned");
  j.abandoned = gone;
  start(pool, std::move(j));
  start(pool, noted("c", "wanted"));
  *gone = true;
  first.release();
  io.run();
  EXPECT_EQ(order, std::vector<std::string>{"wanted"});
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(thrown, 1);
}

TEST_F(compute_pool_test,
       returns_to_a_cancelled_caller_when_the_job_has_ended) {
  compute_pool pool(1, now);
  test::held_job first;
  bool is_cancelled = false;
  asio::cancellation_signal cancel;
  asio::co_spawn(io, pool.run(first.job("a")),
                 asio::bind_cancellation_slot(
                     cancel.slot(),
                     [&](const std::exception_ptr&) { is_cancelled = true; }));
  io.poll();
  first.wait_begun();
  cancel.emit(asio::cancellation_type::terminal);
  io.poll();
  EXPECT_FALSE(is_cancelled);
  first.release();
  io.run();
  EXPECT_TRUE(is_cancelled);
}

TEST_F(compute_pool_test, drops_what_waits_at_its_end) {
  test::held_job first;
  const auto owned = std::make_shared<int>(1);
  std::thread ends;
  {
    compute_pool pool(1, now);
    start(pool, first.job("a"));
    first.wait_begun();
    start(pool, noted("a", "dropped"));
    start(pool, {.client = "", .owner = "b", .about = "", .work = [owned] {}});
    EXPECT_EQ(owned.use_count(), 2);
    ends = std::thread([&] {
      while (owned.use_count() > 1) std::this_thread::yield();
      first.release();
    });
  }
  ends.join();
  io.run();
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_TRUE(order.empty());
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(thrown, 2);
}

TEST_F(compute_pool_test, outlives_who_waits) {
  std::optional<asio::io_context> loop(std::in_place);
  test::held_job first;
  compute_pool pool(1, now);
  asio::co_spawn(*loop, pool.run(first.job("a")),
                 [](const std::exception_ptr&) {});
  loop->poll();
  first.wait_begun();
  loop.reset();  // whoever waited is gone
  first.release();
  start(pool, noted("a", "next"));
  io.run();
  EXPECT_EQ(order, std::vector<std::string>{"next"});
}

}  // namespace
}  // namespace mekiki

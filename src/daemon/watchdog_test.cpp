#include "daemon/watchdog.hpp"

#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_held_job.hpp"

namespace mekiki::daemon {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class watchdog_test : public testing::Test {
 protected:
  manual_clock now{time_point{}};
  boost::asio::io_context io;
  compute_pool pool{1, now};
  std::vector<std::function<void()>> asked;
  std::vector<std::string> warnings;
  std::vector<std::string> ends;
  bool loop_runs = true;

  watchdog dog{
      30s,
      {.now = now,
       .pool = pool,
       .ask_loop =
           [this](std::function<void()> f) { asked.push_back(std::move(f)); },
       .last_work = [] { return "mail 3 of taro"; },
       .warn = [this](auto text) { warnings.emplace_back(text); },
       .end = [this](auto text) { ends.emplace_back(text); }}};

  void pass(std::chrono::seconds time) {
    for (; time > 0s; time -= watchdog::period) {
      now.advance(watchdog::period);
      dog.look();
      for (auto& f : loop_runs ? std::exchange(asked, {}) : decltype(asked){})
        f();
    }
  }
};

TEST_F(watchdog_test, leaves_a_loop_that_answers_alone) {
  pass(600s);
  EXPECT_THAT(ends, IsEmpty());
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(watchdog_test, ends_a_loop_that_does_not) {
  pass(10s);
  loop_runs = false;
  pass(29s);
  EXPECT_THAT(ends, IsEmpty());
  EXPECT_LE(asked.size(), 1U) << "one question at a time";
  pass(2s);
  ASSERT_FALSE(ends.empty());
  EXPECT_THAT(ends[0], HasSubstr("the event loop has not run for 30 s"));
  EXPECT_THAT(ends[0], HasSubstr("mail 3 of taro"));
}

TEST_F(watchdog_test, counts_from_the_last_answer) {
  for (int i = 0; i < 10; ++i) {
    loop_runs = false;
    pass(25s);
    loop_runs = true;
    pass(2s);
  }
  EXPECT_THAT(ends, IsEmpty());
}

// As after SIGSTOP and SIGCONT, or in a debugger.
TEST_F(watchdog_test, does_not_count_a_time_in_which_nobody_ran) {
  loop_runs = false;
  pass(5s);
  now.advance(1h);
  pass(20s);
  EXPECT_THAT(ends, IsEmpty());
  pass(10s);
  EXPECT_EQ(ends.empty(), false);
}

TEST_F(watchdog_test, tells_of_a_job_that_takes_long_and_ends_it) {
  test::held_job busy;
  busy.occupy(io, pool, "taro@pop.example.jp", "a mail of 7 octets");
  pass(10s);
  EXPECT_THAT(warnings, IsEmpty());
  pass(10s);
  EXPECT_THAT(warnings,
              ElementsAre(HasSubstr("a mail of 7 octets of "
                                    "\"taro@pop.example.jp\" has been computed "
                                    "for 10 s")));
  EXPECT_THAT(ends, IsEmpty());
  pass(11s);
  ASSERT_FALSE(ends.empty());
  EXPECT_THAT(ends[0], HasSubstr("taro@pop.example.jp"));
  busy.release();
  io.run();
}

TEST_F(watchdog_test, takes_one_job_for_no_other) {
  for (int i = 0; i < 10; ++i) {
    test::held_job busy;
    busy.occupy(io, pool, "taro", "");
    pass(8s);
    busy.release();
    io.run();
    io.restart();
  }
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_THAT(ends, IsEmpty());
}

TEST_F(watchdog_test, ends_with_its_thread) { dog.start(); }

}  // namespace
}  // namespace mekiki::daemon

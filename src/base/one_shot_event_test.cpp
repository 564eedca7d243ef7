#include "base/one_shot_event.hpp"

#include <exception>
#include <optional>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace mekiki {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class event_test : public testing::Test {
 protected:
  asio::io_context io;
  std::optional<bool> happened;

  void wait_for(const one_shot_event& e, std::chrono::milliseconds most) {
    asio::co_spawn(io, e.wait(most), [&](const std::exception_ptr& x, bool r) {
      EXPECT_EQ(x, nullptr);
      happened = r;
    });
  }
};

TEST_F(event_test, may_have_happened_before) {
  const one_shot_event e;
  EXPECT_FALSE(e.is_set());
  e.set();
  e.set();
  EXPECT_TRUE(e.is_set());
  wait_for(e, 0ms);
  io.run();
  EXPECT_EQ(happened, true);
}

TEST_F(event_test, wakes_who_waits) {
  const one_shot_event e;
  wait_for(e, 1h);
  asio::post(io, [&] { e.set(); });
  io.run();
  EXPECT_EQ(happened, true);
}

TEST_F(event_test, is_set_from_another_thread) {
  const one_shot_event e;
  wait_for(e, 1h);
  std::thread other([copy = e] { copy.set(); });
  io.run();
  other.join();
  EXPECT_EQ(happened, true);
}

TEST_F(event_test, is_not_awaited_for_ever) {
  const one_shot_event e;
  wait_for(e, 1ms);
  io.run();
  EXPECT_EQ(happened, false);
  // Nobody waits any more.
  e.set();
  EXPECT_TRUE(e.is_set());
}

TEST_F(event_test, outlives_the_loop) {
  const one_shot_event e;
  {
    asio::io_context gone;
    asio::co_spawn(gone, e.wait(1h), [](const std::exception_ptr&, bool) {});
    gone.poll();
  }
  e.set();
  EXPECT_TRUE(e.is_set());
}

}  // namespace
}  // namespace mekiki

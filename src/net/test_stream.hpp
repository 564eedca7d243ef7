// Two ends of a connection in memory, and the time that their deadlines
// follow, for the tests of whatever talks through net::stream. No sockets, no
// waiting: time moves only when a test moves it.
//
// Not modelled: what TLS does to the octets (`start_tls` only waits for the
// other end's), half-closed connections, octets that arrive late.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"
#include "net/stream.hpp"

namespace mekiki::net::test {

/// A loop, and a clock that is moved by hand and ends the waits whose deadline
/// it reaches, each at its time.
class simulated_time final : public clock {
 public:
  simulated_time() = default;
  ~simulated_time() override;
  simulated_time(const simulated_time&) = delete;
  simulated_time& operator=(const simulated_time&) = delete;

  time_point now() const override;
  steady_point steady() const override { return steady_; }

  boost::asio::io_context& io() { return io_; }
  /// Runs what is ready until nothing is.
  void settle();
  /// Settles, moves on to each deadline within `by`, and settles there.
  void pass(duration by);
  /// When the first wait ends, if any has a deadline.
  std::optional<steady_point> next_deadline() const;

  /// As net::sleep.
  boost::asio::awaitable<void> sleep(duration time);

  /// What one coroutine at a time waits for.
  class alarm {
   public:
    explicit alarm(simulated_time& time);
    /// Ends the wait, if there is one, without an error.
    void wake();
    /// Ends with std::errc::timed_out at `deadline`.
    boost::asio::awaitable<std::error_code> wait(steady_point deadline);

   private:
    friend class simulated_time;
    simulated_time& time_;
    boost::asio::steady_timer timer_;
    bool woken_ = false;
    bool timed_out_ = false;
  };

 private:
  steady_point steady_{std::chrono::hours(1)};
  std::multimap<steady_point, alarm*> deadlines_;
  boost::asio::io_context io_{1};  // goes first, with the waits in it
};

/// Which operation fails (reads, writes, waits and handshakes are counted from
/// 1 on; 0: none), and how. With timed_out it lasts until its deadline,
/// whatever comes, and the connection lives on. With any other error, or none
/// (the end of the stream; broken_pipe for a writer), the connection is over
/// for both ends. A write that fails has sent half of its octets; a read that
/// fails gives half of what is there, if it can, and the next operation reports
/// it.
struct fault {
  std::size_t at = 0;
  std::error_code error = std::make_error_code(std::errc::connection_reset);
  std::size_t operations = 0;  // begun
};

/// How one end behaves, and what it has done. A test may change it at any time.
struct end_plan {
  /// A read gives at most so many octets.
  std::size_t piece = SIZE_MAX;
  /// The peer's writer waits while so many octets are unread.
  std::size_t room = 256 << 10;
  /// May be shared by connections, whose operations then count together.
  std::shared_ptr<test::fault> fault = std::make_shared<test::fault>();

  bool is_waiting = false;  // an operation is under way
  bool is_over = false;     // closed, aborted, destroyed or failed
};

struct end {
  stream_ptr stream;
  std::shared_ptr<end_plan> plan;
};

/// Both have loopback addresses. `time` outlives them.
struct memory_pair {
  explicit memory_pair(simulated_time& time);
  end left;
  end right;
};

/// A peer that a test works by hand, outside of coroutines.
class hand {
 public:
  /// `other` is the end that what is to be tested talks through.
  hand(simulated_time& time, end& other);
  ~hand();
  hand(hand&&) noexcept;

  /// Goes out at once, whether there is room or not.
  void put(std::string_view octets);
  /// What has come, and makes room for more.
  std::string take(std::size_t most = SIZE_MAX);
  /// After what can still be taken: the other end closed, or broke it off.
  bool has_ended() const;
  bool is_broken() const;
  /// The other end has closed, broken off or failed.
  bool is_alone() const;
  void close();
  void abort();
  /// How much may wait to be taken.
  void set_room(std::size_t octets);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace mekiki::net::test

// Ends a program that hangs, so that the service manager starts it again.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "base/compute_pool.hpp"

namespace mekiki::daemon {

class watchdog {
 public:
  using duration = std::chrono::steady_clock::duration;

  struct parts {
    const clock& now;
    const compute_pool& pool;
    /// Queues a function in the event loop.
    std::function<void(std::function<void()>)> ask_loop;
    /// The last work that the loop began, as far as known. From any thread.
    std::function<std::string()> last_work;
    std::function<void(std::string_view)> warn;
    /// Says why, and ends the program.
    std::function<void(std::string_view)> end;
  };

  /// `limit`: how long one turn of the loop, or one job of the pool, may take.
  /// A job is logged after a third of that. Time in which the whole program was
  /// suspended does not count.
  watchdog(duration limit, parts p);
  ~watchdog();
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

  /// One look at loop and pool: as often as `period` says.
  static constexpr std::chrono::seconds period{1};
  void look();

  /// Looks in a thread of its own, until its end.
  void start();

 private:
  struct seen_job {
    duration since{};  // on `awake_`
    bool is_told = false;
  };

  void look_at_loop();
  void look_at_pool();

  const duration limit_;
  const parts parts_;
  std::optional<steady_point> last_look_;
  duration awake_{};                           // how long the program ran
  std::shared_ptr<std::atomic<bool>> answer_;  // of the loop
  duration asked_{};
  std::map<std::uint64_t, seen_job> jobs_;  // those that run, by number

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stops_ = false;
  std::thread thread_;
};

}  // namespace mekiki::daemon

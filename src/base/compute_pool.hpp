// Threads for work that takes longer than an event loop may be kept from
// others.
//
// Work is a plain function that owns what it touches, or shares it with nobody
// who changes it. Who waits for it is a coroutine, which goes on where it ran.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"

namespace mekiki {

/// An owner's jobs run one after another, and owners take turns: whoever has
/// a hundred jobs delays another one's only job by one of his at most, for each
/// thread.
class compute_pool {
 public:
  struct job {
    std::string owner;
    std::string about;  // for the log, if it takes too long
    std::function<void()> work;
    /// True once nobody waits for the result any more: then it is not begun.
    /// May be null.
    std::shared_ptr<const std::atomic<bool>> abandoned = {};
  };

  /// What `run` throws for a job that was not begun.
  struct not_run final : std::exception {
    const char* what() const noexcept override { return "not computed"; }
  };

  /// `now` outlives it. At least one thread.
  compute_pool(std::size_t threads, const clock& now);
  /// Waits for the jobs that run; the others are dropped. Before the loops of
  /// those who wait.
  ~compute_pool();
  compute_pool(const compute_pool&) = delete;
  compute_pool& operator=(const compute_pool&) = delete;

  /// Returns when the job has ended, even if the caller is cancelled meanwhile.
  /// Throws what the job throws. Its `work` is gone by then.
  boost::asio::awaitable<void> run(job j);

  struct running_job {
    std::uint64_t number = 0;  // of all jobs
    std::string owner;
    std::string about;
    steady_point since;
  };
  std::vector<running_job> running() const;
  std::size_t waiting() const;
  /// Since the start, those that wait or were dropped too.
  std::uint64_t jobs() const;
  std::size_t threads() const { return threads_.size(); }

 private:
  struct task;
  struct owner_state {
    std::deque<std::shared_ptr<task>> jobs;
    bool runs = false;
  };

  void work();
  std::shared_ptr<task> take();
  void leave(const task& t);

  const clock& now_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::map<std::string, owner_state> owners_;  // who have a job
  std::deque<std::string> turns_;  // owners with a job to begin, none running
  std::vector<running_job> running_;
  std::uint64_t last_number_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mekiki

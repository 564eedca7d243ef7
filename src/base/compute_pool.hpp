// Threads for work that would block an event loop for too long.
//
// Work is a plain function. It owns the data it touches, or shares it with
// nobody who changes it. The caller is a coroutine, which resumes on its own
// executor.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"

namespace mekiki {

/// The networks of clients take turns (round robin; `network_of_client`), in
/// each network its addresses do, and at each address its owners. So a client
/// with a hundred jobs, under one owner or many, from one address or from all
/// of its network, delays the only job of another network by at most one job
/// for each thread. The jobs of one owner run one after another, even if they
/// come from several addresses. All jobs without an address count as one
/// address. Clients behind one NAT or relay share an address, so among them
/// only the owners take turns.
class compute_pool {
 public:
  struct job {
    std::string client;  // address; "" if unknown
    std::string owner;
    std::string about;  // for the log, if it takes too long
    std::function<void()> work;
    /// True once nobody waits for the result any more; the job is then not
    /// started. May be null.
    std::shared_ptr<const std::atomic<bool>> abandoned = {};
  };

  /// What `run` throws for a job that was not begun.
  struct not_run final : std::exception {
    const char* what() const noexcept override { return "not computed"; }
  };

  /// `now` outlives it. At least one thread.
  compute_pool(std::size_t threads, const clock& now);
  /// Waits for running jobs and drops the others. Destroy it before the event
  /// loops of the waiting coroutines.
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
  std::size_t threads() const { return threads_.size(); }

 private:
  struct task;
  /// A network's addresses, an address's owners, or an owner's jobs.
  struct turns {
    std::string name;
    std::list<turns> below;  // who have a job; whose turn is next stands first
    std::deque<std::shared_ptr<task>> waiting;  // an owner's
  };
  using path = std::array<std::string, 3>;  // network, address, owner

  void work();
  std::shared_ptr<task> take();
  std::shared_ptr<task> take_next(std::list<turns>& all);
  void leave(const task& t);
  static void leave(std::list<turns>& all, std::span<const std::string> names);
  static std::size_t count(const std::list<turns>& all);
  static void drop(const std::list<turns>& all);
  bool is_running(const std::string& owner) const;

  const clock& now_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::list<turns> networks_;
  std::vector<running_job> running_;
  std::uint64_t last_number_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mekiki

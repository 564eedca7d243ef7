// A thread that does jobs one after the other, and how a coroutine waits for
// one of them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "base/one_shot_event.hpp"

namespace mekiki::store {

class job_thread {
 public:
  job_thread() : thread_([this] { run(); }) {}
  /// Waits for the job that is being done, and does no other.
  ~job_thread();
  job_thread(const job_thread&) = delete;
  job_thread& operator=(const job_thread&) = delete;

  struct job {
    std::function<void()> work;  // what it throws is logged
    one_shot_event done;
    std::chrono::steady_clock::time_point until;  // later nobody wants it
  };

  /// False if too many wait.
  bool push(job j);

  /// Long jobs poll this, and stop early. From any thread.
  bool is_stopping() const { return stop_; }

 private:
  void run();
  void complain(std::string_view reason);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<job> waiting_;
  std::atomic<bool> stop_ = false;
  std::chrono::steady_clock::time_point next_complaint_{};
  std::thread thread_;
};

/// The result of `look` on that thread, or a default `T` if it is late or
/// throws.
template <class T>
boost::asio::awaitable<T> answer_in_time(job_thread& thread,
                                         std::function<T()> look,
                                         std::chrono::milliseconds deadline) {
  const auto result = std::make_shared<T>();
  const one_shot_event done;
  const bool taken = thread.push(
      {.work = [result, look = std::move(look)] { *result = look(); },
       .done = done,
       .until = std::chrono::steady_clock::now() + deadline});
  if (!taken)
    co_return T();
  const bool in_time = co_await done.wait(deadline);
  // Later on the thread may still write there.
  if (!in_time)
    co_return T();
  co_return std::move(*result);
}

}  // namespace mekiki::store

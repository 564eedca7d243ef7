#include "store/job_thread.hpp"

#include <exception>

#include "base/log.hpp"

namespace mekiki::store {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t most_questions = 1'000;  // that wait

}  // namespace

job_thread::~job_thread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool job_thread::push(job j) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_questions)
      return false;
    waiting_.push_back(std::move(j));
  }
  wake_.notify_one();
  return true;
}

void job_thread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_)
      return;
    const job j = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    if (steady_clock::now() < j.until) {
      try {
        j.work();
      } catch (const std::exception& e) {
        complain(e.what());
      }
      j.done.set();
    }
    lock.lock();
  }
}

void job_thread::complain(std::string_view reason) {
  const auto now = steady_clock::now();
  if (stop_ || now < next_complaint_)
    return;
  log::error("store: the history cannot be read: {}", reason);
  next_complaint_ = now + std::chrono::minutes(1);
}

}  // namespace mekiki::store

#include "base/compute_pool.hpp"

#include <algorithm>
#include <utility>

#include "base/event.hpp"

namespace mekiki {

struct compute_pool::task {
  compute_pool::job what;
  std::uint64_t number = 0;
  std::exception_ptr error;
  event done;
};

compute_pool::compute_pool(std::size_t threads, const clock& now) : now_(now) {
  threads = std::max<std::size_t>(threads, 1);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { work(); });
}

compute_pool::~compute_pool() {
  std::map<std::string, owner_state> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    turns_.clear();
    dropped.swap(owners_);
  }
  ready_.notify_all();
  for (const auto& [owner, state] : dropped) {
    for (const auto& t : state.jobs) {
      t->what.work = nullptr;
      t->error = std::make_exception_ptr(not_run());
      t->done.set();
    }
  }
  for (std::thread& t : threads_) t.join();
}

boost::asio::awaitable<void> compute_pool::run(job j) {
  const auto t = std::make_shared<task>();
  t->what = std::move(j);
  {
    const std::lock_guard lock(mutex_);
    t->number = ++last_number_;
    owner_state& mine = owners_[t->what.owner];
    mine.jobs.push_back(t);
    if (!mine.runs && mine.jobs.size() == 1)
      turns_.push_back(t->what.owner);
  }
  ready_.notify_one();
  co_await t->done.wait_always();
  if (t->error)
    std::rethrow_exception(t->error);
}

/// The next job, or null at the end.
std::shared_ptr<compute_pool::task> compute_pool::take() {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return stopping_ || !turns_.empty(); });
  if (stopping_)
    return nullptr;
  owner_state& owner = owners_[turns_.front()];
  turns_.pop_front();
  auto t = std::move(owner.jobs.front());
  owner.jobs.pop_front();
  owner.runs = true;
  running_.push_back({t->number, t->what.owner, t->what.about, now_.steady()});
  return t;
}

/// Its owner's next job has its turn behind those of all others.
void compute_pool::leave(const task& t) {
  const std::lock_guard lock(mutex_);
  std::erase_if(running_,
                [&](const running_job& r) { return r.number == t.number; });
  const auto found = owners_.find(t.what.owner);
  if (found == owners_.end())
    return;  // all were dropped
  if (found->second.jobs.empty()) {
    owners_.erase(found);
    return;
  }
  found->second.runs = false;
  turns_.push_back(t.what.owner);
  ready_.notify_one();
}

void compute_pool::work() {
  while (const auto t = take()) {
    try {
      if (t->what.abandoned && *t->what.abandoned)
        throw not_run();
      t->what.work();
    } catch (...) {
      t->error = std::current_exception();
    }
    t->what.work = nullptr;
    leave(*t);
    t->done.set();
  }
}

std::vector<compute_pool::running_job> compute_pool::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

std::uint64_t compute_pool::jobs() const {
  const std::lock_guard lock(mutex_);
  return last_number_;
}

std::size_t compute_pool::waiting() const {
  const std::lock_guard lock(mutex_);
  std::size_t n = 0;
  for (const auto& [owner, state] : owners_) n += state.jobs.size();
  return n;
}

}  // namespace mekiki

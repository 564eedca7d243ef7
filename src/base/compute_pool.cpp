#include "base/compute_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/client_network.hpp"
#include "base/one_shot_event.hpp"

namespace mekiki {

struct compute_pool::task {
  compute_pool::job what;
  path place;
  std::uint64_t number = 0;
  std::exception_ptr error;
  one_shot_event done;
};

namespace {

/// The element with this name; appended if there is none.
template <class Turns>
typename std::list<Turns>::iterator place_of(std::list<Turns>& all,
                                             const std::string& name) {
  const auto found = std::ranges::find(all, name, &Turns::name);
  if (found != all.end())
    return found;
  all.emplace_back().name = name;
  return std::prev(all.end());
}

template <class Turns>
void put_last(std::list<Turns>& all, typename std::list<Turns>::iterator one) {
  all.splice(all.end(), all, one);
}

}  // namespace

compute_pool::compute_pool(std::size_t threads, const clock& now) : now_(now) {
  threads = std::max<std::size_t>(threads, 1);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { work(); });
}

compute_pool::~compute_pool() {
  std::list<turns> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(networks_);
  }
  ready_.notify_all();
  drop(dropped);
  for (std::thread& t : threads_) t.join();
}

void compute_pool::drop(const std::list<turns>& all) {
  for (const turns& one : all) {
    for (const auto& t : one.waiting) {
      t->what.work = nullptr;
      t->error = std::make_exception_ptr(not_run());
      t->done.set();
    }
    drop(one.below);
  }
}

boost::asio::awaitable<void> compute_pool::run(job j) {
  const auto t = std::make_shared<task>();
  t->place = {network_of(j.client), j.client, j.owner};
  t->what = std::move(j);
  {
    const std::lock_guard lock(mutex_);
    t->number = ++last_number_;
    const auto network = place_of(networks_, t->place[0]);
    const auto address = place_of(network->below, t->place[1]);
    place_of(address->below, t->place[2])->waiting.push_back(t);
  }
  ready_.notify_one();
  co_await t->done.wait_always();
  if (t->error)
    std::rethrow_exception(t->error);
}

/// The next job, or null at the end.
std::shared_ptr<compute_pool::task> compute_pool::take() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (auto t = take_next(networks_)) {
      running_.push_back(
          {t->number, t->what.owner, t->what.about, now_.steady()});
      return t;
    }
    ready_.wait(lock);
  }
  return nullptr;
}

/// The first job in turn whose owner has none running, or null. Owner, address
/// and network stay in their lists while it runs, behind all others.
std::shared_ptr<compute_pool::task> compute_pool::take_next(
    std::list<turns>& all) {
  for (auto one = all.begin(); one != all.end(); ++one) {
    std::shared_ptr<task> t;
    if (!one->waiting.empty() && !is_running(one->name)) {
      t = std::move(one->waiting.front());
      one->waiting.pop_front();
    } else {
      t = take_next(one->below);
    }
    if (t) {
      put_last(all, one);
      return t;
    }
  }
  return nullptr;
}

bool compute_pool::is_running(const std::string& owner) const {
  return std::ranges::find(running_, owner, &running_job::owner) !=
         running_.end();
}

/// Its owner, its address and its network go to the end of their lists, behind
/// all that were added while the job ran.
void compute_pool::leave(const task& t) {
  const std::lock_guard lock(mutex_);
  std::erase_if(running_,
                [&](const running_job& r) { return r.number == t.number; });
  if (!stopping_)  // all were dropped
    leave(networks_, t.place);
}

void compute_pool::leave(std::list<turns>& all,
                         std::span<const std::string> names) {
  const auto one = place_of(all, names.front());
  if (names.size() > 1)
    leave(one->below, names.subspan(1));
  if (one->waiting.empty() && one->below.empty()) {
    all.erase(one);
  } else {
    put_last(all, one);
  }
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

std::size_t compute_pool::waiting() const {
  const std::lock_guard lock(mutex_);
  return count(networks_);
}

std::size_t compute_pool::count(const std::list<turns>& all) {
  std::size_t n = 0;
  for (const turns& one : all) n += one.waiting.size() + count(one.below);
  return n;
}

}  // namespace mekiki

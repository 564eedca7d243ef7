#include "base/compute_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/event.hpp"

namespace mekiki {

struct compute_pool::task {
  compute_pool::job what;
  std::uint64_t number = 0;
  std::exception_ptr error;
  event done;
};

namespace {

/// The element with this name; appended if there is none.
template <class Jobs>
typename std::list<Jobs>::iterator place_of(std::list<Jobs>& all,
                                            std::string Jobs::*name,
                                            const std::string& wanted) {
  const auto found = std::ranges::find(all, wanted, name);
  if (found != all.end())
    return found;
  all.emplace_back().*name = wanted;
  return std::prev(all.end());
}

template <class Jobs>
void put_last(std::list<Jobs>& all, typename std::list<Jobs>::iterator one) {
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
  std::list<client_jobs> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(clients_);
  }
  ready_.notify_all();
  for (const client_jobs& c : dropped) {
    for (const owner_jobs& o : c.owners) {
      for (const auto& t : o.waiting) {
        t->what.work = nullptr;
        t->error = std::make_exception_ptr(not_run());
        t->done.set();
      }
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
    const auto c = place_of(clients_, &client_jobs::client, t->what.client);
    const auto o = place_of(c->owners, &owner_jobs::owner, t->what.owner);
    o->waiting.push_back(t);
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
    if (auto t = take_next()) {
      running_.push_back(
          {t->number, t->what.owner, t->what.about, now_.steady()});
      return t;
    }
    ready_.wait(lock);
  }
  return nullptr;
}

/// The first job in turn whose owner has none running, or null. Owner and
/// client stay in the list while it runs, behind all others.
std::shared_ptr<compute_pool::task> compute_pool::take_next() {
  for (auto c = clients_.begin(); c != clients_.end(); ++c) {
    for (auto o = c->owners.begin(); o != c->owners.end(); ++o) {
      if (o->waiting.empty() || is_running(o->owner))
        continue;
      auto t = std::move(o->waiting.front());
      o->waiting.pop_front();
      put_last(c->owners, o);
      put_last(clients_, c);
      return t;
    }
  }
  return nullptr;
}

bool compute_pool::is_running(const std::string& owner) const {
  return std::ranges::find(running_, owner, &running_job::owner) !=
         running_.end();
}

/// Its owner and its client go to the end of their lists, behind all that were
/// added while the job ran.
void compute_pool::leave(const task& t) {
  const std::lock_guard lock(mutex_);
  std::erase_if(running_,
                [&](const running_job& r) { return r.number == t.number; });
  if (stopping_)
    return;  // all were dropped
  const auto c = place_of(clients_, &client_jobs::client, t.what.client);
  const auto o = place_of(c->owners, &owner_jobs::owner, t.what.owner);
  if (o->waiting.empty()) {
    c->owners.erase(o);
  } else {
    put_last(c->owners, o);
  }
  if (c->owners.empty()) {
    clients_.erase(c);
  } else {
    put_last(clients_, c);
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
  std::size_t n = 0;
  for (const client_jobs& c : clients_) {
    for (const owner_jobs& o : c.owners) n += o.waiting.size();
  }
  return n;
}

}  // namespace mekiki

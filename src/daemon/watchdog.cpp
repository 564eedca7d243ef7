#include "daemon/watchdog.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"

namespace mekiki::daemon {
namespace {

std::chrono::seconds::rep seconds(watchdog::duration d) {
  return std::chrono::duration_cast<std::chrono::seconds>(d).count();
}

}  // namespace

watchdog::watchdog(duration limit, parts p)
    : limit_(limit), parts_(std::move(p)) {}

watchdog::~watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

void watchdog::start() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, period, [this] { return stops_; })) {
      lock.unlock();
      look();
      lock.lock();
    }
  });
}

void watchdog::look() {
  const steady_point now = parts_.now.steady();
  // If two looks are far apart, the whole program was suspended in between.
  if (last_look_)
    awake_ += std::min<duration>(now - *last_look_, 2 * period);
  last_look_ = now;
  look_at_loop();
  look_at_pool();
}

void watchdog::look_at_loop() {
  if (!answer_ || *answer_) {
    answer_ = std::make_shared<std::atomic<bool>>(false);
    asked_ = awake_;
    parts_.ask_loop([answer = answer_] { *answer = true; });
    return;
  }
  if (awake_ - asked_ < limit_)
    return;
  parts_.end(
      fmt::format("the event loop has not run for {} s (limits.hang); "
                  "what it began last: {}",
                  seconds(awake_ - asked_), parts_.last_work()));
}

void watchdog::look_at_pool() {
  std::map<std::uint64_t, seen_job> running;
  for (const compute_pool::running_job& job : parts_.pool.running()) {
    const auto before = jobs_.find(job.number);
    seen_job& seen = running[job.number];
    seen = before == jobs_.end() ? seen_job{.since = awake_} : before->second;
    const duration took = awake_ - seen.since;
    const std::string what =
        fmt::format("{} of {}", job.about, log::quoted(job.owner));
    if (took >= limit_) {
      parts_.end(fmt::format("{} has been computed for {} s (limits.hang)",
                             what, seconds(took)));
    } else if (took >= limit_ / 3 && !std::exchange(seen.is_told, true)) {
      parts_.warn(
          fmt::format("{} has been computed for {} s, which is far too long",
                      what, seconds(took)));
    }
  }
  jobs_ = std::move(running);
}

}  // namespace mekiki::daemon

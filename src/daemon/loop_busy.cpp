#include "daemon/loop_busy.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace mekiki::daemon {
namespace {

std::chrono::nanoseconds thread_cpu_time() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

}  // namespace

// CPU time costs a system call, time does not. A turn that was short by the
// clock was short by CPU time, too.
void loop_busy::turn() {
  constexpr int most_short = 64;
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds passed = now - std::exchange(last_, now);
  const bool has_begun = std::exchange(has_begun_, true);
  const double seconds = std::chrono::duration<double>(passed).count();
  if (has_begun && seconds < bounds.front() && short_turns_ < most_short) {
    ++short_turns_;
    short_ += passed;
    return;
  }
  const std::chrono::nanoseconds cpu = thread_cpu_time();
  const std::chrono::nanoseconds used = cpu - std::exchange(last_cpu_, cpu);
  if (has_begun) {
    const auto took = std::max(used - short_, std::chrono::nanoseconds(0));
    note(took);
    seconds_ += std::chrono::duration<double>(used - took).count();
    classes_[0] += static_cast<std::uint64_t>(short_turns_);
  }
  short_turns_ = 0;
  short_ = {};
}

void loop_busy::note(std::chrono::nanoseconds took) {
  const double s = std::chrono::duration<double>(took).count();
  const auto* const bound = std::ranges::lower_bound(bounds, s);
  ++classes_.at(static_cast<std::size_t>(bound - bounds.begin()));
  seconds_ += s;
  longest_ = std::max(longest_, s);
}

}  // namespace mekiki::daemon

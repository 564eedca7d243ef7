#include "daemon/loop_busy.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace mekiki::daemon {

void loop_busy::turn() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  const auto now =
      std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  const auto before = std::exchange(last_, now);
  if (std::exchange(has_begun_, true))
    note(now - before);
}

void loop_busy::note(std::chrono::nanoseconds took) {
  const double s = std::chrono::duration<double>(took).count();
  const auto* const bound = std::ranges::lower_bound(bounds, s);
  ++classes_.at(static_cast<std::size_t>(bound - bounds.begin()));
  seconds_ += s;
  longest_ = std::max(longest_, s);
}

}  // namespace mekiki::daemon

#include "dns/lookup_counts.hpp"

#include <algorithm>

namespace mekiki::dns {

void lookup_counts::note(status s, std::chrono::steady_clock::duration took,
                         steady_point at) {
  const double time = std::chrono::duration<double>(took).count();
  const auto* const bound = std::ranges::lower_bound(bounds, time);
  ++classes_.at(static_cast<std::size_t>(bound - bounds.begin()));
  seconds_ += time;
  if (!is_temporary(s)) {
    failures_ = 0;
    return;
  }
  ++failed_.at(static_cast<std::size_t>(s));
  if (failures_++ == 0)
    first_failure_ = at;
  last_failure_ = at;
}

bool lookup_counts::is_failing(steady_point now) const {
  using std::chrono::minutes;
  return failures_ >= 10 && last_failure_ - first_failure_ > minutes(1) &&
         now - last_failure_ < minutes(5);
}

}  // namespace mekiki::dns

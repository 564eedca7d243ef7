#include "pop3/throttle.hpp"

#include <algorithm>
#include <vector>

namespace mekiki::pop3 {
namespace {

constexpr std::size_t most_entries = 10'000;
constexpr std::chrono::minutes memory{15};
constexpr throttle::duration longest = std::chrono::seconds(30);

}  // namespace

bool throttle::is_old(const entry& e) const {
  return clock_.steady() - e.last > memory;
}

throttle::duration throttle::gap(const entry& e) const {
  duration d = first_;
  for (int i = 1; i < e.failures && d < longest; ++i) d *= 2;
  return std::min(d, longest);
}

throttle::duration throttle::attempt(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || is_old(found->second))
    return {};
  entry& e = found->second;
  const steady_point now = clock_.steady();
  const steady_point turn = std::max(now, e.next);
  e.next = turn + gap(e);
  return turn - now;
}

void throttle::failed(const std::string& key) {
  if (entries_.size() >= most_entries && !entries_.contains(key))
    make_room();
  entry& e = entries_[key];
  if (is_old(e))
    e.failures = 0;
  ++e.failures;
  e.last = clock_.steady();
  e.next = std::max(e.next, e.last + gap(e));
}

/// Drops the older half, so that this is rarely needed.
void throttle::make_room() {
  std::vector<steady_point> times;
  times.reserve(entries_.size());
  for (const auto& [key, e] : entries_) times.push_back(e.last);
  const auto middle = times.begin() + static_cast<long>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  std::erase_if(entries_,
                [&](const auto& item) { return item.second.last <= *middle; });
}

}  // namespace mekiki::pop3

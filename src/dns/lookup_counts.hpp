// Counts the outcomes of DNS lookups, for the metrics.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dns {

/// Counts lookups. Cached answers, and questions that joined a lookup in
/// flight, do not count. For one thread only.
class lookup_counts {
 public:
  /// Upper bounds of the histogram's buckets, in seconds; one more bucket lies
  /// above the last.
  static constexpr std::array<double, 10> bounds = {
      0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};

  /// A lookup came to an end at `at`, `took` after it began.
  void note(status s, std::chrono::steady_clock::duration took,
            steady_point at);

  /// How many took that long; each lookup is in one class.
  const std::array<std::uint64_t, bounds.size() + 1>& classes() const {
    return classes_;
  }
  double seconds() const { return seconds_; }  // of all together
  std::uint64_t failed(status s) const {
    return failed_.at(static_cast<std::size_t>(s));
  }

  /// True if nobody could be asked lately: at least ten lookups failed in a row
  /// that is longer than a minute, and the last of them is less than five
  /// minutes ago. The lookups of one mail take less than a minute, so no sender
  /// can cause this with a zone that is broken on purpose.
  bool is_failing(steady_point now) const;

 private:
  std::array<std::uint64_t, bounds.size() + 1> classes_{};
  double seconds_ = 0;
  std::array<std::uint64_t, 7> failed_{};  // by status

  // Since the last answer:
  std::size_t failures_ = 0;
  steady_point first_failure_;
  steady_point last_failure_;
};

}  // namespace mekiki::dns

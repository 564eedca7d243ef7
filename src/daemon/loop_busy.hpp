// How long each turn of the event loop kept all other sessions waiting.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mekiki::daemon {

/// CPU time of the loop's thread, so that the wait for events does not count.
/// Short turns are counted in the first class, with the next that is measured.
/// One thread.
class loop_busy {
 public:
  /// Upper bounds of the histogram's classes, in seconds; one more class is
  /// above the last.
  static constexpr std::array<double, 8> bounds = {0.0005, 0.001, 0.0025, 0.005,
                                                   0.01,   0.05,  0.25,   1};

  /// On the loop's thread, before its first turn and after each.
  void turn();

  void note(std::chrono::nanoseconds took);

  const std::array<std::uint64_t, bounds.size() + 1>& classes() const {
    return classes_;
  }
  double seconds() const { return seconds_; }  // of all together
  double longest() const { return longest_; }

 private:
  bool has_begun_ = false;
  std::chrono::steady_clock::time_point last_;
  std::chrono::nanoseconds last_cpu_{};
  int short_turns_ = 0;               // since `last_cpu_`
  std::chrono::nanoseconds short_{};  // the time that they took
  std::array<std::uint64_t, bounds.size() + 1> classes_{};
  double seconds_ = 0;
  double longest_ = 0;
};

}  // namespace mekiki::daemon

// The two clocks, passed in wherever time matters, so that tests set them.
#pragma once

#include <chrono>

namespace mekiki {

using time_point = std::chrono::system_clock::time_point;
using steady_point = std::chrono::steady_clock::time_point;

class clock {
 public:
  virtual ~clock() = default;
  /// Wall-clock time: what a signature's expiry is compared with.
  virtual time_point now() const = 0;
  /// For intervals: cache lifetimes, deadlines, throttles.
  virtual steady_point steady() const = 0;
};

class system_clock final : public clock {
 public:
  time_point now() const override { return std::chrono::system_clock::now(); }
  steady_point steady() const override {
    return std::chrono::steady_clock::now();
  }
};

/// A clock that stands still until it is moved: for `--at` and for tests.
class manual_clock final : public clock {
 public:
  explicit manual_clock(time_point start) : now_(start) {}
  time_point now() const override { return now_; }
  steady_point steady() const override { return steady_; }
  void advance(std::chrono::steady_clock::duration by) {
    now_ += std::chrono::duration_cast<time_point::duration>(by);
    steady_ += by;
  }

 private:
  time_point now_;
  steady_point steady_{};
};

}  // namespace mekiki

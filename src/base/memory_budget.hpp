// How much memory all sessions together may use for what they could as well
// keep in files, or leave for later.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace mekiki {

/// A number of octets that several share. For any thread.
class memory_budget {
 public:
  explicit memory_budget(std::size_t octets) : octets_(octets) {}

  std::size_t octets() const { return octets_; }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  /// At most half is used: what need not be now may be begun.
  bool is_ample() const { return used() <= octets_ / 2; }

 private:
  friend class memory_share;

  const std::size_t octets_;
  std::atomic<std::size_t> used_{0};
};

/// What one owner holds of a budget, given back at the end.
class memory_share {
 public:
  /// Null: there is no limit. The budget outlives the share.
  explicit memory_share(memory_budget* budget) : budget_(budget) {}
  ~memory_share() { give_back(); }
  memory_share(memory_share&& other) noexcept
      : budget_(other.budget_), held_(std::exchange(other.held_, 0)) {}
  memory_share& operator=(memory_share&& other) noexcept {
    if (this != &other) {
      give_back();
      budget_ = other.budget_;
      held_ = std::exchange(other.held_, 0);
    }
    return *this;
  }

  std::size_t held() const { return held_; }
  /// So many in all from now on. False if the budget has no room for what is
  /// more than before: then nothing has changed.
  bool hold(std::size_t octets);

 private:
  void give_back() { hold(0); }

  memory_budget* budget_;
  std::size_t held_ = 0;
};

}  // namespace mekiki

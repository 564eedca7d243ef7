// A limit on the new rows of one kind per day.
#pragma once

#include <cstdint>
#include <unordered_map>

namespace mekiki::store {

/// For each scope. Counts in memory: a restart begins anew.
class daily_quota {
 public:
  explicit daily_quota(std::uint32_t most) : most_(most) {}

  bool take(std::int64_t day, std::int64_t scope) {
    if (day != day_) {
      day_ = day;
      taken_.clear();
    }
    std::uint32_t& taken = taken_[scope];
    if (taken >= most_)
      return false;
    ++taken;
    return true;
  }

 private:
  std::uint32_t most_;
  std::int64_t day_ = 0;
  std::unordered_map<std::int64_t, std::uint32_t> taken_;
};

}  // namespace mekiki::store

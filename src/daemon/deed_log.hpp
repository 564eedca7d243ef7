// A file of what administrators did: `admin-log` of the state folder, a JSON
// object a line. The one before is kept as `admin-log.1`.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "admin/deeds.hpp"

namespace mekiki::daemon {

class deed_log {
 public:
  static constexpr std::size_t largest = 1 << 20;  // octets of one file
  static constexpr std::size_t most_told = 200;

  /// An empty path: nothing is kept.
  explicit deed_log(std::filesystem::path file) : file_(std::move(file)) {}

  /// The log says so, too, and where that cannot be kept.
  void note(const admin::deed& d) const;
  /// The newest first.
  std::vector<admin::deed> newest() const;

 private:
  std::filesystem::path file_;
};

}  // namespace mekiki::daemon

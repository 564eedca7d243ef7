// Gathers what is wrong with one report.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/report.hpp"

namespace mekiki::reports {

class fault_list {
 public:
  void add(fault what, std::string_view example = {}) {
    for (warning& w : all_) {
      if (w.what == what) {
        ++w.times;
        return;
      }
    }
    all_.push_back({.what = what, .times = 1, .example = std::string(example)});
  }
  /// In the order of `fault`, whatever was met first.
  std::vector<warning> take() {
    std::ranges::sort(all_, {}, &warning::what);
    return std::move(all_);
  }

 private:
  std::vector<warning> all_;
};

}  // namespace mekiki::reports

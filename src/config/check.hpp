// Checks settings against each other.
#pragma once

#include <vector>

#include "config/load.hpp"

namespace mekiki::config {

struct findings {
  std::vector<problem> errors;    // cannot work, or is not safe
  std::vector<problem> warnings;  // works, but may not be meant
};

/// Settings that are fine alone, but contradict each other. Lines are not
/// known here. Files are not looked at before they are used.
findings check(const settings& c);

}  // namespace mekiki::config

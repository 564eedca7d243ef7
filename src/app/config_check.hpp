// What settings mean together.
#pragma once

#include <vector>

#include "app/config_table.hpp"

namespace mekiki::app {

struct config_findings {
  std::vector<config_problem> errors;    // cannot work, or is not safe
  std::vector<config_problem> warnings;  // works, but may not be meant
};

/// Settings that are fine alone, but contradict each other. Lines are not
/// known here. Files are not looked at before they are used.
config_findings check(const config& c);

}  // namespace mekiki::app

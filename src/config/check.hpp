// Checks settings against each other.
#pragma once

#include <string>
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

/// Why upstream.hosts must not be empty, to be read behind its name, where
/// those are the listeners: the service manager's sockets may be others than
/// those of the settings. Empty if it may.
std::string why_hosts_are_needed(const settings& c,
                                 const std::vector<net::endpoint>& listeners);

}  // namespace mekiki::config

// Whether the files that the settings name can be used.
#pragma once

#include <vector>

#include "config/load.hpp"

namespace mekiki::daemon {

/// Opens each as `serve` does, which then starts or does not; in the order of
/// the manual. Our own certificate is not among them.
std::vector<config::problem> check_files(const config::loaded& given);

}  // namespace mekiki::daemon

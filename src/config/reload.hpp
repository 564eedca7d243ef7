// What changes in a program that runs, when its settings file is read again.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace mekiki::config {

struct reloaded {
  config::settings settings;         // that are in force now
  std::vector<std::string> waiting;  // names of those that wait for a restart
};

/// `given` takes the place of `running`, but for the settings that take effect
/// at a restart (config/table.cpp): these stay.
reloaded reload(const settings& running, const settings& given);

}  // namespace mekiki::config

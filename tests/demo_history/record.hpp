// Writes what is made up as demo/recording.hpp reads it.
#pragma once

#include <string>

#include "demo_history/made_up.hpp"

namespace mekiki::demo {

/// Mails that differ only in shared texts, times and numbers have one template.
std::string record(const made_up_history& h);

}  // namespace mekiki::demo

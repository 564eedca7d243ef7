// What people are shown of a view's host (border_views.hpp).
#pragma once

#include <string>

namespace mekiki::verdict {

/// As open_question::host has it. "" where it has no name.
std::string host_of_view(const std::string& view);

}  // namespace mekiki::verdict

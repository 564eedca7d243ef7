// Today's tables.
#pragma once

#include <string>

namespace mekiki::store {

/// The statements that make them, and their indexes. A change of them is a step
/// of migrations.hpp as well.
std::string tables();

}  // namespace mekiki::store

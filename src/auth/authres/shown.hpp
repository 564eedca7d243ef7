// What Authentication-Results can show of a result.
#pragma once

#include <string>
#include <string_view>

#include "auth/authres/format.hpp"

namespace mekiki::authres {

/// The word of its result, as it is written.
std::string_view word_of(const method_result& r);

/// What can be written of a reason or a value: octets outside of 0x20..0x7e as
/// '?', at most 320.
std::string shown(std::string_view text);

}  // namespace mekiki::authres

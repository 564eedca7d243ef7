// Octets as hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

namespace mekiki {

/// Two lower-case digits for each octet.
std::string to_hex(std::string_view octets);

/// Only "0" to "9" and "a" to "f"; none is enough.
bool is_lower_hex(std::string_view text);

}  // namespace mekiki

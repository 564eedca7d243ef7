// Whether a text is a host name.
#pragma once

#include <string_view>

namespace mekiki {

/// RFC 1123 2.1: labels of at most 63 letters, digits and hyphens with no
/// hyphen at an end, at most 253 octets together, in either case. The last
/// label is not of digits alone, so that no address is one. No dot at the end.
bool is_host_name(std::string_view text);

}  // namespace mekiki

// Formats records as in a zone file.
#pragma once

#include <string>
#include <string_view>

namespace mekiki::cli {

/// A TXT record's character-strings: quoted, each of at most 255 octets
/// (RFC 1035 3.3), separated by spaces. For printable ASCII.
std::string zone_strings(std::string_view record);

}  // namespace mekiki::cli

// Bodies of our own making as they travel (RFC 2045).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mekiki::notify {

/// So many octets fill a line of base64 (RFC 2045 6.8: 76 characters).
constexpr std::size_t base64_line = 57;

/// Base64 in lines that end with CRLF.
void append_base64(std::string_view octets, std::string& out);

/// LF as CRLF; a CR that was there goes.
std::string to_crlf(std::string_view text);

}  // namespace mekiki::notify

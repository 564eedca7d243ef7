// Base64 (RFC 4648 section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mekiki {

/// With padding, in one line.
std::string base64_encode(std::string_view octets);

/// Ignores white space and line breaks anywhere (what folding leaves in a
/// header field), and takes text with or without its padding. Nothing for any
/// other octet, data after padding, or a length that no octets can have.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace mekiki

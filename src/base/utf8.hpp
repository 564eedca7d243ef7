// Makes text valid UTF-8 for outputs that must be.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mekiki {

/// The length in octets of the UTF-8 character at the start of `text`, which
/// is not empty; 0 if there is none (RFC 3629 4).
std::size_t utf8_length(std::string_view text);

/// Octets that are not UTF-8 become U+FFFD.
std::string to_utf8(std::string_view text);

/// The first octets of `text` (UTF-8), at most `most`, ending with a whole
/// character.
std::string_view first_octets(std::string_view text, std::size_t most);

/// Whether one UTF-8 character is C0, DEL, C1 (U+0080 to U+009F), or turns the
/// direction of writing (U+202A to U+202E, U+2066 to U+2069): terminals obey
/// these, and people are misled by them.
bool is_control(std::string_view character);

}  // namespace mekiki

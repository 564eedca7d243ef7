// Header text beyond ASCII (RFC 2047), both ways.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mekiki::mime {

/// A text is read this far; no client shows more of it.
inline constexpr std::size_t most_of_header_text = 2048;  // octets as written

/// A field's text or a display name in UTF-8, its encoded words decoded as
/// leniently as clients do: within other text, with spaces, without padding,
/// split in the middle of a character. Each is decoded by itself; only where
/// one ends within a character, or before its ISO-2022 is back to ASCII, the
/// next one goes on. Text that was never encoded is read as `read_text` does
/// (without a label), or as ISO-2022-JP where it has that one's escapes.
/// The first `most` octets count. Linear.
///
/// White space becomes spaces. So do other controls, so that what is written
/// anew from this cannot join what they kept apart; or they are left out, as
/// clients show them.
enum class controls { spaces, nothing };
std::string decode_words(std::string_view text,
                         std::size_t most = most_of_header_text,
                         controls others = controls::spaces);

/// `text` (UTF-8) as encoded words in UTF-8 and base64, each a whole number of
/// characters and at most 75 octets (RFC 2047 2), joined by CRLF and a space:
/// to stand behind "Subject: ".
std::string encode_words(std::string_view text);

/// The same, but a short text of printable ASCII stands for itself, unless it
/// could be taken for an encoded word. A line end in it becomes a space.
std::string encode_text(std::string_view text);

}  // namespace mekiki::mime

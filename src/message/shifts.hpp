// Raw text of ISO-2022-JP (RFC 1468) in header fields, as clients read it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mekiki::message {

/// Ends each stretch of other characters than letters in what `undo_shifts`
/// gives.
inline constexpr std::string_view shift_back = "\x1b(B";

/// `text` without the escape sequences of ISO 2022 that change nothing or lead
/// to letters: "b ESC(B ank" is "bank". A stretch of characters of several
/// octets, or of half-width katakana, keeps its own and ends with `shift_back`,
/// however it ended. ESC that begins no sequence that clients know becomes SUB.
///
/// Clients do not agree on two things, so there are several readings, at most
/// four, each different one once: whether a line end leads back to letters (it
/// does in RFC 1468; the line end goes where it does not), and whether a
/// backslash of JIS X 0201 is one or a yen sign (its tilde an overline).
/// Linear.
std::vector<std::string> undo_shifts(std::string_view text);

}  // namespace mekiki::message

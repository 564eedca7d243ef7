// The Unicode functions for rules about visible text. Only this header and
// charset.hpp use ICU. All texts are UTF-8; invalid octets are read as U+FFFD.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mekiki::mime::unicode {

/// Compatible forms made one, case folded, and what is invisible left out
/// (NFKC_Casefold). Of the marks on one character 30 are read. Linear.
std::string fold(std::string_view text);

/// What texts that look alike have in common (UTS 39 4), in lower case. Goes
/// beyond the tables in one thing: "vv" is "w". Never meant to be shown.
std::string skeleton(std::string_view text);

/// `skeletal` without the accents that Latin, Greek and Cyrillic letters
/// carry (U+0300..036F).
std::string without_accents(std::string_view skeletal);

/// What a reader of Latin takes `text` for: other characters are replaced by
/// the ASCII they look like. "" if some look like none.
std::string latin_reading(std::string_view text);

/// One label of a domain name as people see it: the U-label of a valid
/// A-label; every other label as it is.
std::string to_u_label(std::string_view label);

/// True if no language mixes the scripts of `text` (UTS 39 5.2: less than
/// moderately restrictive). Kana, Han and Latin are one language; Latin and
/// one script more are fine unless that is Greek or Cyrillic.
bool mixes_scripts(std::string_view text);

/// The letters in the order in which they are seen from left to right (UAX 9),
/// where the first letter gives the direction; without what turns it, and with
/// blanks for brackets. `text` itself where all of it goes to the right.
/// Linear.
std::string as_displayed(std::string_view text);

std::u32string to_code_points(std::string_view text);
std::string to_utf8(std::u32string_view text);

bool is_ascii(std::string_view text);
/// A digit of ASCII.
constexpr bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
/// Combining marks count, as parts of letters.
bool is_letter_or_digit(char32_t c);
/// A combining mark.
bool is_mark(char32_t c);
/// Neither letter nor punctuation: "™", "①", "℡", which `fold` makes letters or
/// digits of.
bool is_symbol(char32_t c);
/// A letter of the script Latin.
bool is_latin(char32_t c);
/// Of C0 or C1, or DEL.
bool is_control(char32_t c);
/// White_Space: blanks of any width, and what ends a line.
bool is_space(char32_t c);
/// Neither glyph nor space: Default_Ignorable_Code_Point, and a few more.
bool is_invisible(char32_t c);
/// `text[at]` is a joiner where RFC 5892 A.1 or A.2 allows it or between two
/// pictures, or a variation selector behind a character with a glyph.
bool is_joined(std::u32string_view text, std::size_t at);
/// A letter written from right to left.
bool is_right_to_left(char32_t c);
/// Takes two columns where letters of Latin take one.
bool is_wide(char32_t c);
/// Begins or ends what stands in brackets, of whatever kind.
bool is_opening(char32_t c);
bool is_closing(char32_t c);
/// Reverses or isolates the direction in which what follows is shown.
bool is_bidi_control(char32_t c);
/// "CYRILLIC SMALL LETTER A", or "" if it has none.
std::string name_of(char32_t c);
/// Of a script whose words have few letters: Han, kana, Hangul.
bool is_east_asian(char32_t c);

}  // namespace mekiki::mime::unicode

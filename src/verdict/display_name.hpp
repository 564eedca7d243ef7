// What display names claim, as a client shows them
// (mime/encoded_word.hpp). Invisible tricks are the sender's choice, so nothing
// here trusts them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mekiki::verdict {

/// What two ways of writing one name have in common: letters that look alike,
/// case, order of the words, spaces, titles, company forms ("株式会社", "Inc.")
/// and what stands in brackets do not matter. `name` as `mime::decode_words`
/// gives it or as written.
///
/// Empty where the name says too little to know anybody by: words for a role
/// ("support", "お知らせ") do not count; the rest needs eight letters, or seven
/// in several words, Han, kana and Hangul counting twice. So "Michael" and
/// "佐藤" are nobody, "Taro Yamada" and "山田太郎" somebody. The first 12 words
/// count.
std::string name_key(std::string_view display_name);

/// The name's mark under the installation's salt: 16 hexadecimal digits of a
/// keyed BLAKE2b. "" for an empty key.
std::string name_mark(std::string_view key, std::string_view salt);

/// What is seen of a name: characters without glyph are left out, white space
/// is one space, so that neither takes room. The first 2,048 characters.
std::string visible_part(std::string_view readable_name);

/// Without the spaces that may be as thin as none.
std::string without_odd_spaces(std::string_view readable_name);

struct named_domain {
  std::string text;         // as it stands in the name, case folded
  std::string domain;       // A-labels
  bool is_address = false;  // also one that only the eye sees: "ceo@ b.example"
  /// Only the eye finds it, in what is a longer word for programs. That word is
  /// the domain `within`, or none.
  bool is_part = false;
  std::string within = {};
};

/// The addresses and host names ("Example.co.jp") that stand in a readable
/// name, of its first 2,048 octets, also between signs ("a_example.jp") and
/// letters of other scripts ("公式example.jpより"). What stands before the sign
/// of an address is none. Linear.
std::vector<named_domain> claims_in(std::string_view readable_name);

/// The name holds characters that turn its letters round: a right-to-left
/// override, or a left-to-right one in a name with letters from right to left.
/// Those without glyph are no lie: they come with emoji, with Persian and Indic
/// words, and with names that were copied; who looks for a name leaves them
/// out.
bool deceives_by_direction(std::string_view readable_name);

/// How the words are read that mix scripts so that they look like Latin:
/// "Paypal" of "Pаypal" with a Cyrillic а, but nothing of "α-Bank", "Тойота
/// Toyota" or "βテスト".
std::vector<std::string> mixed_words(std::string_view readable_name);

/// The name with each character that looks like letters of ASCII replaced by
/// them.
std::string latin_letters(std::string_view readable_name);

/// The name with a blank for each symbol but those of ASCII, as those that are
/// made of letters or digits ("example.jp™") hide where a host ends.
std::string without_symbols(std::string_view readable_name);

/// The text embeds, overrides or isolates a direction of reading.
bool turns_direction(std::string_view text);

/// The text has a character without glyph that no language puts there: all but
/// joiners where RFC 5892 A.1 and A.2 allow them or between two pictures, and
/// variation selectors behind a character.
bool has_stray_invisible(std::string_view text);

}  // namespace mekiki::verdict

// Values that only this installation can write, so that programs and people can
// tell our own words from imitations (docs/design.md, "Forged fields"): those
// of X-Mekiki-Label and the secret word of warnings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mekiki::notify {

/// The label values of one account.
struct labels {
  std::string current;
  /// That of the generation before, for as long as rules may still have it;
  /// else empty.
  std::string previous;
};

/// 16 hexadecimal digits: HMAC-SHA256 of `secret` over generation and account,
/// the first 64 bits. Who knows one value learns nothing of another account's
/// or of the next generation's.
std::string label_value(std::string_view secret, std::string_view account,
                        std::uint64_t generation);

/// The same for keys of Thunderbird's tags: 12 digits, and of another kind, as
/// such keys leave with mails that are moved or forwarded.
std::string tag_value(std::string_view secret, std::string_view account,
                      std::uint64_t generation);

/// The secret word of an account whose user chose none: six syllables that can
/// be said in English and Japanese ("mikano tesuro"), 37 bits.
std::string made_word(std::string_view secret, std::string_view account);

}  // namespace mekiki::notify

#include "notify/edit/labels.hpp"

#include <fmt/format.h>

#include "base/hex.hpp"
#include "crypto/digest.hpp"

namespace mekiki::notify {
namespace {

crypto::digest code(std::string_view secret, std::string_view purpose,
                    std::string_view account, std::uint64_t generation) {
  return crypto::hmac_sha256(
      secret, fmt::format("{}\n{}\n{}", purpose, generation, account));
}

std::string digits(std::string_view secret, std::string_view purpose,
                   std::string_view account, std::uint64_t generation,
                   std::size_t octets) {
  const crypto::digest c = code(secret, purpose, account, generation);
  return to_hex(c.octets().substr(0, octets));
}

}  // namespace

std::string label_value(std::string_view secret, std::string_view account,
                        std::uint64_t generation) {
  return digits(secret, "label", account, generation, 8);
}

std::string tag_value(std::string_view secret, std::string_view account,
                      std::uint64_t generation) {
  return digits(secret, "tag", account, generation, 6);
}

std::string made_word(std::string_view secret, std::string_view account) {
  constexpr std::string_view consonants = "kstnhmyrgzdbpjw";
  constexpr std::string_view vowels = "aiueo";
  constexpr std::size_t syllables = 6;
  const crypto::digest c = code(secret, "word", account, 0);
  std::string word;
  for (std::size_t i = 0; i < syllables; ++i) {
    const std::size_t n = static_cast<unsigned char>(c.octets()[2 * i]) << 8 |
                          static_cast<unsigned char>(c.octets()[2 * i + 1]);
    if (i == syllables / 2)
      word += ' ';
    word += consonants[n % consonants.size()];
    word += vowels[n / consonants.size() % vowels.size()];
  }
  return word;
}

}  // namespace mekiki::notify

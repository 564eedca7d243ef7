#include "changes/reply_prefix.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.hpp"
#include "mime/encoded_word.hpp"

namespace mekiki::changes {
namespace {

using namespace std::literals;

constexpr std::array words = {
    // English, and all languages
    "re"sv, "fw"sv, "fwd"sv,
    // German, Dutch, Scandinavian, French, Spanish, Portuguese, Polish
    "aw"sv, "wg"sv, "antw"sv, "doorst"sv, "sv"sv, "vs"sv, "vb"sv, "tr"sv,
    "rv"sv, "res"sv, "enc"sv, "odp"sv, "pd"sv,
    // Japanese, Chinese, Korean
    "返信"sv, "転送"sv, "回复"sv, "答复"sv, "转发"sv, "回覆"sv, "轉寄"sv,
    "답장"sv, "전달"sv};
constexpr std::array colons = {":"sv, "："sv};
constexpr std::size_t longest_word = 75;  // RFC 2047 2

std::size_t plain_size(std::string_view text) {
  for (const std::string_view word : words) {
    if (!ascii::istarts_with(text, word))
      continue;
    for (const std::string_view colon : colons) {
      if (text.substr(word.size()).starts_with(colon))
        return word.size() + colon.size();
    }
  }
  return 0;
}

/// The octets of the encoded word that `text` begins with, or 0.
std::size_t encoded_word_size(std::string_view text) {
  if (!text.starts_with("=?"))
    return 0;
  std::size_t at = 1;
  for (int marks = 0; marks < 2; ++marks) {
    at = text.find('?', at + 1);
    if (at == text.npos)
      return 0;
  }
  const std::size_t end = text.find("?=", at + 1);
  return end == text.npos || end + 2 > longest_word ? 0 : end + 2;
}

}  // namespace

std::size_t reply_prefix_size(std::string_view text) {
  const std::size_t encoded = encoded_word_size(text.substr(0, longest_word));
  if (encoded == 0)
    return plain_size(text);
  const std::string decoded = mime::decode_words(text.substr(0, encoded));
  const std::string_view shown = ascii::trim(decoded);
  return !shown.empty() && plain_size(shown) == shown.size() ? encoded : 0;
}

bool is_reply_prefix(std::string_view text) {
  return !text.empty() && reply_prefix_size(text) == text.size();
}

}  // namespace mekiki::changes

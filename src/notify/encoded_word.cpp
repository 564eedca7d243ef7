#include "notify/encoded_word.hpp"

#include <cstddef>

#include "base/base64.hpp"
#include "notify/inert.hpp"

namespace mekiki::notify {

std::string encode_words(std::string_view text) {
  constexpr std::string_view begin = "=?UTF-8?B?";
  constexpr std::string_view end = "?=";
  // The first line has the field's name, too: 76 octets in all (RFC 2047 2).
  constexpr std::size_t most = 42;  // octets of text, 56 of base64
  static_assert(begin.size() + most / 3 * 4 + end.size() <= 75);
  std::string out;
  while (!text.empty()) {
    const std::string_view part = first_octets(text, most);
    if (!out.empty())
      out += "\r\n ";
    out += begin;
    out += base64_encode(part);
    out += end;
    text.remove_prefix(part.size());
  }
  return out;
}

}  // namespace mekiki::notify

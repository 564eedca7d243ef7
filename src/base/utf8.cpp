#include "base/utf8.hpp"

namespace mekiki {

std::size_t utf8_length(std::string_view text) {
  const auto octet = [&](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned first = octet(0);
  std::size_t length = 0;
  unsigned least = 0x80;  // of the second octet
  unsigned most = 0xbf;
  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first <= 0xdf)
    length = 2;
  if (first >= 0xe0 && first <= 0xef)
    length = 3;
  if (first >= 0xf0 && first <= 0xf4)
    length = 4;
  if (first == 0xe0)
    least = 0xa0;
  if (first == 0xed)
    most = 0x9f;  // no surrogates
  if (first == 0xf0)
    least = 0x90;
  if (first == 0xf4)
    most = 0x8f;
  if (length == 0 || text.size() < length)
    return 0;
  if (octet(1) < least || octet(1) > most)
    return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (octet(i) < 0x80 || octet(i) > 0xbf)
      return 0;
  }
  return length;
}

std::string to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string_view first_octets(std::string_view text, std::size_t most) {
  if (text.size() <= most)
    return text;
  std::size_t end = most;
  while (end > 0 && most - end < 3 &&
         (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return text.substr(0, end);
}

bool is_control(std::string_view character) {
  const auto octet = [&](std::size_t i) {
    return static_cast<unsigned char>(character[i]);
  };
  if (character.size() == 1)
    return octet(0) < 0x20 || octet(0) == 0x7f;
  if (character.size() == 2)
    return octet(0) == 0xc2 && octet(1) < 0xa0;
  if (character.size() != 3 || octet(0) != 0xe2)
    return false;
  return (octet(1) == 0x80 && octet(2) >= 0xaa && octet(2) <= 0xae) ||
         (octet(1) == 0x81 && octet(2) >= 0xa6 && octet(2) <= 0xa9);
}

}  // namespace mekiki

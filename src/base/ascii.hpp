// Octets compared as ASCII, whatever the locale says.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace mekiki::ascii {

constexpr bool is_wsp(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alpha(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z');
}
constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
/// WSP, CR or LF: what FWS is made of (RFC 5322 3.2.2).
constexpr bool is_fws(char c) { return is_wsp(c) || c == '\r' || c == '\n'; }
constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
constexpr bool is_control(char c) {
  return (is_ascii(c) && c < ' ') || c == '\x7f';
}
/// 0x21..0x7e
constexpr bool is_graph(char c) { return c > ' ' && c < '\x7f'; }

constexpr char to_lower(char c) {
  return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Of a hexadecimal digit in either case; -1 for any other octet.
constexpr int hex_value(char c) {
  if (is_digit(c))
    return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

inline std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

constexpr bool iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size())
    return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i]))
      return false;
  }
  return true;
}

constexpr bool istarts_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         iequals(text.substr(0, prefix.size()), prefix);
}

/// Without WSP, CR and LF at both ends.
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_fws(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_fws(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace mekiki::ascii

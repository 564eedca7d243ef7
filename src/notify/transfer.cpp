#include "notify/transfer.hpp"

#include <algorithm>

#include "base/base64.hpp"

namespace mekiki::notify {

void append_base64(std::string_view octets, std::string& out) {
  while (!octets.empty()) {
    out += base64_encode(octets.substr(0, base64_line));
    out += "\r\n";
    octets.remove_prefix(std::min(base64_line, octets.size()));
  }
}

std::string to_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += '\r';
    if (c != '\r')
      out += c;
  }
  return out;
}

}  // namespace mekiki::notify

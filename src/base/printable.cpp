#include "base/printable.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace mekiki {

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  std::string_view left = text.substr(0, most);
  while (!left.empty()) {
    const std::size_t length = utf8_length(left);
    const std::string_view character = left.substr(0, length);
    if (length == 0 || is_control(character)) {
      for (const char c : left.substr(0, std::max<std::size_t>(length, 1))) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      }
    } else {
      out += character;
    }
    left.remove_prefix(std::max<std::size_t>(length, 1));
  }
  if (text.size() > most)
    out += "...";
  return out;
}

}  // namespace mekiki

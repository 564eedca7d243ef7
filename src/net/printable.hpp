// Text that a peer wrote, made fit for a sentence.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mekiki::net {

/// At most `most` octets of it, each that is not printable ASCII as '?'.
inline std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text.substr(0, most)) {
    out += c >= ' ' && c <= '~' ? c : '?';
  }
  return out;
}

}  // namespace mekiki::net

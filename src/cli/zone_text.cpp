#include "cli/zone_text.hpp"

#include <algorithm>

namespace mekiki::cli {

std::string zone_strings(std::string_view record) {
  constexpr std::size_t most = 255;
  std::string out;
  do {
    if (!out.empty())
      out += ' ';
    out += '"';
    for (const char c : record.substr(0, most)) {
      if (c == '"' || c == '\\')
        out += '\\';
      out += c;
    }
    out += '"';
    record.remove_prefix(std::min(most, record.size()));
  } while (!record.empty());
  return out;
}

}  // namespace mekiki::cli

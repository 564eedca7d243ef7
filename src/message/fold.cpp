#include "message/fold.hpp"

#include <cstddef>

namespace mekiki::message {

std::string format_field(std::string_view name,
                         const std::vector<std::string>& words) {
  constexpr std::size_t widest = 78;
  std::string out(name);
  out += ':';
  std::size_t column = out.size();
  bool first = true;
  for (const std::string& word : words) {
    // The first word stays with the name: a line of white space alone would
    // end the header for some readers.
    if (!first && column + 1 + word.size() > widest) {
      out += "\r\n";
      column = 0;
    }
    out += ' ';
    out += word;
    column += 1 + word.size();
    first = false;
  }
  out += "\r\n";
  return out;
}

}  // namespace mekiki::message

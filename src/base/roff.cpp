#include "base/roff.hpp"

namespace mekiki {

std::string roff(std::string_view text) {
  std::string out;
  bool is_bold = false;
  bool at_begin = true;  // of a line, where . and ' begin a request
  for (const char c : text) {
    if (c == '`') {
      out += is_bold ? "\\fR" : "\\fB";
      is_bold = !is_bold;
      at_begin = false;
      continue;
    }
    if (at_begin && (c == '.' || c == '\''))
      out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else {
      out += c;
    }
    at_begin = c == '\n';
  }
  return is_bold ? out + "\\fR" : out;
}

}  // namespace mekiki

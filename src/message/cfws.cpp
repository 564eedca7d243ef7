#include "message/cfws.hpp"

#include <cstddef>

#include "base/ascii.hpp"

namespace mekiki::message {

//   CFWS     =  (1*([FWS] comment) [FWS]) / FWS
//   comment  =  "(" *([FWS] ccontent) [FWS] ")"
//   ccontent =  ctext / quoted-pair / comment
std::optional<std::string_view> skip_cfws(std::string_view text) {
  std::size_t depth = 0;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(') {
      ++depth;
    } else if (depth == 0) {
      if (!ascii::is_fws(c))
        break;
    } else if (c == ')') {
      --depth;
    } else if (c == '\\') {
      ++i;
    }
  }
  if (depth > 0)
    return std::nullopt;
  return text.substr(i);
}

}  // namespace mekiki::message

#include "base/host_name.hpp"

#include <cstddef>

#include "base/ascii.hpp"

namespace mekiki {

bool is_host_name(std::string_view text) {
  constexpr std::size_t most = 253;
  constexpr std::size_t most_label = 63;
  if (text.size() > most)
    return false;
  std::size_t label = 0;
  bool all_digits = true;
  char before = '.';
  for (const char c : text) {
    if (c == '.') {
      if (label == 0 || before == '-')
        return false;
      label = 0;
      all_digits = true;
    } else {
      const bool is_hyphen_within = c == '-' && label > 0;
      if (!ascii::is_alnum(c) && !is_hyphen_within)
        return false;
      ++label;
      if (label > most_label)
        return false;
      all_digits = all_digits && ascii::is_digit(c);
    }
    before = c;
  }
  return label > 0 && before != '-' && !all_digits;
}

}  // namespace mekiki

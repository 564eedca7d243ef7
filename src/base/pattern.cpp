#include "base/pattern.hpp"

#include <cstddef>

#include "base/ascii.hpp"

namespace mekiki {

bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t star = std::string_view::npos;
  std::size_t from = 0;  // where what the last star stands for ends
  for (std::size_t i = 0; i < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      from = i;
    } else if (at < pattern.size() &&
               ascii::to_lower(pattern[at]) == ascii::to_lower(text[i])) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++from;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool matches_host_pattern(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*."))
    return pattern == host;
  const std::string_view below = pattern.substr(1);
  return host.size() > below.size() && host.ends_with(below);
}

}  // namespace mekiki

#include "auth/adsp/record.hpp"

#include <algorithm>
#include <cstddef>

#include "base/ascii.hpp"

namespace mekiki::adsp {

//   adsp-record   = adsp-dkim-tag *( ";" tag-spec ) ...
//   adsp-dkim-tag = %x64.6b.69.6d *WSP "=" *WSP
//                   ("unknown" / "all" / "discardable" / x-adsp-dkim-tag)
//   x-adsp-dkim-tag = hyphenated-word
std::optional<practices> parse_record(std::string_view text) {
  const std::string_view tag = text.substr(0, text.find(';'));
  const std::size_t equals = tag.find('=');
  if (equals == std::string_view::npos || !tag.starts_with("dkim") ||
      ascii::trim(tag.substr(0, equals)) != "dkim") {
    return std::nullopt;
  }
  const auto value = ascii::trim(tag.substr(equals + 1));
  const bool is_word = !value.empty() && ascii::is_alpha(value.front()) &&
                       ascii::is_alnum(value.back()) &&
                       std::all_of(value.begin(), value.end(), [](char c) {
                         return ascii::is_alnum(c) || c == '-';
                       });
  if (!is_word)
    return std::nullopt;
  if (ascii::iequals(value, "all"))
    return practices::all;
  return ascii::iequals(value, "discardable") ? practices::discardable
                                              : practices::unknown;
}

}  // namespace mekiki::adsp

// The one table behind each check's error codes: what programs see, which
// result it is in RFC 8601's words, and how it is said to people.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "auth/result.hpp"

namespace mekiki::auth {

template <class Errc>
struct errc_row {
  Errc code;
  std::string_view name;  // the enumerator's own
  result status = result::none;
  std::string_view sentence;  // English, without final stop
};

/// Rows in the order of the enumerators, so that a code is looked up by
/// number. Prove it with `static_assert(in_order(table))`.
template <class Errc, std::size_t Count>
using errc_table = std::array<errc_row<Errc>, Count>;

template <class Errc, std::size_t Count>
constexpr bool in_order(const errc_table<Errc, Count>& table) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (table[i].code != static_cast<Errc>(i))
      return false;
  }
  return true;
}

template <class Errc, std::size_t Count>
constexpr const errc_row<Errc>& row_of(const errc_table<Errc, Count>& table,
                                       Errc code) {
  return table[static_cast<std::size_t>(code)];
}

}  // namespace mekiki::auth

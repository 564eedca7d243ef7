// Rows of table `dkim_key`.
#pragma once

#include <string>
#include <vector>

#include "store/sqlite.hpp"
#include "verdict/history.hpp"

namespace mekiki::store {

/// Of a bound statement whose columns are text, first, last, authentic,
/// revoked; all of one name.
inline std::vector<verdict::remembered_key> rows_of_keys(
    sqlite::statement& s, const std::string& name) {
  std::vector<verdict::remembered_key> out;
  while (s.next()) {
    verdict::remembered_key& k = out.emplace_back();
    k.name = name;
    k.text = s.text(0);
    k.first = s.number(1);
    k.last = s.number(2);
    k.authentic = s.number(3) != 0;
    k.revoked = s.number(4) != 0;
  }
  return out;
}

}  // namespace mekiki::store

// Rows of what was learned, which several readers have in common.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/unix_time.hpp"
#include "store/row.hpp"
#include "verdict/history.hpp"

namespace mekiki::store {

// Column `kind` of table `sender`.
constexpr int author_kind = 0;
constexpr int list_kind = 1;

constexpr std::int64_t habit_days = 180;     // the window of a habit
constexpr std::int64_t enough_authors = 20;  // for an addition to be learned

struct pair_row {
  std::string signer;
  std::uint64_t mails = 0;
  std::uint32_t days = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;

  auto columns() {
    return std::tie("signer", signer, "mails", mails, "days", days, "first",
                    first, "last", last);
  }
};

inline std::vector<verdict::pair_record> pairs_of(std::vector<pair_row> rows) {
  std::vector<verdict::pair_record> out;
  for (pair_row& r : rows) {
    verdict::pair_record& p = out.emplace_back();
    p.signer = std::move(r.signer);
    p.passed = {
        .mails = r.mails, .days = r.days, .first = r.first, .last = r.last};
  }
  return out;
}

/// Of one name, which is no column.
struct key_row : verdict::remembered_key {
  auto columns() {
    return std::tie("text", text, "first", first, "last", last, "authentic",
                    authentic, "revoked", revoked);
  }
};

inline std::vector<verdict::remembered_key> keys_of(std::vector<key_row> rows,
                                                    const std::string& name) {
  std::vector<verdict::remembered_key> out;
  for (key_row& r : rows) {
    r.name = name;
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace mekiki::store

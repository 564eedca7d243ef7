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

  static constexpr auto columns() {
    return std::tuple(
        column("signer", &pair_row::signer), column("mails", &pair_row::mails),
        column("days", &pair_row::days), column("first", &pair_row::first),
        column("last", &pair_row::last));
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
  static constexpr auto columns() {
    return std::tuple(column("text", &key_row::text),
                      column("first", &key_row::first),
                      column("last", &key_row::last),
                      column("authentic", &key_row::authentic),
                      column("revoked", &key_row::revoked));
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

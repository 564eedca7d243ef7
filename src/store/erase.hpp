// What is kept of an account is erased.
#pragma once

#include <cstdint>
#include <string_view>

#include "store/sqlite.hpp"

namespace mekiki::store {

enum class erasure : std::uint8_t {
  history,     // mails, warnings, sums, and what only its history learned
  everything,  // its choice, rules and tokens, too
};

/// Removes it in pieces, each in a transaction of its own, so that others can
/// write between them. A history that accounts share stays. Answers how many
/// mails there were. Throws sqlite::error.
std::int64_t erase_account(sqlite::database& db, std::string_view account,
                           erasure what);

}  // namespace mekiki::store

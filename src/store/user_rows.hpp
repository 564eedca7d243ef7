// Reads rows about users: for the reader and for the command line.
#pragma once

#include <string_view>
#include <vector>

#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace mekiki::store {

/// The columns of `row_of_choice`.
constexpr std::string_view select_choice =
    "SELECT account, methods, language, occasion, secret_word, subject_mark, "
    "updated FROM user_choice ";
kept_choice row_of_choice(const sqlite::statement& s);

/// The rest of a statement whose columns are level, X-DKIM-Check and count.
/// Words of a newer version are passed over.
std::vector<mail_count> rows_of_counts(sqlite::statement& s);

}  // namespace mekiki::store

// Reads rows about users: for the reader, the dashboard and the command line.
#pragma once

#include <cstdint>
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

/// Such a statement, of an account (?1) and its last ?2 mails.
constexpr std::string_view select_recent =
    "SELECT level, dkim, count(*) FROM (SELECT level, dkim FROM mail "
    "WHERE account = ? ORDER BY fetched DESC LIMIT ?) GROUP BY level, dkim";
std::vector<mail_count> judged_since(sqlite::database& db,
                                     std::string_view account,
                                     std::int64_t since);

/// The columns of `rows_of_rules`, which passes over what a newer version
/// wrote.
constexpr std::string_view select_rules =
    "SELECT id, account, kind, effect, pattern, signer, until FROM rule ";
std::vector<kept_rule> rows_of_rules(sqlite::statement& s);

}  // namespace mekiki::store

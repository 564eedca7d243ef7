// Rows about users: for the reader, the dashboard and the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "store/row.hpp"
#include "store/sqlite.hpp"
#include "store/user.hpp"

namespace mekiki::store {

struct choice_row : kept_choice {
  auto columns() {
    return std::tie("account", account, "methods", methods, "language",
                    language, "occasion", when, "secret_word", secret_word,
                    "subject_mark", subject_mark, "updated", updated);
  }
};

/// Mails that were judged alike.
struct count_row {
  std::string level;
  std::string dkim;
  bool is_refused = false;
  std::uint64_t mails = 0;

  /// To be grouped by 1, 2, 3.
  auto columns() {
    return std::tie("level", level, "dkim", dkim,
                    "CASE WHEN level = 'forged' AND (reason = 'dmarc-fail' "
                    "OR reason LIKE 'dmarc-fail %' OR reason LIKE "
                    "'not-by-mekiki %') THEN 1 ELSE 0 END",
                    is_refused, "count(*)", mails);
  }
};

/// Ignores words of a newer version.
std::vector<mail_count> counts_of(const std::vector<count_row>& rows);

/// How the last mails of accounts were judged.
class recent_query {
 public:
  explicit recent_query(const sqlite::database& db);
  std::vector<mail_count> of(std::string_view account);

 private:
  query<count_row> counts_;
};

std::vector<mail_count> judged_since(sqlite::database& db,
                                     std::string_view account,
                                     std::int64_t since);

/// What the account chose, its last mails, and what waits for it, read from one
/// snapshot.
user_answer read_user(sqlite::database& db, std::string_view account);

struct rule_row {
  std::int64_t id = 0;
  std::string account, kind, effect, pattern, signer;
  std::optional<std::int64_t> until;

  auto columns() {
    return std::tie("id", id, "account", account, "kind", kind, "effect",
                    effect, "pattern", pattern, "signer", signer, "until",
                    until);
  }
};

/// Ignores what a newer version wrote.
std::vector<kept_rule> rules_of(std::vector<rule_row> rows);

}  // namespace mekiki::store

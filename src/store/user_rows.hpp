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
  static constexpr auto columns() {
    return std::tuple(column("account", &choice_row::account),
                      column("methods", &choice_row::methods),
                      column("language", &choice_row::language),
                      column("occasion", &choice_row::when),
                      column("secret_word", &choice_row::secret_word),
                      column("subject_mark", &choice_row::subject_mark),
                      column("updated", &choice_row::updated));
  }
};

/// Mails that were judged alike.
struct count_row {
  std::string level;
  std::string dkim;
  std::uint64_t mails = 0;

  static constexpr auto columns() {
    return std::tuple(column("level", &count_row::level),
                      column("dkim", &count_row::dkim),
                      column("count(*)", &count_row::mails));
  }
};

/// Words of a newer version are passed over.
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

struct rule_row {
  std::int64_t id = 0;
  std::string account, kind, effect, pattern, signer;
  std::optional<std::int64_t> until;

  static constexpr auto columns() {
    return std::tuple(
        column("id", &rule_row::id), column("account", &rule_row::account),
        column("kind", &rule_row::kind), column("effect", &rule_row::effect),
        column("pattern", &rule_row::pattern),
        column("signer", &rule_row::signer), column("until", &rule_row::until));
  }
};

/// What a newer version wrote is passed over.
std::vector<kept_rule> rules_of(std::vector<rule_row> rows);

}  // namespace mekiki::store

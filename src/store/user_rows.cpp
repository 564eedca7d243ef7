#include "store/user_rows.hpp"

#include <utility>

#include "store/rule_words.hpp"
#include "store/warning_rows.hpp"
#include "store/words.hpp"

namespace mekiki::store {

std::vector<mail_count> counts_of(const std::vector<count_row>& rows) {
  std::vector<mail_count> out;
  for (const count_row& r : rows) {
    const auto what = read_level(r.level);
    const auto dkim_check = read_word(
        r.dkim, {auth::result::pass, auth::result::fail, auth::result::none});
    if (what && dkim_check)
      out.push_back({.what = *what,
                     .dkim_check = *dkim_check,
                     .mails = r.mails,
                     .is_refused = r.is_refused});
  }
  return out;
}

recent_query::recent_query(const sqlite::database& db)
    : counts_(db,
              "FROM (SELECT level, dkim, reason FROM mail WHERE account = ? "
              "ORDER BY fetched DESC LIMIT ?) AS recent GROUP BY 1, 2, 3") {}

std::vector<mail_count> recent_query::of(std::string_view account) {
  return counts_of(counts_.all(account, recent_mails));
}

std::vector<mail_count> judged_since(sqlite::database& db,
                                     std::string_view account,
                                     std::int64_t since) {
  query<count_row> counts(db,
                          "FROM mail WHERE account = ? AND fetched >= ? "
                          "GROUP BY 1, 2, 3");
  return counts_of(counts.all(account, since));
}

user_answer read_user(sqlite::database& db, std::string_view account) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  user_answer a;
  a.chosen = query<choice_row>(db, "FROM user_choice WHERE account = ?")
                 .first(account);
  a.recent = recent_query(db).of(account);
  a.waiting = waiting_of(db, account);
  a.listed = listed_of(db, account);
  return a;
}

std::vector<kept_rule> rules_of(std::vector<rule_row> rows) {
  std::vector<kept_rule> out;
  for (rule_row& row : rows) {
    auto what = read_rule(row.kind, row.effect);
    if (!what)
      continue;
    what->pattern = std::move(row.pattern);
    what->signer = std::move(row.signer);
    out.push_back({.id = row.id,
                   .account = std::move(row.account),
                   .what = std::move(*what),
                   .until = row.until});
  }
  return out;
}

}  // namespace mekiki::store

#include "store/user_rows.hpp"

#include "store/rule_words.hpp"
#include "store/words.hpp"

namespace mekiki::store {
kept_choice row_of_choice(const sqlite::statement& s) {
  kept_choice c;
  c.account = s.text(0);
  c.methods = s.text(1);
  c.language = s.text(2);
  c.when = s.text(3);
  c.secret_word = s.text(4);
  c.subject_mark = s.number(5) != 0;
  c.updated = s.number(6);
  return c;
}

std::vector<mail_count> rows_of_counts(sqlite::statement& s) {
  std::vector<mail_count> out;
  while (s.next()) {
    const auto what = read_level(s.text(0));
    const auto dkim_check =
        read_word(s.text(1),
                  {auth::result::pass, auth::result::fail, auth::result::none});
    if (what && dkim_check) {
      out.push_back({.what = *what,
                     .dkim_check = *dkim_check,
                     .mails = static_cast<std::uint64_t>(s.number(2))});
    }
  }
  return out;
}

std::vector<mail_count> judged_since(sqlite::database& db,
                                     std::string_view account,
                                     std::int64_t since) {
  sqlite::statement s(db,
                      "SELECT level, dkim, count(*) FROM mail "
                      "WHERE account = ? AND fetched >= ? "
                      "GROUP BY level, dkim");
  return rows_of_counts(s.bind(account, since));
}

std::vector<kept_rule> rows_of_rules(sqlite::statement& s) {
  std::vector<kept_rule> out;
  while (s.next()) {
    const auto what = read_rule(s.text(2), s.text(3));
    if (!what)
      continue;
    kept_rule& r = out.emplace_back();
    r.id = s.number(0);
    r.account = s.text(1);
    r.what = *what;
    r.what.pattern = s.text(4);
    r.what.signer = s.text(5);
    if (!s.is_null(6))
      r.until = s.number(6);
  }
  return out;
}

}  // namespace mekiki::store

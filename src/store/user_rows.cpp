#include "store/user_rows.hpp"

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

}  // namespace mekiki::store

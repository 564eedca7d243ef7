#include "store/user_rows.hpp"

#include <optional>

namespace mekiki::store {
namespace {

using verdict::level;

template <class Word, std::size_t Count>
std::optional<Word> read(std::string_view text, const Word (&words)[Count]) {
  for (const Word w : words) {
    if (to_string(w) == text)
      return w;
  }
  return std::nullopt;
}

}  // namespace

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
  constexpr level levels[] = {level::genuine, level::new_, level::unverified,
                              level::altered, level::forged};
  constexpr auth::result results[] = {auth::result::pass, auth::result::fail,
                                      auth::result::none};
  std::vector<mail_count> out;
  while (s.next()) {
    const auto what = read(s.text(0), levels);
    const auto dkim_check = read(s.text(1), results);
    if (what && dkim_check) {
      out.push_back({.what = *what,
                     .dkim_check = *dkim_check,
                     .mails = static_cast<std::uint64_t>(s.number(2))});
    }
  }
  return out;
}

}  // namespace mekiki::store

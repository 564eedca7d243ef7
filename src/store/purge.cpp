#include "store/purge.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "base/unix_time.hpp"
#include "store/border_vote_rows.hpp"
#include "store/find_text.hpp"
#include "store/history_rows.hpp"
#include "store/kept_facts.hpp"
#include "store/kept_results.hpp"
#include "store/row.hpp"
#include "store/setting_rows.hpp"
#include "store/warning.hpp"
#include "verdict/open_questions.hpp"
#include "verdict/reason.hpp"

namespace mekiki::store {
namespace {

// How long, in days, what is not seen any more is kept.
constexpr std::int64_t unproven_days = 30;  // senders that proved nothing
constexpr std::int64_t unknown_days = 180;  // pairs that are not known
constexpr std::int64_t known_days = 730;
constexpr std::int64_t pair_day_days = 400;
constexpr std::int64_t learned_days = 180;
constexpr std::int64_t daily_days = 90;
constexpr std::int64_t rare_daily_days = 7;  // with fewer mails than 3
constexpr std::int64_t key_days = 400;

constexpr std::int64_t piece = 5'000;  // rows

/// Those of `table` for which `when`, a condition with one `?` for `before`, in
/// pieces, so that others can write between them. `key`: its primary key.
void purge_rows(sqlite::database& db, std::string_view table,
                std::string_view key, std::string_view when,
                std::int64_t before) {
  sqlite::statement s(db, fmt::format("DELETE FROM {0} WHERE ({1}) IN "
                                      "(SELECT {1} FROM {0} WHERE {2} LIMIT ?)",
                                      table, key, when));
  for (;;) {
    sqlite::transaction t(db, sqlite::purpose::write);
    s.bind(before, piece).run();
    const std::int64_t gone = db.changes();
    t.commit();
    if (gone < piece)
      return;
  }
}

struct reason_row {
  std::int64_t id = 0;
  std::string reason, author_domain, find;

  auto columns() {
    return std::tie("id", id, "reason", reason, "author_domain", author_domain,
                    "find", find);
  }
};

struct results_row {
  std::int64_t mail = 0;
  std::string results;

  auto columns() { return std::tie("s.mail", mail, "s.results", results); }
};

/// The mails from one number or time to another lose their texts, except mails
/// whose texts are kept.
class text_eraser {
 public:
  /// `by`: a column of `mail`.
  text_eraser(sqlite::database& db, text_retention texts, std::string_view by)
      : reasons_(db, fmt::format("FROM mail WHERE {} BETWEEN ? AND ? AND "
                                 "(author IS NOT NULL OR subject IS NOT NULL "
                                 "OR reason LIKE '% %')",
                                 by) +
                         but_kept("level", texts)),
        stories_(db,
                 fmt::format("FROM mail m JOIN mail_story s ON m.id = s.mail "
                             "WHERE m.{} BETWEEN ? AND ? AND "
                             "(s.header IS NOT NULL OR s.story IS NOT NULL OR "
                             "s.results LIKE '%@%')",
                             by) +
                     but_kept("m.level", texts)),
        put_mail_(db,
                  "UPDATE mail SET author = NULL, subject = NULL, reason = ?, "
                  "find = ? WHERE id = ?"),
        put_story_(db,
                   "UPDATE mail_story SET results = ?, header = NULL, "
                   "story = NULL WHERE mail = ?") {}

  void erase(std::int64_t first, std::int64_t last) {
    for (const reason_row& r : reasons_.all(first, last)) {
      verdict::reason why = verdict::parse_reason(r.reason);
      keep_domains(why);
      const std::string left = verdict::encode(why);
      const std::string find = without_texts(r.find, r.author_domain);
      put_mail_.bind(left, find, r.id).run();
    }
    for (const results_row& r : stories_.all(first, last)) {
      std::vector<kept_result> results = decode_results(r.results);
      take_out_local_parts(results);
      const std::string text = encode(results, most_results);
      put_story_.bind(text, r.mail).run();
    }
  }

 private:
  static std::string but_kept(const char* level, text_retention texts) {
    return texts != text_retention::of_none
               ? std::string(" AND ") + level + " <> 'forged'"
               : std::string();
  }

  query<reason_row> reasons_;
  query<results_row> stories_;
  sqlite::statement put_mail_, put_story_;
};

std::string mark_of(text_retention texts) {
  return "texts-" + std::to_string(static_cast<int>(texts));
}

/// Then the table says under which setting it was done.
void erase_texts(sqlite::database& db, text_retention texts) {
  const std::string done = mark_of(texts);
  if (find_setting(db, texts_setting) == done)
    return;
  text_eraser eraser(db, texts, "id");
  const std::int64_t last = db.number("SELECT max(id) FROM mail");
  std::int64_t from = db.number("SELECT min(id) FROM mail");
  for (; !keeps_all(texts) && from <= last; from += piece) {
    sqlite::transaction t(db, sqlite::purpose::write);
    eraser.erase(from, from + piece - 1);
    t.commit();
  }
  put_setting(db, texts_setting, done);
}

/// Those of mails that were last fetched before `until`. A mail that was gone
/// through once is not looked at again, as nothing brings texts back but
/// fetching it. Where the clock was put back, what comes then is behind
/// `until`, which is noted.
void erase_old_texts(sqlite::database& db, std::int64_t until) {
  std::int64_t from = find_number(db, texts_until_setting);
  text_eraser eraser(db, text_retention::of_own, "fetched");
  value_query<std::int64_t> next(
      db,
      "SELECT fetched FROM mail WHERE fetched >= ? AND fetched < ? "
      "ORDER BY fetched LIMIT 1");
  while (const auto first = next.first(from, until)) {
    from = std::min(*first + hour_seconds, until);
    sqlite::transaction t(db, sqlite::purpose::write);
    eraser.erase(*first, from - 1);
    t.commit();
  }
  put_setting(db, texts_until_setting, std::to_string(until));
}

}  // namespace

void purge(sqlite::database& db, std::int64_t now, const retention& how) {
  erase_texts(db, how.texts);
  const std::int64_t today = now / day_seconds;
  const auto ago = [&](std::int64_t days) { return now - days * day_seconds; };
  if (how.texts == text_retention::of_own)
    erase_old_texts(db, ago(own_text_days));
  purge_rows(db, "mail", "id", "fetched < ?", ago(how.mails.count()));
  purge_rows(db, "warning", "id", "noted < ?", ago(how.mails.count()));
  purge_rows(db, "warning_mail", "id", "made < ?", ago(listed_days));
  purge_rows(db, "outgoing_mail", "id", "made < ?", ago(outgoing_days));
  purge_rows(db, "pending", "mail", "expires < ?", now - day_seconds);
  // All kinds, named so that the index of them and `last` is gone along.
  purge_rows(
      db, "sender", "id",
      "kind IN (0, 1, 2) AND last < ? AND NOT EXISTS (SELECT 1 FROM pair p "
      "WHERE p.sender = sender.id)",
      ago(unproven_days));
  purge_rows(db, "sender", "id",
             "kind BETWEEN 0 AND 5 AND last < ? AND known = 0",
             ago(unknown_days));
  purge_rows(db, "sender", "id", "kind BETWEEN 0 AND 5 AND last < ?",
             ago(known_days));
  purge_rows(db, "sender_day", "sender, day", "day < ?", today - habit_days);
  purge_rows(db, "pair_day", "pair, day", "day < ?", today - pair_day_days);
  purge_rows(db, "learned", "scope, what, author, day", "day < ?",
             today - learned_days);
  purge_rows(db, "signature", "scope, mark", "day < ?", today - signature_days);
  purge_rows(db, "border_vote", "scope, mx_set, signature", "at < ?",
             ago(border_vote_days));
  purge_rows(db, "border_answer", "scope, mx_set, view",
             "at < ? AND answer = 'later'", ago(verdict::ask_again_days));
  purge_rows(db, "daily", "day, domain", "day < ?", today - daily_days);
  purge_rows(db, "daily", "day, domain", "day < ? AND mails < 3",
             today - rare_daily_days);
  purge_rows(db, "day_sum", "day, account", "day < ?",
             today - how.sums.count());
  purge_rows(db, "day_forged", "day, domain", "day < ?",
             today - how.sums.count());
  purge_rows(db, "dkim_key", "name, text", "last < ? AND revoked = 0",
             ago(key_days));
  purge_rows(
      db, "scope", "id",
      "? > 0 AND NOT EXISTS (SELECT 1 FROM mail t WHERE t.scope = scope.id) "
      "AND NOT EXISTS (SELECT 1 FROM sender t WHERE t.scope = scope.id) "
      "AND NOT EXISTS (SELECT 1 FROM signature t WHERE t.scope = scope.id) "
      "AND NOT EXISTS (SELECT 1 FROM learned t WHERE t.scope = scope.id) "
      "AND NOT EXISTS (SELECT 1 FROM border_vote t WHERE t.scope = scope.id) "
      "AND NOT EXISTS (SELECT 1 FROM border_answer t WHERE t.scope = scope.id)",
      now);
}

bool keeps_for_users(const sqlite::database& db) {
  return find_setting(db, texts_setting) == mark_of(text_retention::of_own);
}

}  // namespace mekiki::store

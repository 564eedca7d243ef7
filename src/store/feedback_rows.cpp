#include "store/feedback_rows.hpp"

#include <initializer_list>
#include <tuple>

#include "store/row.hpp"
#include "store/words.hpp"

namespace mekiki::store {
namespace {

struct feedback_row {
  std::int64_t mail = 0;
  std::string said, answer;
  std::int64_t at = 0;
  std::int64_t answered = 0;

  auto columns() {
    return std::tie("f.mail", mail, "f.said", said, "f.answer", answer, "f.at",
                    at, "f.answered", answered);
  }
};

feedback of(const feedback_row& row) {
  return {
      .said = read_feedback_word(row.said).value_or(feedback::word::report),
      .at = row.at,
      .answer = read_feedback_reply(row.answer).value_or(feedback::reply::none),
      .answered = row.answered};
}

}  // namespace

std::string_view to_string(feedback::word w) {
  switch (w) {
    case feedback::word::agree:
      return "agree";
    case feedback::word::mistake:
      return "mistake";
    case feedback::word::report:
      return "report";
  }
  return "report";
}

std::string_view to_string(feedback::reply r) {
  switch (r) {
    case feedback::reply::none:
      return "";
    case feedback::reply::forged:
      return "forged";
    case feedback::reply::good:
      return "good";
    case feedback::reply::unclear:
      return "unclear";
  }
  return "";
}

std::optional<feedback::word> read_feedback_word(std::string_view text) {
  using enum feedback::word;
  for (const feedback::word w : {agree, mistake, report}) {
    if (to_string(w) == text)
      return w;
  }
  return std::nullopt;
}

std::optional<feedback::reply> read_feedback_reply(std::string_view text) {
  using enum feedback::reply;
  for (const feedback::reply r : {forged, good, unclear}) {
    if (to_string(r) == text)
      return r;
  }
  return std::nullopt;
}

bool fits(feedback::word said, verdict::level about) {
  return (said == feedback::word::report) != (about == verdict::level::forged);
}

std::vector<reported> read_reports(const sqlite::database& db,
                                   std::string_view account) {
  query<feedback_row> rows(
      db,
      "FROM feedback f JOIN mail m ON m.id = f.mail "
      "WHERE f.said <> 'agree' AND (?1 = '' OR m.account = ?1) "
      "ORDER BY CASE f.answered WHEN 0 THEN 0 ELSE 1 END, f.at DESC, f.mail "
      "LIMIT 200");
  std::vector<reported> out;
  for (const feedback_row& row : rows.all(account))
    out.push_back({.mail = row.mail, .said = of(row)});
  return out;
}

std::optional<feedback> feedback_of(const sqlite::database& db,
                                    std::int64_t mail) {
  const auto row =
      query<feedback_row>(db, "FROM feedback f WHERE f.mail = ?").first(mail);
  return row ? std::optional(of(*row)) : std::nullopt;
}

bool put_feedback(sqlite::database& db, std::int64_t mail,
                  std::string_view account, std::optional<feedback::word> said,
                  std::int64_t now) {
  const auto level =
      value_query<std::string>(db,
                               "SELECT level FROM mail WHERE id = ?1 AND "
                               "(?2 = '' OR account = ?2)")
          .first(mail, account);
  const auto about = level ? read_level(*level) : std::nullopt;
  const auto before = feedback_of(db, mail);
  if (!about || (said && !fits(*said, *about)) ||
      (before && before->answered != 0))
    return false;
  sqlite::statement(db, "DELETE FROM feedback WHERE mail = ?").bind(mail).run();
  if (said) {
    sqlite::statement(db,
                      "INSERT INTO feedback (mail, said, at) VALUES (?, ?, ?)")
        .bind(mail, to_string(*said), now)
        .run();
  }
  return true;
}

bool put_reply(sqlite::database& db, std::int64_t mail, feedback::reply answer,
               std::int64_t now) {
  sqlite::statement(db,
                    "UPDATE feedback SET answer = ?, answered = ? "
                    "WHERE mail = ? AND said <> 'agree'")
      .bind(to_string(answer), now, mail)
      .run();
  return db.changes() > 0;
}

}  // namespace mekiki::store

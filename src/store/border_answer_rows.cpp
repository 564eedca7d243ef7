#include "store/border_answer_rows.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "store/border_vote_rows.hpp"
#include "store/history_rows.hpp"
#include "store/words.hpp"

namespace mekiki::store {
namespace {

using verdict::border_reply;

/// The questions of a history, and for which MX hosts they are.
struct asked {
  std::int64_t scope = 0;
  std::string mx_set;
  std::vector<verdict::open_question> questions;
  std::vector<verdict::border_answer> answers;
};

asked questions_of(const sqlite::database& db, std::string_view scope,
                   std::int64_t now) {
  asked out;
  out.scope =
      value_query<std::int64_t>(db, "SELECT id FROM scope WHERE name = ?")
          .first(name_of_scope(scope))
          .value_or(0);
  auto mx_set =
      value_query<std::string>(db,
                               "SELECT mx_set FROM border_vote WHERE scope = ? "
                               "ORDER BY at DESC, mx_set LIMIT 1")
          .first(out.scope);
  // Answers outlive the votes.
  if (!mx_set) {
    mx_set = value_query<std::string>(
                 db,
                 "SELECT mx_set FROM border_answer WHERE scope = ? "
                 "ORDER BY at DESC, mx_set LIMIT 1")
                 .first(out.scope);
  }
  if (!mx_set)
    return out;
  out.mx_set = std::move(*mx_set);
  out.answers = border_answer_reader(db).read(out.scope, out.mx_set);
  out.questions = verdict::open_questions(
      border_vote_reader(db).read(out.scope, out.mx_set), out.answers,
      out.mx_set, now);
  std::erase_if(out.answers, [](const verdict::border_answer& a) {
    return a.said == border_reply::later;
  });
  return out;
}

}  // namespace

border_answer_reader::border_answer_reader(const sqlite::database& db)
    : answers_(db,
               "FROM border_answer WHERE scope = ? AND mx_set = ? "
               "ORDER BY at DESC, view LIMIT 1000") {}

std::vector<verdict::border_answer> border_answer_reader::read(
    std::int64_t scope, const std::string& mx_set) {
  std::vector<verdict::border_answer> out;
  for (answer_row& row : answers_.all(scope, mx_set)) {
    const auto said = read_word(
        row.answer, {border_reply::yes, border_reply::no, border_reply::later});
    if (said)
      out.push_back({std::move(row.view), *said, row.at});
  }
  return out;
}

std::vector<verdict::open_question> read_open_questions(
    const sqlite::database& db, std::string_view scope, std::int64_t now) {
  return questions_of(db, scope, now).questions;
}

std::vector<verdict::border_answer> read_border_answers(
    const sqlite::database& db, std::string_view scope) {
  return questions_of(db, scope, 0).answers;
}

bool put_border_answer(sqlite::database& db, std::string_view scope,
                       std::string_view view, border_reply said,
                       std::int64_t now) {
  const asked open = questions_of(db, scope, now);
  const bool is_open = std::ranges::any_of(
      open.questions,
      [&](const verdict::open_question& q) { return q.view == view; });
  if (!is_open && !verdict::reply_about(std::string(view), open.answers))
    return false;
  sqlite::statement put(
      db,
      "INSERT INTO border_answer (scope, mx_set, view, answer, at) "
      "VALUES (?, ?, ?, ?, ?) ON CONFLICT (scope, mx_set, view) DO UPDATE SET "
      "answer = excluded.answer, at = excluded.at");
  put.bind(open.scope, open.mx_set, view, to_string(said), now).run();
  sqlite::statement drop(
      db,
      "DELETE FROM border_answer WHERE scope = ?1 AND mx_set = ?2 AND view IN "
      "(SELECT view FROM border_answer WHERE scope = ?1 AND mx_set = ?2 "
      "ORDER BY at DESC, view LIMIT 1000 OFFSET ?3)");
  drop.bind(open.scope, open.mx_set, most_border_answers).run();
  return true;
}

}  // namespace mekiki::store

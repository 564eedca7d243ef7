// People's answers about the views that proven mails taught
// (verdict/open_questions.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "store/row.hpp"
#include "store/sqlite.hpp"
#include "verdict/open_questions.hpp"

namespace mekiki::store {

// For each history and set of MX hosts; more displace the oldest.
constexpr std::int64_t most_border_answers = 64;

/// The answers that a history keeps for a set of MX hosts.
class border_answer_reader {
 public:
  explicit border_answer_reader(const sqlite::database& db);
  std::vector<verdict::border_answer> read(std::int64_t scope,
                                           const std::string& mx_set);

 private:
  struct answer_row {
    std::string view, answer;
    std::int64_t at = 0;

    auto columns() {
      return std::tie("view", view, "answer", answer, "at", at);
    }
  };
  query<answer_row> answers_;
};

/// What a person may be asked about a history, named as domain_history::scope
/// does: of the MX hosts that its last vote was cast under.
std::vector<verdict::open_question> read_open_questions(
    const sqlite::database& db, std::string_view scope, std::int64_t now);

/// What a person answered with yes or no, of the same MX hosts; the newest
/// first.
std::vector<verdict::border_answer> read_border_answers(
    const sqlite::database& db, std::string_view scope);

/// Keeps the answer, in the caller's transaction. False where that is neither
/// asked about this history nor among its answers.
bool put_border_answer(sqlite::database& db, std::string_view scope,
                       std::string_view view, verdict::border_reply said,
                       std::int64_t now);

}  // namespace mekiki::store

// What people say of a judged mail, and what an administrator answers. It
// changes no verdict and makes no rule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite.hpp"
#include "verdict/decide.hpp"

namespace mekiki::store {

struct feedback {
  enum class word : std::uint8_t {
    agree,    // a forged mail is forged
    mistake,  // it is not
    report,   // a mail that is not called forged should be looked at
  };
  enum class reply : std::uint8_t {
    none,     // not yet
    forged,   // it is forged
    good,     // it is what it says
    unclear,  // nobody can tell
  };
  word said = word::report;
  std::int64_t at = 0;
  reply answer = reply::none;
  std::int64_t answered = 0;  // 0: not yet
};
/// "agree", "mistake", "report"
std::string_view to_string(feedback::word w);
/// "", "forged", "good", "unclear"
std::string_view to_string(feedback::reply r);
std::optional<feedback::word> read_feedback_word(std::string_view text);
/// Not of "": an answer is one.
std::optional<feedback::reply> read_feedback_reply(std::string_view text);

/// Agreement and mistake are about forged mails, reports about all others.
bool fits(feedback::word said, verdict::level about);

/// Numbers of the mails that were reported or called a mistake, with what was
/// said: those without an answer first, and the newest first. At most 200.
struct reported {
  std::int64_t mail = 0;
  feedback said;
};
std::vector<reported> read_reports(const sqlite::database& db,
                                   std::string_view account);

std::optional<feedback> feedback_of(const sqlite::database& db,
                                    std::int64_t mail);

/// In place of what was said before; without a word that is taken back. Only of
/// a mail of `account`, or of any ("") mail. False where there is no such mail,
/// the word does not fit it, or there is an answer already.
bool put_feedback(sqlite::database& db, std::int64_t mail,
                  std::string_view account, std::optional<feedback::word> said,
                  std::int64_t now);

/// False where nothing was reported.
bool put_reply(sqlite::database& db, std::int64_t mail, feedback::reply answer,
               std::int64_t now);

}  // namespace mekiki::store

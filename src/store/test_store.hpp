// What the tests of the store share: a folder, a loop, and events.
#pragma once

#include <chrono>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/clock.hpp"
#include "base/test_folder.hpp"
#include "store/mail_event.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "store/sums.hpp"

namespace mekiki::store::test {

class folder : public mekiki::test::folder {
 public:
  std::filesystem::path file() const { return path() / file_name; }
};

/// Takes a database of today back to the version before the ninth step, but for
/// the answers of mails that are to be judged again.
constexpr const char* undo_step_9 = R"(
DROP TABLE sending_told;
DROP TABLE ignored_reporter;
DROP TABLE sender_mark;
DROP TABLE report_mail;
DROP TABLE report_room;
DROP TABLE report_day;
DROP TABLE report_seen;
DROP TABLE report_sum;
DROP TABLE report_row;
DROP TABLE report;
DROP TABLE report_source;
DROP TABLE report_domain;
DROP TABLE word_known;
ALTER TABLE access_token DROP COLUMN way;
ALTER TABLE access_token DROP COLUMN seen;
DROP TABLE feedback;
DROP INDEX mail_fetched;
ALTER TABLE mail DROP COLUMN way;
ALTER TABLE mail DROP COLUMN find;
CREATE INDEX mail_fetched ON mail (fetched);
DROP TABLE border_answer;
DROP TABLE address;
ALTER TABLE border_vote DROP COLUMN form;
ALTER TABLE name DROP COLUMN first;
ALTER TABLE name DROP COLUMN steady;
ALTER TABLE name DROP COLUMN address;
DROP TABLE pending_answer;
ALTER TABLE pending DROP COLUMN told;
ALTER TABLE pending DROP COLUMN open;
ALTER TABLE pending DROP COLUMN cases;
ALTER TABLE pending ADD COLUMN teaches INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pending ADD COLUMN certain INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pending ADD COLUMN pass_level TEXT NOT NULL DEFAULT '';
ALTER TABLE pending ADD COLUMN pass_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE pending ADD COLUMN fail_level TEXT NOT NULL DEFAULT '';
ALTER TABLE pending ADD COLUMN fail_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE pending ADD COLUMN tell_pass INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pending ADD COLUMN tell_fail INTEGER NOT NULL DEFAULT 0;
)";

/// Of one before the ninth step, to that before the eighth.
constexpr const char* undo_step_8 = R"(
ALTER TABLE sender DROP COLUMN steady;
DROP TABLE signature;
DROP TABLE learned;
CREATE TABLE addition (
  scope INTEGER NOT NULL REFERENCES scope,
  source TEXT NOT NULL,
  what TEXT NOT NULL,
  author TEXT NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY (scope, source, what, author)
) WITHOUT ROWID;
)";

/// Runs a coroutine to its end.
template <class T>
T result_of(boost::asio::awaitable<T> work) {
  boost::asio::io_context io{1};
  std::optional<T> result;
  boost::asio::co_spawn(io, std::move(work),
                        [&](const std::exception_ptr& e, T value) {
                          if (e)
                            std::rethrow_exception(e);
                          result = std::move(value);
                        });
  io.run();
  return std::move(*result);
}

/// A mail whose only open check is its author's signature.
inline void leave_open(mail_event& e, std::string signature,
                       later_answer if_pass, later_answer if_fail) {
  if_pass.dkim_check = "pass";
  if_fail.dkim_check = "fail";
  if_pass.dmarc = if_fail.dmarc = e.dmarc;
  e.pending = {std::move(signature)};
  e.open = "open signature=fo";
  e.answers = {std::move(if_pass), std::move(if_fail)};
  e.answers.push_back(e.answers[1]);
  e.answers[2].said = {verdict::level::unverified, verdict::reason("test-key")};
  e.answers[2].dkim_check = "pass";
  e.cases = {0, 1, 2};
}
/// The numbers of its answers.
constexpr std::size_t if_pass = 0;
constexpr std::size_t if_fail = 1;

/// As dashboard_queries::sums.
inline day_sums sums_in(const std::filesystem::path& file,
                        const std::string& account, std::int64_t from,
                        std::int64_t to) {
  sqlite::database db(file, sqlite::access::read_only,
                      std::chrono::milliseconds(100));
  return read_sums(db, account, from, to);
}

constexpr std::int64_t day = 86'400;
/// 2026-03-01T00:00:00Z
constexpr std::int64_t start = 1'772'323'200;

inline time_point at(std::int64_t seconds) {
  return time_point(std::chrono::seconds(seconds));
}

/// A mail of taro's, proven by its author domain, through a certain border.
inline mail_event proven_mail(const std::string& domain, std::int64_t when,
                              const std::string& digest = {}) {
  static int made = 0;
  mail_event e;
  e.account = "taro%pop.example.jp:995";
  e.upstream = "pop.example.jp";
  e.digest = digest.empty() ? "digest-" + std::to_string(++made) : digest;
  e.fetched = e.counted = when;
  e.result = {verdict::level::new_, verdict::reason("new-sender")};
  e.dkim_check = "pass";
  e.dmarc = "pass";
  e.author_domain = domain;
  e.is_proven = e.certain = true;
  e.signers = {domain};
  e.habit = habit_day::proven;
  return e;
}

inline verdict::history_question about(const std::string& domain) {
  verdict::history_question q;
  q.account = "taro%pop.example.jp:995";
  q.upstream = "pop.example.jp";
  q.author = "hanako@" + domain;
  q.author_domain = domain;
  return q;
}

}  // namespace mekiki::store::test

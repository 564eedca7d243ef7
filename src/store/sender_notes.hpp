// What administrators say of those who send as their domains, and of those who
// report it: whose a sender is, and which reporters do not count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/whose.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// Of a sender as reports::sender_group names it.
struct sender_mark {
  std::string domain, name;
  reports::owner of = reports::owner::unknown;
  std::string note;     // UTF-8, for people
  std::int64_t at = 0;  // Unix seconds
  std::string who;      // "": the administrator who has no name

  bool operator==(const sender_mark&) const = default;
};
constexpr std::size_t most_marks = 1'000;          // of a domain
constexpr std::size_t longest_note_of_mark = 600;  // octets

std::vector<sender_mark> read_sender_marks(const sqlite::database& db,
                                           std::string_view domain);
/// Nobody's and without a note: it is removed. False: there are too many.
bool put_sender_mark(const sqlite::database& db, const sender_mark& m);

/// Whose reports are kept, but not counted. Only who is proven can be ignored:
/// a registered domain (report_origin::author).
struct ignored_reporter {
  std::string author;
  std::int64_t at = 0;
  std::string who;
  std::int64_t reports = 0;  // that are kept

  bool operator==(const ignored_reporter&) const = default;
};
constexpr std::size_t most_ignored = 1'000;

std::vector<ignored_reporter> read_ignored_reporters(
    const sqlite::database& db);
bool is_ignored(const sqlite::database& db, std::string_view author);
/// False: there are too many. `count_as_decided` has to follow.
bool put_ignored_reporter(const sqlite::database& db,
                          const ignored_reporter& r);
void remove_ignored_reporter(const sqlite::database& db,
                             std::string_view author);

/// In place of `proven` in report_sum and report_seen: what ignored reporters
/// tell.
constexpr std::int64_t ignored_sums = 2;

/// Has the author's reports counted or not, as was decided; a transaction for
/// each report. One that is being written is left to its writer.
void count_as_decided(sqlite::database& db, std::string_view author);

/// What mails told administrators of a domain's senders, so that they tell it
/// once: `what` and `name` say what it was.
std::optional<std::int64_t> told_at(const sqlite::database& db,
                                    std::string_view domain,
                                    std::string_view what,
                                    std::string_view name);
/// Values of `what`; all but `sender` have no name.
namespace told {
constexpr std::string_view begun = "begun";    // looking for news
constexpr std::string_view mailed = "mailed";  // news
constexpr std::string_view jumped = "jumped";  // failing mails
constexpr std::string_view summed = "summed";  // a month
constexpr std::string_view sender = "sender";  // a new one, by its name
}  // namespace told
/// Those of `what` with a name, the latest last.
std::vector<std::string> told_names(const sqlite::database& db,
                                    std::string_view domain,
                                    std::string_view what);
/// Replaces it. Of `what` the last 1,000 are remembered.
void note_told(const sqlite::database& db, std::string_view domain,
               std::string_view what, std::string_view name, std::int64_t at);

}  // namespace mekiki::store

// The reports of other hosts about domains: what is kept of them, and what
// bounds it. Not the XML: its mail stays where it was, or is gone; the rows
// hold what is shown.
//
// Anybody can send a report. Those that are proven to come from their author's
// domain are kept apart from all others, with a room of their own, so that a
// flood of the others displaces none of them; so are those about domains that
// are not ours. Proven is not honest: of the proven ones no author fills more
// than a quarter of the room, and where it is full, nobody displaces an author
// who holds less than he. Authors are registered domains: those below are no
// others.
//
// What is shown first are sums by day and address. They are bounded for each
// day of a domain, whatever is reported: the addresses of a report with the
// most mails have sums of their own, and the others are in the day's total.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "reports/report.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// Bits of what became of the mails of a row.
namespace report_outcome {
constexpr unsigned dkim = 1;  // passed, aligned
constexpr unsigned spf = 2;
constexpr unsigned quarantined = 4;
constexpr unsigned rejected = 8;
constexpr unsigned forwarded = 16;   // the receiver says so (RFC 9990 3.1.1.11)
constexpr unsigned overridden = 32;  // of another reason
constexpr unsigned passed = dkim | spf;
constexpr unsigned stopped = quarantined | rejected;
}  // namespace report_outcome

/// Where a report is kept: `room` of its row.
namespace rooms {
constexpr std::int64_t unproven = 0;
constexpr std::int64_t ours = 1;
constexpr std::int64_t of_others = 2;  // proven, about domains of others
}  // namespace rooms

/// Who sent a report.
struct report_origin {
  /// The author of the mail that brought it is proven, or a person vouches.
  bool is_proven = false;
  std::string author;  // the proven domain; "": a person vouches
};

struct report_room {
  /// Octets of proven reports about our domains, as rough as the estimate for
  /// each row; those about other domains have an eighth of it, and what is not
  /// proven has another.
  std::uint64_t octets = std::uint64_t{256} << 20;
  /// Our domains, and those below them (A-labels); empty: all are.
  std::vector<std::string> ours = {};
  /// Asked between the pieces of a large report: true ends the work, and what
  /// was begun is taken up later. From the thread that works.
  std::function<bool()> is_over = [] { return false; };
};

enum class report_fate : std::uint8_t {
  kept,
  known,      // it is kept already, with the same rows
  differs,    // one is kept with the same identity, and other rows
  too_large,  // it would take more than a quarter of the room
  in_work,  // another program keeps it just now, broke off lately, or `is_over`
};

/// One connection, for one thread at a time. It waits for the database, at most
/// some seconds: never on a loop. The reason of a failure is a sentence.
class report_store {
 public:
  /// The file exists, and its tables have the current version.
  static expected<std::unique_ptr<report_store>, std::string> open(
      const std::filesystem::path& file, report_room room, const clock& now);
  ~report_store();

  /// Once it is answered `kept` or `known`, all of it that was read is kept for
  /// good. Is written in pieces, between which others write; one that was
  /// broken off is nowhere shown, and removed at the next call. Takes the place
  /// of a copy of the same author in which records were missing.
  expected<report_fate, std::string> put(const reports::report& r,
                                         const report_origin& from);

  /// An address about whose names the DNS is to be asked.
  struct open_source {
    std::int64_t id = 0;
    std::string address;
    std::vector<std::string> domains;  // that it sent as, by proven reports
  };
  /// Of proven reports, those that came last first, at most `most`.
  expected<std::vector<open_source>, std::string> open_sources(
      std::size_t most);
  struct source_names {
    std::int64_t id = 0;
    std::string name;  // that leads back to the address, or ""
    std::chrono::seconds again{0};
    struct cover {
      std::string domain;
      std::string term;  // of its SPF record, or ""
    };
    std::vector<cover> covers;  // those that the DNS answered about
  };
  expected<void, std::string> note_names(const std::vector<source_names>& all);

  /// The unique-ids of the account's mails that were read and left.
  expected<std::vector<std::string>, std::string> known_mails(
      std::string_view account);
  /// Adds `read` to them, and forgets those not in `there`.
  expected<void, std::string> note_mails(std::string_view account,
                                         const std::vector<std::string>& read,
                                         const std::vector<std::string>& there);

 private:
  struct statements;
  struct prepared;
  report_store(const std::filesystem::path& file, report_room room,
               const clock& now);
  /// Nothing: there is none in its way, but for `incomplete`.
  std::optional<report_fate> fate_of_copy(
      const prepared& p, std::optional<std::int64_t>& incomplete);
  report_fate put_prepared(prepared& p);
  void add_rows(std::int64_t report, const prepared& p, std::size_t from,
                std::size_t to);
  /// False: a report went, and there may still be too little.
  bool make_room(const prepared& p);
  bool remove_some(std::int64_t report);
  void remove(std::int64_t report);
  std::optional<std::int64_t> to_displace(const prepared& p, std::int64_t room);
  std::size_t sums_for(const prepared& p, std::int64_t domain);
  bool names_senders(const prepared& p, std::int64_t domain);
  std::int64_t size_of_room(std::int64_t room) const;
  void change_room(std::int64_t room, std::int64_t octets);
  std::int64_t filled(std::int64_t room);

  std::filesystem::path file_;
  sqlite::database db_;
  report_room room_;
  const clock& now_;
  std::unique_ptr<statements> sql_;
};

/// Octets that reports take of the database, about.
std::uint64_t octets_of_reports(const sqlite::database& db);

}  // namespace mekiki::store

// What the dashboard shows of kept reports. Days are counted from 1970-01-01,
// UTC. Failures are sqlite::error.
//
// What each function reads, and holds in memory, is bounded, whatever reports
// say and however many there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/senders.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

struct report_period {
  std::int64_t from = 0;  // days, `from` <= day < `to`
  std::int64_t to = 0;
};

/// A domain that reports are about.
struct reported_domain {
  std::string name;
  bool is_proven = false;    // at least one report is
  std::int64_t reports = 0;  // as far as they are counted
  std::int64_t last = 0;     // day
};
/// Those of `ours` that reports are about first, in that order; then those
/// below them, domains of others, and those without a proven report. Of each
/// kind at most 300 (of the last, 50): those that most of the newest 10,000
/// reports are about.
std::vector<reported_domain> read_reported_domains(
    sqlite::database& db, const std::vector<std::string>& ours);

/// Mails of one day, by proven aggregate reports.
struct reported_day {
  std::int64_t day = 0;
  std::uint64_t passed = 0;
  std::uint64_t forwarded = 0;    // failed, and the receiver says: forwarded
  std::uint64_t stopped = 0;      // failed, quarantined or rejected
  std::uint64_t failed = 0;       // all other that failed
  std::uint64_t forged_here = 0;  // in our own mailboxes (day_forged)
};

struct reported_sending {
  std::vector<reported_day> days;
  /// At most 10,000: those with the most mails.
  std::vector<reports::source> sources;
  /// What all other addresses sent; only the sums.
  reports::source others;
  // Of the newest 20,000 of the period.
  std::int64_t reports = 0;    // proven
  std::int64_t reporters = 0;  // of them
  std::string policy;          // of the newest
  std::int64_t unproven_reports = 0;
  std::uint64_t unproven_mails = 0;
  std::uint64_t failures = 0;  // reports about single mails
};
reported_sending read_sending(sqlite::database& db, std::string_view domain,
                              report_period of);

/// One row of a report, with what is needed of the report.
struct reported_row {
  std::string kind, org, author;
  bool is_proven = false;
  bool is_ignored = false;           // its reporter, so it does not count
  std::int64_t first = 0, last = 0;  // Unix seconds, of the report
  std::int64_t mails = 0;
  std::int64_t outcome = 0;  // report_outcome
  std::string header_from, envelope_from, dkim, spf, note;
};
struct reported_source {
  reports::source sum;             // of what is proven
  std::vector<reported_row> rows;  // the newest 200, proven or not
};
reported_source read_report_source(sqlite::database& db,
                                   std::string_view domain,
                                   std::string_view address, report_period of);

/// A report without its rows.
struct kept_report {
  std::int64_t id = 0;
  std::string kind, org, author, number, policy, faults;
  bool is_proven = false;
  bool is_ignored = false;
  std::int64_t taken = 0, first = 0, last = 0;
  std::int64_t day = 0;  // that it is counted at
  std::int64_t mails = 0, failed = 0, records = 0;
};
/// The newest first; the first 20,000 can be had.
std::vector<kept_report> read_kept_reports(sqlite::database& db,
                                           std::string_view domain,
                                           report_period of, std::size_t offset,
                                           std::size_t limit);

}  // namespace mekiki::store

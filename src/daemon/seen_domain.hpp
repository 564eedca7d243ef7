// What is remembered of a domain that is watched from one look at its records
// to the next, what changed between two, and what of that a mail tells.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "auth/records/check.hpp"
#include "base/expected.hpp"
#include "notify/words/domain_change.hpp"

namespace mekiki::daemon {

/// What is remembered of a domain from one look to the next.
struct seen_domain {
  std::string grade;   // empty: the DNS never answered for it
  std::string policy;  // of DMARC; empty: none, or not known
  bool parked = false;
  std::int64_t checked = 0;  // Unix seconds: the last look
  /// Since when the DNS does not answer for all of its records; 0: it does.
  std::int64_t silent_since = 0;
  bool silence_told = false;
  /// By type, such as "SPF" or "DKIM s1", the record; for MX the hosts. What is
  /// empty is not there, what is missing was never answered. Long ones are cut.
  std::map<std::string, std::string> records;
  /// "ID RECORD" of each finding.
  std::vector<std::string> findings;
  /// The last 30, the newest last; of more, those of records stay longest.
  std::vector<notify::domain_change> changes;
  /// When a mail told something of this kind last (Unix seconds).
  std::map<std::string, std::int64_t> told;

  bool operator==(const seen_domain&) const = default;
};
using seen_domains = std::map<std::string, seen_domain>;

/// Whether the DNS answered for all of its records.
bool has_all_answers(const records::domain_report& report);

/// After a look at that time, with what changed since `before` at the end of
/// its changes. Where the DNS gave no answer, what was known before stays
/// known: nothing is told as gone or as mended, but all that was answered is
/// compared. So nobody whose name servers a record leads to can keep a change
/// from being told.
seen_domain look_again(const seen_domain& before,
                       const records::domain_report& report, std::int64_t at);

/// The changes that a mail is to tell now, of those that none has told. What
/// was told in the last day of the same record or silence waits for its end,
/// and so does all of strangers' records after a mail about any. A finding
/// about a stranger's record is told once a week, whichever record it is: he
/// may make new ones at each look, and take them back. What is older than a
/// week is not told. What is told or will not be is marked.
std::vector<notify::domain_change> take_changes(std::string_view domain,
                                                seen_domain& seen,
                                                std::int64_t now);
/// A mail has told them.
void note_told(std::string_view domain,
               const std::vector<notify::domain_change>& changes,
               std::int64_t at, seen_domain& seen);

/// A line of the log.
struct domain_event {
  records::level how = records::level::info;
  std::string text;

  bool operator==(const domain_event&) const = default;
};
domain_event event_of(std::string_view domain, const notify::domain_change& c);

/// JSON, as it is kept between two runs. What earlier versions did not keep may
/// be missing.
std::string format(const seen_domains& all);
expected<seen_domains, std::string> parse_seen_domains(std::string_view text);

}  // namespace mekiki::daemon

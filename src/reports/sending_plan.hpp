// The plan of a domain's policy, made of what reports tell and of what people
// said about senders.
//
// Whoever has a domain can send proven reports full of lies: of failing mails
// that nobody sent, so that the owner stays at p=none, or goes back to it; of
// passing ones that hide those that fail, so that his mails get lost. So what
// fails counts only where a large provider of mailboxes tells it
// (is_well_known_reporter), or two others do, or the only one there is; so does
// what makes a sender count as ours; and
// where a large provider reports, others add no days, no passing mails, and no
// change of the policy.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dmarc/record.hpp"
#include "auth/records/plan.hpp"
#include "reports/senders.hpp"
#include "reports/whose.hpp"

namespace mekiki::reports {

/// Days are counted from 1970-01-01, UTC.
struct told_day {
  std::int64_t day = 0;
  std::uint32_t reporter = 0;  // in sending_facts::reporters
  std::string policy;          // "p=none sp=reject", as the reporter saw it
  std::uint64_t mails = 0, failed = 0;
};
struct told_source {
  source of;  // its counts are the sums of `by`
  struct count {
    std::uint32_t reporter = 0;
    std::uint64_t passed = 0, forwarded = 0, failed = 0;
  };
  std::vector<count> by;
};

/// By proven aggregate reports whose reporters are not ignored.
struct sending_facts {
  std::vector<std::string> reporters;  // report_origin::author
  std::vector<told_day> days;          // of the last year
  std::int64_t from = 0;               // the first day that `sources` are of
  std::vector<told_source> sources;
  bool is_whole = true;  // else there are more rows than were looked through
  /// By reporter, the failing mails of those others.
  std::map<std::uint32_t, std::uint64_t> unread;
};

/// What the DNS says, or, where nobody asked it, what most reports say.
struct policy_now {
  std::optional<dmarc::policy> policy;  // none: no record applies
  bool testing = false;
  bool reports_wanted = false;  // rua= is there
  std::string text;             // of the record; "": not known
};
/// `holds`: what applies to the domain, which may be sp= of the domain above;
/// with t=y it is one step weaker than what is published.
policy_now read_published(const dmarc::record& r,
                          std::optional<dmarc::policy> holds);

/// One policy of the domain, by what most of the large providers saw that
/// reported on a day. Where none reports, two reporters have to tell it, or the
/// only one there is: else whoever likes could have it change every day.
struct policy_span {
  std::string policy;                // "none", "quarantine", "reject"
  std::int64_t first = 0, last = 0;  // days with reports
  bool testing = false;

  bool operator==(const policy_span&) const = default;
};
/// The oldest first.
std::vector<policy_span> policy_spans(const sending_facts& facts);
/// The last of them. Whoever reports was asked to. Without any no record is
/// known, and p=none is taken for it.
policy_now policy_of_reports(const std::vector<policy_span>& spans);
/// The first day on which all reports are of that policy, at least `from`.
std::int64_t policy_holds_since(const std::vector<policy_span>& spans,
                                const policy_now& now, std::int64_t from);

/// How many days back mails count, if the policy holds so long: so that what
/// is sent once a month is among them.
constexpr std::int64_t plan_period = 35;

using owner_marks = std::map<std::string, owner>;

struct plan_sender {
  std::string name;
  whose of;
  std::uint64_t passed = 0, failed = 0;  // as they count
  /// Why less is counted than reports tell: nobody backs the reporter.
  std::uint64_t unbacked = 0;
  std::vector<std::string> failed_by;  // who tells of failing mails; three
  /// Of all its mails: a large provider, two reporters, or the only one tells.
  bool is_backed = false;
  bool is_asked = true;    // the DNS, for the names of all its addresses
  std::int64_t first = 0;  // Unix seconds
};

struct plan_stage {
  enum class state : std::uint8_t { done, now, next, later };
  dmarc::policy policy = dmarc::policy::none;
  state at = state::later;
  std::optional<std::int64_t> since;     // day, where reports tell
  std::optional<std::int64_t> earliest;  // day; nothing: not by time alone
};
std::string_view to_string(plan_stage::state s);

struct sending_plan {
  records::plan_facts facts;
  records::plan made;
  policy_now published;
  std::vector<plan_stage> stages;    // none, quarantine, reject
  std::vector<plan_sender> senders;  // the most failing mails first
  std::string record;  // to publish as the next step; "": none, or not known
};

/// Days whose sources news are made of.
constexpr std::int64_t news_period = 7;

/// Who sends, as it counts.
std::vector<plan_sender> judge_senders(const sending_facts& facts,
                                       const owner_marks& marks,
                                       std::string_view domain);

/// `today` is a day.
sending_plan make_sending_plan(const sending_facts& facts,
                               const owner_marks& marks, const policy_now& now,
                               std::string_view domain, std::int64_t today);

}  // namespace mekiki::reports

// The recorded history of `mekiki demo` (history.txt). Each line is one of
//   {"last_day": ...}       the first line: `recorded_people`
//   ["text", ...]           a row of texts
//   {"account": ...}        a template: a mail_event, with placeholders (it may
//                           begin with one, "#{R}")
//   3 251 ...               a mail: its template, the seconds since the mail
//                           before was fetched, and numbers for placeholders
// counted from 0, and each refers only to what stands above it. The
// placeholders:
//   ${K}      number K of the mail's line    ${K.C}  column C of row number K
//   ${Kt}     Unix seconds: number K before the mail was fetched; ${Kd}: as a
//             date in a header; ${t}: when it was fetched
//   ${uidl}   the mail's number among all;   ${digest}  made of this
//   ${id}     its first digits
//   #{R}      what several templates share: the first text of row R
// The program that records is in tests/demo_history.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "store/mail_event.hpp"
#include "store/user.hpp"

namespace mekiki::demo {

struct recorded_rule {
  std::string account;
  std::string kind;  // the words of store::read_rule
  std::string effect;
  std::string pattern;
  std::string signer;
  std::optional<std::int64_t> until;
};
BOOST_DESCRIBE_STRUCT(recorded_rule, (),
                      (account, kind, effect, pattern, signer, until))

struct recorded_people {
  /// The last day of the history, a Saturday, in days since 1970-01-01.
  std::int32_t last_day = 0;
  std::string own_account;  // the demo's own, as recorded
  std::vector<recorded_rule> rules;
  std::vector<store::kept_choice> choices;
};
BOOST_DESCRIBE_STRUCT(recorded_people, (),
                      (last_day, own_account, rules, choices))

/// The octets of history.txt.
std::string_view recorded_history();

/// What stands for ${uidl}, ${digest} and ${id} in the mail of that number,
/// counted from 1.
struct mail_names {
  explicit mail_names(std::size_t number);
  std::string uidl;
  std::string digest;
  std::string id;
};

/// Reads a recording; times are moved by whole weeks into the week of `now`,
/// and what would come at `now` or later is left out. The mails of the
/// recorded own account become those of `own_account`. Calls `take` with each,
/// oldest first. A malformed line ends it; the reason is a sentence.
expected<recorded_people, std::string> load_history(
    std::string_view recorded, time_point now, const std::string& own_account,
    const std::function<void(store::mail_event)>& take);

}  // namespace mekiki::demo

// The members that a recording has of each type.
namespace mekiki::verdict {
BOOST_DESCRIBE_ENUM(level, genuine, new_, unverified, altered, forged)
BOOST_DESCRIBE_STRUCT(reason, (), (code, facts))
BOOST_DESCRIBE_STRUCT(answer, (), (what, why))
BOOST_DESCRIBE_STRUCT(remembered_key, (),
                      (name, text, first, last, authentic, revoked))
BOOST_DESCRIBE_STRUCT(addition, (), (source, digest, links, account, upstream))
}  // namespace mekiki::verdict

namespace mekiki::store {
BOOST_DESCRIBE_ENUM(habit_day, none, proven, unproven)
BOOST_DESCRIBE_STRUCT(kept_choice, (),
                      (account, methods, language, when, subject_mark))
BOOST_DESCRIBE_STRUCT(kept_result, (), (method, result, reason, properties))
BOOST_DESCRIBE_STRUCT(mail_event, (),
                      (account, upstream, uidl, digest, fetched, counted,
                       result, dkim_check, dmarc, policy, author_domain, author,
                       subject, checks, header, story, signers, author_address,
                       signatures, is_proven, needs_steady, habit, display_name,
                       list_id, list_signers, keys, added, lists, forwarders,
                       is_changed_inside, organization, certain))
}  // namespace mekiki::store

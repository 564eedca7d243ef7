// What becomes of a mail that fails DMARC, when a mail server asks (RFC 9989
// 5.3.6, 5.4, 7.4): p=reject alone never rejects. The administrator says what
// may be done, the author's domain what it asks for, and both bound the action.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "milter/session.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::milter {

/// Whether the measures are taken, or only logged.
enum class mode : std::uint8_t { act, rehearse };

/// How far the administrator goes, the mildest first.
enum class measure : std::uint8_t { mark, quarantine, reject };
std::string_view to_string(measure m);

struct policy {
  measure on_dmarc_fail = measure::mark;
  /// For mail of these author domains and what is below them; the longest name
  /// that fits counts.
  struct domain_rule {
    std::string name;  // normalized
    measure on_dmarc_fail = measure::mark;
  };
  std::vector<domain_rule> domains;
  /// Quarantine is a field, for the filters of the mailboxes; else the mail is
  /// held in the MTA's queue.
  bool quarantine_by_field = false;
  /// A mail that the DNS did not let us judge, and that might be forged, is to
  /// come again later.
  bool temperror_comes_again = false;
  /// Addresses or local parts, in lower case. A mail to these alone is always
  /// taken.
  std::vector<std::string> excluded{"postmaster", "abuse"};
  /// Whom a rejection names; empty: postmaster at the authserv-id.
  std::string contact;
};

struct disposition {
  enum class action : std::uint8_t { accept, quarantine, reject, tempfail };
  action what = action::accept;
  /// For the SMTP client or the MTA's log: one line of ASCII.
  std::string reason;
};
std::string_view to_string(disposition::action a);

/// Never more than `accept` for a mail whose verdict is not `forged`, except
/// that it may come again.
disposition decide(const verdict::judgement& v, const envelope& mail,
                   const policy& p, std::string_view authserv_id);

}  // namespace mekiki::milter

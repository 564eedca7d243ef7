// The methods that apply to one mail: a user's choice within the
// administrator's limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "notify/policy/choice.hpp"
#include "store/store.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::notify {

/// An account's last mails.
struct recent_mails {
  std::uint64_t mails = 0;
  std::uint64_t warned = 0;  // actions::counts, in budget or not
};
recent_mails recent_of(const std::vector<store::mail_count>& judged,
                       const choice& c);

/// Up to this many warnings among the last mails are always allowed.
constexpr std::uint64_t warnings_always_allowed = 10;

/// Whether there are more warnings than the budget allows: a mistake of ours is
/// then more likely than so many forgeries. Pure.
bool is_over_budget(const recent_mails& r, std::size_t budget);

/// The label is not among them: X-Mekiki-Label is in every mail, and what C and
/// D make of it happens in the client.
struct actions {
  bool rewrite = false;  // A
  bool warn = false;     // B
  bool mark = false;     // in the Subject
  /// A or B applies because of a verdict that may be our mistake. Mail that the
  /// domain's own DMARC policy refuses, or that imitates Mekiki, is no mistake
  /// of ours and does not count: else anybody could use up the budget with it.
  bool counts = false;
  bool over_budget = false;  // A and B are left out because of the budget
  bool operator==(const actions&) const = default;
};

/// Pure. `c` holds allowed methods only; `before` are the mails before this.
actions what_to_do(const verdict::judgement& v, const choice& c,
                   std::size_t budget, const recent_mails& before);
/// The same for a mail of the history, whatever the budget says.
actions what_to_do(const store::mail_count& judged, const choice& c);

/// Adds this mail to the last ones.
void count(recent_mails& r, const actions& a);

}  // namespace mekiki::notify

// The effect that a choice of methods would have had on earlier mails.
#pragma once

#include <cstdint>
#include <vector>

#include "notify/policy/choice.hpp"
#include "store/store.hpp"

namespace mekiki::notify {

/// Numbers of mails.
struct rehearsal {
  std::uint64_t mails = 0;  // in all
  std::uint64_t genuine = 0, new_ = 0, unverified = 0, altered = 0, forged = 0;

  std::uint64_t rewritten = 0;  // A
  std::uint64_t warned = 0;     // B
  std::uint64_t red = 0;        // C
  std::uint64_t green = 0;
  std::uint64_t popped = 0;  // D
  std::uint64_t marked = 0;  // in the Subject
  /// Over the budget: A and B would have been left out.
  bool over_budget = false;
};

/// Pure. Methods that are not chosen count 0; whether they are allowed does not
/// matter.
rehearsal rehearse(const std::vector<store::mail_count>& judged,
                   const choice& c, const limits& l);

}  // namespace mekiki::notify

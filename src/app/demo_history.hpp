// Six weeks of made-up mail, so that the dashboard of `mekiki demo` has
// something to show. No mail of it exists: what the checks found is invented,
// and the verdict follows from that, and from the mails before, as it does in
// earnest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "store/mail_event.hpp"
#include "store/store.hpp"

namespace mekiki::app {

struct demo_history {
  std::vector<store::mail_event> mails;  // oldest first
  std::vector<store::kept_rule> rules;
  std::vector<store::kept_choice> choices;
};

inline constexpr std::int64_t demo_days = 45;  // today is the last

/// The mails came before `now` to `own_account`, which is the demo's mailbox,
/// and to others. The same arguments give the same history everywhere.
demo_history make_demo_history(time_point now, const std::string& own_account);

/// Puts it into a store that is empty. The reason of a failure is a sentence.
expected<void, std::string> fill(store::store& empty, demo_history history);

}  // namespace mekiki::app

// Six weeks of made-up mail, so that the dashboard of `mekiki demo` has
// something to show. No mail of it exists: what the checks found is invented,
// and the verdict follows from that, and from the mails before, as it does in
// earnest.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "store/mail_event.hpp"
#include "store/store.hpp"

namespace mekiki::demo {

inline constexpr std::int64_t demo_days = 45;  // today is the last

/// The mails came before `now` to `own_account`, which is the demo's mailbox,
/// and to others; `take` gets them, oldest first. The same arguments give the
/// same mails everywhere.
void make_demo_history(time_point now, const std::string& own_account,
                       const std::function<void(store::mail_event)>& take);

/// Puts them into a store that is empty, with some rules and choices. The
/// reason of a failure is a sentence.
expected<void, std::string> fill_demo_history(store::store& empty,
                                              time_point now,
                                              const std::string& own_account);

}  // namespace mekiki::demo

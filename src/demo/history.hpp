// Six weeks of made-up mail, so that the dashboard of `mekiki demo` has
// something to show. None of these mails exists: the results of their checks
// are invented, and the verdict follows from these and from earlier mails by
// the same code as for real mail.
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

/// Calls `take` with each mail, oldest first. They came before `now` to
/// `own_account`, which is the demo's mailbox, and to others. The same
/// arguments give the same mails on every machine.
void make_demo_history(time_point now, const std::string& own_account,
                       const std::function<void(store::mail_event)>& take);

/// Puts them into a store that is empty, with some rules and choices. The
/// reason of a failure is a sentence.
expected<void, std::string> fill_demo_history(store::store& empty,
                                              time_point now,
                                              const std::string& own_account);

}  // namespace mekiki::demo

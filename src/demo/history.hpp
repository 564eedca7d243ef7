// Weeks of made-up mail, so that the dashboard of `mekiki demo` has something
// to show. They are recorded (demo/recording.hpp), and judged when they are
// recorded.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "store/store.hpp"

namespace mekiki::demo {

/// Puts the mails of six weeks, and of this week before `now`, into a store
/// that is empty, with some rules and choices. They came to `own_account`,
/// which is the demo's mailbox, and to others. The reason of a failure is a
/// sentence.
expected<void, std::string> fill_demo_history(store::store& empty,
                                              time_point now,
                                              const std::string& own_account);

}  // namespace mekiki::demo

// Eight weeks of made-up reports about one domain, so that the dashboard of
// `mekiki demo` has somebody to show who sends as it.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "base/expected.hpp"

namespace mekiki::demo {

/// Puts them into the database, whose tables have the current version: from
/// three sources of its own, of which one is an invoicing service that nobody
/// thought of, from a forwarder, and of a wave of forgeries on the days on
/// which the made-up history has forged mails of the same domain. Some are not
/// proven. The reason of a failure is a sentence.
expected<void, std::string> fill_demo_reports(const std::filesystem::path& file,
                                              time_point now);

}  // namespace mekiki::demo

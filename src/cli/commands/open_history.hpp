// Opens the history for commands that work on it beside the daemon.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "cli/commands/options.hpp"
#include "store/store.hpp"

namespace mekiki::cli {

/// The settings say where it is; it is made if absent. The reason of a failure
/// is a sentence.
expected<std::unique_ptr<store::store>, std::string> open_history(
    const store_options& where, const clock& clock);

}  // namespace mekiki::cli

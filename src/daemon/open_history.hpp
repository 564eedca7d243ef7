// Opens the history for commands that work beside the daemon.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "config/settings.hpp"
#include "pop3/account.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {

/// Made where it is absent. The reason of a failure is a sentence.
expected<std::unique_ptr<store::store>, std::string> open_history_file(
    const std::filesystem::path& state, const config::settings& settings,
    const clock& clock);

/// The account's name as the history has it. A login whose route the settings
/// know may be given as the mail client spells it.
expected<std::string, std::string> account_of(
    const std::string& login, const std::vector<pop3::route>& routes);

/// How the settings, which outlive it, want verdicts to be kept and shared.
store::options history_options(const config::settings& settings,
                               const clock& clock);

}  // namespace mekiki::daemon

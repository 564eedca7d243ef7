// Root at work in a state folder of the service's user.
#pragma once

#include <string>

#include "base/expected.hpp"
#include "cli/commands/options.hpp"
#include "config/settings.hpp"

namespace mekiki::cli {

/// To the end of the command, which writes nothing elsewhere, as
/// acting_as_owner has it. The reason of a failure is a sentence.
expected<void, std::string> act_as_owner(const store_options& where,
                                         const config::settings& settings);

}  // namespace mekiki::cli

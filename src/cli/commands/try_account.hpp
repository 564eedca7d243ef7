// One login through all steps, told step by step.
#pragma once

#include <filesystem>
#include <string>

#include "base/secret.hpp"
#include "config/settings.hpp"

namespace mekiki::cli {

struct try_options {
  std::string account;  // USER%HOST[:PORT], or a plain name with a route
  secret password;
  /// --dns: a JSON zone that answers every question; empty: the real DNS.
  std::filesystem::path zone;
  /// The state folder, which exists.
  std::filesystem::path state;
};

/// Prints each step to standard output. The answer is the exit code: 0 logged
/// in, 1 refused by the upstream or by us, 2 could not run.
int try_account(const config::settings& settings, const try_options& options);

}  // namespace mekiki::cli

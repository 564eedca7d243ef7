// The settings file of the installed package.
#pragma once

#include <filesystem>

#include <CLI/CLI.hpp>

namespace mekiki::cli {

/// For commands that work on a state folder: where neither --config nor --state
/// is given, `config` becomes the package's settings file, if it is there and
/// the user may read it. Standard error says so.
void find_package_settings(CLI::App* command, std::filesystem::path& config,
                           const std::filesystem::path& state);

}  // namespace mekiki::cli

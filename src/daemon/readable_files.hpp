// What may be read once the doors are closed (daemon/sandbox.hpp). The list in
// docs/security.md says it for people.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace mekiki::daemon {

/// By Landlock: what keeps its place, or changes within a folder of its own.
std::vector<std::filesystem::path> readable_files(
    const config::settings& settings);

/// By their names, through a file_opener: what is replaced by another file
/// while we run, in a folder that holds more.
std::vector<std::filesystem::path> files_by_name(
    const config::settings& settings,
    const std::filesystem::path& settings_file);

/// The settings whose files or folders are others than at the start: a reload
/// cannot reach them, as the doors are closed.
std::vector<std::string> settings_that_need_a_restart(
    const config::settings& at_start, const config::settings& now);

}  // namespace mekiki::daemon

#include "cli/commands/package_settings.hpp"

#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

namespace mekiki::cli {
namespace {

constexpr const char* file = "/etc/mekiki/mekiki.toml";

}  // namespace

void find_package_settings(CLI::App* command, std::filesystem::path& config,
                           const std::filesystem::path& state) {
  command->parse_complete_callback([&config, &state] {
    if (!config.empty() || !state.empty() || ::access(file, R_OK) != 0)
      return;
    config = file;
    fmt::print(stderr, "settings: {}\n", file);
  });
}

}  // namespace mekiki::cli

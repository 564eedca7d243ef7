#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "config/manual.hpp"

namespace mekiki::cli {

int run(const config_check_command& command) {
  const auto loaded = config::load(command.file);
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error());
    return exit_failed;
  }
  for (const config::problem& warning : loaded->warnings) {
    fmt::print(stderr, "{} (a warning)\n",
               format(warning, command.file.string()));
  }
  return print(fmt::format("{}: good\n", command.file.string())) ? exit_good
                                                                 : exit_unable;
}

int run(const config_defaults_command& command) {
  return print(command.markdown ? config::format_manual()
                                : config::format_defaults())
             ? exit_good
             : exit_unable;
}

}  // namespace mekiki::cli

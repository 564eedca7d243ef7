#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/config_table.hpp"
#include "app/terminal.hpp"

namespace mekiki::app {

int run(const config_check_command& command) {
  const auto loaded = load_config(command.file);
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error());
    return exit_failed;
  }
  for (const config_problem& warning : loaded->warnings) {
    fmt::print(stderr, "{} (a warning)\n",
               format(warning, command.file.string()));
  }
  return print(fmt::format("{}: good\n", command.file.string())) ? exit_good
                                                                 : exit_unable;
}

int run(const config_defaults_command& command) {
  return print(command.markdown ? format_manual() : format_defaults())
             ? exit_good
             : exit_unable;
}

}  // namespace mekiki::app

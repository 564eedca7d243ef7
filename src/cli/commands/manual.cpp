// manual, completion: what other programs show of the command line.
#include "config/manual.hpp"

#include <fmt/format.h>

#include "cli/commands/command_tree.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"

namespace mekiki::cli {
namespace {

struct manual_command {
  const CLI::App* all = nullptr;
  bool of_settings = false;
};

struct completion_command {
  const CLI::App* all = nullptr;
  std::string shell;
};

int run(const manual_command& command) {
  return print(command.of_settings
                   ? config::format_man_page(MEKIKI_VERSION)
                   : man_page(command_tree(*command.all), MEKIKI_VERSION))
             ? exit_good
             : exit_unable;
}

int run(const completion_command& command) {
  return print(completion(command_tree(*command.all), command.shell))
             ? exit_good
             : exit_unable;
}

}  // namespace

void add_manual(CLI::App& app, int& code) {
  CLI::App* command = add(app, "manual", "Print the manual page",
                          "Examples:\n"
                          "  mekiki manual | man -l -\n"
                          "  mekiki manual --settings | man -l -");
  auto& manual = runs<manual_command>(command, code);
  manual.all = &app;
  command->add_flag("--settings", manual.of_settings,
                    "of the settings file, mekiki.toml(5)");
}

void add_completion(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "completion", "Print what lets a shell complete our commands",
          "Examples:\n  . <(mekiki completion bash)");
  auto& options = runs<completion_command>(command, code);
  options.all = &app;
  command->add_option("SHELL", options.shell, "bash, zsh or fish")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace mekiki::cli

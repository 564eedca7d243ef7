// config: checks a settings file; prints every setting and the manual of them.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "config/manual.hpp"
#include "daemon/check_files.hpp"

namespace mekiki::cli {
namespace {

struct config_check_command {
  std::filesystem::path file;
};

struct config_defaults_command {
  bool markdown = false;
  std::string language;  // of the manual: "en", "ja"; empty: English
};

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
  const auto unusable = daemon::check_files(*loaded);
  for (const config::problem& p : unusable)
    fmt::print(stderr, "{}\n", format(p, command.file.string()));
  if (!unusable.empty())
    return exit_failed;
  return print(fmt::format("{}: good\n", command.file.string())) ? exit_good
                                                                 : exit_unable;
}

int run(const config_defaults_command& command) {
  return print(command.markdown ? config::format_manual(
                                      notify::parse_language(command.language))
                                : config::format_defaults())
             ? exit_good
             : exit_unable;
}

}  // namespace

void add_config(CLI::App& app, int& code) {
  CLI::App* group =
      add(app, "config", "Check a settings file; print every setting",
          "Examples:\n"
          "  mekiki config check /etc/mekiki.toml\n"
          "  mekiki config defaults > mekiki.toml");
  group->require_subcommand(0, 1);
  CLI::App* command =
      add(*group, "check", "Check a settings file",
          "Opens the files that it names, too. Exit code: 0 good, 1 with "
          "problems, each in a\nline that begins FILE:LINE: KEY:");
  auto& check = runs<config_check_command>(command, code);
  command->add_option("FILE", check.file, "settings file (TOML)")
      ->type_name("")
      ->required();
  command = add(*group, "defaults", "Print every setting with its default",
                "The output is a settings file that changes nothing.");
  auto& defaults = runs<config_defaults_command>(command, code);
  command->add_flag("--markdown", defaults.markdown, "as the manual's page");
  command
      ->add_option("--lang", defaults.language,
                   "of the manual's page: en or ja (default: en)")
      ->type_name("L")
      ->check(CLI::IsMember({"en", "ja"}));
}

}  // namespace mekiki::cli

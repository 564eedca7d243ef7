// texts: the texts of notices and warnings, as files to write one's own by.
#include "notify/words/texts.hpp"

#include <string>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "daemon/new_file.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {
namespace {

struct texts_command {
  std::filesystem::path folder;  // empty: they are listed
  bool force = false;
};

constexpr notify::language both[] = {notify::language::english,
                                     notify::language::japanese};

std::string file_name(std::string_view name, notify::language in) {
  return fmt::format("{}.{}.txt", name,
                     in == notify::language::japanese ? "ja" : "en");
}

int list() {
  std::string out;
  for (const std::string_view name : notify::texts::names()) {
    out += name;
    for (const std::string_view p : notify::texts::placeholders(name))
      out += fmt::format(" {{{}}}", p);
    out += '\n';
  }
  return print(out) ? exit_good : exit_unable;
}

int run(const texts_command& command) {
  if (command.folder.empty())
    return list();
  std::error_code error;
  std::filesystem::create_directories(command.folder, error);
  if (error) {
    return fail(fmt::format("cannot make {}: {}", command.folder.string(),
                            error.message()));
  }
  std::size_t written = 0;
  for (const std::string_view name : notify::texts::names()) {
    for (const notify::language in : both) {
      std::string text(notify::texts::built_in(name, in));
      // As texts::load takes it back.
      if (text.find('\n') == std::string::npos)
        text += '\n';
      const auto done = daemon::write_private_file(
          command.folder / file_name(name, in), text,
          command.force ? daemon::existing::replace : daemon::existing::keep);
      if (!done) {
        return fail(done.error() +
                    (command.force ? "" : "; --force replaces such files"));
      }
      ++written;
    }
  }
  return print(fmt::format(
             "{} files are in {}.\n"
             "Remove those that are to stay as they are, and name the folder "
             "in users.templates.\n",
             written, command.folder.string()))
             ? exit_good
             : exit_unable;
}

}  // namespace

void add_texts(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "texts", "The texts of notices and warnings, to write your own",
          "Lists their names, each with what may stand in {braces} in it. With "
          "--export each\nis written to a file in English and one in Japanese, "
          "as `users.templates` reads it.\n\nExamples:\n"
          "  mekiki texts\n"
          "  mekiki texts --export my-texts");
  auto& options = runs<texts_command>(command, code);
  command
      ->add_option("--export", options.folder,
                   "write them to this folder, which is made if need be")
      ->type_name("DIR");
  command->add_flag("--force", options.force, "replace files that are there");
}

}  // namespace mekiki::cli

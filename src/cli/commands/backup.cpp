// backup, restore, passwd: what an administrator does with a state folder.
#include "daemon/backup.hpp"

#include <cstdint>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/interruption.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "crypto/password.hpp"
#include "daemon/folder_owner.hpp"
#include "daemon/sign_in.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {
namespace {

namespace fs = std::filesystem;

struct backup_command {
  store_options where;
  fs::path file;
  bool force = false;
};

struct restore_command {
  store_options where;
  fs::path file;
};

struct passwd_command {
  store_options where;
};

expected<fs::path, std::string> state_of(const store_options& where) {
  const auto loaded = config::load(where.config);
  if (!loaded)
    return unexpected(loaded.error());
  fs::path state =
      daemon::find_state_folder(where.state, loaded->settings.state);
  if (state.empty()) {
    return unexpected(std::string(
        "no state folder: HOME is not set; name one with --state DIR"));
  }
  return fs::absolute(state);
}

bool goes_on(std::uint64_t /*done*/, std::uint64_t /*all*/) {
  return !is_interrupted();
}

int run(const backup_command& command) {
  const auto state = state_of(command.where);
  if (!state)
    return fail(state.error());
  watch_for_interruption();
  const auto done = daemon::back_up(
      *state, command.file,
      command.force ? daemon::existing::replace : daemon::existing::keep,
      goes_on);
  if (!done)
    return fail(done.error());
  std::string out =
      fmt::format("{}: {} octets, {} mails\n", command.file.string(),
                  done->octets, done->mails);
  for (const std::string& name : done->names)
    out += fmt::format("  {}\n", name);
  return print(out) ? exit_good : exit_unable;
}

int run(const restore_command& command) {
  const auto state = state_of(command.where);
  if (!state)
    return fail(state.error());
  watch_for_interruption();
  const auto done = daemon::restore(command.file, *state, goes_on);
  if (!done)
    return fail(done.error());
  return print(fmt::format("{}: restored\n", state->string())) ? exit_good
                                                               : exit_unable;
}

int run(const passwd_command& command) {
  const auto state = state_of(command.where);
  if (!state)
    return fail(state.error());
  if (const auto there = daemon::has_state(*state); !there)
    return fail(there.error());
  const secret password = read_secret("New password of the administrator");
  const std::size_t length = password.reveal().size();
  if (length < daemon::sign_in::shortest_password ||
      length > daemon::sign_in::longest_password) {
    return fail(fmt::format("a password has from {} to {} octets",
                            daemon::sign_in::shortest_password,
                            daemon::sign_in::longest_password));
  }
  if (::isatty(STDIN_FILENO) == 1) {
    const secret again = read_secret("The same again");
    if (again.reveal() != password.reveal())
      return fail("these are two different passwords; nothing is changed");
  }
  const std::string hash = crypto::hash_password(password);
  if (hash.empty())
    return fail("there is no memory to hash the password");
  const daemon::acting_as_owner owner(*state);
  if (!owner.done())
    return fail(owner.done().error());
  const auto done = daemon::write_private_file(
      *state / "admin-password", hash + "\n", daemon::existing::replace);
  if (!done)
    return fail(done.error());
  return print(
             "The administrator's password is changed; who was signed in with "
             "the old one has to sign in again.\n")
             ? exit_good
             : exit_unable;
}

}  // namespace

void add_backup(CLI::App& app, int& code) {
  CLI::App* command = add(
      app, "backup", "Save all that matters of the state folder in one file",
      "The database, the secret of the labels, the certificate authority, "
      "the\nadministrator's password and what is known of servers; not the "
      "settings file. Works\nwhile `mekiki serve` runs. FILE gets mode 0600: "
      "who has it can pass for this\ninstallation. It is a tar archive.\n\n"
      "Examples:\n"
      "  mekiki backup /backup/mekiki.tar --config "
      "/etc/mekiki/mekiki.toml");
  auto& options = runs<backup_command>(command, code);
  command->add_option("FILE", options.file, "the backup")
      ->type_name("")
      ->required();
  command->add_flag("--force", options.force,
                    "replace an earlier backup, once the new one is good");
  add_store_options(command, options.where);
}

void add_restore(CLI::App& app, int& code) {
  CLI::App* command = add(
      app, "restore", "Fill an empty state folder from a backup",
      "With the service stopped. FILE is read to its end before anything is "
      "changed.\n\nExamples:\n"
      "  mekiki restore /backup/mekiki.tar --config "
      "/etc/mekiki/mekiki.toml");
  auto& options = runs<restore_command>(command, code);
  command->add_option("FILE", options.file, "what `mekiki backup` wrote")
      ->type_name("")
      ->required();
  add_store_options(command, options.where);
}

void add_passwd(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "passwd", "Set the administrator's password of the dashboard",
          "Asks twice, or reads one line where standard input is no terminal. "
          "All\nadministrators who are signed in have to sign in again. A "
          "running `mekiki serve`\nneeds no restart.\n\nExamples:\n"
          "  mekiki passwd --config /etc/mekiki/mekiki.toml");
  auto& options = runs<passwd_command>(command, code);
  add_store_options(command, options.where);
}

}  // namespace mekiki::cli

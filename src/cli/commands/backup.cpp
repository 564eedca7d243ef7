// backup, restore, passwd: what an administrator does with a state folder.
#include "daemon/backup.hpp"

#include <cstdint>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/interruption.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "crypto/password.hpp"
#include "daemon/administrators.hpp"
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
  std::string name;  // "": the administrator who has none
  bool remove = false;
  bool list = false;
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

/// Who is there already. A folder without such a file has nobody.
expected<daemon::administrators, std::string> administrators_in(
    const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error))
    return daemon::administrators{};
  return daemon::read_administrators(file);
}

int list(const daemon::administrators& all) {
  std::string out;
  if (!all.hash.empty())
    out += "(without a name)\n";
  for (const auto& [name, hash] : all.named) out += printable(name) + "\n";
  if (out.empty())
    out = "There is no administrator yet.\n";
  return print(out) ? exit_good : exit_unable;
}

/// Nothing where it could not be read, which was said.
std::optional<std::string> read_hash(const std::string& name) {
  const auto refuse = [](std::string_view why) {
    fail(std::string(why));
    return std::nullopt;
  };
  const secret password = read_secret(
      name.empty() ? std::string("New password of the administrator")
                   : "New password of " + printable(name));
  const std::size_t length = password.reveal().size();
  if (length < daemon::sign_in::shortest_password ||
      length > daemon::sign_in::longest_password) {
    return refuse(fmt::format("a password has from {} to {} octets",
                              daemon::sign_in::shortest_password,
                              daemon::sign_in::longest_password));
  }
  if (::isatty(STDIN_FILENO) == 1) {
    const secret again = read_secret("The same again");
    if (again.reveal() != password.reveal())
      return refuse("these are two different passwords; nothing is changed");
  }
  std::string hash = crypto::hash_password(password);
  if (hash.empty())
    return refuse("there is no memory to hash the password");
  return hash;
}

int run(const passwd_command& command) {
  const auto state = state_of(command.where);
  if (!state)
    return fail(state.error());
  if (const auto there = daemon::has_state(*state); !there)
    return fail(there.error());
  const std::string& name = command.name;
  if (!name.empty() && !daemon::is_administrator_name(name)) {
    return fail(
        "a name has from 1 to 40 octets, without spaces, and does not begin "
        "with \"-\"");
  }
  const fs::path file = *state / "admin-password";
  std::optional<std::string> hash;
  if (!command.list && !command.remove) {
    hash = read_hash(name);
    if (!hash)
      return exit_unable;
  }
  const daemon::acting_as_owner owner(*state);
  if (!owner.done())
    return fail(owner.done().error());
  auto all = administrators_in(file);
  if (!all)
    return fail(all.error());
  if (command.list)
    return list(*all);
  if (command.remove && all->find(name) == nullptr)
    return fail(fmt::format("there is no administrator {}", printable(name)));
  if (hash && all->named.size() >= daemon::administrators::most &&
      all->find(name) == nullptr && !name.empty())
    return fail("there are too many administrators");
  if (name.empty())
    all->hash = hash.value_or("");
  else if (hash)
    all->named[name] = *hash;
  else
    all->named.erase(name);
  if (!all->has_any())
    return fail("somebody has to stay: nobody could sign in any more");
  const auto done = daemon::write_private_file(file, daemon::format(*all),
                                               daemon::existing::replace);
  if (!done)
    return fail(done.error());
  const std::string whose = name.empty()
                                ? std::string("The administrator's password")
                                : "The password of " + printable(name);
  return print(fmt::format("{} is {}; administrators who were signed in have "
                           "to sign in again.\n",
                           whose, command.remove ? "removed" : "changed"))
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
      add(app, "passwd", "Set an administrator's password of the dashboard",
          "Asks twice, or reads one line where standard input is no terminal. "
          "With NAME the\npassword is of an administrator of that name, who is "
          "made if need be: so several\nhave one each, and the dashboard tells "
          "who did what. All administrators who are\nsigned in have to sign in "
          "again. A running `mekiki serve` needs no restart.\n\nExamples:\n"
          "  mekiki passwd --config /etc/mekiki/mekiki.toml\n"
          "  mekiki passwd hanako\n"
          "  mekiki passwd hanako --remove");
  auto& options = runs<passwd_command>(command, code);
  command->add_option("NAME", options.name, "whose; the one without a name")
      ->type_name("");
  CLI::Option* removes =
      command->add_flag("--remove", options.remove, "may not sign in any more");
  command->add_flag("--list", options.list, "tell who there is")
      ->excludes(removes);
  add_store_options(command, options.where);
}

}  // namespace mekiki::cli

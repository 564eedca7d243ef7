// rules: for the filters of mail clients.
#include "notify/rules/rules.hpp"

#include <fstream>

#include <fmt/format.h>

#include "base/random.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {
namespace {

struct rules_command {
  std::filesystem::path config;
  std::filesystem::path state;
  std::string client;
  bool classic = false;
  std::string language;       // "en", "ja"; empty: the locale's
  std::filesystem::path out;  // folder; empty: all is printed
};

namespace fs = std::filesystem;

/// They hold the label's secret: for nobody else to read.
expected<void, std::string> write_files(
    const fs::path& folder, const std::vector<notify::rule_file>& files) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return unexpected(
        fmt::format("cannot make {}: {}", folder.string(), error.message()));
  }
  for (const notify::rule_file& f : files) {
    auto written = daemon::write_private_file(folder / f.name, f.text,
                                              daemon::existing::keep);
    if (!written)
      return written;
  }
  return {};
}

int run(const rules_command& command) {
  const auto client = notify::parse_mail_client(command.client);
  if (!client)
    return fail(fmt::format("no such client: {}", command.client));
  const auto loaded = config::load(command.config);
  if (!loaded)
    return fail(loaded.error());
  notify::rule_options options{
      .label_secret = {},
      .classic = command.classic,
      .in = notify::parse_language(
          command.language.empty() ? locale_language() : command.language)};
  if (!command.classic) {
    const auto state =
        daemon::open_state_folder(command.state, loaded->settings.state);
    if (!state)
      return fail(state.error());
    system_random random;
    auto secret = daemon::label_secret(*state, random);
    if (!secret)
      return fail(secret.error());
    options.label_secret = std::move(*secret);
  }

  const notify::client_rules rules = notify::make_rules(*client, options);
  std::string out = rules.steps;
  if (!command.out.empty() && rules.files.empty()) {
    return fail(fmt::format("there is no file of rules for {}, only steps",
                            command.client));
  }
  if (!command.out.empty()) {
    if (const auto done = write_files(command.out, rules.files); !done)
      return fail(done.error());
    for (const notify::rule_file& f : rules.files)
      out += fmt::format("{}\n", (command.out / f.name).string());
  } else {
    for (const notify::rule_file& f : rules.files)
      out += fmt::format("\n==== {} ====\n{}", f.name, f.text);
  }
  return print(out) ? exit_good : exit_unable;
}

}  // namespace

void add_rules(CLI::App& app, int& code) {
  CLI::App* command = add(
      app, "rules", "Rules that colour mails in your mail client",
      "Red for forged, green for genuine, colours of their own for new and "
      "altered. The\nrules match on X-Mekiki-Label, whose secret only this "
      "installation knows, so that no\nmail can colour itself. Keep the rules "
      "to yourself for that reason.\n"
      "CLIENT: thunderbird, claws, sylpheed, mutt (and neomutt), becky, "
      "outlook, sieve\n\n"
      "Examples:\n"
      "  mekiki rules mutt\n"
      "  mekiki rules thunderbird --out mekiki-rules\n"
      "  mekiki rules claws --classic      by X-DKIM-Check: pass green, fail "
      "red");
  auto& options = runs<rules_command>(command, code);
  command->add_option("CLIENT", options.client, "the mail client")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({"thunderbird", "claws", "sylpheed", "mutt",
                             "becky", "outlook", "sieve"}));
  command->add_flag("--classic", options.classic,
                    "by X-DKIM-Check alone, pass and fail");
  add_language_option(command, options.language);
  command
      ->add_option("--out", options.out,
                   "folder to write the rule files to (default: print them)")
      ->type_name("DIR");
  add_config_option(command, options.config);
  add_state_option(command, options.state);
}

}  // namespace mekiki::cli

// rules: prints rules for the filters of mail clients.
#include "notify/rules/rules.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/package_settings.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "config/units.hpp"
#include "daemon/folder_owner.hpp"
#include "daemon/labels.hpp"
#include "daemon/open_history.hpp"
#include "daemon/state.hpp"
#include "notify/edit/labels.hpp"

namespace mekiki::cli {
namespace {

struct rules_command {
  std::filesystem::path config;
  std::filesystem::path state;
  std::string client;
  std::vector<std::string> accounts;
  bool rotate = false;
  bool force = false;
  bool classic = false;
  std::string language;       // "en", "ja"; empty: the locale's
  std::filesystem::path out;  // folder; empty: all is printed
};

namespace fs = std::filesystem;

/// They hold the label's values: for nobody else to read.
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

std::string day_of(std::int64_t seconds) {
  return config::format_time(at_unix_seconds(seconds)).substr(0, 10);
}

/// A second new value within 30 days would end the first one, which clients may
/// have by now.
expected<void, std::string> refuse_second(
    const std::vector<std::string>& accounts,
    const daemon::label_generations& generations, std::int64_t now) {
  for (const std::string& account : accounts) {
    const auto of = generations.find(account);
    if (of == generations.end() || now - of->second.since >= daemon::both_count)
      continue;
    return unexpected(fmt::format(
        "{} got a new value on {}, and the one before counts until {}: "
        "another new value would end that one at once. Leave --rotate out to "
        "print the rules for one more client; --force makes a new value all "
        "the same",
        printable(account), day_of(of->second.since),
        day_of(of->second.since + daemon::both_count)));
  }
  return {};
}

/// A name that was mistyped gets a value that no mail will have.
void warn_of_unseen(const rules_command& command,
                    const config::settings& settings,
                    const std::vector<std::string>& accounts) {
  const system_clock clock;
  const auto history =
      daemon::open_history_file(command.state, settings, clock);
  if (!history)
    return;
  for (const std::string& account : accounts) {
    const auto mails = (*history)->blocking().judged(account, 0);
    if (mails && mails->empty()) {
      fmt::print(stderr,
                 "mekiki: no mail of {} is in the history: is that how the "
                 "mail client logs in, with the port?\n",
                 printable(account));
    }
  }
}

/// What --rotate has done, and what is left to do.
std::string tell_rotation(const std::string& account, const notify::labels& l,
                          std::int64_t now, notify::language in) {
  const std::string until = day_of(now + daemon::both_count);
  if (in == notify::language::japanese) {
    return fmt::format(
        "{} の値を新しくしました。古い値（{} "
        "を含む行）も {} まで有効です。\n"
        "ほかのメールソフトのルールは、--rotate を付けずに表示してください。"
        "アドオンにも新しい値を設定してください。\n"
        "{} を過ぎたら、--rotate を付けずにもう一度ルールを表示し、"
        "入れ替えてください。\n",
        printable(account), l.previous, until, until);
  }
  return fmt::format(
      "{} has a new value; the old one (the lines with {}) counts until {}.\n"
      "For other clients run this without --rotate, and give the new value to "
      "the add-ons too.\n"
      "After {} print the rules once more, without --rotate, and replace "
      "them.\n",
      printable(account), l.previous, until, until);
}

/// The values of the accounts, raised if so asked.
expected<void, std::string> add_values(const rules_command& command,
                                       const config::settings& settings,
                                       notify::rule_options& options) {
  std::vector<std::string> accounts;
  for (const std::string& login : command.accounts) {
    auto account = daemon::account_of(login, settings.routes);
    if (!account)
      return unexpected("--account: " + account.error());
    accounts.push_back(std::move(*account));
  }
  const daemon::acting_as_owner owner(
      daemon::find_state_folder(command.state, settings.state));
  if (!owner.done())
    return owner.done();
  const auto state = daemon::open_state_folder(command.state, settings.state);
  if (!state)
    return unexpected(state.error());
  system_random random;
  const auto secret = daemon::label_secret(*state, random);
  if (!secret)
    return unexpected(secret.error());
  const std::int64_t now = unix_seconds(system_clock().now());
  if (command.rotate) {
    const auto before = daemon::read_label_generations(*state);
    if (!before)
      return unexpected(before.error());
    if (!command.force) {
      if (auto done = refuse_second(accounts, *before, now); !done)
        return done;
    }
    warn_of_unseen(command, settings, accounts);
    for (const std::string& account : accounts) {
      auto done = daemon::raise_label_generation(*state, account, now);
      if (!done)
        return done;
    }
  }
  const auto generations = daemon::read_label_generations(*state);
  if (!generations)
    return unexpected(generations.error());
  for (const std::string& account : accounts) {
    const notify::labels l =
        daemon::labels_of(*secret, account, *generations, now);
    options.label_values.push_back(l.current);
    if (!l.previous.empty())
      options.label_values.push_back(l.previous);
    if (command.rotate)
      fmt::print(stderr, "{}", tell_rotation(account, l, now, options.in));
  }
  // Tags are of the whole profile: those of the first account serve all.
  const std::string first = accounts.empty() ? "" : accounts.front();
  const auto found = generations->find(first);
  options.tag_value = notify::tag_value(
      *secret, first, found == generations->end() ? 0 : found->second.number);
  return {};
}

int run(const rules_command& command) {
  const auto client = notify::parse_mail_client(command.client);
  if (!client)
    return fail(fmt::format("no such client: {}", command.client));
  const auto loaded = config::load(command.config);
  if (!loaded)
    return fail(loaded.error());
  if (!command.classic && command.accounts.empty()) {
    return fail(
        "name the mailboxes: --account LOGIN, as the mail client logs in "
        "(several times for several)");
  }
  notify::rule_options options{.label_values = {},
                               .tag_value = {},
                               .classic = command.classic,
                               .in = language_of_output(command.language)};
  if (const auto done = add_values(command, loaded->settings, options); !done)
    return fail(done.error());

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
      "altered. The\nrules match on X-Mekiki-Label, whose value for a mailbox "
      "only this installation knows, so\nthat no mail can colour itself. Keep "
      "the rules to yourself for that reason. Where a value\nhas become known, "
      "--rotate makes a new one: for 30 days mails carry both, and the rules\n"
      "match both. Use it once, and print the rules for other clients without "
      "it; after the\n30 days print them all once more.\n"
      "CLIENT: thunderbird, claws, sylpheed, mutt (and neomutt), becky, "
      "outlook, sieve\n\n"
      "Examples:\n"
      "  mekiki rules mutt --account taro%pop.example.jp\n"
      "  mekiki rules thunderbird --account taro%pop.example.jp --out "
      "mekiki-rules\n"
      "  mekiki rules claws --account taro%pop.example.jp --rotate\n"
      "  mekiki rules claws --classic      by X-DKIM-Check: pass green, fail "
      "red");
  auto& options = runs<rules_command>(command, code);
  command->add_option("CLIENT", options.client, "the mail client")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({"thunderbird", "claws", "sylpheed", "mutt",
                             "becky", "outlook", "sieve"}));
  command
      ->add_option("--account", options.accounts,
                   "a mailbox whose mails are to be coloured, as the mail "
                   "client logs in; may be given several times")
      ->type_name("LOGIN");
  command
      ->add_flag("--rotate", options.rotate,
                 "new label values for these mailboxes")
      ->needs("--account");
  command
      ->add_flag("--force", options.force,
                 "with --rotate: even within 30 days of the last time")
      ->needs("--rotate");
  command->add_flag("--classic", options.classic,
                    "by X-DKIM-Check alone, pass and fail");
  add_language_option(command, options.language);
  command
      ->add_option("--out", options.out,
                   "folder to write the rule files to (default: print them)")
      ->type_name("DIR");
  add_config_option(command, options.config);
  add_state_option(command, options.state);
  find_package_settings(command, options.config, options.state);
}

}  // namespace mekiki::cli

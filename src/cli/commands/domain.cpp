// domain: the records that a domain publishes for its mail.
#include "cli/commands/domain.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/act_as_owner.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/run_on.hpp"
#include "cli/domain_report.hpp"
#include "cli/terminal.hpp"
#include "config/units.hpp"
#include "daemon/resolver.hpp"
#include "daemon/state.hpp"
#include "dns/limited_resolver.hpp"
#include "dns/name.hpp"
#include "store/seen_keys.hpp"
#include "store/store.hpp"

namespace mekiki::cli {
namespace {

struct check_command {
  std::string domain;
  std::vector<std::string> selectors;
  std::filesystem::path config;
  std::filesystem::path state;  // empty: no history is looked at
  std::filesystem::path zone;
  std::string language;
  bool json = false;
};

/// The keys that the history has seen. Without --state, that of the folder
/// which serve would take, where there is one that may be read; a zone file is
/// about another world.
expected<std::vector<records::remembered_key>, std::string> keys_of_history(
    const check_command& command, const config::settings& settings,
    const std::string& domain) {
  std::vector<records::remembered_key> out;
  const bool is_asked_for = !command.state.empty();
  if (!is_asked_for && !command.zone.empty())
    return out;
  const auto folder = daemon::find_state_folder(command.state, settings.state);
  const auto file = folder / store::file_name;
  std::error_code failed;
  if (folder.empty() || !std::filesystem::exists(file, failed)) {
    if (!is_asked_for)
      return out;
    return unexpected(fmt::format("there is no history at {}", file.string()));
  }
  const auto give_up = [&](const std::string& why)
      -> expected<std::vector<records::remembered_key>, std::string> {
    if (is_asked_for)
      return unexpected(why);
    return std::vector<records::remembered_key>();
  };
  const store_options where{command.config, command.state};
  if (auto acts = act_as_owner(where, settings); !acts)
    return give_up(acts.error());
  auto seen = store::seen_keys(file, domain);
  if (!seen)
    return give_up(seen.error());
  for (store::seen_key& k : *seen)
    out.push_back({std::move(k.selector), std::move(k.text), k.first, k.last});
  return out;
}

int run(const check_command& command) {
  const std::string domain = dns::domain_name(command.domain);
  if (domain.empty())
    return fail(fmt::format("expected a domain name, got \"{}\"",
                            printable(command.domain)));
  const auto loaded = load_settings(command.config);
  if (!loaded)
    return exit_unable;
  records::known_keys keys;
  keys.selectors = command.selectors;
  keys.now = unix_seconds(system_clock().now());
  auto remembered = keys_of_history(command, loaded->settings, domain);
  if (!remembered)
    return fail(remembered.error());
  keys.remembered = std::move(*remembered);
  boost::asio::io_context io{1};
  const auto resolver =
      daemon::make_resolver(io, loaded->settings, command.zone);
  if (!resolver)
    return fail(resolver.error());
  const records::domain_report report =
      check_records(domain, std::move(keys), **resolver, io);
  const notify::language in = language_of_output(command.language);
  if (!print(command.json ? serialize(to_json(report, in)) + "\n"
                          : tell(report, in)))
    return exit_unable;
  return records::grade(report.findings) == "ok" ? exit_good : exit_failed;
}

void add_check(CLI::App& domain, int& code) {
  CLI::App* command = add(
      domain, "check", "Are a domain's records right?",
      "Reads MX, SPF, DKIM, DMARC and what else a domain publishes for its "
      "mail, counts\nwhat SPF costs, and tells what is wrong and what to "
      "publish instead. docs/domain.md\nlists the findings.\n"
      "DKIM keys are found only under the names that --selector gives (the "
      "s= of a\nsignature), or that the history has seen, which knows their "
      "age, too.\n"
      "Exit code: 0 nothing is wrong, 1 a finding of level warn or bad, 2 "
      "could not run.\n\n"
      "Examples:\n"
      "  mekiki domain check example.jp\n"
      "  mekiki domain check --selector s1 --selector s2 example.jp\n"
      "  mekiki domain check --json --dns zone.json example.jp");
  auto& options = runs<check_command>(command, code);
  command->add_option("DOMAIN", options.domain, "the domain")
      ->type_name("")
      ->required();
  command
      ->add_option("--selector", options.selectors,
                   "name of a DKIM key (s=); once for each")
      ->type_name("S")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        return config::is_domain_name(text)
                   ? ""
                   : fmt::format("expected a name, got \"{}\"",
                                 printable(text));
      });
  add_config_option(command, options.config);
  command
      ->add_option(
          "--state", options.state,
          "state folder whose history knows keys; that of serve if not "
          "given")
      ->type_name("DIR");
  add_zone_option(command, options.zone);
  add_language_option(command, options.language);
  command->add_flag("--json", options.json, "one JSON object");
}

}  // namespace

records::domain_report check_records(const std::string& domain,
                                     records::known_keys keys,
                                     dns::resolver& resolver,
                                     boost::asio::io_context& io) {
  const system_clock clock;
  dns::limited_resolver limited(resolver,
                                {.questions = records::most_check_questions,
                                 .time = records::most_check_time,
                                 .clock = &clock});
  return run_on(io,
                records::check_domain(
                    domain, {.keys = std::move(keys), .arrived = {}}, limited));
}

void add_domain(CLI::App& app, int& code) {
  CLI::App* command = add(app, "domain", "The records of your own domain",
                          "Examples:\n"
                          "  mekiki domain check example.jp\n"
                          "  mekiki domain make example.jp --sender mx\n\n"
                          "`mekiki domain COMMAND --help` tells more of each.");
  command->require_subcommand(0, 1);
  add_check(*command, code);
  add_domain_make(*command, code);
}

}  // namespace mekiki::cli

// domain: the records that a domain publishes for its mail.
#include "cli/commands/domain.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"
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
#include "notify/words/plan_words.hpp"
#include "store/seen_keys.hpp"
#include "store/sending_facts.hpp"
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

/// Of the history.
struct known_history {
  std::vector<records::remembered_key> keys;
  std::filesystem::path file;  // empty: there is none to be read
};

/// The keys that the history has seen. Without --state, that of the folder
/// which serve would take, where there is one that may be read; a zone file is
/// about another world.
expected<known_history, std::string> read_history(
    const check_command& command, const config::settings& settings,
    const std::string& domain) {
  known_history out;
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
  const auto give_up =
      [&](const std::string& why) -> expected<known_history, std::string> {
    if (is_asked_for)
      return unexpected(why);
    return known_history();
  };
  const store_options where{command.config, command.state};
  if (auto acts = act_as_owner(where, settings); !acts)
    return give_up(acts.error());
  auto seen = store::seen_keys(file, domain);
  if (!seen)
    return give_up(seen.error());
  for (store::seen_key& k : *seen)
    out.keys.push_back(
        {std::move(k.selector), std::move(k.text), k.first, k.last});
  out.file = file;
  return out;
}

/// By kept reports, and the record that was just read.
expected<std::optional<store::sending_plan_view>, std::string> find_plan(
    const known_history& history, const records::domain_report& report,
    std::int64_t now) {
  if (history.file.empty())
    return std::nullopt;
  reports::policy_now published;
  if (const dmarc::record* const record = report.dmarc.record())
    published = reports::read_published(*record, report.dmarc.policy);
  return store::sending_plan_of(history.file, report.domain,
                                std::move(published), now / day_seconds);
}

boost::json::object plan_json(const store::sending_plan_view& found,
                              notify::language in) {
  const records::plan& plan = found.plan.made;
  const notify::plan_words words = notify::words_of(plan, in);
  boost::json::array why;
  for (std::size_t i = 0; i < plan.obstacles.size(); ++i) {
    why.push_back({{"kind", to_string(plan.obstacles[i].what)},
                   {"name", to_utf8(plan.obstacles[i].source)},
                   {"have", plan.obstacles[i].have},
                   {"need", plan.obstacles[i].need},
                   {"text", to_utf8(words.why.at(i))}});
  }
  return {
      {"step", to_string(plan.next)},  {"text", words.next},
      {"days", found.plan.facts.days}, {"reporters", found.reporters},
      {"why", std::move(why)},         {"record", to_utf8(found.plan.record)}};
}

std::string plan_text(const std::string& domain,
                      const store::sending_plan_view& found,
                      notify::language in) {
  const notify::plan_words words = notify::words_of(found.plan.made, in);
  const bool ja = in == notify::language::japanese;
  std::string out = fmt::format(
      fmt::runtime(ja ? "\n計画（レポートのある日数：{}）\n  {}\n"
                      : "\nThe plan (days with reports: {})\n  {}\n"),
      found.plan.facts.days, words.next);
  for (const std::string& why : words.why)
    out += fmt::format("  - {}\n", printable(why));
  if (!found.plan.record.empty())
    out += fmt::format("  {}\n",
                       zone_text({"_dmarc." + domain, dns::record_type::txt,
                                  found.plan.record}));
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
  const std::int64_t now = keys.now;
  auto history = read_history(command, loaded->settings, domain);
  if (!history)
    return fail(history.error());
  keys.remembered = std::move(history->keys);
  boost::asio::io_context io{1};
  const auto resolver =
      daemon::make_resolver(io, loaded->settings, command.zone);
  if (!resolver)
    return fail(resolver.error());
  const records::domain_report report =
      check_records(domain, std::move(keys), **resolver, io);
  const notify::language in = language_of_output(command.language);
  const auto plan = find_plan(*history, report, now);
  if (!plan)
    return fail(plan.error());
  boost::json::object json = to_json(report, in);
  if (*plan)
    json["plan"] = plan_json(**plan, in);
  if (!print(command.json ? serialize(json) + "\n"
                          : tell(report, in) +
                                (*plan ? plan_text(domain, **plan, in) : "")))
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
      "If the history has reports about the domain, the next step of its "
      "policy follows.\n"
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

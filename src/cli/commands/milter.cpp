// milter: what would have been done with forged mail, by these settings.
#include <cstdint>
#include <string>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/open_history.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "config/own_names.hpp"
#include "milter/policy.hpp"
#include "milter/server.hpp"

namespace mekiki::cli {
namespace {

struct milter_rehearse_command {
  store_options where;
  unsigned days = 7;
  bool as_json = false;
};

mekiki::dmarc::policy policy_of(std::string_view word) {
  for (const auto p : {dmarc::policy::quarantine, dmarc::policy::reject}) {
    if (word == to_string(p))
      return p;
  }
  return dmarc::policy::none;
}

int run(const milter_rehearse_command& command) {
  const system_clock clock;
  const auto loaded = load_settings(command.where.config);
  if (!loaded)
    return exit_unable;
  const auto history = open_history(command.where, clock);
  if (!history)
    return fail(history.error());
  const config::settings& settings = loaded->settings;
  const auto found = (*history)->blocking().refusable(
      milter::account_of(config::authserv_id(settings)),
      unix_seconds(clock.now() - std::chrono::days(command.days)));
  if (!found)
    return fail(found.error());
  std::string out;
  std::uint64_t acted = 0;
  for (const store::refusable_count& c : *found) {
    const auto action = milter::action_for(c.author_domain, policy_of(c.policy),
                                           settings.milter.policy);
    const std::string policy = c.policy.empty() ? "none" : c.policy;
    if (action != milter::disposition::action::accept)
      acted += c.mails;
    if (command.as_json) {
      out += boost::json::serialize(
          boost::json::object{{"author_domain", c.author_domain},
                              {"policy", policy},
                              {"action", milter::to_string(action)},
                              {"mails", c.mails}});
      out += '\n';
    } else {
      out += fmt::format("{:>8}  {:<10}  {:<10}  {}\n", c.mails,
                         milter::to_string(action), policy,
                         printable(c.author_domain));
    }
  }
  if (!command.as_json) {
    out.insert(0, fmt::format("{:>8}  {:<10}  {:<10}  {}\n", "mails", "action",
                              "its policy", "author domain"));
    out += fmt::format(
        "\nBy these settings {} forged mail{} of the last {} days would be "
        "refused or in quarantine, where milter.mode is \"act\".\n",
        acted, acted == 1 ? "" : "s", command.days);
  }
  return print(out) ? exit_good : exit_unable;
}

}  // namespace

void add_milter(CLI::App& app, int& code) {
  CLI::App* group = add(app, "milter", "What mail servers are answered",
                        "Mail servers ask about each mail while they take it "
                        "(docs/server.md).\n\nExamples:\n"
                        "  mekiki milter rehearse");
  group->require_subcommand(1);
  CLI::App* command =
      add(*group, "rehearse", "What would be done with forged mail",
          "Forged mails that fail DMARC and came by the milter, by author "
          "domain, and what the settings would do with them: accept, "
          "quarantine or reject. Recipients that milter.excluded names are "
          "not considered.\n\nExamples:\n"
          "  mekiki milter rehearse\n"
          "  mekiki milter rehearse --days 30 --json");
  auto& options = runs<milter_rehearse_command>(command, code);
  command->add_option("--days", options.days, "so many days back (default: 7)")
      ->type_name("N")
      ->check(CLI::Range(1, 90));
  command->add_flag("--json", options.as_json, "one JSON object a domain");
  add_store_options(command, options.where);
}

}  // namespace mekiki::cli

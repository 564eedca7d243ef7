// trust: rules of users and administrators.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/open_history.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "config/units.hpp"
#include "daemon/open_history.hpp"
#include "store/rule_words.hpp"

namespace mekiki::cli {
namespace {

struct trust_add_command {
  store_options where;
  std::string kind;     // "author", "list", "forwarder", "signer"
  std::string pattern;  // as typed
  std::string signer;   // of author rules: only if proved by it
  bool distrust = false;
  std::optional<time_point> until;
  std::string account;  // as typed; empty: for all
};

struct trust_list_command {
  store_options where;
};

struct trust_remove_command {
  store_options where;
  std::int64_t number = 0;
};

using verdict::rule;

expected<store::kept_rule, std::string> read(
    const trust_add_command& command, const std::vector<pop3::route>& routes) {
  const auto what =
      store::read_rule(command.kind, command.distrust ? "distrust" : "trust");
  if (!what)
    return unexpected(fmt::format("no kind of rule: {}", command.kind));
  auto rule = store::parse_rule(*what, command.pattern, command.signer);
  if (!rule) {
    const auto& [sentence, text] = rule.error();
    return unexpected(text.empty() ? sentence
                                   : fmt::format("{}; got \"{}\"", sentence,
                                                 printable(text)));
  }
  store::kept_rule r;
  r.what = std::move(*rule);
  if (command.until)
    r.until = unix_seconds(*command.until);
  if (command.account.empty())
    return r;
  auto account = daemon::account_of(command.account, routes);
  if (!account)
    return unexpected("--account: " + account.error());
  r.account = std::move(*account);
  return r;
}

std::string tell(const store::kept_rule& r, time_point now) {
  std::string out = fmt::format(
      "{:>4}  {} {} {}", r.id,
      paint(r.what.does == rule::effect::trust ? colour::green : colour::red,
            store::to_string(r.what.does)),
      store::to_string(r.what.what), printable(r.what.pattern));
  if (!r.what.signer.empty())
    out += fmt::format(" signed by {}", printable(r.what.signer));
  out += r.account.empty() ? ", for all"
                           : fmt::format(", for {}", printable(r.account));
  if (r.until) {
    const auto end = time_point(std::chrono::seconds(*r.until));
    out += fmt::format(", {} {}", end > now ? "until" : "ended",
                       config::format_time(end));
  }
  return out + "\n";
}

int run(const trust_add_command& command) {
  const auto loaded = load_settings(command.where.config);
  if (!loaded)
    return exit_unable;
  const auto rule = read(command, loaded->settings.routes);
  if (!rule)
    return fail(rule.error());
  const system_clock clock;
  if (rule->until && *rule->until <= unix_seconds(clock.now())) {
    return fail(fmt::format("--until: {} is past: the rule would do nothing",
                            config::format_time(*command.until)));
  }
  const auto history =
      daemon::open_history_file(command.where.state, loaded->settings, clock);
  if (!history)
    return fail(history.error());
  const auto number = (*history)->blocking().add_rule(*rule);
  if (!number)
    return fail(number.error());
  store::kept_rule kept = *rule;
  kept.id = *number;
  return print(tell(kept, clock.now())) ? exit_good : exit_unable;
}

int run(const trust_list_command& command) {
  const system_clock clock;
  const auto history = open_history(command.where, clock);
  if (!history)
    return fail(history.error());
  const auto rules = (*history)->blocking().rules();
  if (!rules)
    return fail(rules.error());
  std::string out;
  for (const store::kept_rule& r : *rules) out += tell(r, clock.now());
  if (rules->empty())
    fmt::print(stderr, "mekiki: there are no rules yet\n");
  return print(out) ? exit_good : exit_unable;
}

int run(const trust_remove_command& command) {
  const system_clock clock;
  const auto history = open_history(command.where, clock);
  if (!history)
    return fail(history.error());
  const auto before = (*history)->blocking().rules();
  const auto removed = (*history)->blocking().remove_rule(command.number);
  if (!removed)
    return fail(removed.error());
  if (!*removed) {
    return fail(fmt::format("there is no rule {}; see `mekiki trust list`",
                            command.number));
  }
  std::string out;
  if (before) {
    for (const store::kept_rule& r : *before) {
      if (r.id == command.number)
        out = "Removed:" + tell(r, clock.now());
    }
  }
  return print(out) ? exit_good : exit_unable;
}

}  // namespace

void add_trust(CLI::App& app, int& code) {
  CLI::App* group =
      add(app, "trust", "Whom to trust, and whom not",
          "Rules count from the next mail on, for one account or for all, "
          "whether `mekiki\nserve` runs or not.\n\n"
          "Examples:\n"
          "  mekiki trust add author '*@example.jp'\n"
          "  mekiki trust add author shop@example.com --signer example.com\n"
          "  mekiki trust add list users.lists.example.org --account "
          "taro%pop.example.jp\n"
          "  mekiki trust add signer example.net --distrust --until "
          "2027-01-01\n"
          "  mekiki trust list");
  group->require_subcommand(0, 1);
  CLI::App* command = add(
      *group, "add", "Trust, or distrust",
      "  author GLOB       mails of these addresses (*@example.jp) or domains, "
      "once they are\n"
      "                    proven to be the author's\n"
      "  signer DOMAIN     whatever this domain proves for itself\n"
      "  list LISTID       what comes from this mailing list, proven by its "
      "domain\n"
      "  forwarder DOMAIN  what this domain sends on, sealed with ARC or proven"
      "\n\nA rule for the same replaces the older one.");
  auto& trusting = runs<trust_add_command>(command, code);
  command->add_option("KIND", trusting.kind, "author, signer, list, forwarder")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({"author", "signer", "list", "forwarder"}));
  command->add_option("WHOM", trusting.pattern, "glob or domain")
      ->type_name("")
      ->required();
  command
      ->add_option("--signer", trusting.signer,
                   "of author: only where this domain proves it")
      ->type_name("D");
  command->add_flag("--distrust", trusting.distrust,
                    "never better than unverified");
  add_time_option(command, "--until", trusting.until, "the rule ends then");
  command
      ->add_option("--account", trusting.account,
                   "for this account alone: the login name, "
                   "USER%HOST[:PORT]")
      ->type_name("NAME");
  add_store_options(command, trusting.where);
  command = add(*group, "list", "All rules, with their numbers", "");
  auto& rules = runs<trust_list_command>(command, code);
  add_store_options(command, rules.where);
  command = add(*group, "remove", "Remove a rule by its number", "");
  auto& removing = runs<trust_remove_command>(command, code);
  command->add_option("NUMBER", removing.number, "as `trust list` shows it")
      ->type_name("")
      ->required();
  add_store_options(command, removing.where);
}

}  // namespace mekiki::cli

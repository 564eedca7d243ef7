// trust: rules of users and administrators.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/open_history.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "config/units.hpp"
#include "daemon/open_history.hpp"
#include "store/rule_words.hpp"

namespace mekiki::cli {
namespace {

using verdict::rule;

expected<store::kept_rule, std::string> read(
    const trust_add_command& command, const std::vector<pop3::route>& routes) {
  const auto what =
      store::read_rule(command.kind, command.distrust ? "distrust" : "trust");
  if (!what)
    return unexpected(fmt::format("no kind of rule: {}", command.kind));
  auto rule = store::parse_rule(*what, command.pattern, command.signer);
  if (!rule) {
    return unexpected(fmt::format("{}, got \"{}\"", rule.error(),
                                  printable(command.pattern)));
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

}  // namespace

int run(const trust_add_command& command) {
  const auto loaded = config::load(command.where.config);
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error());
    return exit_unable;
  }
  const auto rule = read(command, loaded->settings.routes);
  if (!rule)
    return fail(rule.error());
  const system_clock clock;
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
  return print(out) ? exit_good : exit_unable;
}

int run(const trust_remove_command& command) {
  const system_clock clock;
  const auto history = open_history(command.where, clock);
  if (!history)
    return fail(history.error());
  const auto removed = (*history)->blocking().remove_rule(command.number);
  if (!removed)
    return fail(removed.error());
  if (!*removed) {
    return fail(fmt::format("there is no rule {}; see `mekiki trust list`",
                            command.number));
  }
  return exit_good;
}

}  // namespace mekiki::cli

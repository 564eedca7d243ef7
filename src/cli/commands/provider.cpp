// provider: what proven mails taught about the hosts of mail providers.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"
#include "cli/border_advice.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/mail_evaluator.hpp"
#include "cli/commands/open_history.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "config/units.hpp"
#include "daemon/open_history.hpp"
#include "verdict/request.hpp"
#include "verdict/view_host.hpp"

namespace mekiki::cli {
namespace {

namespace fs = std::filesystem;

struct provider_list_command {
  store_options where;
  bool json = false;
};

struct provider_forget_command {
  store_options where;
  std::string host;
  std::string account;  // as typed; empty: all
};

struct provider_learn_command {
  judging_options judging;
  std::vector<std::string> paths;  // none: what the history has
  bool write = false;
  bool json = false;
};

constexpr std::string_view nothing_learned =
    "Nothing was learned: no mail needed it, or none that came was proven.\n";

/// "mx1.example.jp mx2.example.jp"
std::string on_one_line(std::string mx_set) {
  if (!mx_set.empty())
    mx_set.pop_back();
  std::ranges::replace(mx_set, '\n', ' ');
  return mx_set;
}

std::string tell(const store::learned_provider& p,
                 const std::vector<view_report>& views) {
  const std::string hosts = printable(on_one_line(p.mx_set));
  return fmt::format("{}, mails of {}{}{}\n{}",
                     paint(colour::bold, printable(p.host)), printable(p.owner),
                     hosts.empty() ? "" : "; MX hosts: ", hosts,
                     tell_views(views));
}

boost::json::object tell_json(const store::learned_provider& p,
                              const std::vector<view_report>& views) {
  return {{"host", to_utf8(p.host)},
          {"owner", to_utf8(p.owner)},
          {"mx", to_utf8(on_one_line(p.mx_set))},
          {"views", views_json(views)}};
}

int run(const provider_list_command& command) {
  const system_clock clock;
  const auto history = open_history(command.where, clock);
  if (!history)
    return fail(history.error());
  const auto learned = (*history)->blocking().learned_borders();
  if (!learned)
    return fail(learned.error());
  std::string out;
  for (const store::learned_provider& p : *learned) {
    const auto views =
        told_views(p.votes, p.answers, unix_seconds(clock.now()));
    out += command.json ? boost::json::serialize(tell_json(p, views)) + "\n"
                        : tell(p, views);
  }
  if (out.empty() && !command.json)
    out = nothing_learned;
  return print(out) ? exit_good : exit_unable;
}

int run(const provider_forget_command& command) {
  const auto loaded = load_settings(command.where.config);
  if (!loaded)
    return exit_unable;
  std::string account;
  if (!command.account.empty()) {
    auto name = daemon::account_of(command.account, loaded->settings.routes);
    if (!name)
      return fail("--account: " + name.error());
    account = std::move(*name);
  }
  const system_clock clock;
  const auto history =
      daemon::open_history_file(command.where.state, loaded->settings, clock);
  if (!history)
    return fail(history.error());
  const auto forgotten = (*history)->blocking().forget_borders(
      ascii::to_lower(command.host), account);
  if (!forgotten)
    return fail(forgotten.error());
  if (forgotten->votes + forgotten->answers == 0) {
    return fail(
        fmt::format("nothing was learned of {}; see `mekiki provider list`",
                    printable(command.host)));
  }
  std::string out =
      fmt::format("what {} mail{} taught is forgotten\n", forgotten->votes,
                  forgotten->votes == 1 ? "" : "s");
  if (forgotten->answers > 0) {
    out += fmt::format("{} answer{} forgotten\n", forgotten->answers,
                       forgotten->answers == 1 ? "" : "s");
  }
  return print(out) ? exit_good : exit_unable;
}

// learn ------------------------------------------------------------------

/// What is told of one account.
struct lessons {
  store::learned_provider of;
  std::size_t mails = 0;    // read
  std::size_t certain = 0;  // of them: the border is certain without
  bool is_whole = true;     // all files could be read
  bool is_void = false;     // no settings would make the border certain
};

expected<lessons, std::string> read_mails(const provider_learn_command& command,
                                          const config::settings& settings) {
  auto by = mail_evaluator::make(settings, command.judging);
  if (!by)
    return unexpected(by.error());
  lessons out;
  mail_finder finder(command.paths);
  while (const auto mail = finder.next()) {
    const auto v = (*by)->run(*mail);
    if (!v) {
      fmt::print(stderr, "mekiki: {}: {}.\n", printable(mail->name), v.error());
      out.is_whole = false;
      continue;
    }
    ++out.mails;
    if (can_accuse(v->known.found_border))
      ++out.certain;
    if (v->known.learned) {
      out.of.mx_set = v->known.learned->mx_set;
      out.of.votes.push_back(v->known.learned->vote);
    }
  }
  return out;
}

/// Of how many mails the border would be certain with these lines in the
/// settings.
expected<std::size_t, std::string> certain_with(
    const provider_lines& lines, const std::string& host,
    const provider_learn_command& command, config::settings settings) {
  const auto read = config::parse(format(lines, host), {});
  if (!read)
    return unexpected(std::string("the advice is no setting"));
  verdict::provider_rule rule = verdict::rule_for(settings.verdict, host);
  const verdict::provider_rule& added =
      read->settings.verdict.providers.front();
  rule.upstream = host;
  rule.networks.insert(rule.networks.end(), added.networks.begin(),
                       added.networks.end());
  if (!added.host_domain.empty())
    rule.host_domain = added.host_domain;
  auto& rules = settings.verdict.providers;
  rules.insert(rules.begin(), std::move(rule));
  const auto by = mail_evaluator::make(settings, command.judging);
  if (!by)
    return unexpected(by.error());
  std::size_t out = 0;
  mail_finder finder(command.paths);
  while (const auto mail = finder.next()) {
    const auto v = (*by)->run(*mail);
    if (v && can_accuse(v->known.found_border))
      ++out;
  }
  return out;
}

/// Settings that say for good what the mails teach, if there are any. Of mails
/// in files it is tried whether they do.
expected<std::optional<provider_lines>, std::string> advise_on(
    lessons& l, const provider_learn_command& command,
    const config::settings& settings, std::int64_t now) {
  auto advice = advise(l.of.votes, now, l.of.answers);
  if (!advice || command.paths.empty())
    return advice;
  const auto certain = certain_with(*advice, l.of.host, command, settings);
  if (!certain)
    return unexpected(certain.error());
  if (*certain <= l.certain) {
    l.is_void = true;
    advice.reset();
  }
  return advice;
}

/// What the history learned of `host`: for one account, or for all if `account`
/// is empty.
expected<std::vector<lessons>, std::string> read_history(
    const provider_learn_command& command, const config::settings& settings,
    const std::string& account, const std::string& host, const clock& clock) {
  const auto history =
      daemon::open_history_file(command.judging.state, settings, clock);
  if (!history)
    return unexpected(history.error());
  auto learned = (*history)->blocking().learned_borders();
  if (!learned)
    return unexpected(learned.error());
  std::vector<lessons> out;
  for (store::learned_provider& p : *learned) {
    const bool is_meant =
        account.empty() || p.owner == account || p.owner == host;
    if (!is_meant)
      continue;
    const std::size_t mails = p.votes.size();
    // Of an owner's sets of MX hosts, the one that was learned last counts.
    if (out.empty() || out.back().of.owner != p.owner)
      out.emplace_back();
    lessons& l = out.back();
    const bool is_later =
        l.of.votes.empty() ||
        (!p.votes.empty() && p.votes.back().at > l.of.votes.back().at);
    if (is_later)
      l = {.of = std::move(p), .mails = mails, .certain = 0};
  }
  return out;
}

/// Appends the table, unless the settings would not be good then.
expected<void, std::string> add_to_settings(const fs::path& file,
                                            const std::string& lines) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::string added =
      (text.empty() || text.ends_with('\n') ? "\n" : "\n\n") + lines;
  text += added;
  if (const auto good = config::parse(text, file.parent_path()); !good) {
    return unexpected(
        fmt::format("the settings would not be good: {}",
                    config::format(good.error().front(), file.string())));
  }
  // In place: owner and mode of the file stay.
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out << added << std::flush;
  if (!out)
    return unexpected(fmt::format("cannot write {}", file.string()));
  return {};
}

bool has_rule(const config::settings& settings, const std::string& host) {
  return !verdict::rule_for(settings.verdict, host).upstream.empty();
}

/// Somebody refused the place where mails show that they come in: the way back.
std::string refusal_text(const lessons& l) {
  const auto no = std::ranges::find(l.of.answers, verdict::border_reply::no,
                                    &verdict::border_answer::said);
  if (no == l.of.answers.end())
    return {};
  return fmt::format(
      "\nSomebody answered on {} that this is not the provider's server: "
      "{}.\nThe answer can be changed on the dashboard; `mekiki provider "
      "forget "
      "{} --account\n{}` asks again.\n",
      config::format_time(at_unix_seconds(no->at)).substr(0, 10),
      printable(verdict::host_of_view(no->view)), printable(l.of.host),
      printable(l.of.owner));
}

std::string advice_text(const std::optional<provider_lines>& advice,
                        const std::string& host, const lessons& l) {
  if (advice) {
    return fmt::format(
        "\nThese settings say for good which hosts are the provider's. Add "
        "them only if you\nknow that these are the provider's hosts and nobody "
        "else's:\n\n{}",
        format(*advice, host));
  }
  if (l.mails == 0)
    return "\nNo mail was found.\n";
  if (l.certain == l.mails)
    return "\nNothing has to be learned: the border is certain already.\n";
  if (std::string refused = refusal_text(l); !refused.empty())
    return refused;
  if (l.is_void) {
    return "\nNo settings can say this: that mails come in there only other "
           "mails show. `mekiki serve`\nlearns it from those that come.\n";
  }
  if (l.certain > 0) {
    return fmt::format(
        "\nIn {} of {} mails the border is certain already; the others are not "
        "enough for advice:\nmore mails of more senders, signed and with SPF, "
        "are needed.\n",
        l.certain, l.mails);
  }
  return "\nThis is not enough for advice: more mails of more senders, signed "
         "and with SPF, are needed.\n";
}

std::string report(const provider_learn_command& command, const lessons& l,
                   const std::optional<provider_lines>& advice,
                   std::int64_t now) {
  const auto views = told_views(l.of.votes, l.of.answers, now);
  if (command.json) {
    boost::json::object out = tell_json(l.of, views);
    out["settings"] = advice ? boost::json::value(format(*advice, l.of.host))
                             : boost::json::value(nullptr);
    return boost::json::serialize(out) + "\n";
  }
  return fmt::format(
             "{} mail{}, {} with a border that is certain, {} whose proof "
             "tells "
             "where they came in\n",
             l.mails, l.mails == 1 ? "" : "s", l.certain, l.of.votes.size()) +
         tell(l.of, views) + advice_text(advice, l.of.host, l);
}

expected<void, std::string> write(const provider_learn_command& command,
                                  const config::settings& settings,
                                  const std::optional<provider_lines>& advice,
                                  const std::string& host) {
  if (!advice)
    return unexpected(std::string("there is nothing to write"));
  if (has_rule(settings, host)) {
    return unexpected(fmt::format(
        "the settings have a [[provider]] for {} already: add the lines to it "
        "by hand",
        printable(host)));
  }
  return add_to_settings(command.judging.config, format(*advice, host));
}

/// What the mails teach, or without mails what the history has learned.
expected<std::vector<lessons>, std::string> read_lessons(
    const provider_learn_command& command, const config::settings& settings,
    const clock& clock) {
  std::string account;
  std::string host;
  if (!command.judging.account.empty()) {
    const auto target =
        pop3::find_target(command.judging.account,
                          pop3::client_leg::implicit_tls, settings.routes);
    if (!target)
      return unexpected("--account: " + target.error());
    account = pop3::account_id(*target);
    host = ascii::to_lower(target->host);
  }
  if (command.paths.empty())
    return read_history(command, settings, account, host, clock);
  if (account.empty())
    return unexpected(
        std::string("paths need --account NAME%HOST: whose mails they are"));
  auto read = read_mails(command, settings);
  if (!read)
    return unexpected(read.error());
  read->of.host = host;
  read->of.owner = account;
  return std::vector{std::move(*read)};
}

int run(const provider_learn_command& command) {
  const auto loaded = load_settings(command.judging.config);
  if (!loaded)
    return exit_unable;
  const system_clock clock;
  auto found = read_lessons(command, loaded->settings, clock);
  if (!found)
    return fail(found.error());
  if (found->empty() && !command.json)
    return print(nothing_learned) ? exit_good : exit_unable;
  const time_point at = command.judging.at.value_or(clock.now());
  const std::int64_t now = unix_seconds(at);
  bool is_whole = true;
  for (lessons& l : *found) {
    const auto advised = advise_on(l, command, loaded->settings, now);
    if (!advised)
      return fail(advised.error());
    const std::optional<provider_lines>& advice = *advised;
    if (!print(report(command, l, advice, now)))
      return exit_unable;
    is_whole = is_whole && l.is_whole;
    if (!command.write || (!advice && l.mails > 0 && l.certain == l.mails))
      continue;
    const auto written = write(command, loaded->settings, advice, l.of.host);
    if (!written)
      return fail(written.error());
    fmt::print(stderr,
               "The [[provider]] for {} was added to {}; `mekiki serve` takes "
               "it up when it is told to reload (SIGHUP), or started anew.\n",
               printable(l.of.host),
               printable(command.judging.config.string()));
  }
  return is_whole ? exit_good : exit_unable;
}

void add_learn(CLI::App& group, int& code) {
  CLI::App* command = add(
      group, "learn", "Where mails show that the provider takes mail in",
      "Reads mails (files, mbox, Maildir; without them what `mekiki serve` has "
      "learned), and\nprints by which hosts those came in whose sender is "
      "proven, and the settings that\nwould say so for good. Nothing is "
      "changed without --write.\n\n"
      "Examples:\n"
      "  mekiki provider learn --account taro%pop.example.jp Maildir\n"
      "  mekiki provider learn --account taro%pop.example.jp --config "
      "mekiki.toml --write");
  auto& learning = runs<provider_learn_command>(command, code);
  command->add_option("PATH", learning.paths, "mails, as for `verify`")
      ->type_name("");
  CLI::Option* account =
      command
          ->add_option("--account", learning.judging.account,
                       "whose mails they are: the login name, "
                       "USER%HOST[:PORT]; not needed for the history")
          ->type_name("NAME");
  CLI::Option* config =
      command->add_option("--config", learning.judging.config, "settings file")
          ->type_name("FILE");
  command
      ->add_flag("--write", learning.write,
                 "add the [[provider]] lines to the settings file")
      ->needs(config)
      ->needs(account);
  command->add_flag("--json", learning.json, "one JSON object a line");
  add_zone_option(command, learning.judging.zone);
  add_time_option(command, "--at", learning.judging.at,
                  "judge as of this time");
  add_state_option(command, learning.judging.state);
}

}  // namespace

void add_provider(CLI::App& app, int& code) {
  CLI::App* group =
      add(app, "provider", "Which hosts are the mail provider's",
          "Only what the provider's own hosts wrote on top of a mail tells "
          "where it came from.\nThe border is the host that took it from "
          "outside. Where neither the DNS nor the\nbuilt-in table shows it, "
          "mails teach it whose sender a signature proves: at the\nborder SPF "
          "passes for the sender, and nowhere else. A border learned so "
          "accuses; it\nproves only where the mail itself shows that each "
          "host above is the provider's.\n\n"
          "Examples:\n"
          "  mekiki provider list\n"
          "  mekiki provider learn --account taro%pop.example.jp Maildir\n"
          "  mekiki provider forget pop.example.jp");
  group->require_subcommand(0, 1);
  CLI::App* command = add(
      *group, "list", "What was learned, by host",
      "For each host that mails are fetched from the ways by which proven "
      "mails came, the\nlatest hop first. A way is in use once at least 12 "
      "mails of 8 senders on 5 days over\n7, from 5 addresses and by 3 "
      "different SPF terms, agree, and 2% at most disagree; or once "
      "somebody confirmed it on\nthe dashboard, which asks from 5 mails of 3 "
      "senders on. One that was refused never is.\n\n"
      "Examples:\n"
      "  mekiki provider list\n"
      "  mekiki provider list --json");
  auto& listing = runs<provider_list_command>(command, code);
  command->add_flag("--json", listing.json, "one JSON object a line");
  add_store_options(command, listing.where);
  add_learn(*group, code);
  command = add(*group, "forget", "Forget what was learned of a host",
                "It is learned anew from the mails that come, and what people "
                "answered on the\ndashboard is asked again.\n\n"
                "Examples:\n"
                "  mekiki provider forget pop.example.jp\n"
                "  mekiki provider forget pop.example.jp --account "
                "taro%pop.example.jp");
  auto& forgetting = runs<provider_forget_command>(command, code);
  command->add_option("HOST", forgetting.host, "the server, as `list` shows it")
      ->type_name("")
      ->required();
  command
      ->add_option("--account", forgetting.account,
                   "for this account alone: the login name, USER%HOST[:PORT]")
      ->type_name("NAME");
  add_store_options(command, forgetting.where);
}

}  // namespace mekiki::cli

// domain make: the records that a domain should publish.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <unistd.h>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "auth/dkim/sign.hpp"
#include "auth/records/make.hpp"
#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/domain.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/run_on.hpp"
#include "cli/domain_report.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "config/units.hpp"
#include "crypto/private_key.hpp"
#include "daemon/resolver.hpp"
#include "daemon/secret_files.hpp"
#include "daemon/state.hpp"
#include "dns/limited_resolver.hpp"
#include "dns/name.hpp"
#include "dns/overlay_resolver.hpp"

namespace mekiki::cli {
namespace {

using notify::language;
using records::zone_line;

struct make_command {
  std::string domain;
  std::vector<std::string> senders;
  std::string selector;
  std::filesystem::path key;
  std::string reports;  // --rua
  bool parked = false;
  bool flatten = false;
  bool check = false;
  bool json = false;
  std::optional<time_point> at;
  std::filesystem::path config;
  std::filesystem::path zone;
  std::string language;
};

/// Of the plan: a policy, and the first day on which it may come.
struct plan_step {
  dmarc::policy policy;
  time_point not_before;
  zone_line line;
};

constexpr std::chrono::days until_quarantine{28};
constexpr std::chrono::days until_reject{56};

std::string date(time_point at) {
  return fmt::format("{:%Y-%m-%d}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(at)));
}

std::vector<plan_step> make_plan(const records::make_request& of,
                                 time_point now) {
  std::vector<plan_step> out;
  records::make_request request = of;
  const std::string name = "_dmarc." + of.domain;
  for (const auto& [policy, wait] :
       {std::pair(dmarc::policy::none, std::chrono::days(0)),
        std::pair(dmarc::policy::quarantine, until_quarantine),
        std::pair(dmarc::policy::reject, until_reject)}) {
    request.policy = policy;
    for (const zone_line& line : records::make_records(request)) {
      if (line.name == name)
        out.push_back({policy, now + wait, line});
    }
  }
  return out;
}

/// Asks a person who sends. Without one at the terminal nobody is asked.
std::vector<std::string> ask_senders(const std::string& domain, language in) {
  std::vector<std::string> out;
  if (::isatty(STDIN_FILENO) != 1)
    return out;
  fmt::print(stderr, "{}\n",
             say(in,
                 "Who sends mail of {}? One a line, an empty line at the end:\n"
                 "  mx             the hosts that take its mail\n"
                 "  192.0.2.1      an address or a network\n"
                 "  host.example   a host\n"
                 "  include:NAME   what a service wants you to include\n"
                 "  google         a known service (--help lists them)",
                 domain));
  std::string line;
  while (std::getline(std::cin, line) && !line.empty()) out.push_back(line);
  return out;
}

/// The key's record; a new key is made where the file is not there.
expected<std::string, std::string> key_record(const make_command& command,
                                              const std::string& domain,
                                              std::string& told, language in) {
  const std::filesystem::path file =
      command.key.empty() ? std::filesystem::path(fmt::format(
                                "{}.{}.pem", command.selector, domain))
                          : command.key;
  std::error_code failed;
  if (std::filesystem::exists(file, failed)) {
    const auto key = daemon::load_key(file);
    if (!key)
      return unexpected(key.error());
    return dkim::format_key_record(*key);
  }
  const auto key = crypto::private_key::generate(crypto::key_type::rsa);
  if (!key)
    return unexpected(std::string(crypto::describe(key.error())));
  const auto written = daemon::write_private_file(file, key->to_pem().reveal(),
                                                  daemon::existing::keep);
  if (!written)
    return unexpected(written.error());
  told = say(in, "A new private key is in {}. Keep it secret.", file.string());
  return dkim::format_key_record(*key);
}

bool is_mail_address(const std::string& text) {
  const std::size_t at = text.rfind('@');
  constexpr std::string_view forbidden = " \t,;!\"<>?";
  return at != std::string::npos && at > 0 &&
         text.find_first_of(forbidden) == std::string::npos &&
         !dns::domain_name(std::string_view(text).substr(at + 1)).empty();
}

dns::overlay_resolver over(dns::resolver& inner,
                           const std::vector<zone_line>& lines) {
  dns::overlay_resolver out(inner);
  for (const zone_line& line : lines) {
    if (line.type == dns::record_type::mx)
      out.set_exchanges(line.name, {{0, ""}});
    else
      out.add_text(line.name, line.data);
  }
  return out;
}

/// The domain's SPF record with all that it includes.
records::spf_tree read_tree(const std::string& domain, dns::resolver& resolver,
                            boost::asio::io_context& io) {
  const system_clock clock;
  dns::limited_resolver limited(
      resolver,
      {.questions = 1500, .time = std::chrono::seconds(60), .clock = &clock});
  return run_on(io, records::read_spf_tree(domain, limited));
}

/// What the published record has and the made one will not: who sends by it
/// would fail.
std::vector<std::string> left_out(const records::spf_tree& published,
                                  const std::vector<std::string>& made) {
  std::vector<std::string> out;
  for (const records::spf_term& t : published.root.terms) {
    const bool is_end = t.kind == spf::mechanism::all && !t.is_redirect;
    if (!is_end && std::ranges::find(made, t.text) == made.end())
      out.push_back(records::shown(t.text));
  }
  return out;
}

/// Puts the flat record in place of the one with names.
expected<void, std::string> flatten(std::vector<zone_line>& lines,
                                    const std::string& domain,
                                    dns::resolver& resolver,
                                    boost::asio::io_context& io) {
  dns::overlay_resolver made = over(resolver, lines);
  const records::spf_tree tree = read_tree(domain, made, io);
  const auto flat = records::flatten(tree);
  if (!flat)
    return unexpected(
        std::string("the SPF record cannot be flattened: a name in it has no "
                    "answer, or takes addresses out again"));
  std::erase_if(lines, [&](const zone_line& line) {
    return line.name == domain && line.type == dns::record_type::txt;
  });
  auto parts = records::flat_lines(domain, *flat);
  lines.insert(lines.begin(), std::make_move_iterator(parts.begin()),
               std::make_move_iterator(parts.end()));
  return {};
}

std::string tell_plan(const std::vector<plan_step>& plan, language in) {
  std::string out = fmt::format("\n{}\n", say(in, "The plan"));
  unsigned number = 0;
  for (const plan_step& step : plan) {
    std::string when;
    switch (step.policy) {
      case dmarc::policy::none:
        when = say(in, "now. Reports come; no mail is treated otherwise.");
        break;
      case dmarc::policy::quarantine:
        when =
            say(in,
                "not before {}, and only when the reports of four weeks show "
                "that every source of yours passes with DKIM or SPF aligned, "
                "and that what fails is not yours.",
                date(step.not_before));
        break;
      case dmarc::policy::reject:
        when =
            say(in,
                "not before {}, and only when four weeks of quarantine showed "
                "no mail of yours among what failed.",
                date(step.not_before));
        break;
    }
    out += fmt::format("\n  {}. p={}: {}\n     {}\n", ++number,
                       to_string(step.policy), when, zone_text(step.line));
  }
  out += fmt::format(
      "\n  {}\n",
      say(in,
          "A date alone is no reason to go on. If a source of yours fails, "
          "mend it first; if mail is lost, go back one step."));
  return out;
}

std::string tell_made(const std::vector<zone_line>& lines,
                      const std::vector<plan_step>& plan,
                      const make_command& command, language in) {
  std::string out =
      fmt::format("{}\n\n", say(in,
                                "Publish these records (as lines of a zone "
                                "file):"));
  for (const zone_line& line : lines) out += zone_text(line) + "\n";
  if (command.parked) {
    out += fmt::format(
        "\n{}\n",
        say(in,
            "Nobody sends or receives mail of this domain, and forgeries of "
            "it are refused. The MX record takes the place of all others."));
    return out;
  }
  out += fmt::format(
      "\n{}\n", say(in,
                    "They take the place of the domain's present SPF and DMARC "
                    "records: name everybody who still sends."));
  if (command.flatten) {
    out += fmt::format(
        "\n{}\n",
        say(in,
            "Danger: a flattened record is a copy. When a service changes its "
            "addresses, which it does without telling you, its mail for you "
            "fails SPF. Make it anew every day, or do not flatten: fewer "
            "includes, or a sub-domain for each service, last longer."));
  }
  return out + tell_plan(plan, in);
}

boost::json::object made_json(const std::string& domain,
                              const std::vector<zone_line>& lines,
                              const std::vector<plan_step>& plan) {
  boost::json::array records;
  for (const zone_line& line : lines) {
    records.push_back(boost::json::object{{"name", line.name},
                                          {"type", dns::to_string(line.type)},
                                          {"data", line.data},
                                          {"line", zone_text(line)}});
  }
  boost::json::array steps;
  for (const plan_step& step : plan) {
    steps.push_back(boost::json::object{{"policy", to_string(step.policy)},
                                        {"not_before", date(step.not_before)},
                                        {"line", zone_text(step.line)}});
  }
  return {{"domain", domain},
          {"records", std::move(records)},
          {"plan", std::move(steps)}};
}

/// What is asked for, as the records need it.
expected<records::make_request, std::string> read_request(
    const make_command& command, const std::string& domain, std::string& told,
    language in) {
  records::make_request out;
  out.domain = domain;
  out.report_address = command.reports;
  if (command.parked)
    return out;
  if (out.report_address.empty())
    out.report_address = "dmarc-reports@" + domain;
  std::vector<std::string> senders = command.senders;
  if (senders.empty())
    senders = ask_senders(domain, in);
  if (senders.empty())
    return unexpected(std::string(
        "nobody sends: name who does with --sender, or say --parked"));
  for (const std::string& sender : senders) {
    auto term = records::sender_term(sender);
    if (!term)
      return unexpected("--sender: " + term.error());
    out.terms.push_back(std::move(*term));
  }
  if (command.selector.empty())
    return out;
  out.selector = command.selector;
  auto record = key_record(command, domain, told, in);
  if (!record)
    return unexpected(record.error());
  out.key_record = std::move(*record);
  return out;
}

int run(const make_command& command) {
  const std::string domain = dns::domain_name(command.domain);
  if (domain.empty())
    return fail(fmt::format("expected a domain name, got \"{}\"",
                            printable(command.domain)));
  const auto loaded = load_settings(command.config);
  if (!loaded)
    return exit_unable;
  const language in = language_of_output(command.language);
  std::string told;
  const auto request = read_request(command, domain, told, in);
  if (!request)
    return fail(request.error());
  std::vector<zone_line> lines = command.parked
                                     ? records::make_parked_records(*request)
                                     : records::make_records(*request);
  boost::asio::io_context io{1};
  std::unique_ptr<dns::resolver> resolver;
  if (command.check || command.flatten) {
    auto made = daemon::make_resolver(io, loaded->settings, command.zone);
    if (!made)
      return fail(made.error());
    resolver = std::move(*made);
  }
  if (command.flatten && !command.parked) {
    const auto flat = flatten(lines, domain, *resolver, io);
    if (!flat)
      return fail(flat.error());
  }
  std::vector<plan_step> plan;
  if (!command.parked)
    plan = make_plan(*request, command.at.value_or(system_clock().now()));

  boost::json::object json = made_json(domain, lines, plan);
  std::string text = tell_made(lines, plan, command, in);
  if (!told.empty())
    text = told + "\n\n" + text;
  std::string_view grade = "ok";
  records::domain_report report;
  if (command.check) {
    if (!command.parked) {
      const auto missing =
          left_out(read_tree(domain, *resolver, io), request->terms);
      json["left_out"] = boost::json::array(missing.begin(), missing.end());
      if (!missing.empty()) {
        text += fmt::format(
            "\n{}\n",
            say(in,
                "The SPF record that is published now also has {}. Who still "
                "sends by that needs a --sender.",
                fmt::format("{}", fmt::join(missing, " "))));
      }
    }
    dns::overlay_resolver made = over(*resolver, lines);
    records::known_keys keys;
    if (!request->selector.empty())
      keys.selectors.push_back(request->selector);
    report = check_records(domain, std::move(keys), made, io);
    grade = records::grade(report.findings);
    json["check"] = to_json(report, in);
    text +=
        fmt::format("\n{}\n\n{}", say(in, "With these records in the zone:"),
                    tell(report, in));
  }
  if (!print(command.json ? serialize(json) + "\n" : text))
    return exit_unable;
  return grade == "ok" ? exit_good : exit_failed;
}

std::string service_names() {
  std::string out;
  for (const records::sending_service& s : records::sending_services())
    out += fmt::format("{}{}", out.empty() ? "" : " ", s.name);
  return out;
}

}  // namespace

void add_domain_make(CLI::App& domain, int& code) {
  CLI::App* command = add(
      domain, "make", "Make the records of a domain",
      "Prints SPF, DKIM and DMARC records as lines of a zone file, and a plan "
      "from p=none\nto p=reject. Nothing is published. Without --sender you "
      "are asked who sends.\n"
      "A sender is mx, a, an address or network, the name of a host, an SPF "
      "term such as\ninclude:NAME, or a known service:\n  " +
          service_names() +
          "\nWith --selector the key in SELECTOR.DOMAIN.pem is taken, or a new "
          "one is written there.\n"
          "Exit code: 0 made, 1 --check has a finding of level warn or bad (as "
          "p=none is one, at\nfirst always), 2 could not run.\n\n"
          "Examples:\n"
          "  mekiki domain make example.jp --sender mx --sender google "
          "--selector s1\n"
          "  mekiki domain make example.jp --sender mx --rua dmarc@example.jp "
          "--check\n"
          "  mekiki domain make parked.example --parked");
  auto& options = runs<make_command>(command, code);
  command->add_option("DOMAIN", options.domain, "the domain")
      ->type_name("")
      ->required();
  CLI::Option* sender =
      command
          ->add_option("--sender", options.senders,
                       "who sends mail of the domain; once for each")
          ->type_name("S")
          ->allow_extra_args(false);
  CLI::Option* selector =
      command
          ->add_option("--selector", options.selector,
                       "name of the DKIM key (s=)")
          ->type_name("S")
          ->check([](const std::string& text) {
            return config::is_domain_name(text)
                       ? ""
                       : fmt::format("expected a name, got \"{}\"",
                                     printable(text));
          });
  command
      ->add_option("--key", options.key,
                   "key file; SELECTOR.DOMAIN.pem if not given")
      ->type_name("FILE")
      ->needs(selector);
  command
      ->add_option("--rua", options.reports,
                   "address for reports; dmarc-reports@DOMAIN if not given")
      ->type_name("ADDRESS")
      ->check([](const std::string& text) {
        return is_mail_address(text)
                   ? ""
                   : fmt::format("expected a mail address, got \"{}\"",
                                 printable(text));
      });
  CLI::Option* flat = command->add_flag(
      "--flatten", options.flatten,
      "put the addresses of today in place of names in SPF (they get stale)");
  command
      ->add_flag("--parked", options.parked,
                 "nobody sends or receives mail of the domain")
      ->excludes(sender)
      ->excludes(selector)
      ->excludes(flat);
  command->add_flag("--check", options.check,
                    "check the domain as if the records were published");
  add_time_option(command, "--at", options.at, "the plan begins then");
  add_config_option(command, options.config);
  add_zone_option(command, options.zone);
  add_language_option(command, options.language);
  command->add_flag("--json", options.json, "one JSON object");
}

}  // namespace mekiki::cli

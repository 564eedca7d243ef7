// dmarc: DMARC alone, for given domains that passed.

#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "auth/dmarc/evaluate.hpp"
#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/run_on.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"
#include "daemon/resolver.hpp"

namespace mekiki::cli {
namespace {

struct dmarc_command {
  dmarc::identifiers known;
  dmarc::spec rules = dmarc::spec::rfc9989;
  std::filesystem::path config;
  std::filesystem::path zone;
  bool json = false;
};
int run(const dmarc_command& command) {
  const auto loaded = load_settings(command.config);
  if (!loaded)
    return exit_unable;
  boost::asio::io_context io{1};
  const auto resolver =
      daemon::make_resolver(io, loaded->settings, command.zone);
  if (!resolver)
    return fail(resolver.error());

  const dmarc::options how{.rules = command.rules, .compare = true};
  const dmarc::outcome result =
      run_on(io, dmarc::evaluate(command.known, **resolver, how));
  if (!print(command.json ? serialize(to_json(result)) + "\n" : tell(result)))
    return exit_unable;
  return result.status == auth::result::fail ? exit_failed : exit_good;
}

/// "D=RESULT"
std::optional<dmarc::identifier> parse_identifier(const std::string& text) {
  using auth::result;
  const std::size_t equals = text.rfind('=');
  if (equals == 0 || equals == std::string::npos)
    return std::nullopt;
  const std::string_view word = std::string_view(text).substr(equals + 1);
  for (const result r : {result::none, result::pass, result::fail,
                         result::softfail, result::policy, result::neutral,
                         result::temperror, result::permerror}) {
    if (word == to_string(r))
      return dmarc::identifier{text.substr(0, equals), r};
  }
  return std::nullopt;
}

void add_identifiers(CLI::App* command, dmarc_command& asked) {
  const auto is_identifier = [](const std::string& text) {
    return parse_identifier(text)
               ? ""
               : fmt::format(
                     "expected a domain and its result such as "
                     "example.jp=pass, got \"{}\"",
                     printable(text));
  };
  command
      ->add_option("--from", asked.known.authors,
                   "domain of the author; several: as in a mail with several")
      ->type_name("D")
      ->required();
  command
      ->add_option_function<std::string>(
          "--spf",
          [&asked](const std::string& text) {
            asked.known.spf =
                parse_identifier(text).value_or(dmarc::identifier());
          },
          "domain that SPF checked, and its result")
      ->type_name("D=RESULT")
      ->check(is_identifier);
  command
      ->add_option_function<std::vector<std::string>>(
          "--dkim",
          [&asked](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              asked.known.dkim.push_back(
                  parse_identifier(text).value_or(dmarc::identifier()));
            }
          },
          "domain of a signature, and its result; once for each")
      ->type_name("D=RESULT")
      ->check(is_identifier);
  command
      ->add_option_function<std::string>(
          "--spec",
          [&asked](const std::string& text) {
            if (text == to_string(dmarc::spec::rfc7489))
              asked.rules = dmarc::spec::rfc7489;
          },
          "rfc9989 (with the tree walk) or rfc7489 (with the public suffix "
          "list); default: rfc9989")
      ->type_name("S")
      ->check(CLI::IsMember({"rfc9989", "rfc7489"}));
}

}  // namespace

void add_dmarc(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "dmarc", "Do these results prove the author's domain?",
          "Finds the author's DMARC policy (RFC 9989) and applies it to "
          "given results of other\nchecks. Without --spf, SPF counts as "
          "checked with nothing to pass.\n"
          "Exit code: 1 for fail, 0 for every other result, 2 could not "
          "run.\n\n"
          "Examples:\n"
          "  mekiki dmarc --from example.jp --dkim mail.example.jp=pass\n"
          "  mekiki dmarc --from example.jp --spf "
          "bounce.example.net=pass --json");
  auto& options = runs<dmarc_command>(command, code);
  add_identifiers(command, options);
  add_config_option(command, options.config);
  add_zone_option(command, options.zone);
  command->add_flag("--json", options.json, "one JSON object");
}

}  // namespace mekiki::cli

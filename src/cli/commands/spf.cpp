// spf: SPF alone, for a given client, step by step.

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "auth/spf/check_host.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/run_on.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"
#include "daemon/resolver.hpp"

namespace mekiki::cli {
namespace {

struct spf_command {
  ip_address ip;          // the client's
  std::string mail_from;  // empty: the null reverse-path
  std::string helo;
  std::filesystem::path config;
  std::filesystem::path zone;
  bool json = false;
};

std::string to_json(const spf_command& command,
                    const spf::check_result& result) {
  return serialize(boost::json::object{
             {"ip", format(command.ip)},
             {"mail_from", to_utf8(command.mail_from)},
             {"helo", to_utf8(command.helo)},
             {"result", to_string(result.status)},
             {"code", to_string(result.code)},
             {"reason", result.reason},
             {"explanation", result.explanation},
             {"domain", to_utf8(result.domain)},
             {"mechanism", result.mechanism},
             {"record_domain", to_utf8(result.record_domain)},
             {"lookups", result.terms},
             {"void_lookups", result.voids},
             {"questions", result.questions}}) +
         "\n";
}

std::string conclude(const spf::check_result& result) {
  std::string out =
      fmt::format("\n  Result: {}\n  Reason: {}\n",
                  paint_result(to_string(result.status)), result.reason);
  if (!result.explanation.empty()) {
    out += fmt::format("  The domain explains: {}\n",
                       printable(result.explanation));
  }
  return out + fmt::format(
                   "  Lookups: {} of at most {}, {} of at most {} without a "
                   "result; {} DNS questions\n",
                   result.terms, spf::options().max_terms, result.voids,
                   spf::options().max_void_lookups, result.questions);
}

int run(const spf_command& command) {
  if (command.mail_from.empty() && command.helo.empty())
    return fail("--mail-from and --helo are both empty: nobody to check");
  const auto loaded = load_settings(command.config);
  if (!loaded)
    return exit_unable;
  boost::asio::io_context io{1};
  const auto resolver =
      daemon::make_resolver(io, loaded->settings, command.zone);
  if (!resolver)
    return fail(resolver.error());

  const spf::request asked{.ip = command.ip,
                           .mail_from = command.mail_from,
                           .helo = command.helo,
                           .receiver = {},
                           .at = system_clock().now()};
  std::string story;
  spf::options how;
  if (!command.json)
    how.trace = [&story](const spf::trace_step& step) { story += tell(step); };
  const spf::check_result result =
      run_on(io, spf::check_host(asked, **resolver, how));

  const std::string out =
      command.json
          ? to_json(command, result)
          : fmt::format("  May {} send mail of {}?\n\n", format(command.ip),
                        command.mail_from.empty()
                            ? "postmaster@" + printable(command.helo)
                            : printable(command.mail_from)) +
                story + conclude(result);
  if (!print(out))
    return exit_unable;
  return result.status == auth::result::fail ? exit_failed : exit_good;
}

}  // namespace

void add_spf(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "spf", "May this address send mail for that domain?",
          "Evaluates the domain's SPF record (RFC 7208), step by step. "
          "Without --mail-from,\nor with an empty one, the HELO name "
          "is checked.\n"
          "Exit code: 1 for fail, 0 for every other result, 2 could not "
          "run.\n\n"
          "Examples:\n"
          "  mekiki spf --ip 192.0.2.1 --mail-from taro@example.jp "
          "--helo mail.example.jp\n"
          "  mekiki spf --ip 2001:db8::1 --helo mail.example.jp --json");
  auto& options = runs<spf_command>(command, code);
  add_ip_option(command, [&options](const ip_address& ip) {
    options.ip = ip;
  })->required();
  add_envelope_options(command, options.mail_from, options.helo);
  add_config_option(command, options.config);
  add_zone_option(command, options.zone);
  command->add_flag("--json", options.json, "one JSON object");
}

}  // namespace mekiki::cli

// Shared by the commands: adding a command to the command line, and options
// that several commands have.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/clock.hpp"
#include "base/ip_address.hpp"
#include "config/load.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::cli {

CLI::App* add(CLI::App& app, const std::string& name, const std::string& help,
              const std::string& examples);

/// The options that `command` fills; they live as long as it. When the command
/// is given, `run` is called with them, and `code` gets its result.
template <class Options>
Options& runs(CLI::App* command, int& code) {
  auto options = std::make_shared<Options>();
  command->callback([options, &code] { code = run(*options); });
  return *options;
}

void add_config_option(CLI::App* command, std::filesystem::path& config);
/// Reads the settings file, or prints its problems to standard error.
std::optional<config::loaded> load_settings(const std::filesystem::path& file);

void add_zone_option(CLI::App* command, std::filesystem::path& zone);
void add_state_option(CLI::App* command, std::filesystem::path& state);

/// Where the history is.
struct store_options {
  std::filesystem::path config;
  std::filesystem::path state;
};
void add_store_options(CLI::App* command, store_options& where);

void add_time_option(CLI::App* command, const std::string& name,
                     std::optional<time_point>& at, const std::string& help);
CLI::Option* add_ip_option(CLI::App* command,
                           const std::function<void(const ip_address&)>& take);

struct envelope_options {
  CLI::Option* mail_from;
  CLI::Option* helo;
};
envelope_options add_envelope_options(CLI::App* command, std::string& mail_from,
                                      std::string& helo);

/// --lang: the language of what the command prints.
void add_language_option(CLI::App* command, std::string& language);
/// As --lang says; the locale's, where it was not given.
notify::language language_of_output(const std::string& option);
void add_key_options(CLI::App* command, std::string& domain,
                     std::string& selector);

/// How mails are judged on the command line.
struct judging_options {
  std::filesystem::path config;  // settings file; empty: the defaults
  std::filesystem::path zone;    // --dns; empty: the real DNS
  std::optional<time_point> at;  // taken for now; none: the clock's time
  bool allow_weak = false;

  /// What the receiving host saw, given by hand; none: from the trace.
  std::optional<ip_address> ip;
  std::string mail_from;  // empty: the null reverse-path
  std::string helo;

  /// Whose mails they are, as for `try`; empty: nobody's.
  std::string account;
  std::filesystem::path state;  // where the account's history is
};
void add_judging_options(CLI::App* command, judging_options& judging);
inline constexpr std::string_view judging_help =
    "SPF needs the address that handed the mail to your provider. Mekiki looks "
    "for it in\nthe Received fields; --account tells whose provider and "
    "history count, and --ip,\n--mail-from and --helo give the facts by "
    "hand.\n";

}  // namespace mekiki::cli

#include "cli/commands/options.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "cli/commands/package_settings.hpp"
#include "cli/terminal.hpp"
#include "config/units.hpp"

namespace mekiki::cli {

CLI::App* add(CLI::App& app, const std::string& name, const std::string& help,
              const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, help);
  command->footer(examples);
  return command;
}

void add_config_option(CLI::App* command, std::filesystem::path& config) {
  command->add_option("--config", config, "settings file (TOML)")
      ->type_name("FILE");
}

std::optional<config::loaded> load_settings(const std::filesystem::path& file) {
  auto loaded = config::load(file);
  if (loaded)
    return std::move(*loaded);
  fmt::print(stderr, "{}\n", loaded.error());
  return std::nullopt;
}

void add_zone_option(CLI::App* command, std::filesystem::path& zone) {
  command
      ->add_option("--dns", zone,
                   "answer all DNS questions from this JSON zone, ask nobody")
      ->type_name("FILE");
}

void add_state_option(CLI::App* command, std::filesystem::path& state) {
  command->add_option("--state", state, "state folder")->type_name("DIR");
}

void add_store_options(CLI::App* command, store_options& where) {
  add_config_option(command, where.config);
  add_state_option(command, where.state);
  find_package_settings(command, where.config, where.state);
}

void add_time_option(CLI::App* command, const std::string& name,
                     std::optional<time_point>& at, const std::string& help) {
  command
      ->add_option_function<std::string>(
          name,
          [&at](const std::string& text) { at = config::parse_time(text); },
          help)
      ->type_name("TIME")
      ->check([](const std::string& text) {
        return config::parse_time(text) ? ""
                                        : fmt::format(
                                              "expected a date such as "
                                              "2027-01-01, a time such as "
                                              "2026-03-01T12:00:00Z or Unix "
                                              "seconds, got \"{}\"",
                                              printable(text));
      });
}

CLI::Option* add_ip_option(CLI::App* command,
                           const std::function<void(const ip_address&)>& take) {
  return command
      ->add_option_function<std::string>(
          "--ip",
          [take](const std::string& text) {
            take(parse_ip_address(config::without_brackets(text))
                     .value_or(ip_address()));
          },
          "address of the client that handed the mail over")
      ->type_name("A")
      ->check([](const std::string& text) {
        return parse_ip_address(config::without_brackets(text))
                   ? ""
                   : fmt::format("expected an IPv4 or IPv6 address, got \"{}\"",
                                 printable(text));
      });
}

envelope_options add_envelope_options(CLI::App* command, std::string& mail_from,
                                      std::string& helo) {
  return {command
              ->add_option("--mail-from", mail_from,
                           "envelope sender, without angle brackets")
              ->type_name("B")
              ->check([](const std::string& path) {
                return path.find_first_of("<>") == std::string::npos
                           ? ""
                           : "write it without angle brackets";
              }),
          command->add_option("--helo", helo, "name given with HELO or EHLO")
              ->type_name("C")};
}

void add_language_option(CLI::App* command, std::string& language) {
  command
      ->add_option("--lang", language,
                   "of the output: en or ja (default: the locale's)")
      ->type_name("L")
      ->check(CLI::IsMember({"en", "ja"}));
}

notify::language language_of_output(const std::string& option) {
  return notify::parse_language(option.empty() ? locale_language() : option);
}

void add_key_options(CLI::App* command, std::string& domain,
                     std::string& selector) {
  const auto is_name = [](const std::string& text) {
    return config::is_domain_name(text)
               ? ""
               : fmt::format("expected a domain name, got \"{}\"",
                             printable(text));
  };
  command->add_option("--domain", domain, "signing domain (d=)")
      ->type_name("D")
      ->required()
      ->check(is_name);
  command->add_option("--selector", selector, "name of the key (s=)")
      ->type_name("S")
      ->required()
      ->check(is_name);
}

void add_judging_options(CLI::App* command, judging_options& judging) {
  add_config_option(command, judging.config);
  add_zone_option(command, judging.zone);
  add_time_option(command, "--at", judging.at, "judge as if it were this time");
  command->add_flag("--allow-weak", judging.allow_weak,
                    "accept rsa-sha1 and RSA keys below 1024 bits");
  CLI::Option* ip = add_ip_option(
      command, [&judging](const ip_address& given) { judging.ip = given; });
  const envelope_options envelope =
      add_envelope_options(command, judging.mail_from, judging.helo);
  envelope.mail_from->needs(ip);
  envelope.helo->needs(ip);
  command
      ->add_option("--account", judging.account,
                   "whose mails they are: the login name, USER%HOST[:PORT]")
      ->type_name("NAME");
  add_state_option(command, judging.state);
}

}  // namespace mekiki::cli

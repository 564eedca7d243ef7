// keygen: a key for signing, and the DNS record for it.
#include <fmt/format.h>

#include "auth/dkim/sign.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "cli/zone_text.hpp"
#include "crypto/private_key.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {
namespace {

struct keygen_command {
  std::string domain;
  std::string selector;
  std::string type = "rsa2048";
  std::filesystem::path out;  // empty: SELECTOR.DOMAIN.pem
  bool force = false;
};

int run(const keygen_command& command) {
  const bool rsa = command.type == "rsa2048";
  const auto key = crypto::private_key::generate(
      rsa ? crypto::key_type::rsa : crypto::key_type::ed25519);
  if (!key) {
    return fail(
        fmt::format("no key could be made: {}", crypto::describe(key.error())));
  }
  const std::filesystem::path out =
      command.out.empty() ? std::filesystem::path(fmt::format(
                                "{}.{}.pem", command.selector, command.domain))
                          : command.out;
  const auto written = daemon::write_private_file(
      out, key->to_pem().reveal(),
      command.force ? daemon::existing::replace : daemon::existing::keep);
  if (!written) {
    return fail(written.error() +
                (command.force ? ""
                               : "; name another file with --out, or use "
                                 "--force to lose the old key"));
  }

  const std::string record = dkim::format_key_record(*key);
  std::string text = fmt::format(
      "The private key is in {}. Keep it secret.\n\n"
      "Publish this TXT record (as a line of a zone file):\n\n"
      "{}._domainkey.{}. IN TXT ( {} )\n\n"
      "Then sign with:\n"
      "  mekiki sign --domain {} --selector {} --key {} < mail.eml\n",
      out.string(), command.selector, command.domain, zone_strings(record),
      command.domain, command.selector, out.string());
  return print(text) ? exit_good : exit_unable;
}

}  // namespace

void add_keygen(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "keygen", "Make a key for signing",
          "Writes the private key and prints the DNS record to publish."
          "\n\nExamples:\n"
          "  mekiki keygen --domain example.jp --selector s1\n"
          "  mekiki keygen --domain example.jp --selector s2 --type "
          "ed25519 --out s2.pem");
  auto& options = runs<keygen_command>(command, code);
  add_key_options(command, options.domain, options.selector);
  command->add_option("--type", options.type, "rsa2048 or ed25519")
      ->type_name("T")
      ->check(CLI::IsMember({"rsa2048", "ed25519"}))
      ->capture_default_str();
  command
      ->add_option("--out", options.out,
                   "key file; SELECTOR.DOMAIN.pem if not given")
      ->type_name("FILE");
  command->add_flag("--force", options.force, "replace the key file");
}

}  // namespace mekiki::cli

#include <fmt/format.h>

#include "auth/dkim/sign.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal.hpp"
#include "cli/zone_text.hpp"
#include "crypto/private_key.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {

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

}  // namespace mekiki::cli

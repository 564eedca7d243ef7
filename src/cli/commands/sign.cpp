// sign: signs a mail with DKIM, from standard input to standard output.
#include "auth/dkim/sign.hpp"

#include <fmt/format.h>

#include "base/unix_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/mail_files.hpp"
#include "cli/terminal.hpp"
#include "daemon/secret_files.hpp"

namespace mekiki::cli {
namespace {

struct sign_command {
  std::string domain;
  std::string selector;
  std::filesystem::path key;
  std::string canonicalization = "relaxed/relaxed";
  std::optional<time_point> at;  // t=; none: the clock
};

std::string without_cr(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\r')
      out += c;
  }
  return out;
}

int run(const sign_command& command) {
  const auto key = daemon::load_key(command.key);
  if (!key)
    return fail(key.error());

  const auto stored = mail_finder({"-"}).next();
  if (stored->in_mbox) {
    return fail(
        "standard input is an mbox; give one mail without its \"From \" "
        "line");
  }
  auto reader = mail_reader::open(*stored);
  if (!reader) {
    return fail(fmt::format("standard input {}", reader.error()));
  }
  std::string mail;
  for (;;) {
    const auto octets = reader->read();
    if (!octets) {
      return fail(fmt::format("standard input {}", octets.error()));
    }
    if (octets->empty())
      break;
    mail.append(*octets);
  }

  dkim::sign_options options;
  const bool simple_header = command.canonicalization.starts_with("simple/");
  const bool simple_body = command.canonicalization.ends_with("/simple");
  if (simple_header)
    options.header = dkim::canonicalization::simple;
  if (simple_body)
    options.body = dkim::canonicalization::simple;
  options.signed_at = unix_seconds(command.at.value_or(system_clock().now()));
  const auto field =
      dkim::sign(mail, command.domain, command.selector, *key, options);
  if (!field) {
    return fail(fmt::format("the mail cannot be signed: {}",
                            dkim::describe(field.error())));
  }
  // What came with LF goes out with LF: the next program expects that too.
  const bool lf = reader->ends() == line_ends::lf_only;
  const std::string out = *field + mail;
  return print(lf ? without_cr(out) : out) ? exit_good : exit_unable;
}

}  // namespace

void add_sign(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "sign", "Sign a mail with DKIM",
          "Reads a mail from standard input and writes it with a "
          "DKIM-Signature on top.\n\n"
          "Examples:\n"
          "  mekiki sign --domain example.jp --selector s1 --key "
          "s1.pem < mail.eml > signed.eml");
  auto& options = runs<sign_command>(command, code);
  add_key_options(command, options.domain, options.selector);
  command->add_option("--key", options.key, "private key (PEM)")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--canonicalization", options.canonicalization,
                   "of header and body (c=)")
      ->type_name("C")
      ->check(CLI::IsMember({"simple/simple", "simple/relaxed",
                             "relaxed/simple", "relaxed/relaxed"}))
      ->capture_default_str();
  add_time_option(command, "--at", options.at, "time of the signature (t=)");
}

}  // namespace mekiki::cli

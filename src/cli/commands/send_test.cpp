// send-test: one short mail through the configured smarthost, step by step.
#include <csignal>
#include <filesystem>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/random.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/run_on.hpp"
#include "cli/terminal.hpp"
#include "config/own_names.hpp"
#include "daemon/labels.hpp"
#include "daemon/mail_sender.hpp"
#include "daemon/resolver.hpp"
#include "daemon/state.hpp"
#include "notify/mail/own_mail.hpp"

namespace mekiki::cli {
namespace {

struct send_test_command {
  std::filesystem::path config;
  std::string recipient;  // checked by notify::is_plain_address
};

std::string_view spelled(net::submit_tls with) {
  switch (with) {
    case net::submit_tls::starttls:
      return "STARTTLS";
    case net::submit_tls::tls:
      return "TLS";
    case net::submit_tls::clear:
      break;
  }
  return "in clear";
}

std::string compose(const config::settings& settings,
                    const std::string& recipient, const std::string& key,
                    time_point now) {
  notify::own_mail m;
  m.from = config::own_address(settings);
  m.to = recipient;
  m.key = key;
  m.subject = "Mekiki: test mail";
  m.date = unix_seconds(now);
  m.text = fmt::format(
      "This is a test mail of Mekiki on {}.\n\n"
      "Somebody there typed `mekiki send-test`. Since you can read this,\n"
      "warnings about forged mail will reach this address too. There is\n"
      "nothing to do, and nobody reads an answer.\n",
      config::own_host_name(settings));
  system_random random;
  return notify::format(m, random);
}

/// By which a running Mekiki knows that the mail is its own; "" if there is no
/// state folder here.
std::string mail_key(const config::settings& settings) {
  const auto state = daemon::find_state_folder({}, settings.state);
  std::error_code error;
  if (!std::filesystem::exists(daemon::label_secret_file(state), error))
    return {};
  system_random random;
  return daemon::label_secret(state, random).value_or("");
}

int run(const send_test_command& command) {
  const auto loaded = load_settings(command.config);
  if (!loaded)
    return exit_unable;
  const config::settings& settings = loaded->settings;
  for (const config::problem& p : loaded->warnings)
    fmt::print(stderr, "{}\n", format(p, command.config.string()));
  log::start("error", settings.log.format);
  const system_clock clock;
  boost::asio::io_context io{1};
  const auto resolver = daemon::make_resolver(io, settings, {});
  if (!resolver)
    return fail(resolver.error());
  const auto sender = daemon::mail_sender::make(settings, **resolver, clock);
  if (!sender)
    return fail(sender.error());
  if (!*sender) {
    return fail(
        "no mail can be sent, as smtp.host is not set; docs/config.md tells of "
        "the settings in [smtp]");
  }
  std::signal(SIGPIPE, SIG_IGN);

  const auto& s = settings.smtp;
  const net::submit_observer step = [](std::string_view what) {
    fmt::print("ok    {}\n", what);
  };
  step(fmt::format("a mail from {} to {}, by {}, port {}, {}",
                   config::own_address(settings), command.recipient, s.host,
                   s.port, spelled(s.tls)));
  const std::string mail =
      compose(settings, command.recipient, mail_key(settings), clock.now());
  const expected<void, net::submit_failure> sent =
      run_on(io, (*sender)->send(command.recipient, mail, step));
  if (!sent) {
    const net::submit_failure& failure = sent.error();
    fmt::print("stop  {}\n", failure.reason);
    fmt::print("note  {}\n", failure.permanent
                                 ? "such a mail would not be tried again"
                                 : "such a mail would be tried again later");
    return exit_failed;
  }
  if (!(*sender)->signs()) {
    fmt::print(
        "note  it was not signed by us (smtp.dkim_key); see whether {} signed "
        "it\n",
        s.host);
  }
  return exit_good;
}

}  // namespace

void add_send_test(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "send-test", "Send a test mail, step by step",
          "Mekiki's own mails (warnings of method B, and those to "
          "administrators) go to the\nserver named in smtp.host of the "
          "settings, which sends them on. This sends a short\none the same "
          "way, and tells which step was refused by whom. What happens after "
          "the\nserver took it only the mailbox tells.\n\n"
          "A settings file that is enough:\n"
          "  [smtp]\n"
          "  host = \"smtp.example.jp\"\n"
          "  user = \"mekiki@example.jp\"\n"
          "  password_file = \"smtp-password\"  # one line, chmod 600\n"
          "  from = \"mekiki@example.jp\"\n\n"
          "Exit code: 0 the server took the mail, 1 it was refused, 2 could "
          "not run.\n\n"
          "Examples:\n"
          "  mekiki send-test taro@example.jp --config /etc/mekiki.toml");
  auto& options = runs<send_test_command>(command, code);
  command->add_option("ADDRESS", options.recipient, "who gets the mail")
      ->type_name("")
      ->required()
      ->check([](const std::string& text) {
        return notify::is_plain_address(text)
                   ? ""
                   : fmt::format(
                         "expected an address such as taro@example.jp, got "
                         "\"{}\"",
                         printable(text));
      });
  add_config_option(command, options.config);
}

}  // namespace mekiki::cli

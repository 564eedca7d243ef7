// The command line as a whole. Each command is in the file of its name: its
// options, its help, and what it does.
#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/help_words.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"

namespace mekiki::cli {
namespace {

constexpr std::string_view main_help =
    "Mekiki judges where mails come from: a POP3 proxy in front of your mail\n"
    "server, and the same judgement for stored mails.";

}  // namespace

int command_line(int argc, char** argv) {
  int code = exit_good;
  CLI::App app{std::string(main_help), "mekiki"};
  app.set_version_flag("--version", "mekiki " MEKIKI_VERSION);
  app.require_subcommand(0, 1);  // none: see below
  app.footer(
      "Examples:\n"
      "  mekiki demo                       see it work, on this machine alone\n"
      "  mekiki serve                      the proxy, on 127.0.0.1:1110 and "
      ":1995\n"
      "  mekiki try taro%pop.example.jp    one login, step by step\n"
      "  mekiki verify mail.eml            judge a mail\n"
      "  mekiki explain mail.eml           the whole story of a mail\n\n"
      "`mekiki COMMAND --help` tells more of each.");

  for (const auto add :
       {add_serve,   add_reload,  add_demo,      add_try,    add_send_test,
        add_verify,  add_explain, add_spf,       add_dmarc,  add_domain,
        add_sign,    add_keygen,  add_cert,      add_trust,  add_provider,
        add_reports, add_milter,  add_senders,   add_store,  add_user,
        add_rules,   add_texts,   add_config,    add_backup, add_restore,
        add_passwd,  add_manual,  add_completion})
    add(app, code);

  // Not for what else is made of it: manual page and completion.
  const auto asks_for_help = [](const char* word) {
    return std::string_view(word) == "--help" || std::string_view(word) == "-h";
  };
  if (std::any_of(argv, argv + argc, asks_for_help) &&
      language_of_output("") == notify::language::japanese)
    translate_help(app);

  const auto refuse = [&](const std::string& reason) {
    const CLI::App* where = &app;
    std::string name = app.get_name();
    while (!where->get_subcommands().empty()) {
      where = where->get_subcommands().front();
      name += " " + where->get_name();
    }
    fmt::print(stderr, "{}: {}\nSee `{} --help`.\n", name, reason, name);
    return int{exit_unable};
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      return app.exit(error);
    }
    return refuse(error.what());
  }
  const CLI::App* given = &app;
  while (!given->get_subcommands().empty())
    given = given->get_subcommands().front();
  if (!given->get_subcommands({}).empty())
    return refuse("a command is missing");
  return code;
}

}  // namespace mekiki::cli

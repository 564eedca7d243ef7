// explain: how one mail came and how each check went, up to the verdict
// (cli/story.hpp).
#include <utility>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/mail_evaluator.hpp"
#include "cli/commands/options.hpp"
#include "cli/story.hpp"
#include "cli/terminal.hpp"
#include "config/own_names.hpp"
#include "daemon/state.hpp"
#include "verdict/evidence.hpp"

namespace mekiki::cli {
namespace {

struct explain_command {
  judging_options judging;
  std::string path;
  std::string language;  // "en", "ja"; empty: the locale's
};

/// The header as it was judged, or as much of it as is told about.
expected<std::string, std::string> read_header(const stored_mail& mail) {
  auto reader = mail_reader::open(mail);
  if (!reader)
    return unexpected(reader.error());
  const std::size_t most = message::header_limits{}.octets;
  message::header_end_finder end;
  std::string header;
  while (header.size() < most) {
    const auto octets = reader->read();
    if (!octets)
      return unexpected(octets.error());
    if (octets->empty())
      break;
    const auto mine = end.find(*octets);
    header += octets->substr(0, mine.value_or(octets->size()));
    if (mine)
      break;
  }
  return header;
}

expected<explained_mail, std::string> look_into(mail_evaluator& by,
                                                const stored_mail& mail) {
  auto judged = by.run(mail);
  if (!judged)
    return unexpected(judged.error());
  auto header = read_header(mail);
  if (!header)
    return unexpected(header.error());
  explained_mail told;
  told.file = mail.name;
  told.header = std::move(*header);
  told.verdict = std::move(*judged);
  const verdict::spf_facts& spf = told.verdict.known.spf;
  if (has_client(spf))
    told.spf_steps = by.trace_spf(spf.asked);
  told.dns = by.notes();
  return told;
}

int run(const explain_command& command) {
  const auto loaded = load_settings(command.judging.config);
  if (!loaded)
    return exit_unable;
  auto by = mail_evaluator::make(loaded->settings, command.judging);
  if (!by)
    return fail(by.error());
  const notify::language in = language_of_output(command.language);
  mail_finder mails({command.path});
  bool any = false;
  bool bad = false;
  while (const auto mail = mails.next()) {
    auto told = look_into(**by, *mail);
    if (!told) {
      return fail(fmt::format("{}: {}", printable(mail->name), told.error()));
    }
    told->authserv_id = config::authserv_id(loaded->settings);
    const verdict::facts& known = told->verdict.known;
    told->accuse_within =
        verdict::accuse_within(known.header.author_domain, known,
                               loaded->settings.verdict.decision)
            .count();
    told->without_account = command.judging.account.empty();
    const std::string text = story(*told, in);
    if (!print(any ? "\n" + text : text))
      return exit_unable;
    any = true;
    bad = bad || told->verdict.dkim_check == auth::result::fail ||
          told->verdict.result.what == verdict::level::forged;
  }
  if (!any)
    return fail("there is no mail in this folder");
  return bad ? exit_failed : exit_good;
}

}  // namespace

void add_explain(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "explain", "The whole story of one mail",
          "Tells which way the mail came, each check with the DNS "
          "records it rests on, and\nhow the verdict follows.\n" +
              std::string(judging_help) +
              "\nExamples:\n"
              "  mekiki explain mail.eml\n"
              "  mekiki explain --account taro%pop.example.jp - < "
              "mail.eml");
  auto& options = runs<explain_command>(command, code);
  add_judging_options(command, options.judging);
  add_language_option(command, options.language);
  command->add_option("FILE", options.path, "the mail")
      ->type_name("")
      ->required();
}

}  // namespace mekiki::cli

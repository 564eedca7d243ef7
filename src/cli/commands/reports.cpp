// reports read: what other hosts report about a domain.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/mail_evaluator.hpp"
#include "cli/commands/options.hpp"
#include "cli/mail_files.hpp"
#include "cli/received_report.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "reports/read.hpp"

namespace mekiki::cli {
namespace {

struct read_command {
  std::vector<std::string> paths;
  judging_options judging;
  bool judge = false;
  bool json = false;
  std::string language;
};

/// The octets of one file as they are stored.
class stored_octets final : public reports::octet_source {
 public:
  explicit stored_octets(mail_reader reader) : reader_(std::move(reader)) {}
  expected<std::string_view, std::string> read() override {
    return reader_.read();
  }

 private:
  mail_reader reader_;
};

std::string place(const std::string& file, const std::string& part) {
  return printable(file) + (part.empty() ? "" : " (" + printable(part) + ")");
}

/// One run: tells each report once.
class report_teller {
 public:
  /// `judge` may be null: then nobody asks who sent a mail.
  report_teller(const read_command& command, notify::language in,
                mail_evaluator* judge)
      : command_(command), in_(in), judge_(judge) {}

  void take(const stored_mail& file, const reports::options& how) {
    ++files_;
    auto reader = mail_reader::open(file, line_ends_read::as_stored);
    if (!reader)
      return fail(file.name, "", reader.error());
    stored_octets octets(std::move(*reader));
    std::optional<report_sender> sender;
    reports::read(octets, how, [&](const reports::finding& f) {
      if (!f.what)
        return fail(file.name, f.part, f.what.error());
      if (judge_ == nullptr || !f.is_in_mail)
        return take(file.name, f.part, *f.what, std::nullopt);
      if (!sender)
        sender = judge(file);
      take(file.name, f.part, *f.what,
           f.is_forwarded ? report_sender() : *sender);
    });
  }

  /// The exit code.
  int finish() const {
    if (!written_)
      return cli::fail("the answers could not be written");
    if (files_ == 0)
      return cli::fail("there are no files in these folders");
    return failed_ ? exit_failed : exit_good;
  }

 private:
  /// A mail that cannot be judged proves nothing.
  report_sender judge(const stored_mail& mail) {
    const auto v = judge_->run(mail);
    if (!v)
      return {};
    return {.author_domain = v->known.header.author_domain,
            .is_proven = v->proven.author_is_clear && v->proven.is_proven};
  }

  void fail(const std::string& file, const std::string& part,
            std::string_view why) {
    failed_ = true;
    fmt::print(stderr, "mekiki: {}: {}.\n", place(file, part), printable(why));
  }

  void take(const std::string& file, const std::string& part,
            const reports::report& r,
            const std::optional<report_sender>& sender) {
    if (std::string id = identity(r); !id.empty()) {
      const auto [known, is_new] =
          known_.emplace(std::move(id), place(file, part));
      if (!is_new) {
        fmt::print(stderr, "mekiki: {}: the same report as {}.\n",
                   place(file, part), known->second);
        return;
      }
    }
    const bool good =
        command_.json
            ? write_json(file, part, r, sender,
                         [](std::string_view octets) { return print(octets); })
            : print(tell(file, part, r, sender, in_));
    written_ = written_ && good;
  }

  const read_command& command_;
  notify::language in_;
  mail_evaluator* judge_;
  std::map<std::string, std::string> known_;  // identity, and where it was
  std::size_t files_ = 0;
  bool failed_ = false;
  bool written_ = true;
};

int run(const read_command& command) {
  const system_clock clock;
  const reports::options how{
      .limit = {},
      .now = unix_seconds(command.judging.at.value_or(clock.now()))};
  std::unique_ptr<mail_evaluator> judge;
  if (command.judge) {
    const auto loaded = load_settings(command.judging.config);
    if (!loaded)
      return exit_unable;
    auto made = mail_evaluator::make(loaded->settings, command.judging);
    if (!made)
      return fail(made.error());
    judge = std::move(*made);
  }
  report_teller teller(command, language_of_output(command.language),
                       judge.get());
  mail_finder files(command.paths);
  while (const auto file = files.next()) teller.take(*file, how);
  return teller.finish();
}

}  // namespace

void add_reports(CLI::App& app, int& code) {
  CLI::App* group =
      add(app, "reports", "What other hosts report about your domain",
          "Receivers of mail in your domain's name send reports to the "
          "addresses that its DMARC\nrecord (rua=, ruf=) and its record "
          "_smtp._tls name.\n\n"
          "Examples:\n"
          "  mekiki reports read ~/Maildir\n"
          "  mekiki reports read --json report.zip");
  group->require_subcommand(0, 1);
  CLI::App* command = add(
      *group, "read", "Show the reports in files and mails",
      "A PATH is a report, an archive or a mail with reports, an mbox, a "
      "Maildir, another\nfolder of these, or - for standard input. Read are "
      "DMARC aggregate reports (XML), reports\nabout single mails (ARF) and "
      "TLS reports (JSON); packed as zip or gzip, or as they are,\nwhatever "
      "the mail calls them. What is broken is read as far as it goes, with "
      "a\nwarning. A report that comes twice (same reporter, id and domain) is "
      "shown once.\n"
      "Exit code: 0 all were read, 1 some were not (standard error tells "
      "why), 2 could not run.\n\n"
      "What the columns mean: how many mails, from which address; whether "
      "DKIM and SPF passed\nfor the author's domain; what the receiver did; "
      "the author's domain. Mails that pass\nneither are forged, or yours "
      "from a service that does not sign for your domain yet:\nfind those "
      "before you publish p=quarantine or p=reject.\n\n"
      "Examples:\n"
      "  mekiki reports read "
      "'google.com!example.jp!1767225600!1767311999.zip'\n"
      "  mekiki reports read --json reports.mbox | jq -r '.records[] |\n"
      "      select(.dkim!=\"pass\" and .spf!=\"pass\") | .source_ip'\n"
      "  mekiki reports read - < mail.eml");
  auto& options = runs<read_command>(command, code);
  command->add_flag("--json", options.json, "one JSON object a report");
  command->add_flag("--judge", options.judge,
                    "tell whether each mail is proven to come from its author; "
                    "asks the DNS");
  add_judging_options(command, options.judging);
  add_language_option(command, options.language);
  command->add_option("PATH", options.paths, "reports")
      ->type_name("")
      ->required();
}

}  // namespace mekiki::cli

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
#include "cli/commands/act_as_owner.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/mail_evaluator.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/package_settings.hpp"
#include "cli/mail_files.hpp"
#include "cli/received_report.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "daemon/state.hpp"
#include "reports/read.hpp"
#include "store/report_store.hpp"
#include "store/schema.hpp"
#include "store/store.hpp"

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

/// A mail that cannot be judged proves nothing.
report_sender judge(mail_evaluator& by, const stored_mail& mail) {
  const auto v = by.run(mail);
  if (!v)
    return {};
  return {.author_domain = v->known.header.author_domain,
          .is_proven = v->proven.proves_author()};
}

/// One run over files: hands each report on, and tells what could not be read.
class report_files {
 public:
  /// `judge` may be null: then nobody asks who sent a mail.
  explicit report_files(mail_evaluator* judge) : judge_(judge) {}
  virtual ~report_files() = default;
  report_files(const report_files&) = delete;
  report_files& operator=(const report_files&) = delete;

  void read(const stored_mail& file, const reports::options& how) {
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
        sender = judge(*judge_, file);
      take(file.name, f.part, *f.what,
           f.is_forwarded ? report_sender() : *sender);
    });
  }

  /// The exit code, after the last file.
  int finish() {
    if (files_ == 0)
      return cli::fail("there are no files in these folders");
    if (!finish_writing())
      return cli::fail("the answers could not be written");
    return failed_ ? exit_failed : exit_good;
  }

 protected:
  void fail(const std::string& file, const std::string& part,
            std::string_view why) {
    failed_ = true;
    fmt::print(stderr, "mekiki: {}: {}.\n", place(file, part), printable(why));
  }

 private:
  /// `sender`: of the mail that brought it, where that was judged.
  virtual void take(const std::string& file, const std::string& part,
                    const reports::report& r,
                    const std::optional<report_sender>& sender) = 0;
  /// False if not all answers could be written.
  virtual bool finish_writing() = 0;

  mail_evaluator* judge_;
  std::size_t files_ = 0;
  bool failed_ = false;
};

/// `read`: tells each report once.
class report_teller final : public report_files {
 public:
  report_teller(const read_command& command, notify::language in,
                mail_evaluator* judge)
      : report_files(judge), command_(command), in_(in) {}

 private:
  bool finish_writing() override { return written_; }

  void take(const std::string& file, const std::string& part,
            const reports::report& r,
            const std::optional<report_sender>& sender) override {
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
  std::map<std::string, std::string> known_;  // identity, and where it was
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
  while (const auto file = files.next()) teller.read(*file, how);
  return teller.finish();
}

struct add_command {
  std::vector<std::string> paths;
  judging_options judging;
  bool judge = false;
  bool trust = false;
};

/// `add`: keeps each report.
class report_adder final : public report_files {
 public:
  report_adder(store::report_store& history, bool trust, mail_evaluator* judge)
      : report_files(judge), history_(history), trust_(trust) {}

 private:
  bool finish_writing() override {
    return print(
        fmt::format("{} report{} added, of which {} proven; {} known before\n",
                    added_, added_ == 1 ? "" : "s", proven_, known_));
  }

  void take(const std::string& file, const std::string& part,
            const reports::report& r,
            const std::optional<report_sender>& sender) override {
    store::report_origin from{.is_proven = trust_, .author = {}};
    if (sender && sender->is_proven)
      from = {.is_proven = true, .author = sender->author_domain};
    const auto fate = history_.put(r, from);
    if (!fate)
      return fail(file, part, fate.error());
    switch (*fate) {
      case store::report_fate::kept:
        ++added_;
        proven_ += from.is_proven ? 1 : 0;
        break;
      case store::report_fate::known:
        ++known_;
        break;
      case store::report_fate::differs:
        return fail(file, part,
                    "a report of that reporter with the same id is kept, and "
                    "says something else");
      case store::report_fate::too_large:
        return fail(file, part,
                    "it would take more than a quarter of the room for reports "
                    "(domains.report_octets)");
      case store::report_fate::in_work:
        return fail(file, part,
                    "another program is just adding it, or was broken off "
                    "while it did; try again in ten minutes");
    }
  }

  store::report_store& history_;
  bool trust_;
  std::size_t added_ = 0, known_ = 0, proven_ = 0;
};

int run(const add_command& command) {
  const auto loaded = load_settings(command.judging.config);
  if (!loaded)
    return exit_unable;
  const store_options where{.config = command.judging.config,
                            .state = command.judging.state};
  if (const auto acts = act_as_owner(where, loaded->settings); !acts)
    return fail(acts.error());
  std::unique_ptr<mail_evaluator> judge;
  if (command.judge) {
    auto made = mail_evaluator::make(loaded->settings, command.judging);
    if (!made)
      return fail(made.error());
    judge = std::move(*made);
  }
  const auto folder =
      daemon::open_state_folder(command.judging.state, loaded->settings.state);
  if (!folder)
    return fail(folder.error());
  const std::filesystem::path file = *folder / store::file_name;
  if (const auto ready = store::prepare(file); !ready)
    return fail(ready.error());
  const system_clock clock;
  auto history = store::report_store::open(
      file,
      {.octets = loaded->settings.domains.report_octets,
       .ours = loaded->settings.domains.watch},
      clock);
  if (!history)
    return fail(history.error());
  const reports::options how{
      .limit = {},
      .now = unix_seconds(command.judging.at.value_or(clock.now()))};
  mail_finder files(command.paths);
  report_adder adder(**history, command.trust, judge.get());
  while (const auto next = files.next()) adder.read(*next, how);
  return adder.finish();
}

void add_add(CLI::App& group, int& code) {
  CLI::App* command = add(
      group, "add", "Keep the reports in files and mails for the dashboard",
      "A PATH is what `mekiki reports read` takes. Each report is kept once "
      "(same reporter,\nid and domain). Anybody can send a report, so those "
      "that are not proven are kept apart\nand shown apart: a mail's report is "
      "proven with --judge if the mail is, and all are with\n--trust, which is "
      "for files that you know to be real.\n"
      "Exit code: 0 all were kept, 1 some were not (standard error tells "
      "why), 2 could not run.\n\n"
      "Examples:\n"
      "  mekiki reports add --judge ~/Maildir\n"
      "  mekiki reports add --trust old-reports/");
  auto& options = runs<add_command>(command, code);
  auto* judge =
      command->add_flag("--judge", options.judge,
                        "judge the mails that bring reports; asks the DNS");
  command
      ->add_flag("--trust", options.trust,
                 "take all for proven: you know where they come from")
      ->excludes(judge);
  add_judging_options(command, options.judging);
  // The dashboard's own store, not one of the user who types this.
  find_package_settings(command, options.judging.config, options.judging.state);
  command->add_option("PATH", options.paths, "reports")
      ->type_name("")
      ->required();
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
          "  mekiki reports read --json report.zip\n"
          "  mekiki reports add --judge ~/Maildir");
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
  add_add(*group, code);
}

}  // namespace mekiki::cli

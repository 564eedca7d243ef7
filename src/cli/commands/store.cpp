// store: the history's database as a whole.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/file_remedy.hpp"
#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"
#include "cli/commands/act_as_owner.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/interruption.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "config/units.hpp"
#include "daemon/backup.hpp"
#include "daemon/open_history.hpp"
#include "daemon/state.hpp"
#include "store/blocking_store.hpp"
#include "store/schema.hpp"
#include "store/upkeep.hpp"

namespace mekiki::cli {
namespace {

struct store_backup_command {
  store_options where;
  std::filesystem::path file;
  bool force = false;
};

struct store_vacuum_command {
  store_options where;
};

struct store_check_command {
  store_options where;
};

struct store_export_command {
  store_options where;
  std::optional<time_point> from;
  std::optional<time_point> to;  // is no part of it
  std::string account;           // as typed; empty: of all
  std::string format = "jsonl";  // or "csv"
  bool texts = false;            // those, too, that are for users alone
};

struct store_erase_command {
  store_options where;
  std::string account;  // as typed
  bool all = false;
  bool sure = false;
};

namespace fs = std::filesystem;

constexpr std::uint64_t large = 16 << 20;  // octets; less is copied at once

struct database_place {
  config::settings settings;
  fs::path file;
};

/// Whether root stays root.
enum class rights : std::uint8_t { of_owner, as_given };

/// The database, which must exist: none is made here.
expected<database_place, std::string> find_database(
    const store_options& where, rights how = rights::of_owner) {
  auto loaded = config::load(where.config);
  if (!loaded)
    return unexpected(loaded.error());
  database_place p{.settings = std::move(loaded->settings)};
  const fs::path folder =
      daemon::find_state_folder(where.state, p.settings.state);
  p.file = folder / store::file_name;
  if (how == rights::of_owner) {
    if (auto acts = act_as_owner(where, p.settings); !acts)
      return unexpected(acts.error());
  }
  std::error_code error;
  if (folder.empty() || !fs::exists(p.file, error)) {
    if (error) {
      return unexpected(fmt::format("cannot read {}: {}{}", p.file.string(),
                                    error.message(),
                                    file_remedy(p.file, error.value())));
    }
    return unexpected(
        fmt::format("there is no history at {}; name its folder with --state",
                    p.file.string()));
  }
  return p;
}

std::string size_text(std::uint64_t octets) {
  constexpr double mebi = 1 << 20;
  return octets < (1 << 20)
             ? fmt::format("{} KiB", (octets + 1023) / 1024)
             : fmt::format("{:.1f} MiB", static_cast<double>(octets) / mebi);
}

// ----------------------------------------------------------------- backup

bool begins_like_a_database(std::string_view first) {
  return first.starts_with(std::string_view("SQLite format 3", 16));
}

bool show_progress(std::uint64_t done, std::uint64_t all) {
  static int shown = -1;
  const int percent = all == 0 ? 100 : static_cast<int>(100 * done / all);
  if (all >= large && percent != shown && ::isatty(STDERR_FILENO) == 1) {
    shown = percent;
    fmt::print(stderr, "\r{:3} % of {}{}", percent, size_text(all),
               done == all ? ", verifying\n" : "");
    std::fflush(stderr);
  }
  return !is_interrupted();
}

std::uint64_t rows_of(const store::examination& e, std::string_view table) {
  for (const store::named_count& n : e.rows) {
    if (n.name == table)
      return n.mails;
  }
  return 0;
}

// ----------------------------------------------------------------- export

std::string time_text(std::int64_t seconds) {
  return config::format_time(time_point(std::chrono::seconds(seconds)));
}

std::string json_line(const store::kept_mail& m) {
  const auto text = [](const std::optional<std::string>& t) {
    return t ? boost::json::value(to_utf8(*t)) : boost::json::value(nullptr);
  };
  return boost::json::serialize(
             boost::json::object{{"fetched", time_text(m.fetched)},
                                 {"counted", time_text(m.counted)},
                                 {"account", to_utf8(m.account)},
                                 {"history", to_utf8(m.history)},
                                 {"uidl", to_utf8(m.uidl)},
                                 {"digest", to_utf8(m.digest)},
                                 {"verdict", m.level},
                                 {"reason", to_utf8(m.reason)},
                                 {"x_dkim_check", m.dkim},
                                 {"dmarc", m.dmarc},
                                 {"policy", m.policy},
                                 {"author_domain", to_utf8(m.author_domain)},
                                 {"author", text(m.author)},
                                 {"subject", text(m.subject)},
                                 {"taught", m.taught},
                                 {"undecided", m.pending}}) +
         "\n";
}

// RFC 4180. What strangers wrote may begin like a formula, which spreadsheets
// would calculate, Japanese ones in full width too: an apostrophe makes it
// text.
std::string csv_cell(std::string_view text) {
  constexpr std::size_t no_limit = -1;
  std::string clean = printable(text, no_limit);
  const std::string_view shown = std::string_view(clean).substr(
      std::min(clean.find_first_not_of(' '), clean.size()));
  for (const std::string_view sign :
       {"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"}) {
    if (shown.starts_with(sign)) {
      clean.insert(0, 1, '\'');
      break;
    }
  }
  std::string out = "\"";
  for (const char c : clean) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

constexpr std::string_view csv_header =
    "fetched,counted,account,history,uidl,digest,verdict,reason,x_dkim_check,"
    "dmarc,policy,author_domain,author,subject,taught,undecided\r\n";

std::string csv_line(const store::kept_mail& m) {
  std::string out = time_text(m.fetched) + "," + time_text(m.counted);
  for (const std::string& text :
       {m.account, m.history, m.uidl, m.digest, m.level, m.reason, m.dkim,
        m.dmarc, m.policy, m.author_domain, m.author.value_or(""),
        m.subject.value_or("")}) {
    out += "," + csv_cell(text);
  }
  return out + fmt::format(",{},{}\r\n", m.taught, m.pending);
}

int run(const store_backup_command& command) {
  const auto place = find_database(command.where, rights::as_given);
  if (!place)
    return fail(place.error());
  const auto when_there =
      command.force ? daemon::existing::replace : daemon::existing::keep;
  if (const auto may =
          daemon::may_become_backup(command.file, place->file.parent_path(),
                                    when_there, begins_like_a_database);
      !may)
    return fail(may.error());
  watch_for_interruption();
  daemon::new_file copy(command.file);
  if (const auto made = copy.made(); !made)
    return fail(made.error());
  const auto copied = store::back_up(place->file, copy.path(), show_progress);
  if (!copied)
    return fail(copied.error());
  const auto found = store::examine(copy.path());
  if (!found)
    return fail(found.error());
  if (!found->damage.empty()) {
    return fail(fmt::format(
        "the copy is damaged ({}), as the database may be: see `mekiki store "
        "check`; nothing was kept",
        found->damage.front()));
  }
  if (is_interrupted())
    return fail("interrupted");
  if (const auto kept = copy.become(when_there); !kept)
    return fail(kept.error());
  return print(fmt::format("{}: {}, {} mails, verified\n",
                           command.file.string(), size_text(found->octets),
                           rows_of(*found, "mail")))
             ? exit_good
             : exit_unable;
}

int run(const store_vacuum_command& command) {
  const auto place = find_database(command.where);
  if (!place)
    return fail(place.error());
  std::signal(SIGXFSZ, SIG_IGN);
  const auto done = store::vacuum(place->file);
  if (!done)
    return fail(done.error());
  std::string out = fmt::format(
      "{}: {} before, {} now; {} freed\n", place->file.string(),
      size_text(done->before), size_text(done->after),
      size_text(done->before - std::min(done->before, done->after)));
  if (!done->is_shrunk) {
    out +=
        "The file itself shrinks when `mekiki serve` has written to it "
        "again.\n";
  }
  return print(out) ? exit_good : exit_unable;
}

int run(const store_check_command& command) {
  const auto place = find_database(command.where);
  if (!place)
    return fail(place.error());
  const auto found = store::examine(place->file);
  if (!found)
    return fail(found.error());
  std::string out = fmt::format(
      "{}\n  version    {}\n  size       {}, {} of it unused{}\n",
      place->file.string(), found->version, size_text(found->octets),
      size_text(found->unused),
      found->log_octets > 0
          ? fmt::format("; and a log of {}", size_text(found->log_octets))
          : "");
  if (found->damage.empty()) {
    out += fmt::format("  integrity  {}\n", paint(colour::green, "good"));
  } else {
    out += fmt::format("  integrity  {}\n", paint(colour::red, "damaged"));
    for (const std::string& d : found->damage)
      out += fmt::format("             {}\n", printable(d));
  }
  out += "  rows\n";
  for (const store::named_count& n : found->rows)
    out += fmt::format("{:>12}  {}\n", n.mails, printable(n.name));
  if (!print(out))
    return exit_unable;
  return found->damage.empty() ? exit_good : exit_failed;
}

int run(const store_export_command& command) {
  const auto place = find_database(command.where);
  if (!place)
    return fail(place.error());
  store::export_filter filter;
  if (command.from)
    filter.from = unix_seconds(*command.from);
  if (command.to)
    filter.to = unix_seconds(*command.to);
  if (filter.from >= filter.to)
    return fail("--to: expected a time after --from");
  if (!command.account.empty()) {
    auto account = daemon::account_of(command.account, place->settings.routes);
    if (!account)
      return fail("--account: " + account.error());
    filter.account = std::move(*account);
  }
  filter.own_texts = command.texts;
  constexpr std::size_t piece = 64 << 10;
  const bool is_csv = command.format == "csv";
  std::string out(is_csv ? csv_header : "");
  bool written = true;
  const auto done =
      store::for_each_mail(place->file, filter, [&](const auto& mail) {
        out += is_csv ? csv_line(mail) : json_line(mail);
        if (out.size() >= piece) {
          written = print(out);
          out.clear();
        }
        return written;
      });
  if (!done)
    return fail(done.error());
  if (!written || !print(out))
    return fail("cannot write to standard output");
  return exit_good;
}

int run(const store_erase_command& command) {
  const auto place = find_database(command.where);
  if (!place)
    return fail(place.error());
  auto account = daemon::account_of(command.account, place->settings.routes);
  if (!account)
    return fail(account.error());
  if (!command.sure) {
    return fail(fmt::format(
        "what is kept of {} cannot be brought back: say --yes to erase it",
        printable(*account)));
  }
  if (auto ready = store::check_version(place->file); !ready)
    return fail(ready.error());
  const auto what =
      command.all ? store::erasure::everything : store::erasure::history;
  const auto is_kept = store::is_kept(place->file, *account, what);
  if (!is_kept)
    return fail(is_kept.error());
  if (!*is_kept) {
    fmt::print(
        stderr,
        "mekiki: nothing is kept of {}: is that how the mail client logs "
        "in, with the port?\n",
        printable(*account));
    return exit_failed;
  }
  const system_clock now;
  store::blocking_store history(place->file, now);
  const auto mails = history.erase(*account, what);
  if (!mails)
    return fail(mails.error());
  return print(fmt::format("{}: erased, with {} mails\n", printable(*account),
                           *mails))
             ? exit_good
             : exit_unable;
}

}  // namespace

void add_store(CLI::App& app, int& code) {
  CLI::App* group =
      add(app, "store", "Back up, shrink, check, export or erase the history",
          "All of them work while `mekiki serve` runs, and no mail is late for "
          "them.\n\n"
          "Examples:\n"
          "  mekiki store backup /backup/mekiki-2026-03-01.db\n"
          "  mekiki store check\n"
          "  mekiki store vacuum\n"
          "  mekiki store export --from 2026-03-01 --format csv > mails.csv");
  group->require_subcommand(0, 1);
  CLI::App* command = add(
      *group, "backup", "Copy the database as it is now, and verify the copy",
      "FILE gets mode 0600: it holds what the history holds, secret words of "
      "users\namong it. To go back to it stop `mekiki serve`, remove "
      "mekiki.db, mekiki.db-wal and\nmekiki.db-shm from the state folder, and "
      "put FILE there as mekiki.db.\n\nExamples:\n"
      "  mekiki store backup /backup/mekiki.db --force");
  auto& backup = runs<store_backup_command>(command, code);
  command->add_option("FILE", backup.file, "the copy")
      ->type_name("")
      ->required();
  command->add_flag("--force", backup.force,
                    "replace an earlier copy, once the new one is good");
  add_store_options(command, backup.where);
  command = add(*group, "vacuum", "Give back to the disk what is unused",
                "Seldom needed: room in the file is used again. After it, "
                "nothing of what was removed\nis left in the file. For a while "
                "the state folder must have room for two copies of\nthe "
                "database, and what `mekiki serve` would write waits in its "
                "queue.");
  auto& vacuum = runs<store_vacuum_command>(command, code);
  add_store_options(command, vacuum.where);
  command = add(*group, "check", "Read all of it, and tell what it holds",
                "Exit code: 0 good, 1 damaged, 2 could not be read.");
  auto& checking = runs<store_check_command>(command, code);
  add_store_options(command, checking.where);
  command = add(
      *group, "export", "All that is kept of each mail, one line a mail",
      "In the order in which the mails first came. Author and subject are "
      "there where\n`history.keep` had them kept; where it is `own`, only of "
      "forged mails, unless you say\n--texts. In csv, text that a "
      "spreadsheet would calculate begins\nwith an apostrophe.\n\n"
      "Examples:\n"
      "  mekiki store export | jq -r 'select(.verdict==\"forged\").subject'\n"
      "  mekiki store export --account taro%pop.example.jp --from "
      "2026-03-01 --to 2026-04-01");
  auto& exporting = runs<store_export_command>(command, code);
  add_time_option(command, "--from", exporting.from,
                  "mails that were last fetched then or later");
  add_time_option(command, "--to", exporting.to, "and before that time");
  command
      ->add_option("--account", exporting.account,
                   "of this account alone: the login name, USER%HOST[:PORT]")
      ->type_name("NAME");
  command->add_option("--format", exporting.format, "jsonl or csv")
      ->type_name("F")
      ->check(CLI::IsMember({"jsonl", "csv"}))
      ->capture_default_str();
  command->add_flag("--texts", exporting.texts,
                    "also author and subject that are kept for users alone");
  add_store_options(command, exporting.where);
  command = add(
      *group, "erase", "Erase what is kept of an account",
      "Its mails with their stories, its warnings, its daily sums, and what "
      "only "
      "its own\nhistory has learned: its senders are new again. A history that "
      "accounts share\n(`[[provider]] shares_history`) stays. Until `mekiki "
      "store "
      "vacuum`, octets may remain in the\nfile; backups are yours to "
      "remove. Exit code: 1 if nothing is kept of it.\n\n"
      "Examples:\n"
      "  mekiki store erase taro%pop.example.jp --yes");
  auto& erasing = runs<store_erase_command>(command, code);
  command
      ->add_option("ACCOUNT", erasing.account,
                   "the login name, USER%HOST[:PORT]")
      ->type_name("")
      ->required();
  command->add_flag("--all", erasing.all,
                    "also what its user chose: warnings, secret word, rules, "
                    "add-ons");
  command->add_flag("--yes", erasing.sure, "really");
  add_store_options(command, erasing.where);
}

}  // namespace mekiki::cli

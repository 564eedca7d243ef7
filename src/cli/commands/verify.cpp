// verify: judges stored mails, on several threads, and prints a line for each
// in their order.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/mail_evaluator.hpp"
#include "cli/commands/options.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "config/own_names.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {
namespace {

struct verify_command {
  judging_options judging;
  std::vector<std::string> paths;
  bool json = false;
  std::string language;  // of sentences: "en", "ja"; empty: the locale's
  unsigned jobs = 0;     // 0: as many as there are cores
};

/// What became of one mail.
struct outcome {
  std::string out;      // for standard output
  std::string problem;  // it could not be judged: a line for standard error
  auth::result dkim_check = auth::result::none;
  bool forged = false;
};

struct tally {
  std::size_t pass = 0, fail = 0, none = 0, forged = 0, unreadable = 0;
  std::size_t all() const { return pass + fail + none + unreadable; }
};

/// Hands out mails to the threads and prints the outcomes in order. A thread
/// far ahead waits, so that memory does not grow with the number of mails.
class mail_queue {
 public:
  explicit mail_queue(std::vector<std::string> paths)
      : finder_(std::move(paths)),
        shows_progress_(::isatty(STDERR_FILENO) == 1 &&
                        ::isatty(STDOUT_FILENO) == 0) {}

  struct job {
    std::size_t number;
    stored_mail mail;
  };

  std::optional<job> take() {
    std::unique_lock lock(mutex_);
    printed_more_.wait(
        lock, [&] { return stopped_ || taken_ < printed_ + most_ahead; });
    if (stopped_)
      return std::nullopt;
    auto mail = finder_.next();
    if (!mail)
      return std::nullopt;
    return job{taken_++, std::move(*mail)};
  }

  void deliver(std::size_t number, outcome result) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(number, std::move(result));
    while (!waiting_.empty() && waiting_.begin()->first == printed_) {
      print_one(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      ++printed_;
    }
    printed_more_.notify_all();
  }

  /// No more mails: something is wrong that concerns them all.
  void stop(std::string reason) {
    const std::lock_guard lock(mutex_);
    if (!stopped_)
      stop_reason_ = std::move(reason);
    stopped_ = true;
    printed_more_.notify_all();
  }

  const tally& totals() const { return totals_; }
  const std::string& stop_reason() const { return stop_reason_; }
  void end_progress() {
    if (progress_shown_)
      fmt::print(stderr, "\r\x1b[K");
  }

 private:
  static constexpr std::size_t most_ahead = 1024;

  void print_one(const outcome& result) {
    if (!result.problem.empty()) {
      ++totals_.unreadable;
      end_progress();
      fmt::print(stderr, "{}", result.problem);
    } else if (result.dkim_check == auth::result::pass) {
      ++totals_.pass;
    } else if (result.dkim_check == auth::result::fail) {
      ++totals_.fail;
    } else {
      ++totals_.none;
    }
    if (result.forged)
      ++totals_.forged;
    if (!result.out.empty() &&
        std::fwrite(result.out.data(), 1, result.out.size(), stdout) !=
            result.out.size()) {
      if (!stopped_)
        stop_reason_ = "the answers could not be written";
      stopped_ = true;
    }
    show_progress();
  }

  void show_progress() {
    if (!shows_progress_)
      return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_progress_ < std::chrono::milliseconds(100))
      return;
    last_progress_ = now;
    progress_shown_ = true;
    fmt::print(stderr, "\r\x1b[K{} mails judged, {} failed", totals_.all(),
               totals_.fail);
  }

  std::mutex mutex_;
  std::condition_variable printed_more_;
  mail_finder finder_;
  std::map<std::size_t, outcome> waiting_;
  std::size_t taken_ = 0;
  std::size_t printed_ = 0;
  tally totals_;
  bool stopped_ = false;
  std::string stop_reason_;
  bool shows_progress_;
  bool progress_shown_ = false;
  std::chrono::steady_clock::time_point last_progress_ =
      std::chrono::steady_clock::now();
};

/// How outcomes are told.
struct telling {
  bool json = false;
  notify::language in = notify::language::english;
  std::string authserv_id;
};

outcome judge_one(mail_evaluator& by, const stored_mail& mail,
                  const telling& how) {
  outcome result;
  const auto v = by.run(mail);
  if (!v) {
    result.problem =
        fmt::format("mekiki: {}: {}.\n", printable(mail.name), v.error());
    if (how.json)
      result.out = json_error_line(mail.name, v.error());
    return result;
  }
  result.dkim_check = v->dkim_check;
  result.forged = v->result.what == verdict::level::forged;
  result.out = how.json ? json_line(mail.name, *v, how.authserv_id)
                        : text_line(mail.name, *v, how.in);
  return result;
}

void work(mail_queue& from, const config::settings& settings,
          const judging_options& options, const telling& how) {
  try {
    auto by = mail_evaluator::make(settings, options);
    if (!by)
      return from.stop(by.error());
    while (auto job = from.take()) {
      from.deliver(job->number, judge_one(**by, job->mail, how));
    }
  } catch (const std::exception& error) {
    from.stop(error.what());
  }
}

std::string summary(const tally& t, notify::language in) {
  std::string out = say(in, "{} mails, {} forged", t.all(), t.forged);
  if (t.unreadable > 0)
    out += say(in, ", {} not readable", t.unreadable);
  return out + say(in, "; X-DKIM-Check: {} pass, {} fail, {} none\n", t.pass,
                   t.fail, t.none);
}

int run(const verify_command& command) {
  const auto loaded = load_settings(command.judging.config);
  if (!loaded)
    return exit_unable;
  const telling how{.json = command.json,
                    .in = language_of_output(command.language),
                    .authserv_id = config::authserv_id(loaded->settings)};
  mail_queue mails(command.paths);
  const unsigned jobs = command.jobs != 0
                            ? command.jobs
                            : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < jobs; ++i) {
    threads.emplace_back(
        [&] { work(mails, loaded->settings, command.judging, how); });
  }
  work(mails, loaded->settings, command.judging, how);
  for (std::thread& t : threads) t.join();
  mails.end_progress();

  const tally& totals = mails.totals();
  if (!mails.stop_reason().empty())
    return fail(mails.stop_reason());
  if (!command.json && totals.all() > 1 &&
      !print("\n" + summary(totals, how.in))) {
    return exit_unable;
  }
  if (!print(""))
    return exit_unable;
  if (totals.unreadable > 0)
    return exit_unable;
  if (totals.all() == 0)
    return fail("there are no mails in these folders");
  return totals.fail + totals.forged > 0 ? exit_failed : exit_good;
}

}  // namespace

void add_verify(CLI::App& app, int& code) {
  CLI::App* command = add(
      app, "verify", "Judge stored mails",
      "A PATH is a mail, an mbox, a Maildir, another folder of mails, or - for "
      "standard\ninput. Line ends are put back to CRLF where a file has LF "
      "only.\n"
      "Exit code: 0 none failed, 1 some failed or are forged, 2 could not run."
      "\n\n" +
          std::string(judging_help) +
          "\nExamples:\n"
          "  mekiki verify mail.eml\n"
          "  mekiki verify --json ~/Maildir | jq -r "
          "'select(.verdict==\"forged\")"
          ".file'\n"
          "  mekiki verify --account taro%pop.example.jp ~/Maildir\n"
          "  mekiki verify --ip 192.0.2.1 --mail-from hanako@example.jp --helo "
          "mx.example.jp mail.eml\n"
          "  mekiki verify --dns zone.json --at 2015-06-01 --allow-weak "
          "old.mbox");
  auto& options = runs<verify_command>(command, code);
  add_judging_options(command, options.judging);
  command->add_flag("--json", options.json, "one JSON object a line");
  add_language_option(command, options.language);
  command->add_option("--jobs", options.jobs, "threads; 0: one for each core")
      ->type_name("N")
      ->check(CLI::Range(0, 256));
  command->add_option("PATH", options.paths, "mails")
      ->type_name("")
      ->required();
}

}  // namespace mekiki::cli

// senders: how much mail each domain sends, to find bulk senders.
#include <algorithm>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/open_history.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "daemon/open_history.hpp"

namespace mekiki::cli {
namespace {

struct senders_command {
  store_options where;
  unsigned days = 7;
};

int run(const senders_command& command) {
  const system_clock clock;
  const auto history = open_history(command.where, clock);
  if (!history)
    return fail(history.error());
  const time_point since =
      clock.now() - std::chrono::days(command.days) + std::chrono::days(1);
  const auto senders = (*history)->blocking().senders(unix_seconds(since));
  if (!senders)
    return fail(senders.error());
  std::string out = fmt::format("{:>10} {:>10} {:>8} {:>6}  {}\n", "most a day",
                                "mails", "proven", "days", "author domain");
  for (const store::sender_count& s : *senders) {
    out += fmt::format("{:>10} {:>10} {:>7}% {:>6}  {}\n", s.most_a_day,
                       s.mails, s.mails == 0 ? 0 : 100 * s.proven / s.mails,
                       s.days, printable(s.domain));
  }
  if (senders->empty())
    fmt::print(stderr, "mekiki: no mail was noted in these days\n");
  return print(out) ? exit_good : exit_unable;
}

}  // namespace

void add_senders(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "senders", "Who sends how much",
          "Mails by author domain, the busiest first: an aid for the "
          "setting verdict.bulk_senders.\n\nExamples:\n"
          "  mekiki senders\n"
          "  mekiki senders --days 30");
  auto& options = runs<senders_command>(command, code);
  command->add_option("--days", options.days, "so many days back (default: 7)")
      ->type_name("N")
      ->check(CLI::Range(1, 90));
  add_store_options(command, options.where);
}

}  // namespace mekiki::cli

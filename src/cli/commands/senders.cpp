// senders: who sends how much, to tell who sends bulk mail.
#include <algorithm>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/open_history.hpp"
#include "cli/terminal.hpp"
#include "daemon/open_history.hpp"

namespace mekiki::cli {

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
  return print(out) ? exit_good : exit_unable;
}

}  // namespace mekiki::cli

// serve and try: settings and options brought together, then handed on.
#include "daemon/serve.hpp"

#include <cstdio>
#include <iostream>
#include <termios.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/try_account.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {
namespace {

/// A terminal that does not show what is typed, for as long as this lives.
class silent_terminal {
 public:
  silent_terminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0)
      return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~silent_terminal() {
    if (changed_)
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  silent_terminal(const silent_terminal&) = delete;
  silent_terminal& operator=(const silent_terminal&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

// One line of standard input; asked for when a person types it.
secret read_password(const std::string& account) {
  constexpr std::size_t most = 4096;
  std::string line;
  line.reserve(most);  // grows into no second copy
  const bool asks = ::isatty(STDIN_FILENO) == 1;
  {
    const silent_terminal silent;
    if (asks)
      fmt::print(stderr, "Password of {}: ", printable(account));
    char c = '\0';
    while (line.size() < most && ::read(STDIN_FILENO, &c, 1) == 1 &&
           c != '\n') {
      line += c;
    }
  }
  if (asks)
    fmt::print(stderr, "\n");
  if (line.ends_with('\r'))
    line.pop_back();
  secret password(line);
  wipe(line.data(), line.capacity());
  return password;
}

}  // namespace

int run(const serve_command& command) {
  const auto loaded = config::load(command.config);
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error());
    return exit_unable;
  }
  log::start(loaded->settings.log.level, loaded->settings.log.format);
  for (const config::problem& warning : loaded->warnings) {
    log::warning("{}", format(warning, command.config.string()));
  }
  const auto state =
      daemon::open_state_folder(command.state, loaded->settings.state);
  if (!state)
    return fail(state.error());
  return daemon::serve(loaded->settings, {.zone = command.zone,
                                          .state = *state,
                                          .settings_file = command.config,
                                          .lines = loaded->lines,
                                          .demo_password = {},
                                          .ready = {}});
}

int run(const try_command& command) {
  const auto loaded = config::load(command.config);
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error());
    return exit_unable;
  }
  log::start("error", loaded->settings.log.format);
  const auto state =
      daemon::open_state_folder(command.state, loaded->settings.state);
  if (!state)
    return fail(state.error());
  return try_account(loaded->settings,
                     {.account = command.account,
                      .password = read_password(command.account),
                      .zone = command.zone,
                      .state = *state});
}

}  // namespace mekiki::cli

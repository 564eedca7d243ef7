// serve: the daemon.
#include "daemon/serve.hpp"

#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {
namespace {

struct serve_command {
  std::filesystem::path config;
  std::filesystem::path zone;
  std::filesystem::path state;
};

int run(const serve_command& command) {
  // Until the daemon handles it: a reload that comes early must end nothing.
  sigset_t early;
  sigemptyset(&early);
  sigaddset(&early, SIGHUP);
  sigprocmask(SIG_BLOCK, &early, nullptr);
  const auto loaded = load_settings(command.config);
  if (!loaded)
    return exit_unable;
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

}  // namespace

void add_serve(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "serve", "Run the proxy until it is told to stop",
          "Runs without a settings file; `mekiki config defaults` prints one.\n"
          "Mail clients log in as USER%HOST, such as taro%pop.example.jp.\n\n"
          "Examples:\n"
          "  mekiki serve\n"
          "  mekiki serve --config /etc/mekiki.toml --state /var/lib/mekiki");
  auto& options = runs<serve_command>(command, code);
  add_config_option(command, options.config);
  add_zone_option(command, options.zone);
  add_state_option(command, options.state);
}

}  // namespace mekiki::cli

// serve: the daemon; reload: has a running one read its settings again.
#include "daemon/serve.hpp"

#include <csignal>
#include <cstdlib>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {
namespace {

struct serve_command {
  std::filesystem::path config;
  std::filesystem::path zone;
  std::filesystem::path state;
};

struct reload_command {
  pid_t process = 0;
};

/// Signals that come early wait until the daemon handles them. A reload must
/// end nothing, and the first process of a container does not get a signal that
/// it has no handler for: a stop would be lost there.
void keep_early_signals() {
  sigset_t kept;
  sigemptyset(&kept);
  sigaddset(&kept, SIGHUP);
  if (::getpid() == 1) {
    sigaddset(&kept, SIGINT);
    sigaddset(&kept, SIGTERM);
  }
  pthread_sigmask(SIG_BLOCK, &kept, nullptr);
}

int run(const serve_command& command) {
  keep_early_signals();
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

int run(const reload_command& command) {
  const char* runtime = std::getenv("RUNTIME_DIRECTORY");
  if (runtime == nullptr || *runtime == '\0') {
    return fail(
        "RUNTIME_DIRECTORY must name the folder that the service has by that "
        "name. Where there is none, send it SIGHUP and look at its log");
  }
  const auto done = daemon::ask_to_reload(command.process, runtime);
  return done ? exit_good : fail(done.error());
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

void add_reload(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "reload", "Have a running proxy read its settings again",
          "For service managers: `systemctl reload mekiki` runs it. It waits "
          "until the proxy\nhas answered, and says why if it refused: then "
          "everything is as it was.\nExit code: 0 reloaded, 2 not.\n\n"
          "Examples:\n"
          "  mekiki reload --pid 1      in a container");
  auto& options = runs<reload_command>(command, code);
  command->add_option("--pid", options.process, "process of `mekiki serve`")
      ->type_name("PID")
      ->check(CLI::PositiveNumber)
      ->required();
}

}  // namespace mekiki::cli

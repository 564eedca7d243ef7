#include "cli/commands/interruption.hpp"

#include <csignal>
#include <initializer_list>

namespace mekiki::cli {
namespace {

volatile std::sig_atomic_t was_told = 0;

}  // namespace

void watch_for_interruption() {
  // Without SA_RESTART: what waits, as the opening of a pipe, fails.
  struct sigaction action {};
  action.sa_handler = [](int) { was_told = 1; };
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    sigaction(number, &action, nullptr);
  for (const int number : {SIGXFSZ, SIGPIPE}) std::signal(number, SIG_IGN);
}

bool is_interrupted() { return was_told != 0; }

}  // namespace mekiki::cli

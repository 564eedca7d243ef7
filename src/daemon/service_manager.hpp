// What systemd and others hand to a service: sockets that listen already, and
// where to tell how it goes (sd_listen_fds(3), sd_notify(3)). And what they are
// not told by sd_notify: whether a reload that they asked for was refused.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/expected.hpp"

namespace mekiki::daemon {

class service_manager {
 public:
  /// From $LISTEN_PID, $LISTEN_FDS and $LISTEN_FDNAMES, $NOTIFY_SOCKET,
  /// $WATCHDOG_PID and $WATCHDOG_USEC, $RUNTIME_DIRECTORY, which are removed:
  /// they are not meant for programs that we start.
  static service_manager from_environment();
  /// Closes the sockets that nobody took.
  ~service_manager();
  service_manager(service_manager&& other) noexcept;
  service_manager& operator=(service_manager&&) = delete;

  /// The descriptors of that name, which become the caller's.
  std::vector<int> take(std::string_view name);
  /// The names of those that nobody took.
  std::vector<std::string> left() const;

  /// Tells the manager; without one it does nothing. `state` is of lines such
  /// as READY=1.
  void tell(std::string_view state) const;
  /// Answers `ask_to_reload`; where nobody asks it does nothing. `why`: the
  /// reason of a refusal; empty: all was read again.
  void answer_reload(std::string_view why) const;
  /// How often it wants to hear WATCHDOG=1; 0: never.
  std::chrono::microseconds watchdog() const { return watchdog_; }

 private:
  service_manager() = default;

  std::multimap<std::string, int, std::less<>> sockets_;
  std::string notify_;  // a path; "@" in front: an abstract one
  std::string asked_;   // where the answer to a reload goes; may be empty
  std::chrono::microseconds watchdog_{0};
};

/// Has the `mekiki serve` of that process read settings and certificates again,
/// and waits until it says what became of it. Both have to have the same folder
/// `runtime`, the service's $RUNTIME_DIRECTORY. The error says in a sentence
/// that it refused, and why; or that it did not answer.
expected<void, std::string> ask_to_reload(
    pid_t process, const std::filesystem::path& runtime,
    std::chrono::seconds patience = std::chrono::seconds(60));

}  // namespace mekiki::daemon

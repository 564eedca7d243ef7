// What systemd and others hand to a service: sockets that listen already, and
// where to tell how it goes (sd_listen_fds(3), sd_notify(3)).
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::daemon {

class service_manager {
 public:
  /// From $LISTEN_PID, $LISTEN_FDS and $LISTEN_FDNAMES, $NOTIFY_SOCKET,
  /// $WATCHDOG_PID and $WATCHDOG_USEC, which are removed: they are not meant
  /// for programs that we start.
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
  /// How often it wants to hear WATCHDOG=1; 0: never.
  std::chrono::microseconds watchdog() const { return watchdog_; }

 private:
  service_manager() = default;

  std::multimap<std::string, int, std::less<>> sockets_;
  std::string notify_;  // a path; "@" in front: an abstract one
  std::chrono::microseconds watchdog_{0};
};

}  // namespace mekiki::daemon

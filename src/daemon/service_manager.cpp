#include "daemon/service_manager.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>

namespace mekiki::daemon {
namespace {

constexpr int first_descriptor = 3;
constexpr std::uint64_t most_descriptors = 100;

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string out = value == nullptr ? "" : value;
  ::unsetenv(name);
  return out;
}

std::uint64_t number(std::string_view text) {
  std::uint64_t n = 0;
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), n);
  const bool is_whole = stop == text.data() + text.size();
  return error == std::errc() && is_whole ? n : 0;
}

bool is_for_us(std::string_view pid) {
  return number(pid) == static_cast<std::uint64_t>(::getpid());
}

}  // namespace

service_manager service_manager::from_environment() {
  service_manager out;
  const std::string pid = take_variable("LISTEN_PID");
  const std::uint64_t count = number(take_variable("LISTEN_FDS"));
  const std::string all_names = take_variable("LISTEN_FDNAMES");
  std::string_view names = all_names;
  if (is_for_us(pid)) {
    const int end =
        first_descriptor + static_cast<int>(std::min(count, most_descriptors));
    for (int fd = first_descriptor; fd < end; ++fd) {
      const std::size_t colon = std::min(names.find(':'), names.size());
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
      out.sockets_.emplace(names.substr(0, colon), fd);
      names.remove_prefix(std::min(colon + 1, names.size()));
    }
  }
  out.notify_ = take_variable("NOTIFY_SOCKET");
  const std::string watched = take_variable("WATCHDOG_PID");
  const std::uint64_t microseconds = number(take_variable("WATCHDOG_USEC"));
  if (watched.empty() || is_for_us(watched))
    out.watchdog_ = std::chrono::microseconds(microseconds / 2);
  return out;
}

service_manager::service_manager(service_manager&& other) noexcept
    : sockets_(std::exchange(other.sockets_, {})),
      notify_(std::move(other.notify_)),
      watchdog_(other.watchdog_) {}

service_manager::~service_manager() {
  for (const auto& [name, fd] : sockets_) ::close(fd);
}

std::vector<int> service_manager::take(std::string_view name) {
  std::vector<int> out;
  const auto [from, to] = sockets_.equal_range(name);
  for (auto each = from; each != to; ++each) out.push_back(each->second);
  sockets_.erase(from, to);
  return out;
}

std::vector<std::string> service_manager::left() const {
  std::vector<std::string> out;
  for (const auto& [name, fd] : sockets_) out.push_back(name);
  return out;
}

void service_manager::tell(std::string_view state) const {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (notify_.empty() || notify_.size() >= sizeof to.sun_path)
    return;
  std::memcpy(to.sun_path, notify_.data(), notify_.size());
  if (to.sun_path[0] == '@')
    to.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  // Whether the manager hears it is the manager's affair.
  const ssize_t sent = ::sendto(
      fd, state.data(), state.size(), MSG_NOSIGNAL,
      reinterpret_cast<const sockaddr*>(&to),
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + notify_.size()));
  static_cast<void>(sent);
  ::close(fd);
}

}  // namespace mekiki::daemon

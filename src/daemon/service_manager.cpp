#include "daemon/service_manager.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sys/file.h>
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

// Datagrams, one for each answer: empty, or why it was refused.
constexpr std::string_view answers = "reload";
constexpr std::size_t longest_answer = 4096;

struct socket_address {
  sockaddr_un at{};
  socklen_t size = 0;  // 0: the path is none that a socket can have

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&at); }
};

socket_address address_of(std::string_view path) {
  socket_address out;
  out.at.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof out.at.sun_path)
    return out;
  std::memcpy(out.at.sun_path, path.data(), path.size());
  if (out.at.sun_path[0] == '@')
    out.at.sun_path[0] = '\0';
  out.size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  return out;
}

/// Whether somebody hears it is not our affair.
void send(std::string_view path, std::string_view text) {
  const socket_address to = address_of(path);
  if (to.size == 0)
    return;
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  // Who asked for a reload and does not listen must not stop us.
  const ssize_t sent = ::sendto(fd, text.data(), text.size(),
                                MSG_NOSIGNAL | MSG_DONTWAIT, to.get(), to.size);
  static_cast<void>(sent);
  ::close(fd);
}

/// One `mekiki reload` after the other: an answer does not say whose it is.
class turn {
 public:
  explicit turn(const std::filesystem::path& file)
      : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                   0600)) {
    if (fd_ >= 0)
      ::flock(fd_, LOCK_EX);
  }
  ~turn() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

 private:
  int fd_;
};

/// A socket in the file system, as long as this lives.
class answer_socket {
 public:
  explicit answer_socket(std::string path) : path_(std::move(path)) {
    const socket_address at = address_of(path_);
    ::unlink(path_.c_str());  // of one that was killed
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    is_bound_ = at.size > 0 && ::bind(fd_, at.get(), at.size) == 0;
    error_ = at.size > 0 ? errno : ENAMETOOLONG;
  }
  ~answer_socket() {
    if (is_bound_)
      ::unlink(path_.c_str());
    ::close(fd_);
  }
  answer_socket(const answer_socket&) = delete;
  answer_socket& operator=(const answer_socket&) = delete;

  bool is_bound() const { return is_bound_; }
  int error() const { return error_; }
  int get() const { return fd_; }

 private:
  std::string path_;
  int fd_ = -1;
  bool is_bound_ = false;
  int error_ = 0;
};

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
  const std::filesystem::path runtime = take_variable("RUNTIME_DIRECTORY");
  if (!runtime.empty())
    out.asked_ = runtime / answers;
  const std::string watched = take_variable("WATCHDOG_PID");
  const std::uint64_t microseconds = number(take_variable("WATCHDOG_USEC"));
  if (watched.empty() || is_for_us(watched))
    out.watchdog_ = std::chrono::microseconds(microseconds / 2);
  return out;
}

service_manager::service_manager(service_manager&& other) noexcept
    : sockets_(std::exchange(other.sockets_, {})),
      notify_(std::move(other.notify_)),
      asked_(std::move(other.asked_)),
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
  send(notify_, state);
}

void service_manager::answer_reload(std::string_view why) const {
  send(asked_, why.substr(0, longest_answer));
}

expected<void, std::string> ask_to_reload(pid_t process,
                                          const std::filesystem::path& runtime,
                                          std::chrono::seconds patience) {
  const turn ours(runtime / "reload.lock");
  const answer_socket socket(runtime / answers);
  if (!socket.is_bound()) {
    return unexpected(fmt::format("cannot listen for the answer in {}: {}",
                                  runtime.string(),
                                  std::strerror(socket.error())));
  }
  if (::kill(process, SIGHUP) != 0) {
    return unexpected(fmt::format("cannot ask process {}: {}", process,
                                  std::strerror(errno)));
  }
  pollfd answer{.fd = socket.get(), .events = POLLIN, .revents = 0};
  const int a_second = patience.count() > 0 ? 1000 : 0;
  for (std::chrono::seconds waited{0}; ::poll(&answer, 1, a_second) == 0;) {
    if (::kill(process, 0) != 0)
      return unexpected(fmt::format("process {} has ended", process));
    if (++waited >= patience) {
      return unexpected(fmt::format(
          "process {} gave no answer within {} seconds; its log may tell more",
          process, waited.count()));
    }
  }
  std::array<char, longest_answer> text{};
  const ssize_t size =
      ::recv(socket.get(), text.data(), text.size(), MSG_DONTWAIT);
  if (size < 0)
    return unexpected(std::string(std::strerror(errno)));
  if (size == 0)
    return {};
  return unexpected("not reloaded: everything is as it was\n" +
                    std::string(text.data(), static_cast<std::size_t>(size)));
}

}  // namespace mekiki::daemon

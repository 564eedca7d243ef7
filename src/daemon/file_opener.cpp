#include "daemon/file_opener.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <seccomp.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

/// An errno (0: none), with the descriptor beside it.
bool answer(int channel, std::int32_t failure, int fd) {
  iovec data{&failure, sizeof failure};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* beside = CMSG_FIRSTHDR(&message);
    beside->cmsg_level = SOL_SOCKET;
    beside->cmsg_type = SCM_RIGHTS;
    beside->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(beside), &fd, sizeof fd);
  }
  return ::sendmsg(channel, &message, MSG_NOSIGNAL) >= 0;
}

/// Opening for reading, and talking with the parent. A kernel without seccomp
/// leaves the child as it is.
void close_doors_of_child() {
  scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (f == nullptr)
    return;
  for (const int call :
       {SCMP_SYS(recvmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg),
        SCMP_SYS(close), SCMP_SYS(exit_group), SCMP_SYS(exit),
        SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall)})
    seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 0);
  constexpr std::uint64_t changes =
      O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_TMPFILE;
  seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                   scmp_arg_cmp{2, SCMP_CMP_MASKED_EQ,
                                changes & ~std::uint64_t{O_DIRECTORY}, 0});
  seccomp_load(f);
  // Not released: that is no call that is left.
}

[[noreturn]] void serve(int channel, const std::vector<fs::path>& names) {
  // Ctrl-C and a service manager's signal are for the parent, whose end ends
  // the channel.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
    std::signal(signal, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  ::prctl(PR_SET_NAME, "mekiki-files", 0, 0, 0);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {0, 1, 2}) ::dup2(nothing, fd);
  const auto kept = static_cast<unsigned>(channel);
  ::close_range(3, kept - 1, 0);
  ::close_range(kept + 1, std::numeric_limits<unsigned>::max(), 0);
  close_doors_of_child();
  for (;;) {
    std::uint8_t number = 0;
    const ssize_t n = ::recv(channel, &number, 1, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n != 1)
      ::_exit(0);
    // A pipe of that name must not hold us up.
    const int fd = number < names.size()
                       ? ::open(names[number].c_str(),
                                O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
                       : -1;
    const int failure = fd >= 0 ? 0 : number < names.size() ? errno : EINVAL;
    const bool told = answer(channel, failure, fd);
    if (fd >= 0)
      ::close(fd);
    if (!told)
      ::_exit(0);
  }
}

std::vector<fs::path> at_most(std::vector<fs::path> names, std::size_t most) {
  if (names.size() > most)
    names.resize(most);
  return names;
}

}  // namespace

file_opener::file_opener(std::vector<fs::path> names)
    : names_(at_most(std::move(names), 256)) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return;
  child_ = ::fork();
  if (child_ == 0)
    serve(ends[1], names_);
  ::close(ends[1]);
  channel_ = ends[0];
  const timeval patience{.tv_sec = 2, .tv_usec = 0};
  ::setsockopt(channel_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(channel_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

file_opener::~file_opener() {
  if (channel_ >= 0)
    ::close(channel_);
  if (child_ > 0)
    ::waitpid(child_, nullptr, 0);
}

int file_opener::open(std::size_t number) {
  const auto octet = static_cast<std::uint8_t>(number);
  if (::send(channel_, &octet, 1, MSG_NOSIGNAL) != 1) {
    is_broken_ = true;
    return -1;
  }
  std::int32_t failure = 0;
  iovec data{&failure, sizeof failure};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  ssize_t n = 0;
  do {
    n = ::recvmsg(channel_, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n != sizeof failure) {
    // A late answer would be taken for that of the next question.
    ::shutdown(channel_, SHUT_RDWR);
    is_broken_ = true;
    return -1;
  }
  const cmsghdr* beside = CMSG_FIRSTHDR(&message);
  if (failure != 0 || beside == nullptr || beside->cmsg_type != SCM_RIGHTS) {
    errno = failure != 0 ? failure : EIO;
    return -1;
  }
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(beside), sizeof fd);
  return fd;
}

expected<std::string, std::string> file_opener::read(const fs::path& file,
                                                     std::size_t most,
                                                     mode_t* mode) {
  const auto cannot = [&file](std::string_view why) {
    return unexpected(
        fmt::format("{}: cannot be read: {}", file.string(), why));
  };
  const auto at = std::ranges::find(names_, file);
  if (at == names_.end())
    return cannot("not one of the files that are read while running");
  const std::lock_guard lock(one_at_a_time_);
  const int fd = open(static_cast<std::size_t>(at - names_.begin()));
  if (fd < 0 && is_broken_)
    return cannot("the process that opens files is gone: restart needed");
  if (fd < 0)
    return cannot(std::strerror(errno));
  // A pipe that nobody writes to would look like an empty file.
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return cannot("it is no file");
  }
  if (mode != nullptr)
    *mode = info.st_mode;
  // A key must leave no copy behind by growing.
  const auto told = static_cast<std::size_t>(std::max<off_t>(info.st_size, 0));
  constexpr std::size_t step = 16 << 10;
  std::string text;
  text.reserve(std::min(most, told) + step + 1);
  ssize_t n = 0;
  do {
    const std::size_t had = text.size();
    text.resize(std::min(most + 1, had + step));
    n = ::read(fd, text.data() + had, text.size() - had);
    const int failure = errno;
    text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && failure != EINTR) {
      ::close(fd);
      return cannot(std::strerror(failure));
    }
  } while (n != 0 && text.size() <= most);
  ::close(fd);
  if (text.size() > most)
    return cannot(fmt::format("larger than {} octets", most));
  return text;
}

}  // namespace mekiki::daemon

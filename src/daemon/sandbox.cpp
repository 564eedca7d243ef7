#include "daemon/sandbox.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

// ----------------------------------------------------------------- Landlock

// linux/landlock.h of the newest kernel: that of the build machine may be
// older. The numbers of the calls are the same on all machines.
namespace landlock {

constexpr long create_ruleset = 444;
constexpr long add_rule = 445;
constexpr long restrict_self = 446;
constexpr unsigned ask_version = 1;
constexpr unsigned rule_path_beneath = 1;

struct ruleset_attr {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};
struct [[gnu::packed]] path_beneath_attr {
  std::uint64_t allowed_access;
  std::int32_t parent_fd;
};

constexpr std::uint64_t write_file = 1 << 1;
constexpr std::uint64_t read_file = 1 << 2;
constexpr std::uint64_t read_dir = 1 << 3;
constexpr std::uint64_t remove_dir = 1 << 4;
constexpr std::uint64_t remove_file = 1 << 5;
constexpr std::uint64_t make_dir = 1 << 7;
constexpr std::uint64_t make_reg = 1 << 8;
constexpr std::uint64_t refer = 1 << 13;      // ABI 2
constexpr std::uint64_t truncate = 1 << 14;   // ABI 3
constexpr std::uint64_t ioctl_dev = 1 << 15;  // ABI 5

constexpr std::uint64_t scope_signal = 1 << 1;  // ABI 6

/// What a kernel of this ABI can forbid.
std::uint64_t all_of(long abi) {
  std::uint64_t all = (1 << 13) - 1;
  if (abi >= 2)
    all |= refer;
  if (abi >= 3)
    all |= truncate;
  if (abi >= 5)
    all |= ioctl_dev;
  return all;
}

}  // namespace landlock

class descriptor {
 public:
  explicit descriptor(long fd) : fd_(static_cast<int>(fd)) {}
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// True if it is done, or there is nothing of that name.
bool allow(const descriptor& rules, const fs::path& path,
           std::uint64_t access) {
  const descriptor at(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!at)
    return errno == ENOENT || errno == EACCES;
  struct stat info {};
  if (::fstat(at.get(), &info) != 0)
    return false;
  if (!S_ISDIR(info.st_mode))
    access &= landlock::read_file | landlock::write_file | landlock::truncate;
  const landlock::path_beneath_attr rule{.allowed_access = access,
                                         .parent_fd = at.get()};
  return ::syscall(landlock::add_rule, rules.get(), landlock::rule_path_beneath,
                   &rule, 0) == 0;
}

std::string why_no_landlock(int error) {
  constexpr std::string_view so =
      "every file that this user may open can be opened";
  switch (error) {
    case ENOSYS:
      return fmt::format(
          "this kernel has no Landlock (Linux 5.13 and newer have): {}", so);
    case EOPNOTSUPP:
      return fmt::format(
          "Landlock is turned off in this kernel (its parameter lsm= lacks "
          "landlock): {}",
          so);
    default:
      return fmt::format(
          "Landlock: {} (a service manager's SystemCallFilter may forbid it): "
          "{}",
          std::strerror(error), so);
  }
}

/// A sentence about what is missing, or "".
std::string close_files(const open_files& files) {
  const long abi =
      ::syscall(landlock::create_ruleset, nullptr, 0, landlock::ask_version);
  if (abi < 1)
    return why_no_landlock(errno);
  const std::uint64_t all = landlock::all_of(abi);
  const landlock::ruleset_attr attributes{.handled_access_fs = all,
                                          .handled_access_net = 0,
                                          .scoped = landlock::scope_signal};
  // An older kernel knows the first members only.
  const std::size_t size = abi >= 6   ? sizeof attributes
                           : abi >= 4 ? 2 * sizeof(std::uint64_t)
                                      : sizeof(std::uint64_t);
  const descriptor rules(
      ::syscall(landlock::create_ruleset, &attributes, size, 0));
  if (!rules)
    return fmt::format("Landlock: {}", std::strerror(errno));
  constexpr std::uint64_t reading = landlock::read_file | landlock::read_dir;
  // No links, devices, sockets or programs.
  constexpr std::uint64_t writing =
      reading | landlock::write_file | landlock::remove_dir |
      landlock::remove_file | landlock::make_dir | landlock::make_reg |
      landlock::refer | landlock::truncate;
  for (const fs::path& path : files.written) {
    if (!allow(rules, path, writing & all))
      return fmt::format("Landlock: {}: {}", path.string(),
                         std::strerror(errno));
  }
  for (const fs::path& path : files.read) {
    if (!allow(rules, path, reading))
      return fmt::format("Landlock: {}: {}", path.string(),
                         std::strerror(errno));
  }
  if (::syscall(landlock::restrict_self, rules.get(), 0) != 0)
    return fmt::format("Landlock: {}", std::strerror(errno));
  return {};
}

// ------------------------------------------------------------------ seccomp

// Files by name are Landlock's business, except for what it does not look at:
// modes, owners, times and attributes.
constexpr auto allowed_calls = std::to_array<const char*>({
    // descriptors: `fcntl` has rules of its own
    "close",
    "close_range",
    "dup",
    "dup2",
    "dup3",
    "lseek",
    "_llseek",
    "pipe",
    "pipe2",
    "poll",
    "ppoll",
    "pselect6",
    "select",
    "read",
    "readv",
    "pread64",
    "preadv",
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "sendfile",
    "eventfd2",
    "signalfd4",
    "memfd_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "timerfd_create",
    "timerfd_settime",
    "timerfd_gettime",
    // files
    "open",
    "openat",
    "openat2",
    "access",
    "faccessat",
    "faccessat2",
    "stat",
    "lstat",
    "fstat",
    "newfstatat",
    "statx",
    "stat64",
    "fstat64",
    "fstatat64",
    "statfs",
    "fstatfs",
    "readlink",
    "readlinkat",
    "getcwd",
    "getdents64",
    "mkdir",
    "mkdirat",
    "rmdir",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "ftruncate",
    "fallocate",
    "fadvise64",
    "flock",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "umask",
    // sockets: `socket` has rules of its own
    "socketpair",
    "bind",
    "accept",
    "accept4",
    "connect",
    "shutdown",
    "getsockname",
    "getpeername",
    "getsockopt",
    "setsockopt",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    "sendto",
    "sendmsg",
    "sendmmsg",
    // memory: `mmap` and `mprotect` have rules of their own
    "brk",
    "madvise",
    "mremap",
    "munmap",
    "mlock",
    "mlock2",
    "munlock",
    "msync",
    // threads and signals: `clone`, `kill` and `tgkill` have rules of their own
    "exit",
    "exit_group",
    "futex",
    "futex_waitv",
    "get_robust_list",
    "set_robust_list",
    "set_tid_address",
    "rseq",
    "membarrier",
    "gettid",
    "getpid",
    "getppid",
    "sched_getaffinity",
    "sched_yield",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigpending",
    "rt_sigtimedwait",
    "rt_sigsuspend",
    "sigaltstack",
    "wait4",
    "waitid",
    // time
    "alarm",
    "setitimer",
    "getitimer",
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "time",
    "times",
    // what one may know of oneself
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getresuid",
    "getresgid",
    "getgroups",
    "getrandom",
    "getrlimit",
    "getrusage",
    "sysinfo",
    "uname",
});

// Answered with "not permitted". What is in neither list does not exist, which
// is what the C library of tomorrow expects of the kernel of today.
constexpr auto forbidden_calls = std::to_array<const char*>({
    "execve",
    "execveat",
    "fork",
    "vfork",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "truncate",
    "symlink",
    "symlinkat",
    "mknod",
    "mknodat",
    "mount",
    "umount2",
    "chroot",
    "pivot_root",
    "setuid",
    "setgid",
    "setresuid",
    "setresgid",
    "setreuid",
    "setregid",
    "setgroups",
    "setrlimit",
    "unshare",
    "setns",
    "bpf",
    "perf_event_open",
    "keyctl",
    "add_key",
    "io_uring_setup",
    "userfaultfd",
    "init_module",
    "finit_module",
    "reboot",
    "kexec_load",
    "personality",
    "tkill",
    "rt_sigqueueinfo",
});

class filter {
 public:
  filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS))) {
    good_ = context_ != nullptr;
  }
  ~filter() {
    if (context_ != nullptr)
      seccomp_release(context_);
  }
  filter(const filter&) = delete;
  filter& operator=(const filter&) = delete;

  template <class... Conditions>
  void allow(const char* call, Conditions... conditions) {
    add(SCMP_ACT_ALLOW, call, {conditions...});
  }
  template <class... Conditions>
  void forbid(const char* call, Conditions... conditions) {
    add(SCMP_ACT_ERRNO(EPERM), call, {conditions...});
  }
  /// A sentence about what went wrong, or "".
  std::string load() {
    // Threads of before are bound, too.
    good_ = good_ &&
            seccomp_attr_set(context_, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
            // No code of strangers runs here, and what kernels before 5.16 do
            // against it is slow.
            seccomp_attr_set(context_, SCMP_FLTATR_CTL_SSB, 1) == 0 &&
            // A binary tree: some calls are made a million times a second.
            seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
    const int failure = good_ ? seccomp_load(context_) : -ENOMEM;
    return failure == 0 ? std::string()
                        : fmt::format("seccomp: {}", std::strerror(-failure));
  }

 private:
  void add(std::uint32_t action, const char* call,
           const std::vector<scmp_arg_cmp>& conditions) {
    const int number = seccomp_syscall_resolve_name(call);
    if (number == __NR_SCMP_ERROR || number < 0)
      return;  // not on this machine
    good_ = good_ &&
            seccomp_rule_add_array(context_, action, number,
                                   static_cast<unsigned>(conditions.size()),
                                   conditions.data()) == 0;
  }

  scmp_filter_ctx context_;
  bool good_ = false;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp masked(unsigned argument, std::uint64_t mask,
                    std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

void allow_threads_alone(filter& f) {
  // Its flags are behind a pointer; the C library then takes `clone`, since
  // the call does not exist.
  constexpr std::uint64_t namespaces =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
      CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  f.allow("clone", masked(0, CLONE_THREAD | namespaces, CLONE_THREAD));
  const auto self = static_cast<std::uint64_t>(::getpid());
  f.allow("kill", equals(0, self));
  f.allow("tgkill", equals(0, self));
}

void allow_memory_without_code(filter& f) {
  f.allow("mmap", masked(2, PROT_EXEC, 0));
  f.allow("mmap2", masked(2, PROT_EXEC, 0));
  f.allow("mprotect", masked(2, PROT_EXEC, 0));
}

void allow_sockets(filter& f) {
  constexpr std::uint64_t type = 0xf;
  for (const std::uint64_t family : {AF_INET, AF_INET6}) {
    for (const std::uint64_t protocol : {0, int{IPPROTO_TCP}}) {
      f.allow("socket", equals(0, family), masked(1, type, SOCK_STREAM),
              equals(2, protocol));
    }
    for (const std::uint64_t protocol : {0, int{IPPROTO_UDP}}) {
      f.allow("socket", equals(0, family), masked(1, type, SOCK_DGRAM),
              equals(2, protocol));
    }
  }
  // The service manager and the log take datagrams. Whoever starts programs for
  // others (D-Bus, container engines) takes streams.
  f.allow("socket", equals(0, AF_UNIX), masked(1, type, SOCK_DGRAM));
  f.allow("socket", equals(0, AF_NETLINK), equals(2, 0));  // getifaddrs
}

/// Not F_SETOWN and F_SETSIG, which send any signal to any process of this
/// user.
void allow_file_control(filter& f) {
  for (const char* call : {"fcntl", "fcntl64"}) {
    for (const std::uint64_t command :
         {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_GETLK, F_SETLK,
          F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW})
      f.allow(call, equals(1, command));
    f.allow(call, equals(1, F_SETFL), masked(2, O_ASYNC, 0));
  }
}

void allow_small_talk(filter& f) {
  for (const std::uint64_t request : {FIONBIO, FIONREAD, FIOCLEX, TCGETS})
    f.allow("ioctl", equals(1, request));
  constexpr std::uint64_t set_vma = 0x53564d41;
  for (const std::uint64_t what :
       {std::uint64_t{PR_SET_NAME}, std::uint64_t{PR_GET_NAME},
        std::uint64_t{PR_GET_DUMPABLE}, std::uint64_t{PR_GET_NO_NEW_PRIVS},
        std::uint64_t{PR_GET_SECCOMP}, set_vma})
    f.allow("prctl", equals(0, what));
  f.allow("prlimit64", equals(2, 0));  // asking is allowed
}

std::string close_calls() {
  filter f;
  for (const char* call : allowed_calls) f.allow(call);
  for (const char* call : forbidden_calls) f.forbid(call);
  allow_threads_alone(f);
  allow_memory_without_code(f);
  allow_sockets(f);
  allow_file_control(f);
  allow_small_talk(f);
  return f.load();
}

// ------------------------------------------------------------------ the rest

/// Of root only those stay by which a state folder of another user is used.
/// A service of a user of its own keeps none.
void drop_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3,
                                  .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0)
    return;
  constexpr std::uint32_t kept =
      1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::uint32_t mask = i == 0 ? kept : 0;
    data[i].effective &= mask;
    data[i].permitted &= mask;
    data[i].inheritable = 0;
  }
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  ::syscall(SYS_capset, &header, data.data());
}

std::size_t count_threads() {
  std::error_code error;
  std::size_t count = 0;
  for (fs::directory_iterator i("/proc/self/task", error), end;
       !error && i != end; i.increment(error))
    ++count;
  return count;
}

bool has_no_core_dumps() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0;
}

}  // namespace

std::string_view to_string(sandbox_part part) {
  switch (part) {
    case sandbox_part::core_dumps:
      return "core_dumps";
    case sandbox_part::memory:
      return "memory";
    case sandbox_part::new_privileges:
      return "new_privileges";
    case sandbox_part::files:
      return "files";
    case sandbox_part::system_calls:
      return "system_calls";
  }
  return "";
}

bool sandbox_state::is_on(sandbox_part part) const {
  return std::ranges::find(on, part) != on.end();
}

void keep_memory_private() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

sandbox_state close_doors(const open_files& files) {
  sandbox_state out;
  const auto note = [&out](sandbox_part part, bool is_on,
                           std::string sentence) {
    if (is_on)
      out.on.push_back(part);
    if (!sentence.empty())
      out.missing.push_back(std::move(sentence));
  };
  const bool no_dumps = has_no_core_dumps();
  note(sandbox_part::core_dumps, no_dumps,
       no_dumps ? "" : "core dumps cannot be turned off");
  const bool is_private = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
  note(sandbox_part::memory, is_private,
       is_private ? "" : "other programs of this user can read our memory");
  const bool no_more = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  note(sandbox_part::new_privileges, no_more,
       no_more ? "" : "programs with the setuid bit would get their rights");

  drop_capabilities();

  // Before the other two, which leave /proc closed.
  const std::size_t threads = count_threads();
  std::string problem = close_files(files);
  if (problem.empty() && threads > 1) {
    note(sandbox_part::files, false,
         "Landlock does not hold for threads that were there before");
  } else {
    note(sandbox_part::files, problem.empty(), problem);
  }
  problem = close_calls();
  note(sandbox_part::system_calls, problem.empty(), problem);
  return out;
}

std::string describe(const sandbox_state& state) {
  std::vector<std::string_view> words;
  for (const sandbox_part part : state.on) {
    switch (part) {
      case sandbox_part::core_dumps:
        words.emplace_back("no core dumps");
        break;
      case sandbox_part::memory:
        words.emplace_back("memory that nobody may read");
        break;
      case sandbox_part::new_privileges:
        words.emplace_back("no new privileges");
        break;
      case sandbox_part::files:
        words.emplace_back("files by Landlock");
        break;
      case sandbox_part::system_calls:
        words.emplace_back("system calls by seccomp");
        break;
    }
  }
  return words.empty() ? "none of its parts is on"
                       : fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace mekiki::daemon

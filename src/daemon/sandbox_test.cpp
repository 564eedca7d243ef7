// Each test closes the doors in a process of its own and tries them from
// within: what counts is what the kernel does.
#include "daemon/sandbox.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <ifaddrs.h>
#include <iterator>
#include <map>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/test_folder.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

using tries = std::vector<std::pair<std::string, std::function<int()>>>;

/// errno, or 0.
int outcome(long result) { return result < 0 ? errno : 0; }

int open_for(const fs::path& file, int how) {
  const int fd = ::open(file.c_str(), how | O_CLOEXEC, 0600);
  const int failure = outcome(fd);
  if (fd >= 0)
    ::close(fd);
  return failure;
}

int map_with(int protection) {
  void* at =
      ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED)
    return errno;
  ::munmap(at, 4096);
  return 0;
}

int socket_of(int family, int type, int protocol = 0) {
  const int fd = ::socket(family, type | SOCK_CLOEXEC, protocol);
  const int failure = outcome(fd);
  if (fd >= 0)
    ::close(fd);
  return failure;
}

class sandbox : public testing::Test {
 protected:
  void SetUp() override {
#ifdef MEKIKI_NO_SANDBOX
    GTEST_SKIP() << "this build is not to be closed";
#endif
    fs::create_directories(state);
    fs::create_directories(outside / "folder");
    fs::create_directories(listed);
    std::ofstream(state / "file") << "x";
    std::ofstream(outside / "file") << "x";
    std::ofstream(listed / "file") << "x";
    fs::create_symlink(outside / "file", state / "link");
  }

  /// What became of each, in a process with its doors closed.
  std::map<std::string, int> within(const tries& all) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      keep_memory_private();
      const sandbox_state got =
          close_doors({.written = {state}, .read = {listed}});
      std::FILE* out = ::fdopen(ends[1], "w");
      for (const sandbox_part part : sandbox_parts) {
        std::fprintf(out, "on %s\t%d\n", std::string(to_string(part)).c_str(),
                     got.is_on(part) ? 1 : 0);
      }
      std::fflush(out);
      for (const auto& [name, attempt] : all) {
        std::fprintf(out, "%s\t%d\n", name.c_str(), attempt());
        std::fflush(out);
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    std::map<std::string, int> out;
    std::FILE* in = ::fdopen(ends[0], "r");
    char name[200];
    int value = 0;
    while (std::fscanf(in, "%199[^\t]\t%d\n", name, &value) == 2)
      out[name] = value;
    std::fclose(in);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    EXPECT_EQ(out.size(), all.size() + std::size(sandbox_parts));
    return out;
  }

  mekiki::test::folder dir;
  fs::path state = dir.path() / "state";
  fs::path outside = dir.path() / "outside";
  fs::path listed = dir.path() / "listed";
};

/// All of them, whose names say how they are tried, fail.
void expect_refused(const std::map<std::string, int>& got) {
  for (const auto& [name, failure] : got) {
    if (!name.starts_with("on "))
      EXPECT_THAT(failure, testing::AnyOf(EACCES, EPERM, ENOSYS)) << name;
  }
}
void expect_done(const std::map<std::string, int>& got) {
  for (const auto& [name, failure] : got) {
    if (!name.starts_with("on "))
      EXPECT_EQ(failure, 0) << name << ": " << std::strerror(failure);
  }
}

TEST_F(sandbox, every_part_is_on_here) {
  const auto got = within({});
  for (const sandbox_part part : sandbox_parts)
    EXPECT_EQ(got.at("on " + std::string(to_string(part))), 1)
        << to_string(part);
}

TEST_F(sandbox, executes_nothing) {
  static char program[] = "/bin/true";
  static char* arguments[] = {program, nullptr};
  static char* environment[] = {nullptr};
  expect_refused(within({
      {"execve",
       [] { return outcome(::execve(program, arguments, environment)); }},
      {"execve of a program in the state folder",
       [this] {
         return outcome(
             ::execve((state / "file").c_str(), arguments, environment));
       }},
      {"execveat of a memory file",
       [] {
         const int fd = ::memfd_create("x", 0);
         return outcome(::syscall(SYS_execveat, fd, "", arguments, environment,
                                  AT_EMPTY_PATH));
       }},
      {"posix_spawn",
       [] {
         pid_t child = 0;
         return ::posix_spawn(&child, program, nullptr, nullptr, arguments,
                              environment);
       }},
      {"fork", [] { return outcome(::fork()); }},
      {"vfork by clone",
       [] { return outcome(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }},
      {"clone3", [] { return outcome(::syscall(SYS_clone3, nullptr, 0)); }},
      {"memory with new code", [] { return map_with(PROT_READ | PROT_EXEC); }},
      {"memory with code that is written",
       [] {
         void* at = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return outcome(::mprotect(at, 4096, PROT_READ | PROT_EXEC));
       }},
  }));
}

TEST_F(sandbox, writes_nothing_outside_of_the_state_folder) {
  expect_refused(within({
      {"write", [this] { return open_for(outside / "file", O_WRONLY); }},
      {"truncate",
       [this] { return open_for(outside / "file", O_WRONLY | O_TRUNC); }},
      {"truncate by name",
       [this] { return outcome(::truncate((outside / "file").c_str(), 0)); }},
      {"create",
       [this] { return open_for(outside / "new", O_WRONLY | O_CREAT); }},
      {"create in /tmp",
       [] { return open_for("/tmp/mekiki-no", O_WRONLY | O_CREAT); }},
      {"a file without a name",
       [this] { return open_for(outside, O_WRONLY | O_TMPFILE); }},
      {"through a link in the state folder",
       [this] { return open_for(state / "link", O_WRONLY); }},
      {"in a folder that may be read",
       [this] { return open_for(listed / "file", O_WRONLY); }},
      {"mkdir",
       [this] { return outcome(::mkdir((outside / "d").c_str(), 0700)); }},
      {"rmdir",
       [this] { return outcome(::rmdir((outside / "folder").c_str())); }},
      {"unlink",
       [this] { return outcome(::unlink((outside / "file").c_str())); }},
      {"rename out",
       [this] {
         const int failure = outcome(
             ::rename((state / "file").c_str(), (outside / "moved").c_str()));
         return failure == EXDEV ? EACCES : failure;
       }},
      {"rename in",
       [this] {
         const int failure = outcome(
             ::rename((outside / "file").c_str(), (state / "moved").c_str()));
         return failure == EXDEV ? EACCES : failure;
       }},
      {"link in",
       [this] {
         const int failure = outcome(
             ::link((outside / "file").c_str(), (state / "linked").c_str()));
         return failure == EXDEV ? EACCES : failure;
       }},
      {"link by name",
       [this] {
         return outcome(::symlink("/etc/shadow", (state / "s").c_str()));
       }},
      {"chmod",
       [this] { return outcome(::chmod((outside / "file").c_str(), 0666)); }},
      {"chmod of what may be read",
       [this] {
         const int fd = ::open((listed / "file").c_str(), O_RDONLY);
         return outcome(::fchmod(fd, 0666));
       }},
      {"chown",
       [this] { return outcome(::chown((outside / "file").c_str(), 1, 1)); }},
      {"a device",
       [this] {
         return outcome(::mknod((state / "d").c_str(), S_IFCHR | 0600, 1));
       }},
      {"our own memory", [] { return open_for("/proc/self/mem", O_RDWR); }},
  }));
  EXPECT_TRUE(fs::exists(outside / "file"));
  EXPECT_TRUE(fs::exists(outside / "folder"));
}

TEST_F(sandbox, reads_nothing_but_the_list) {
  expect_refused(within({
      {"a file outside",
       [this] { return open_for(outside / "file", O_RDONLY); }},
      {"through a link", [this] { return open_for(state / "link", O_RDONLY); }},
      {"through a descriptor's name",
       [this] {
         const int fd = ::open((outside / "file").c_str(), O_PATH);
         return open_for("/proc/self/fd/" + std::to_string(fd), O_RDONLY);
       }},
      {"a folder outside",
       [this] { return open_for(outside, O_RDONLY | O_DIRECTORY); }},
      {"/etc/shadow", [] { return open_for("/etc/shadow", O_RDONLY); }},
      {"/etc/passwd", [] { return open_for("/etc/passwd", O_RDONLY); }},
      {"/etc", [] { return open_for("/etc", O_RDONLY | O_DIRECTORY); }},
      {"/", [] { return open_for("/", O_RDONLY | O_DIRECTORY); }},
      {"by way of the root of another process",
       [] { return open_for("/proc/1/root/etc/passwd", O_RDONLY); }},
      {"by way of our root",
       [] { return open_for("/proc/self/root/etc/passwd", O_RDONLY); }},
      {"by way of .. from what is listed",
       [this] { return open_for(listed / ".." / "outside/file", O_RDONLY); }},
      {"by openat2",
       [this] {
         open_how how{};
         return outcome(::syscall(SYS_openat2, AT_FDCWD,
                                  (outside / "file").c_str(), &how,
                                  sizeof how));
       }},
      {"by a handle",
       [this] {
         alignas(file_handle) char room[sizeof(file_handle) + 128] = {};
         auto* handle = reinterpret_cast<file_handle*>(room);
         handle->handle_bytes = 128;
         int mount = 0;
         return outcome(::name_to_handle_at(
             AT_FDCWD, (outside / "file").c_str(), handle, &mount, 0));
       }},
      {"by mounting",
       [this] {
         return outcome(::mount((outside).c_str(), (state).c_str(), nullptr,
                                MS_BIND, nullptr));
       }},
      {"another folder as the root",
       [this] { return outcome(::chroot(state.c_str())); }},
      {"our environment",
       [] { return open_for("/proc/self/environ", O_RDONLY); }},
      {"another process's memory",
       [] { return open_for("/proc/1/mem", O_RDONLY); }},
  }));
}

TEST_F(sandbox, reaches_no_other_process_and_no_kernel_interface) {
  const pid_t parent = ::getpid();
  static rlimit cores{RLIM_INFINITY, RLIM_INFINITY};
  expect_refused(within({
      {"kill", [parent] { return outcome(::kill(parent, SIGCONT)); }},
      {"ptrace", [] { return outcome(::ptrace(PTRACE_TRACEME, 0, 0, 0)); }},
      {"memory of another",
       [parent] {
         return outcome(::syscall(SYS_process_vm_readv, parent, nullptr, 0,
                                  nullptr, 0, 0));
       }},
      {"a signal by the state of a descriptor",
       [parent] {
         int ends[2];
         ::pipe(ends);
         return outcome(::fcntl(ends[0], F_SETOWN, parent));
       }},
      {"any signal, so",
       [] {
         int ends[2];
         ::pipe(ends);
         return outcome(::fcntl(ends[0], F_SETSIG, SIGKILL));
       }},
      {"a signal by a socket's state",
       [parent] {
         const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
         return outcome(::ioctl(fd, FIOSETOWN, &parent));
       }},
      {"a signal by a descriptor of the process",
       [parent] {
         const long fd = ::syscall(SYS_pidfd_open, parent, 0);
         return outcome(fd < 0 ? fd
                               : ::syscall(SYS_pidfd_send_signal, fd, SIGCONT,
                                           nullptr, 0));
       }},
      {"a queued signal",
       [parent] {
         siginfo_t info{};
         info.si_code = SI_QUEUE;
         return outcome(::syscall(SYS_rt_sigqueueinfo, parent, SIGCONT, &info));
       }},
      {"all of the group", [] { return outcome(::kill(0, SIGCONT)); }},
      {"core dumps", [] { return outcome(::setrlimit(RLIMIT_CORE, &cores)); }},
      {"core dumps, otherwise",
       [] { return outcome(::prlimit(0, RLIMIT_CORE, &cores, nullptr)); }},
      {"dumpable", [] { return outcome(::prctl(PR_SET_DUMPABLE, 1)); }},
      {"packets", [] { return socket_of(AF_PACKET, SOCK_DGRAM); }},
      {"echo requests",
       [] { return socket_of(AF_INET, SOCK_DGRAM, IPPROTO_ICMP); }},
      {"other protocols",
       [] { return socket_of(AF_INET, SOCK_STREAM, IPPROTO_SCTP); }},
      {"the hypervisor", [] { return socket_of(AF_VSOCK, SOCK_STREAM); }},
      {"the kernel's ciphers",
       [] { return socket_of(AF_ALG, SOCK_SEQPACKET); }},
      {"clients of our own",
       [] {
         const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
         return outcome(::listen(fd, 1));
       }},
      {"raw IP", [] { return socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP); }},
      {"the D-Bus and container engines",
       [] { return socket_of(AF_UNIX, SOCK_STREAM); }},
      {"audit", [] { return socket_of(AF_NETLINK, SOCK_RAW, 9); }},
      {"namespaces of a thread",
       [] {
         constexpr long flags =
             CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWNET;
         static char stack[64 << 10];
         return outcome(
             ::syscall(SYS_clone, flags, stack + sizeof stack, 0, 0, 0));
       }},
      {"the machine's addresses, changed",
       [] {
         const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
         ifreq request{};
         return outcome(::ioctl(fd, SIOCSIFADDR, &request));
       }},
      {"routes, changed",
       [] {
         // RTM_DELLINK of an interface that is not there: refused before it is
         // looked for.
         const int fd = ::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
         struct {
           nlmsghdr head{};
           ifinfomsg link{};
         } ask;
         ask.head.nlmsg_len = sizeof ask;
         ask.head.nlmsg_type = RTM_DELLINK;
         ask.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
         ask.link.ifi_index = 0x7fffff;
         struct {
           nlmsghdr head{};
           nlmsgerr error{};
           char rest[256] = {};
         } told;
         if (::send(fd, &ask, sizeof ask, 0) < 0 ||
             ::recv(fd, &told, sizeof told, 0) < 0)
           return errno;
         return -told.error.error;
       }},
      {"memory of another kind with code",
       [] {
         const int fd = ::memfd_create("x", 0);
         ::ftruncate(fd, 4096);
         void* at =
             ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
         return at == MAP_FAILED ? errno : 0;
       }},
      {"code by a key",
       [] {
         void* at = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return outcome(
             ::syscall(SYS_pkey_mprotect, at, 4096, PROT_READ | PROT_EXEC, -1));
       }},
      {"code in shared memory",
       [] { return outcome(::syscall(SYS_shmget, IPC_PRIVATE, 4096, 0700)); }},
      {"a past in which reading was executing",
       [] { return outcome(::personality(READ_IMPLIES_EXEC)); }},
      {"namespaces", [] { return outcome(::unshare(CLONE_NEWUSER)); }},
      {"io_uring",
       [] { return outcome(::syscall(SYS_io_uring_setup, 1, nullptr)); }},
      {"bpf", [] { return outcome(::syscall(SYS_bpf, 0, nullptr, 0)); }},
      {"setuid", [] { return outcome(::setuid(0)); }},
  }));
}

// Looked at from outside: within, the kernel is not asked any more.
TEST_F(sandbox, keeps_no_rights_of_root_but_to_files) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const pid_t child = ::fork();
  char octet = 'x';
  if (child == 0) {
    ::close(ends[0]);
    keep_memory_private();
    close_doors({.written = {state}, .read = {}});
    static_cast<void>(::write(ends[1], &octet, 1));
    static_cast<void>(::read(ends[1], &octet, 1));
    ::_exit(0);
  }
  ::close(ends[1]);
  ASSERT_EQ(::read(ends[0], &octet, 1), 1);
  std::ifstream status(fmt::format("/proc/{}/status", child));
  std::map<std::string, std::uint64_t> rights;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Cap"))
      rights[line.substr(0, 6)] = std::stoull(line.substr(8), nullptr, 16);
  }
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  constexpr std::uint64_t of_files =
      1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH;
  EXPECT_EQ(rights.at("CapPrm") & ~of_files, 0U);
  EXPECT_EQ(rights.at("CapEff") & ~of_files, 0U);
  EXPECT_EQ(rights.at("CapInh"), 0U);
  EXPECT_EQ(rights.at("CapAmb"), 0U);
}

TEST_F(sandbox, holds_for_threads_that_begin_later) {
  expect_refused(within({
      {"read",
       [] {
         int failure = 0;
         std::thread([&] {
           failure = open_for("/etc/passwd", O_RDONLY);
         }).join();
         return failure;
       }},
      {"execute",
       [] {
         int failure = 0;
         std::thread([&] {
           static char program[] = "/bin/true";
           static char* arguments[] = {program, nullptr};
           failure = outcome(::execve(program, arguments, arguments + 1));
         }).join();
         return failure;
       }},
  }));
}

TEST_F(sandbox, does_not_hold_for_threads_of_before) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::thread waiting([] { ::pause(); });
    waiting.detach();
    keep_memory_private();
    const sandbox_state got = close_doors({.written = {state}, .read = {}});
    const bool is_told =
        !got.is_on(sandbox_part::files) && got.missing.size() == 1 &&
        got.missing[0].find("threads that were there") != std::string::npos;
    ::_exit(is_told ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(sandbox, lets_through_what_serving_mail_needs) {
  expect_done(within({
      {"read and write in the state folder",
       [this] { return open_for(state / "file", O_RDWR); }},
      {"create there",
       [this] { return open_for(state / "new", O_RDWR | O_CREAT | O_EXCL); }},
      {"a file without a name there",
       [this] { return open_for(state, O_RDWR | O_TMPFILE); }},
      {"rename there",
       [this] {
         fs::create_directories(state / "sub");
         return outcome(::rename((state / "new").c_str(),
                                 (state / "sub" / "new").c_str()));
       }},
      {"unlink there",
       [this] { return outcome(::unlink((state / "sub" / "new").c_str())); }},
      {"read what is listed",
       [this] { return open_for(listed / "file", O_RDONLY); }},
      {"list what is listed",
       [this] { return open_for(listed, O_RDONLY | O_DIRECTORY); }},
      {"a thread",
       [] {
         std::thread([] {}).join();
         return 0;
       }},
      {"TCP", [] { return socket_of(AF_INET, SOCK_STREAM); }},
      {"TCP over IPv6", [] { return socket_of(AF_INET6, SOCK_STREAM); }},
      {"TCP by its number",
       [] { return socket_of(AF_INET, SOCK_STREAM, IPPROTO_TCP); }},
      {"UDP by its number",
       [] { return socket_of(AF_INET6, SOCK_DGRAM, IPPROTO_UDP); }},
      {"locks of files",
       [this] {
         const int fd = ::open((state / "file").c_str(), O_RDWR);
         struct flock lock {};
         lock.l_type = F_WRLCK;
         return outcome(::fcntl(fd, F_SETLK, &lock));
       }},
      {"descriptors that do not block",
       [this] {
         const int fd = ::open((state / "file").c_str(), O_RDWR);
         return outcome(::fcntl(fd, F_SETFL, O_NONBLOCK));
       }},
      {"UDP", [] { return socket_of(AF_INET, SOCK_DGRAM); }},
      {"a datagram to the service manager",
       [] { return socket_of(AF_UNIX, SOCK_DGRAM); }},
      {"the machine's addresses",
       [] {
         ifaddrs* list = nullptr;
         const int failure = outcome(::getifaddrs(&list));
         ::freeifaddrs(list);
         return failure;
       }},
      {"memory", [] { return map_with(PROT_READ | PROT_WRITE); }},
      {"a file in memory, by name",
       [] {
         const int fd = ::memfd_create("x", MFD_CLOEXEC);
         return open_for("/proc/self/fd/" + std::to_string(fd), O_RDONLY);
       }},
      {"stat anywhere",
       [] {
         struct stat info {};
         return outcome(::stat("/etc/resolv.conf", &info));
       }},
  }));
}

TEST_F(sandbox, a_hang_still_ends_the_program) {
  const pid_t child = ::fork();
  if (child == 0) {
    keep_memory_private();
    close_doors({.written = {state}, .read = {}});
    std::abort();
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
  EXPECT_FALSE(WCOREDUMP(status));
}

TEST(sandbox_state, is_described_in_one_line) {
  EXPECT_EQ(describe({}), "none of its parts is on");
  EXPECT_EQ(describe({.on = {sandbox_part::core_dumps, sandbox_part::files},
                      .missing = {}}),
            "no core dumps, files by Landlock");
}

}  // namespace
}  // namespace mekiki::daemon

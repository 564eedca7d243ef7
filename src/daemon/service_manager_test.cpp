#include "daemon/service_manager.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/test_folder.hpp"

namespace mekiki::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void set(const char* name, const std::string& value) {
  ::setenv(name, value.c_str(), 1);
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

// Two descriptors at the numbers that a service manager uses; what was there
// comes back.
class handed_over {
 public:
  handed_over() {
    for (int i = 0; i < 2; ++i) {
      before_[i] = ::fcntl(3 + i, F_DUPFD_CLOEXEC, 10);
      const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
      ::dup2(socket, 3 + i);
      if (socket > 4)
        ::close(socket);
    }
  }
  ~handed_over() {
    for (int i = 0; i < 2; ++i) {
      ::close(3 + i);
      if (before_[i] < 0)
        continue;
      ::dup2(before_[i], 3 + i);
      ::close(before_[i]);
    }
  }
  handed_over(const handed_over&) = delete;
  handed_over& operator=(const handed_over&) = delete;

 private:
  int before_[2] = {};
};

TEST(service_manager, nothing_without_one) {
  auto none = service_manager::from_environment();
  EXPECT_THAT(none.take("pop3"), IsEmpty());
  EXPECT_THAT(none.left(), IsEmpty());
  EXPECT_EQ(none.watchdog().count(), 0);
  none.tell("READY=1");
}

TEST(service_manager, sockets_by_name_once) {
  const handed_over sockets;
  set("LISTEN_PID", std::to_string(::getpid()));
  set("LISTEN_FDS", "2");
  set("LISTEN_FDNAMES", "pop3:other");
  {
    auto manager = service_manager::from_environment();
    EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
    EXPECT_THAT(manager.take("pop3"), ElementsAre(3));
    EXPECT_NE(::fcntl(3, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_THAT(manager.take("pop3"), IsEmpty());
    EXPECT_THAT(manager.left(), ElementsAre("other"));
  }
  EXPECT_TRUE(is_open(3));
  EXPECT_FALSE(is_open(4));  // nobody took it
}

TEST(service_manager, what_is_meant_for_another_process_is_left_alone) {
  const handed_over sockets;
  for (const std::string& pid :
       {std::string("1"), std::string(), std::to_string(::getpid()) + "x"}) {
    set("LISTEN_PID", pid);
    set("LISTEN_FDS", "2");
    set("LISTEN_FDNAMES", "pop3:pop3s");
    set("WATCHDOG_PID", "1");
    set("WATCHDOG_USEC", "1000000");
    auto manager = service_manager::from_environment();
    EXPECT_THAT(manager.take("pop3"), IsEmpty()) << pid;
    EXPECT_EQ(manager.watchdog().count(), 0) << pid;
  }
  EXPECT_TRUE(is_open(3));
}

TEST(service_manager, tells_its_state) {
  const test::folder here;
  for (const bool is_abstract : {false, true}) {
    const std::string path = is_abstract ? "@" + here.path().string()
                                         : (here.path() / "notify").string();
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, path.size());
    if (is_abstract)
      at.sun_path[0] = '\0';
    const int receiver = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    ASSERT_EQ(::bind(receiver, reinterpret_cast<const sockaddr*>(&at),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                            path.size())),
              0);
    set("NOTIFY_SOCKET", path);
    set("WATCHDOG_USEC", "3000000");
    const auto manager = service_manager::from_environment();
    EXPECT_EQ(manager.watchdog(), std::chrono::milliseconds(1500));
    manager.tell("READY=1\nSTATUS=Serving");
    char said[100] = {};
    EXPECT_EQ(::recv(receiver, said, sizeof said, 0), 22);
    EXPECT_STREQ(said, "READY=1\nSTATUS=Serving");
    ::close(receiver);
  }
}

// The program that is asked is this one: it answers from the handler.
const service_manager* asked = nullptr;
std::string_view reason;
void answer(int) {
  if (asked != nullptr)
    asked->answer_reload(reason);
}

TEST(service_manager, what_becomes_of_a_reload_is_answered) {
  const test::folder here;
  const auto before = std::signal(SIGHUP, answer);
  set("RUNTIME_DIRECTORY", here.path());
  const auto manager = service_manager::from_environment();
  EXPECT_EQ(std::getenv("RUNTIME_DIRECTORY"), nullptr);
  manager.answer_reload("nobody asks");
  asked = &manager;
  for (const std::string_view why : {"", "mekiki.toml:1: no such setting"}) {
    reason = why;
    const auto done = ask_to_reload(::getpid(), here.path());
    EXPECT_EQ(done.has_value(), why.empty());
    if (!done) {
      EXPECT_EQ(done.error(),
                "not reloaded: everything is as it was\n" + std::string(why));
    }
    EXPECT_FALSE(std::filesystem::exists(here.path() / "reload"));
  }
  asked = nullptr;
  EXPECT_THAT(
      ask_to_reload(::getpid(), here.path(), std::chrono::seconds(0)).error(),
      testing::HasSubstr("gave no answer"));
  EXPECT_THAT(ask_to_reload(::getpid(), here.path() / "missing").error(),
              testing::HasSubstr("cannot listen for the answer"));
  std::signal(SIGHUP, before);
}

TEST(service_manager, a_process_that_is_gone_is_not_waited_for) {
  const test::folder here;
  const pid_t gone = ::fork();
  if (gone == 0)
    ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  EXPECT_THAT(ask_to_reload(gone, here.path()).error(),
              testing::HasSubstr("cannot ask process"));
}

}  // namespace
}  // namespace mekiki::daemon

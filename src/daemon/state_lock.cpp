#include "daemon/state_lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/file.h>

#include "base/ascii.hpp"
#include "base/file_remedy.hpp"
#include "base/log.hpp"

namespace mekiki::daemon {
namespace {

/// " (process 17)", or "".
std::string holder(int fd) {
  std::array<char, 20> octets{};
  const ssize_t n = ::pread(fd, octets.data(), octets.size(), 0);
  const std::string_view text = ascii::trim(
      std::string_view(octets.data(), n > 0 ? static_cast<std::size_t>(n) : 0));
  const bool is_number =
      !text.empty() &&
      text.find_first_not_of("0123456789") == std::string_view::npos;
  return is_number ? fmt::format(" (process {})", text) : "";
}

}  // namespace

state_lock::~state_lock() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

expected<void, std::string> state_lock::take(
    const std::filesystem::path& state) {
  const std::filesystem::path file = state / "lock";
  descriptor_ =
      ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
    const std::string number = fmt::format("{}\n", ::getpid());
    // Only for people to read.
    [[maybe_unused]] const bool told =
        ::ftruncate(descriptor_, 0) == 0 &&
        ::pwrite(descriptor_, number.data(), number.size(), 0) > 0;
    return {};
  }
  if (descriptor_ >= 0 && errno == EWOULDBLOCK) {
    return unexpected(fmt::format(
        "another `mekiki serve`{} uses the state folder {}: stop that one, or "
        "give this one a folder of its own with --state",
        holder(descriptor_), state.string()));
  }
  const int failure = errno;
  log::warning("{} cannot be locked against a second `mekiki serve`: {}{}",
               file.string(), std::strerror(failure),
               file_remedy(file, failure));
  return {};
}

}  // namespace mekiki::daemon

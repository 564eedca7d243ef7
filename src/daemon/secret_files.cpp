#include "daemon/secret_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/small_file.hpp"

namespace mekiki::daemon {
namespace {

/// An open file, closed with this.
struct descriptor {
  explicit descriptor(const std::filesystem::path& file)
      : fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  int fd;
};

constexpr std::size_t longest_password = 1000;

unexpected<std::string> refusal(const std::filesystem::path& file,
                                std::string_view why) {
  return unexpected(fmt::format("the password file {} {}", file.string(), why));
}

/// Why a file of this mode is no secret; empty: it is one.
std::string openness(mode_t mode) {
  if ((mode & 077U) == 0)
    return {};
  return fmt::format(
      "may be read or changed by others (mode {:03o}); `chmod 600` closes it",
      mode & 0777U);
}

unexpected<std::string> open_key(const std::filesystem::path& file,
                                 std::string_view why) {
  return unexpected(fmt::format("the key file {} {}", file.string(), why));
}

expected<secret, std::string> password_of(std::string line,
                                          const std::filesystem::path& file) {
  if (line.ends_with('\r'))
    line.pop_back();
  const bool clean = std::ranges::all_of(line, [](char octet) {
    return static_cast<unsigned char>(octet) >= ' ' && octet != '\x7f';
  });
  secret password(std::move(line));
  if (password.empty())
    return refusal(file, "is empty, or its first line is");
  if (password.reveal().size() > longest_password || !clean)
    return refusal(file, "holds no password in its first line");
  return password;
}

/// Wipes the text.
expected<crypto::private_key, std::string> parsed_key(
    std::string text, const std::filesystem::path& file) {
  auto key = crypto::private_key::parse(text);
  wipe(text.data(), text.capacity());
  if (!key) {
    return unexpected(fmt::format("{} holds no private key: {}", file.string(),
                                  crypto::describe(key.error())));
  }
  return std::move(*key);
}

}  // namespace

expected<secret, std::string> load_password(const std::filesystem::path& file) {
  constexpr std::size_t most = longest_password;
  const auto refuse = [&](std::string_view why) { return refusal(file, why); };
  const descriptor in(file);
  struct stat info {};
  if (in.fd < 0 || ::fstat(in.fd, &info) != 0)
    return refuse(fmt::format("cannot be read: {}", std::strerror(errno)));
  if (!S_ISREG(info.st_mode))
    return refuse("is no file");
  if (const std::string why = openness(info.st_mode); !why.empty())
    return refuse(why);
  std::string line;
  line.reserve(most + 2);  // grows into no second copy
  char c = '\0';
  while (line.size() < most + 2 && ::read(in.fd, &c, 1) == 1 && c != '\n')
    line += c;
  return password_of(std::move(line), file);
}

expected<secret, std::string> password_in(std::string text, mode_t mode,
                                          const std::filesystem::path& file) {
  std::string line;
  line.reserve(text.size());
  line = text.substr(0, text.find('\n'));
  wipe(text.data(), text.capacity());
  if (const std::string why = openness(mode); !why.empty()) {
    wipe(line.data(), line.capacity());
    return refusal(file, why);
  }
  return password_of(std::move(line), file);
}

expected<crypto::private_key, std::string> load_key(
    const std::filesystem::path& file) {
  constexpr std::size_t most = 64 << 10;
  auto text = read_small_file(file, most);
  if (!text)
    return unexpected("the key " + text.error());
  return parsed_key(std::move(*text), file);
}

expected<crypto::private_key, std::string> load_signing_key(
    const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) == 0) {
    if (const std::string why = openness(info.st_mode); !why.empty())
      return open_key(file, why);
  }
  return load_key(file);
}

expected<crypto::private_key, std::string> key_in(
    std::string text, mode_t mode, const std::filesystem::path& file) {
  if (const std::string why = openness(mode); !why.empty()) {
    wipe(text.data(), text.capacity());
    return open_key(file, why);
  }
  return parsed_key(std::move(text), file);
}

}  // namespace mekiki::daemon

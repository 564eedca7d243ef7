#include "daemon/state.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/ascii.hpp"
#include "base/file_remedy.hpp"
#include "base/hex.hpp"
#include "base/ip_address.hpp"
#include "base/small_file.hpp"
#include "config/own_names.hpp"
#include "daemon/new_file.hpp"
#include "net/connect.hpp"
#include "net/this_machine.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path default_state_folder() {
  if (const std::string systemd = environment("STATE_DIRECTORY");
      !systemd.empty()) {
    return systemd.substr(0, systemd.find(':'));  // the first of several
  }
  if (const fs::path xdg = environment("XDG_STATE_HOME"); xdg.is_absolute()) {
    return xdg / "mekiki";
  }
  if (const fs::path home = environment("HOME"); home.is_absolute()) {
    return home / ".local/state/mekiki";
  }
  return {};
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(file, text.data(), text.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

fs::path label_secret_file(const fs::path& state) {
  return state / "label-secret";
}

fs::path find_state_folder(const fs::path& asked, const fs::path& configured) {
  if (!asked.empty())
    return asked;
  return configured.empty() ? default_state_folder() : configured;
}

expected<fs::path, std::string> open_state_folder(const fs::path& asked,
                                                  const fs::path& configured) {
  fs::path folder = find_state_folder(asked, configured);
  if (folder.empty()) {
    return unexpected(std::string(
        "no state folder: HOME is not set; name one with --state DIR"));
  }
  std::error_code error;
  folder = fs::absolute(folder, error);
  if (const fs::path parent = folder.parent_path(); !parent.empty()) {
    fs::create_directories(parent, error);
  }
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    const int failure = errno;
    return unexpected(fmt::format("cannot make the state folder {}: {}{}",
                                  folder.string(), std::strerror(failure),
                                  file_remedy(folder, failure)));
  }
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return unexpected(
        fmt::format("the state folder {} is not a folder", folder.string()));
  }
  // It holds keys and parts of mails: nobody else may look in. Closing a folder
  // that is in use for something else (/tmp, /var) would do harm.
  if ((info.st_mode & 0077) != 0) {
    const bool ours = fs::exists(label_secret_file(folder), error) ||
                      fs::is_empty(folder, error);
    if (!ours) {
      return unexpected(fmt::format(
          "the state folder {} is open to others and holds other things; name "
          "an empty one, or close it with chmod 700",
          folder.string()));
    }
    if (::chmod(folder.c_str(), 0700) != 0) {
      return unexpected(fmt::format(
          "the state folder {} is open to others and cannot be closed: {}{}",
          folder.string(), std::strerror(errno), file_remedy(folder, errno)));
    }
  }
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    const int failure = errno;
    return unexpected(fmt::format("the state folder {} cannot be used: {}{}",
                                  folder.string(), std::strerror(failure),
                                  file_remedy(folder, failure)));
  }
  return folder;
}

expected<void, std::string> write_private_file(const fs::path& file,
                                               std::string_view text,
                                               existing when_there) {
  new_file made(file);
  if (auto done = made.made(); !done)
    return done;
  if (!write_all(made.descriptor(), text)) {
    const int failure = errno;
    return unexpected(fmt::format("cannot write {}: {}{}", file.string(),
                                  std::strerror(failure),
                                  file_remedy(file, failure)));
  }
  return made.become(when_there);
}

expected<net::own_certificates, std::string> own_certificates(
    const config::settings& settings, const fs::path& state,
    const clock& clock) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  for (const std::string& name : settings.tls.names) names.push_back(name);
  net::host_names host;
  if (const std::string name = config::host_name(); name != "localhost") {
    host.own.push_back(name);
    // What other machines of the same network call it (RFC 6762).
    if (name.find('.') == std::string::npos)
      host.possible.push_back(name + ".local");
  }
  static const ip_network link_local = *parse_ip_network("fe80::/10");
  for (const ip_address& address : net::addresses_of_this_machine()) {
    if (!net::is_loopback(address) && !link_local.contains(address))
      host.possible.push_back(format(address));
  }
  return net::ensure_certificates(state / "tls", names, clock, host);
}

}  // namespace mekiki::daemon

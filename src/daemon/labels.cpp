#include "daemon/labels.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/ascii.hpp"
#include "base/file_remedy.hpp"
#include "base/hex.hpp"
#include "base/log.hpp"
#include "base/small_file.hpp"
#include "crypto/digest.hpp"
#include "daemon/state.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t secret_octets = 32;
constexpr std::size_t old_secret_octets = 8;
constexpr std::size_t largest = 16 << 20;

fs::path generations_file(const fs::path& state) {
  return state / "label-generations";
}

/// Held while a file of the state folder is read and written anew.
class folder_lock {
 public:
  explicit folder_lock(const fs::path& folder)
      : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ >= 0)
      ::flock(fd_, LOCK_EX);
  }
  ~folder_lock() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;

 private:
  int fd_;
};

bool is_secret(std::string_view text, std::size_t octets) {
  return text.size() == 2 * octets && is_lower_hex(text);
}

template <class Number>
bool take_number(std::string_view& line, Number& out) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const auto [stop, error] =
      std::from_chars(line.data(), line.data() + end, out);
  const bool good = error == std::errc() && stop == line.data() + end;
  line.remove_prefix(std::min(end + 1, line.size()));
  return good;
}

}  // namespace

expected<std::string, std::string> read_label_secret(const fs::path& file) {
  constexpr std::size_t most = 4 << 10;
  const auto read = read_small_file(file, most);
  if (!read)
    return unexpected(read.error() + file_remedy(file));
  std::string text(ascii::trim(*read));
  if (!is_secret(text, secret_octets) && !is_secret(text, old_secret_octets)) {
    return unexpected(fmt::format(
        "{} does not hold {} hexadecimal digits; put back a copy of it, or "
        "remove it to get a new one (label rules in mail clients must then be "
        "made anew)",
        file.string(), 2 * secret_octets));
  }
  return text;
}

expected<std::string, std::string> label_secret(const fs::path& state,
                                                random_source& random) {
  const folder_lock lock(state);
  const fs::path file = label_secret_file(state);
  std::error_code error;
  if (fs::exists(file, error) || error) {
    auto text = read_label_secret(file);
    if (!text || is_secret(*text, secret_octets))
      return text;
    log::warning(
        "{} is of an older version and is replaced: make the label rules of "
        "mail clients anew (`mekiki rules`)",
        file.string());
  }
  std::string made = random_hex(random, secret_octets);
  if (auto done = write_private_file(file, made + "\n", existing::replace);
      !done) {
    return unexpected(done.error());
  }
  return made;
}

std::string database_mark(std::string_view secret) {
  return to_hex(crypto::hmac_sha256(secret, "mekiki database").octets());
}

// One line for each account: generation, since when, account.
expected<label_generations, std::string> read_label_generations(
    const fs::path& state) {
  const fs::path file = generations_file(state);
  std::error_code error;
  label_generations all;
  if (!fs::exists(file, error))
    return all;
  const auto text = read_small_file(file, largest);
  if (!text)
    return unexpected(text.error() + file_remedy(file));
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    label_generation g;
    if (!take_number(line, g.number) || !take_number(line, g.since) ||
        line.empty()) {
      return unexpected(
          fmt::format("{} is damaged; put back a copy of it, or remove it (all "
                      "label rules must then be made anew)",
                      file.string()));
    }
    all.insert_or_assign(std::string(line), g);
  }
  return all;
}

expected<void, std::string> raise_label_generation(const fs::path& state,
                                                   std::string_view account,
                                                   std::int64_t now) {
  const folder_lock lock(state);
  auto all = read_label_generations(state);
  if (!all)
    return unexpected(all.error());
  label_generation& g = (*all)[std::string(account)];
  ++g.number;
  g.since = now;
  std::string text;
  for (const auto& [name, of] : *all)
    text += fmt::format("{} {} {}\n", of.number, of.since, name);
  return write_private_file(generations_file(state), text, existing::replace);
}

notify::labels labels_of(std::string_view secret, std::string_view account,
                         const label_generations& all, std::int64_t now) {
  const auto found = all.find(account);
  const label_generation g =
      found == all.end() ? label_generation() : found->second;
  notify::labels l{.current = notify::label_value(secret, account, g.number),
                   .previous = {}};
  if (g.number > 0 && now - g.since < both_count)
    l.previous = notify::label_value(secret, account, g.number - 1);
  return l;
}

label_book::label_book(fs::path state, std::string secret)
    : state_(std::move(state)), secret_(std::move(secret)) {}

std::string label_book::tag_of(std::string_view account) const {
  const auto found = all_.find(account);
  return notify::tag_value(secret_, account,
                           found == all_.end() ? 0 : found->second.number);
}

notify::labels label_book::of(std::string_view account, std::int64_t now) {
  struct stat info {};
  if (::stat(generations_file(state_).c_str(), &info) == 0) {
    const version there{.seconds = info.st_mtim.tv_sec,
                        .nanoseconds = info.st_mtim.tv_nsec,
                        .inode = info.st_ino};
    if (there != read_) {
      read_ = there;
      auto all = read_label_generations(state_);
      if (all)
        all_ = std::move(*all);
      else
        log::error("{}", all.error());
    }
  }
  return labels_of(secret_, account, all_, now);
}

}  // namespace mekiki::daemon

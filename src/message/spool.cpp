#include "message/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <sys/stat.h>

namespace mekiki::message {
namespace {

std::error_code last_error() { return {errno, std::system_category()}; }

// /var/tmp and not /tmp, which is kept in memory on many systems.
std::filesystem::path default_directory() {
  const char* set = std::getenv("TMPDIR");
  return set != nullptr && *set != '\0' ? set : "/var/tmp";
}

// A file without a name, so that nothing is left behind however we end.
expected<int, std::error_code> open_unnamed(
    const std::filesystem::path& directory) {
  const int unnamed = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC,
                           S_IRUSR | S_IWUSR);
  if (unnamed >= 0)
    return unnamed;
  // Not every file system can do that.
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
    return unexpected(last_error());
  }
  std::string name = (directory / "mekiki-XXXXXX").string();
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named < 0)
    return unexpected(last_error());
  unlink(name.c_str());
  return named;
}

expected<void, std::error_code> write_all(int file, std::string_view octets,
                                          std::size_t offset) {
  while (!octets.empty()) {
    const ssize_t n =
        pwrite(file, octets.data(), octets.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return unexpected(last_error());
    octets.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::size_t>(n);
  }
  return {};
}

constexpr std::size_t least = 4 << 10;  // in memory, whatever the budget says

}  // namespace

spool::spool(spool_limits limits)
    : limits_(std::move(limits)), share_(limits_.budget) {}

spool::~spool() {
  if (file_ >= 0)
    close(file_);
}

spool::spool(spool&& other) noexcept
    : limits_(std::move(other.limits_)),
      share_(std::move(other.share_)),
      memory_(std::move(other.memory_)),
      window_(std::move(other.window_)),
      tail_(std::move(other.tail_)),
      file_(std::exchange(other.file_, -1)),
      in_file_(std::exchange(other.in_file_, 0)),
      size_(std::exchange(other.size_, 0)),
      failure_(other.failure_) {
  other.memory_.clear();
  other.tail_.clear();
}

spool& spool::operator=(spool&& other) noexcept {
  if (this != &other) {
    if (file_ >= 0)
      close(file_);
    limits_ = std::move(other.limits_);
    share_ = std::move(other.share_);
    memory_ = std::move(other.memory_);
    other.memory_.clear();
    window_ = std::move(other.window_);
    tail_ = std::move(other.tail_);
    other.tail_.clear();
    file_ = std::exchange(other.file_, -1);
    in_file_ = std::exchange(other.in_file_, 0);
    size_ = std::exchange(other.size_, 0);
    failure_ = other.failure_;
  }
  return *this;
}

expected<void, std::error_code> spool::append(std::string_view octets) {
  if (failure_)
    return unexpected(failure_);
  if (octets.size() > limits_.octets - size_) {
    failure_ = make_error_code(std::errc::file_too_large);
    return unexpected(failure_);
  }
  // Only the first octets lie in memory: once the file is begun, all follow
  // there.
  const std::size_t room = file_ < 0 ? limits_.memory - memory_.size() : 0;
  std::string_view to_memory = octets.substr(0, room);
  if (!reserve(memory_, memory_.size() + to_memory.size()))
    to_memory = {};
  if (const auto done = add_behind(octets.substr(to_memory.size())); !done) {
    failure_ = done.error();
    return unexpected(failure_);
  }
  memory_.append(to_memory);
  size_ += octets.size();
  return {};
}

bool spool::reserve(std::string& text, std::size_t octets) {
  if (octets <= text.capacity())
    return true;
  const std::size_t grown = std::max({octets, 2 * text.capacity(), least});
  const std::size_t others = memory_.capacity() + tail_.capacity() +
                             window_.capacity() - text.capacity();
  if (!share_.hold(others + grown) && octets > least)
    return false;
  text.reserve(grown);
  return true;
}

/// What comes in small pieces goes to the file in large ones.
expected<void, std::error_code> spool::add_behind(std::string_view octets) {
  if (octets.empty())
    return {};
  if (file_ < 0) {
    const auto opened = open_unnamed(
        limits_.directory.empty() ? default_directory() : limits_.directory);
    if (!opened)
      return unexpected(opened.error());
    file_ = *opened;
  }
  const auto fits = [&] {
    return tail_.size() + octets.size() <= most_tail &&
           reserve(tail_, tail_.size() + octets.size());
  };
  if (fits()) {
    tail_.append(octets);
    return {};
  }
  if (const auto done = write_all(file_, tail_, in_file_); !done)
    return done;
  in_file_ += tail_.size();
  tail_.clear();
  if (fits()) {
    tail_.append(octets);
    return {};
  }
  if (const auto done = write_all(file_, octets, in_file_); !done)
    return done;
  in_file_ += octets.size();
  return {};
}

void spool::truncate(std::size_t size) {
  size_ = std::min(size_, size);
  memory_.resize(std::min(memory_.size(), size_));
  const std::size_t behind = size_ - memory_.size();
  in_file_ = std::min(in_file_, behind);
  tail_.resize(std::min(tail_.size(), behind - in_file_));
}

expected<std::string_view, std::error_code> spool::read(std::size_t offset,
                                                        std::size_t most) {
  if (offset < memory_.size()) {
    return std::string_view(memory_).substr(offset, most);
  }
  if (offset > size_) {
    return unexpected(make_error_code(std::errc::invalid_argument));
  }
  const std::size_t behind = offset - memory_.size();
  if (behind >= in_file_)
    return std::string_view(tail_).substr(behind - in_file_, most);
  std::size_t wanted = std::min(most, in_file_ - behind);
  if (!reserve(window_, wanted))
    wanted = std::min(wanted, least);
  window_.resize(wanted);
  while (!window_.empty()) {
    const ssize_t n = pread(file_, window_.data(), window_.size(),
                            static_cast<off_t>(behind));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return unexpected(last_error());
    if (n == 0)
      return unexpected(make_error_code(std::errc::io_error));
    window_.resize(static_cast<std::size_t>(n));
    break;
  }
  return std::string_view(window_);
}

}  // namespace mekiki::message

#include "daemon/new_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file_remedy.hpp"

namespace mekiki::daemon {
namespace {

bool is_taken(const std::filesystem::path& file) {
  struct stat info {};
  return ::lstat(file.c_str(), &info) == 0;
}

}  // namespace

new_file::new_file(std::filesystem::path file) : file_(std::move(file)) {
  std::string name = file_.string() + ".XXXXXX";
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  failure_ = descriptor_ < 0 ? errno : 0;
  name_ = name;
}

new_file::~new_file() {
  if (descriptor_ < 0)
    return;
  ::close(descriptor_);
  if (name_.empty())
    return;
  // A database that is written has others beside it.
  for (const char* suffix : {"", "-journal", "-wal", "-shm"})
    ::unlink((name_.string() + suffix).c_str());
}

expected<void, std::string> new_file::cannot(int failure) const {
  if (failure == EEXIST)
    return unexpected(fmt::format("{} is there already", file_.string()));
  return unexpected(fmt::format("cannot write {}: {}{}", file_.string(),
                                std::strerror(failure),
                                file_remedy(file_, failure)));
}

expected<void, std::string> new_file::made() const {
  if (failure_ != 0)
    return cannot(failure_);
  return {};
}

expected<void, std::string> new_file::become(existing when_there) {
  if (::fsync(descriptor_) != 0)
    return cannot(errno);
  const bool replace = when_there == existing::replace;
  int done = ::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, file_.c_str(),
                         replace ? 0 : RENAME_NOREPLACE);
  // Some file systems do not know RENAME_NOREPLACE, or hard links.
  if (done != 0 && !replace && (errno == EINVAL || errno == ENOSYS)) {
    if (is_taken(file_))
      return cannot(EEXIST);
    done = ::rename(name_.c_str(), file_.c_str());
  }
  if (done != 0)
    return cannot(errno);
  name_.clear();
  return {};
}

}  // namespace mekiki::daemon

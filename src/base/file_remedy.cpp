#include "base/file_remedy.hpp"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace mekiki {
namespace {

namespace fs = std::filesystem;

struct owned_path {
  fs::path path;
  uid_t owner;
};

/// The file, or the nearest folder above it, that is another user's.
std::optional<owned_path> of_another_user(fs::path path) {
  std::error_code error;
  path = fs::absolute(path, error);
  const uid_t user = ::geteuid();
  for (int i = 0; i < 3; ++i) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && info.st_uid != user)
      return owned_path{path, info.st_uid};
    if (path == path.parent_path())
      break;
    path = path.parent_path();
  }
  return std::nullopt;
}

}  // namespace

std::string file_remedy(const fs::path& file, int failure) {
  switch (failure) {
    case EACCES:
    case EPERM: {
      const auto found = of_another_user(file);
      if (!found)
        return "";
      std::string out = fmt::format(
          "; {} belongs to user {}, and this is user {}: run this as user {}",
          found->path.string(), found->owner, ::geteuid(), found->owner);
      // Root's by mistake; another user's is that user's.
      if (found->owner == 0) {
        out +=
            fmt::format(", or `chown -R {}: {}` as root gives it to this one",
                        ::geteuid(), found->path.string());
      }
      return out;
    }
    case EROFS:
      return fmt::format(
          "; its file system is mounted read-only: mount it for writing, or "
          "name another folder (under systemd that must be in "
          "ReadWritePaths=)");
    case ENOSPC:
    case EDQUOT:
      return "; the disk is full: make room on it, and try again";
    default:
      return "";
  }
}

std::string file_remedy(const fs::path& file) {
  std::error_code error;
  const fs::path folder = fs::absolute(file, error).parent_path();
  for (const fs::path& path : {file, folder}) {
    if (::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) != 0 &&
        errno != ENOENT)
      return file_remedy(path, errno);
  }
  struct statvfs room {};
  const bool is_full =
      ::statvfs(folder.c_str(), &room) == 0 && room.f_bavail == 0;
  return is_full ? file_remedy(file, ENOSPC) : "";
}

}  // namespace mekiki

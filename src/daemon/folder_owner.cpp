#include "daemon/folder_owner.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

namespace mekiki::daemon {
namespace {

bool take_groups_of(uid_t user, gid_t group) {
  std::array<char, 16 << 10> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, room.data(), room.size(), &found) == 0 &&
      found != nullptr)
    return ::initgroups(found->pw_name, group) == 0;
  return ::setgroups(1, &group) == 0;
}

}  // namespace

acting_as_owner::acting_as_owner(const std::filesystem::path& folder) {
  struct stat info {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &info) != 0 ||
      info.st_uid == 0)
    return;
  identity root{.group = ::getegid(), .groups = {}};
  root.groups.resize(
      static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  const int groups =
      ::getgroups(static_cast<int>(root.groups.size()), root.groups.data());
  root.groups.resize(static_cast<std::size_t>(std::max(groups, 0)));
  before_ = std::move(root);
  if (!take_groups_of(info.st_uid, info.st_gid) ||
      ::setegid(info.st_gid) != 0 || ::seteuid(info.st_uid) != 0) {
    done_ = unexpected(
        fmt::format("cannot act as user {}, whose folder {} is: "
                    "{}",
                    info.st_uid, folder.string(), std::strerror(errno)));
  }
}

acting_as_owner::~acting_as_owner() {
  if (before_ &&
      (::seteuid(0) != 0 || ::setegid(before_->group) != 0 ||
       ::setgroups(before_->groups.size(), before_->groups.data()) != 0))
    std::abort();
}

}  // namespace mekiki::daemon

#include "base/file_remedy.hpp"

#include <cerrno>
#include <fstream>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.hpp"

namespace mekiki {
namespace {

using testing::HasSubstr;

TEST(file_remedy, names_both_users) {
  const test::folder folder;
  auto file = folder.path() / "file";
  std::ofstream(file) << "x";
  EXPECT_EQ(file_remedy(file, EACCES), "") << "it is ours";
  uid_t owner = 0;
  if (::geteuid() == 0) {
    owner = 65'534;
    ASSERT_EQ(::chown(file.c_str(), owner, owner), 0);
  } else {
    file = "/etc/passwd";
  }
  // Of another user's files but root's it is not said how to take them.
  std::string expected = fmt::format(
      "; {0} belongs to user {1}, and this is user {2}: run this "
      "as user {1}",
      file.string(), owner, ::geteuid());
  if (owner == 0) {
    expected +=
        fmt::format(", or `chown -R {}: {}` as root gives it to this one",
                    ::geteuid(), file.string());
  }
  EXPECT_EQ(file_remedy(file, EACCES), expected);
}

TEST(file_remedy, is_there_for_disks_and_else_there_is_none) {
  const test::folder folder;
  const auto file = folder.path() / "none";
  EXPECT_THAT(file_remedy(file, ENOSPC), HasSubstr("make room"));
  EXPECT_THAT(file_remedy(file, EROFS), HasSubstr("read-only"));
  EXPECT_EQ(file_remedy(file, EISDIR), "");
  EXPECT_EQ(file_remedy(file), "");
}

}  // namespace
}  // namespace mekiki

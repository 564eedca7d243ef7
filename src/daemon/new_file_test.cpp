#include "daemon/new_file.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_folder.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

auto files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), {});
}

TEST(new_file, goes_with_all_beside_it_unless_it_becomes_the_file) {
  const test::folder folder;
  const fs::path file = folder.path() / "file";
  {
    const new_file made(file);
    ASSERT_TRUE(made.made());
    EXPECT_EQ(files_in(folder.path()), 1);
    for (const char* suffix : {"-journal", "-wal", "-shm"})
      std::ofstream(made.path().string() + suffix) << "x";
  }
  EXPECT_EQ(files_in(folder.path()), 0);
}

TEST(new_file, replaces_only_when_told_to) {
  const test::folder folder;
  const fs::path file = folder.path() / "file";
  const auto write = [&](const std::string& text, existing when_there) {
    new_file made(file);
    EXPECT_EQ(::write(made.descriptor(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
    return made.become(when_there);
  };
  ASSERT_TRUE(write("one", existing::keep));
  const auto refused = write("two", existing::keep);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), testing::EndsWith("is there already"));
  EXPECT_EQ(content(file), "one");
  ASSERT_TRUE(write("three", existing::replace));
  EXPECT_EQ(content(file), "three");
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  // Hard links are not known everywhere.
  EXPECT_EQ(info.st_nlink, 1U);
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(new_file, says_why_there_is_none) {
  const new_file made("/nowhere/at/all/file");
  ASSERT_FALSE(made.made());
  EXPECT_THAT(
      made.made().error(),
      testing::StartsWith("cannot write /nowhere/at/all/file: No such "));
}

}  // namespace
}  // namespace mekiki::daemon

#include "daemon/file_opener.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_folder.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;

TEST(file_opener, reads_what_is_there_under_that_name_now) {
  const test::folder dir;
  const fs::path file = dir.path() / "file";
  const fs::path other = dir.path() / "other";
  file_opener opener({file, other});
  EXPECT_THAT(opener.read(file, 100).error(), HasSubstr("No such file"));
  std::ofstream(file) << "one";
  std::ofstream(other) << std::string(50'000, 'x');
  EXPECT_EQ(opener.read(file, 100).value_or(""), "one");
  EXPECT_EQ(opener.read(other, 50'000).value_or(""), std::string(50'000, 'x'));
  EXPECT_THAT(opener.read(other, 49'999).error(),
              HasSubstr("larger than 49999 octets"));
  std::ofstream(dir.path() / "new") << "two";
  fs::rename(dir.path() / "new", file);
  EXPECT_EQ(opener.read(file, 3).value_or(""), "two");
}

// A key of that size would otherwise stay in what the text was before it grew.
TEST(file_opener, reads_into_one_buffer) {
  const test::folder dir;
  const fs::path file = dir.path() / "file";
  std::ofstream(file) << std::string(100'000, 'x');
  file_opener opener({file});
  const auto text = opener.read(file, 1 << 20);
  ASSERT_TRUE(text);
  EXPECT_LT(text->capacity(), 150'000U);
  EXPECT_GT(text->capacity(), 116'000U);
}

TEST(file_opener, reads_nothing_else) {
  const test::folder dir;
  const fs::path file = dir.path() / "file";
  std::ofstream(file) << "one";
  std::ofstream(dir.path() / "other") << "other";
  file_opener opener({file});
  EXPECT_THAT(opener.read(dir.path() / "other", 100).error(),
              HasSubstr("not one of the files"));
  EXPECT_EQ(opener.read(file, 100).value_or(""), "one");
}

TEST(file_opener, waits_for_no_pipe) {
  const test::folder dir;
  const fs::path pipe = dir.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  file_opener opener({pipe});
  EXPECT_THAT(opener.read(pipe, 100).error(), HasSubstr("it is no file"));
}

TEST(file_opener, a_folder_is_no_file) {
  const test::folder dir;
  file_opener opener({dir.path()});
  EXPECT_THAT(opener.read(dir.path(), 100).error(), HasSubstr("no file"));
}

}  // namespace
}  // namespace mekiki::daemon

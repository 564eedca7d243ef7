#include "daemon/secret_files.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_folder.hpp"
#include "daemon/file_opener.hpp"

namespace mekiki::daemon {
namespace {

TEST(secret_files, passwords) {
  struct {
    std::string content;
    unsigned mode;
    std::string expected;  // "refused: " and why, or the password
  } const cases[] = {
      {"geheim\n", 0600, "geheim"},
      {"geheim", 0400, "geheim"},
      {"geheim\r\nsecond line\n", 0600, "geheim"},
      {" two words \n", 0600, " two words "},
      {"p\xc3\xa4ss\n", 0600, "p\xc3\xa4ss"},
      {std::string(1000, 'x'), 0600, std::string(1000, 'x')},
      {std::string(1001, 'x'), 0600,
       "refused: holds no password in its first line"},
      {std::string("a\0b\n", 4), 0600,
       "refused: holds no password in its first line"},
      {"a\tb\n", 0600, "refused: holds no password in its first line"},
      {"", 0600, "refused: is empty, or its first line is"},
      {"\ngeheim\n", 0600, "refused: is empty, or its first line is"},
      {"geheim\n", 0640,
       "refused: may be read or changed by others (mode 640); `chmod 600` "
       "closes it"},
      {"geheim\n", 0604,
       "refused: may be read or changed by others (mode 604); `chmod 600` "
       "closes it"},
      {"geheim\n", 0602,
       "refused: may be read or changed by others (mode 602); `chmod 600` "
       "closes it"},
  };
  const test::folder folder;
  const auto file = folder.path() / "password";
  const std::string prefix = "the password file " + file.string() + " ";
  for (const auto& c : cases) {
    std::filesystem::remove(file);
    std::ofstream(file, std::ios::binary) << c.content;
    ASSERT_EQ(::chmod(file.c_str(), c.mode), 0);
    // At the start, and as a reload does it.
    file_opener opener({file});
    mode_t mode = 0;
    auto text = opener.read(file, 1 << 20, &mode);
    ASSERT_TRUE(text);
    const expected<secret, std::string> both[] = {
        load_password(file), password_in(*text, mode, file)};
    for (const auto& read : both) {
      if (read) {
        EXPECT_EQ(read->reveal(), c.expected);
      } else {
        ASSERT_THAT(read.error(), testing::StartsWith(prefix));
        EXPECT_EQ("refused: " + read.error().substr(prefix.size()), c.expected);
      }
    }
  }
}

TEST(secret_files, what_is_no_file) {
  const test::folder folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& path : {folder.path(), pipe}) {
    const auto read = load_password(path);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error(), testing::EndsWith(" is no file"));
  }
  const auto read = load_password(folder.path() / "absent");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error(),
              testing::EndsWith("cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace mekiki::daemon

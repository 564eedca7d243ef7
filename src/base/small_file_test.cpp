#include "base/small_file.hpp"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/test_folder.hpp"

namespace mekiki {
namespace {

class small_file : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& octets) {
    const auto path = folder_.path() / "file";
    std::ofstream(path, std::ios::binary) << octets;
    return path;
  }

  test::folder folder_;
};

TEST_F(small_file, is_read_as_it_is) {
  for (const std::string& octets :
       {std::string(), std::string("a"), std::string("a\r\n\0b\xff\n", 7),
        std::string(20'000, 'x')})
    EXPECT_EQ(*read_small_file(file(octets), 20'000), octets);
}

TEST_F(small_file, has_a_largest_size) {
  EXPECT_TRUE(read_small_file(file("12345"), 5));
  const auto path = file("123456");
  EXPECT_EQ(read_small_file(path, 5).error(),
            path.string() + ": larger than 5 octets");
  EXPECT_EQ(read_small_file(file(std::string(1'025, 'x')), 1'024).error(),
            path.string() + ": larger than 1 KB");
}

TEST_F(small_file, that_does_not_tell_its_size) {
  const auto text = read_small_file("/proc/self/status", 64 << 10);
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("Name:"));
  const auto refused = read_small_file("/proc/self/status", 100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "/proc/self/status: larger than 100 octets");
}

TEST_F(small_file, that_is_none) {
  const auto gone = folder_.path() / "gone";
  EXPECT_EQ(read_small_file(gone, 5).error(),
            gone.string() + ": cannot be read: No such file or directory");
  EXPECT_EQ(read_small_file(folder_.path(), 5).error(),
            folder_.path().string() + ": cannot be read: Is a directory");
}

}  // namespace
}  // namespace mekiki

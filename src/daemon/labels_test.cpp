#include "daemon/labels.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_folder.hpp"
#include "base/unix_time.hpp"

namespace mekiki::daemon {
namespace {

const std::string taro = "taro%pop.example.jp";
const std::string hanako = "hanako%pop.example.jp";
constexpr std::int64_t start = 1'790'000'000;

unsigned mode(const std::filesystem::path& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777U;
}

TEST(label_secret, is_made_once) {
  const test::folder state;
  system_random random;
  const auto first = label_secret(state.path(), random);
  ASSERT_TRUE(first) << first.error();
  EXPECT_EQ(first->size(), 64U);
  EXPECT_EQ(label_secret(state.path(), random).value_or(""), *first);
  EXPECT_EQ(mode(state.path() / "label-secret"), 0600U);
  std::ofstream(state.path() / "label-secret") << "short";
  EXPECT_FALSE(label_secret(state.path(), random));
}

// What is not read is not to be removed.
TEST(label_secret, that_cannot_be_read_is_kept) {
  const test::folder state;
  const auto file = state.path() / "label-secret";
  system_random random;
  for (const char* trouble :
       {"Is a directory", "Too many levels of symbolic"}) {
    std::filesystem::remove(file);
    if (trouble[0] == 'I')
      std::filesystem::create_directory(file);
    else
      std::filesystem::create_symlink(file, file);
    const auto refused = label_secret(state.path(), random);
    ASSERT_FALSE(refused) << trouble;
    EXPECT_NE(refused.error().find(trouble), std::string::npos)
        << refused.error();
    EXPECT_EQ(refused.error().find("remove"), std::string::npos)
        << refused.error();
  }
}

// It stood in every mail that an older version delivered.
TEST(label_secret, of_an_older_version_is_replaced) {
  const test::folder state;
  std::ofstream(state.path() / "label-secret") << "0123456789abcdef\n";
  system_random random;
  const auto made = label_secret(state.path(), random);
  ASSERT_TRUE(made) << made.error();
  EXPECT_EQ(made->size(), 64U);
  EXPECT_EQ(label_secret(state.path(), random).value_or(""), *made);
  EXPECT_EQ(mode(state.path() / "label-secret"), 0600U);
}

TEST(label_generations, both_values_count_for_30_days) {
  const test::folder state;
  label_book book(state.path(), "secret");
  const notify::labels first = book.of(taro, start);
  const notify::labels other = book.of(hanako, start);
  EXPECT_EQ(first.previous, "");
  EXPECT_NE(first.current, other.current);

  ASSERT_TRUE(raise_label_generation(state.path(), taro, start));
  const notify::labels second = book.of(taro, start);
  EXPECT_NE(second.current, first.current);
  EXPECT_EQ(second.previous, first.current);
  EXPECT_EQ(book.of(hanako, start).current, other.current);
  EXPECT_EQ(book.of(hanako, start).previous, "");
  EXPECT_EQ(mode(state.path() / "label-generations"), 0600U);

  const std::int64_t end = start + 30 * day_seconds;
  EXPECT_EQ(book.of(taro, end - 1).previous, first.current);
  EXPECT_EQ(book.of(taro, end).previous, "");
  EXPECT_EQ(book.of(taro, end).current, second.current);

  // Raised twice in that time, the first value is gone at once.
  ASSERT_TRUE(raise_label_generation(state.path(), taro, start + 1));
  EXPECT_EQ(book.of(taro, start + 1).previous, second.current);
  const auto all = read_label_generations(state.path());
  ASSERT_TRUE(all);
  EXPECT_EQ(all->at(taro).number, 2U);
}

TEST(label_generations, of_a_damaged_file) {
  const test::folder state;
  ASSERT_TRUE(raise_label_generation(state.path(), taro, start));
  label_book book(state.path(), "secret");
  const std::string before = book.of(taro, start).current;
  for (const char* text : {"1\n", "1 2\n", "x 2 a\n", "1 2x a\n", "1 2 \n"}) {
    std::ofstream(state.path() / "label-generations") << text;
    EXPECT_FALSE(read_label_generations(state.path())) << text;
    EXPECT_FALSE(raise_label_generation(state.path(), taro, start)) << text;
    EXPECT_EQ(book.of(taro, start).current, before) << text;
  }
}

}  // namespace
}  // namespace mekiki::daemon

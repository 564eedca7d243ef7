#include "message/spool.hpp"

#include <csignal>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace mekiki::message {
namespace {

std::string read_all(spool& s, std::size_t most) {
  std::string all;
  while (all.size() < s.size()) {
    const auto piece = s.read(all.size(), most);
    if (!piece || piece->empty()) {
      ADD_FAILURE() << "cannot read at " << all.size();
      break;
    }
    EXPECT_LE(piece->size(), most);
    all += *piece;
  }
  const auto end = s.read(s.size());
  EXPECT_TRUE(end && end->empty());
  return all;
}

std::string numbers(std::size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + '\n';
  text.resize(size);
  return text;
}

spool_limits small(std::size_t memory) {
  return {.memory = memory, .directory = testing::TempDir()};
}

TEST(spool, gives_back_what_was_appended) {
  const std::string text = numbers(3000);
  for (const std::size_t memory : {0UL, 1UL, 999UL, 1000UL, 1001UL, 9999UL}) {
    for (const std::size_t piece : {1UL, 7UL, 1000UL, 3000UL}) {
      SCOPED_TRACE(testing::Message() << memory << ' ' << piece);
      spool s(small(memory));
      for (std::size_t i = 0; i < text.size(); i += piece) {
        ASSERT_TRUE(s.append(text.substr(i, piece)));
      }
      ASSERT_EQ(s.size(), text.size());
      EXPECT_EQ(read_all(s, 64 << 10), text);
      EXPECT_EQ(read_all(s, 13), text);
    }
  }
}

TEST(spool, gives_back_more_than_fits_into_memory) {
  const std::string text = numbers(300'000);
  for (const std::size_t piece :
       {9UL, 65'535UL, 65'536UL, 65'537UL, 99'999UL}) {
    SCOPED_TRACE(piece);
    spool s(small(1000));
    for (std::size_t i = 0; i < text.size(); i += piece)
      ASSERT_TRUE(s.append(text.substr(i, piece)));
    EXPECT_EQ(read_all(s, 64 << 10), text);
    EXPECT_EQ(read_all(s, 1013), text);
    for (const std::size_t size :
         {290'000UL, 131'073UL, 66'000UL, 1001UL, 999UL}) {
      s.truncate(size);
      EXPECT_EQ(read_all(s, 64 << 10), text.substr(0, size));
      ASSERT_TRUE(s.append("and more"));
      EXPECT_EQ(read_all(s, 64 << 10), text.substr(0, size) + "and more");
    }
  }
}

// A mail in which each line begins with a dot comes line by line.
TEST(spool, writes_little_pieces_together) {
  const auto write_calls = [] {
    std::ifstream io("/proc/self/io");
    for (std::string word; io >> word;) {
      if (word == "syscw:") {
        std::uint64_t calls = 0;
        io >> calls;
        return calls;
      }
    }
    return std::uint64_t{0};
  };
  spool s(small(1000));
  const std::uint64_t before = write_calls();
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(s.append(".line\r\n"));
  EXPECT_LT(write_calls() - before, 100U);
}

TEST(spool, moves) {
  spool a(small(10));
  ASSERT_TRUE(a.append("0123456789abc"));
  spool b(std::move(a));
  spool c(small(10));
  ASSERT_TRUE(c.append("something else"));
  c = std::move(b);
  EXPECT_EQ(read_all(c, 100), "0123456789abc");
  ASSERT_TRUE(c.append("def"));
  EXPECT_EQ(read_all(c, 100), "0123456789abcdef");
}

TEST(spool, refuses_to_read_past_the_end) {
  spool s(small(10));
  ASSERT_TRUE(s.append("abc"));
  EXPECT_TRUE(s.read(3));
  EXPECT_FALSE(s.read(4));
}

TEST(spool, keeps_what_it_has_when_the_limit_is_reached) {
  spool s({.memory = 4, .octets = 10, .directory = testing::TempDir()});
  ASSERT_TRUE(s.append("12345678"));
  EXPECT_EQ(s.append("9ab").error(), std::errc::file_too_large);
  EXPECT_EQ(s.append("9").error(), std::errc::file_too_large);
  EXPECT_EQ(read_all(s, 100), "12345678");
}

TEST(spool, without_room_in_the_budget_a_mail_goes_to_its_file) {
  memory_budget all(1 << 20);
  memory_share others(&all);
  const std::string mail = numbers(1 << 20);
  {
    spool s({.memory = 256 << 10, .budget = &all});
    ASSERT_TRUE(s.append(std::string_view(mail).substr(0, 100'000)));
    EXPECT_GE(all.used(), 100'000U);
    ASSERT_TRUE(others.hold((1 << 20) - all.used()));
    const std::size_t before = all.used();
    for (std::size_t at = 100'000; at < mail.size(); at += 1000)
      ASSERT_TRUE(s.append(std::string_view(mail).substr(at, 1000)));
    spool moved(std::move(s));
    EXPECT_EQ(read_all(moved, 64 << 10), mail);
    EXPECT_EQ(all.used(), before);
  }
  EXPECT_EQ(all.used(), others.held());
  // The next one has the memory again.
  others.hold(0);
  spool next(
      {.memory = 256 << 10, .directory = "/nonexistent", .budget = &all});
  EXPECT_TRUE(next.append(std::string_view(mail).substr(0, 256 << 10)));
}

// All that a mail takes: what it reads into, too.
TEST(spool, counts_what_it_takes_of_the_budget) {
  memory_budget all(1 << 30);
  spool s({.memory = 256 << 10, .budget = &all});
  const std::string mail = numbers(1 << 20);
  for (std::size_t at = 0; at < mail.size(); at += 1000)
    ASSERT_TRUE(s.append(std::string_view(mail).substr(at, 1000)));
  EXPECT_EQ(read_all(s, 64 << 10), mail);
  EXPECT_GE(all.used(), (256 << 10) + (64 << 10) + (64 << 10));
  EXPECT_LE(all.used(), 2 * ((256 << 10) + (64 << 10) + (64 << 10)));
}

TEST(spool, says_why_there_is_no_file) {
  spool s({.memory = 4, .directory = "/nonexistent"});
  ASSERT_TRUE(s.append("1234"));
  EXPECT_EQ(s.append("5").error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(read_all(s, 100), "1234");
}

/// Stands for the full disk: both cut a write short and fail the next one.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t octets) {
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    struct rlimit full = before_;
    full.rlim_cur = octets;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  }
  ~file_size_limit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

 private:
  struct rlimit before_ {};
  void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST(spool, keeps_what_it_has_when_the_disk_is_full) {
  std::optional<file_size_limit> full(std::in_place, 100'000);
  spool s(small(100));
  const std::string text = numbers(90'000);
  const auto first = s.append(text);
  const auto second = s.append(text);
  full.reset();

  ASSERT_TRUE(first);
  EXPECT_EQ(second.error(), std::errc::file_too_large);
  EXPECT_EQ(s.size(), text.size());
  EXPECT_EQ(read_all(s, 64), text);
}

TEST(spool, keeps_the_last_octets_when_the_disk_becomes_full) {
  std::optional<file_size_limit> full(std::in_place, 100'000);
  spool s(small(100));
  const std::string text = numbers(200'000);
  std::size_t taken = 0;
  while (taken < text.size() && s.append(text.substr(taken, 1000)))
    taken += 1000;
  full.reset();

  EXPECT_GE(taken, 100'000U);
  EXPECT_LT(taken, text.size());
  EXPECT_EQ(read_all(s, 64), text.substr(0, taken));
}

}  // namespace
}  // namespace mekiki::message

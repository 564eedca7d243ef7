#include "pop3/host_memory.hpp"

#include <fstream>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mekiki::pop3 {
namespace {

using top_answer = host_facts::top_answer;

class folder {
 public:
  folder() {
    std::string name = testing::TempDir() + "/hosts-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~folder() { std::filesystem::remove_all(path_); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  std::filesystem::path file() const { return path_ / "servers"; }

 private:
  std::filesystem::path path_;
};

host_facts some_facts() {
  host_facts f;
  f.capabilities = no_capabilities();
  f.capabilities->top = true;
  f.capabilities->pipelining = true;
  f.capabilities->expire = "30";
  f.top = top_answer::whole;
  f.sizes_hold = true;
  return f;
}

TEST(host_memory, is_there_after_a_restart) {
  const folder at;
  const manual_clock now{std::chrono::system_clock::now()};
  {
    host_memory m(at.file(), now);
    m.learn("pop.example.jp:995", "+OK ready", some_facts());
    host_facts broken;
    broken.breaks_at_capa = true;
    broken.top = top_answer::partial;
    broken.no_reading_ahead = true;
    m.learn("[2001:db8::1]:110", "+OK", broken);
  }
  const host_memory m(at.file(), now);
  const host_facts f = m.find("pop.example.jp:995", "+OK ready");
  ASSERT_TRUE(f.capabilities);
  EXPECT_TRUE(f.capabilities->top);
  EXPECT_FALSE(f.capabilities->uidl);
  EXPECT_TRUE(f.capabilities->pipelining);
  EXPECT_EQ(f.capabilities->expire, "30");
  EXPECT_EQ(f.top, top_answer::whole);
  EXPECT_TRUE(f.sizes_hold);
  EXPECT_FALSE(f.breaks_at_capa || f.no_reading_ahead);
  const host_facts b = m.find("[2001:db8::1]:110", "+OK");
  EXPECT_FALSE(b.capabilities);
  EXPECT_TRUE(b.breaks_at_capa && b.no_reading_ahead);
  EXPECT_EQ(b.top, top_answer::partial);
}

TEST(host_memory, lasts_for_30_days_and_one_greeting) {
  manual_clock now{std::chrono::system_clock::now()};
  host_memory m({}, now);
  m.learn("pop.example.jp:110", "+OK POP3 <12.34@pop.example.jp> ready",
          some_facts());
  const auto knows = [&m](std::string_view greeting) {
    return m.find("pop.example.jp:110", greeting).capabilities.has_value();
  };
  // RFC 1939 7: the timestamp is another each time.
  EXPECT_TRUE(knows("+OK POP3 <56.78@pop.example.jp> ready"));
  EXPECT_FALSE(knows("+OK POP3 new version"));
  EXPECT_FALSE(
      m.find("pop.example.jp:995", "+OK POP3 <1@x> ready").capabilities);
  now.advance(std::chrono::hours(24 * 29));
  EXPECT_TRUE(knows("+OK POP3 <1@x> ready"));
  now.advance(std::chrono::hours(24));
  EXPECT_FALSE(knows("+OK POP3 <1@x> ready"));
}

// Who writes the file is the server, with its greeting and its CAPA.
TEST(host_memory, takes_no_facts_from_a_greeting) {
  const folder at;
  const manual_clock now{std::chrono::system_clock::now()};
  const std::string greeting = "+OK x\ny:110 - 1 capa TOP top-whole";
  host_facts f = some_facts();
  f.capabilities->expire = "0\nz:110 - 1 top-whole";
  {
    host_memory m(at.file(), now);
    m.learn("evil.example:110", greeting, f);
  }
  const host_memory m(at.file(), now);
  EXPECT_EQ(m.find("y:110", "").top, top_answer::unknown);
  EXPECT_EQ(m.find("z:110", "").top, top_answer::unknown);
  EXPECT_EQ(m.find("evil.example:110", greeting).top, top_answer::whole);
}

TEST(host_memory, reads_what_it_can) {
  const folder at;
  const manual_clock now{std::chrono::system_clock::now()};
  std::ofstream(at.file()) << "no number\n\n\xff\n"
                           << "a:1 - "
                           << std::chrono::system_clock::to_time_t(now.now())
                           << " capa TOP what-is-this top-whole\n";
  const host_memory m(at.file(), now);
  EXPECT_EQ(m.find("a:1", "").top, top_answer::whole);
}

TEST(host_memory, is_bounded) {
  const manual_clock now{std::chrono::system_clock::now()};
  host_memory m({}, now);
  for (int i = 0; i < 3000; ++i)
    m.learn("h" + std::to_string(i) + ":110", "+OK", some_facts());
  int known = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto f = m.find("h" + std::to_string(i) + ":110", "+OK");
    known += f.capabilities.has_value() ? 1 : 0;
  }
  EXPECT_EQ(known, 1000);
}

host_facts broken() {
  host_facts f;
  f.breaks_at_capa = true;
  return f;
}

void fill(host_memory& m) {
  for (int i = 0; i < 1'000; ++i)
    m.learn(fmt::format("{}.evil.example:110", i), "+OK", broken());
}

TEST(host_memory, old_entries_make_room_for_new_ones) {
  manual_clock now{std::chrono::system_clock::now()};
  host_memory m({}, now);
  fill(m);
  now.advance(std::chrono::hours(24 * 31));
  int found = 0;
  for (int i = 0; i < 100; ++i)
    m.learn(fmt::format("pop{}.example.jp:995", i), "+OK", broken());
  for (int i = 0; i < 100; ++i)
    found +=
        m.find(fmt::format("pop{}.example.jp:995", i), "+OK").breaks_at_capa
            ? 1
            : 0;
  EXPECT_EQ(found, 100);
}

TEST(host_memory, one_client_displaces_none_of_another_s) {
  manual_clock now{std::chrono::system_clock::now()};
  host_memory m({}, now);
  for (int i = 0; i < 100; ++i) {
    m.learn(fmt::format("pop{}.example.jp:995", i), "+OK", broken(),
            "192.0.2.1");
  }
  for (int i = 0; i < 3'000; ++i) {
    now.advance(std::chrono::seconds(1));
    m.learn(fmt::format("{}.evil.example:110", i), "+OK", broken(),
            "192.0.2.2");
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(
        m.find(fmt::format("pop{}.example.jp:995", i), "+OK").breaks_at_capa);
  }
  EXPECT_TRUE(m.find("2999.evil.example:110", "+OK").breaks_at_capa);
  EXPECT_FALSE(m.find("0.evil.example:110", "+OK").breaks_at_capa);
}

TEST(host_memory, a_server_s_words_do_not_fill_the_file) {
  const manual_clock now{std::chrono::system_clock::now()};
  const std::filesystem::path file = testing::TempDir() + "/servers-attack";
  host_memory m(file, now);
  host_facts f;
  f.capabilities = no_capabilities();
  f.capabilities->expire = std::string(8'000, '1');
  f.capabilities->login_delay = std::string(8'000, '1');
  m.learn("pop.evil.example:110", "+OK", f);
  EXPECT_LT(std::filesystem::file_size(file), 1'000U);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace mekiki::pop3

#include "store/dialect.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "store/schema.hpp"
#include "store/sqlite.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using dialect::commit_counter;

class commit_counter_test : public testing::Test {
 protected:
  commit_counter_test() {
    EXPECT_TRUE(prepare(folder_.file()));
    reading_.emplace(folder_.file(), sqlite::access::read_only,
                     std::chrono::milliseconds(100));
  }

  sqlite::database another() {
    return {folder_.file(), sqlite::access::read_write,
            std::chrono::milliseconds(100)};
  }

  test::folder folder_;
  std::optional<sqlite::database> reading_;
};

TEST_F(commit_counter_test, counts_commits_of_anybody_but_nothing_else) {
  commit_counter counter;
  EXPECT_FALSE(counter.read());
  reading_->number("SELECT count(*) FROM scope");
  counter.open(*reading_);
  auto last = counter.read();
  ASSERT_TRUE(last);
  const auto has_changed = [&] {
    const auto now = counter.read();
    EXPECT_TRUE(now);
    return std::exchange(last, now) != now;
  };
  EXPECT_FALSE(has_changed());

  sqlite::database one = another();
  sqlite::database two = another();
  const auto add = [](sqlite::database& db, const char* name) {
    sqlite::statement(db, "INSERT INTO scope (name) VALUES (?)")
        .bind(std::string_view(name))
        .run();
  };
  add(one, "a");
  EXPECT_TRUE(has_changed());
  add(two, "b");
  EXPECT_TRUE(has_changed());
  reading_->number("SELECT count(*) FROM scope");
  EXPECT_FALSE(has_changed()) << "reading";
  {
    sqlite::transaction t(one, sqlite::purpose::write);
    add(one, "c");
    EXPECT_FALSE(has_changed()) << "not committed";
  }
  EXPECT_FALSE(has_changed()) << "rolled back";
  {
    sqlite::transaction t(one, sqlite::purpose::write);
    add(one, "c");
    t.commit();
  }
  EXPECT_TRUE(has_changed());
  dialect::write_log_back(one);
  has_changed();
  add(two, "d");
  EXPECT_TRUE(has_changed()) << "the log begins anew";
}

TEST_F(commit_counter_test, tells_nothing_where_there_is_no_log) {
  const std::filesystem::path file = folder_.path() / "other.db";
  std::ofstream(file).close();
  const sqlite::database db(file, sqlite::access::read_write,
                            std::chrono::milliseconds(100));
  commit_counter counter;
  db.number("SELECT count(*) FROM sqlite_schema");
  counter.open(db);
  EXPECT_FALSE(counter.read());
}

TEST(dialect, a_text_holds_another_octet_for_octet) {
  const test::folder folder;
  ASSERT_TRUE(prepare(folder.file()));
  const sqlite::database db(folder.file(), sqlite::access::read_only,
                            std::chrono::seconds(1));
  const struct {
    std::string text, part;
    bool found;
  } table[] = {
      {"abc", "b", true},
      {"abc", "abc", true},
      {"abc", "abcd", false},
      {"abc", "B", false},
      {"abc", "", true},
      {"", "a", false},
      {"", "", true},
      {"a%c", "%", true},
      {"abc", "%", false},
      {"abc", "_", false},
      {"銀行", "行", true},
      {"銀行", "銀行", true},
      {"銀行", "\xe9", true},
      {std::string("a\0b", 3), "b", true},
      {"ab", std::string("a\0", 2), false},
  };
  sqlite::statement holds(db, "SELECT " + dialect::holds("?1", "?2"));
  for (const auto& t : table) {
    ASSERT_TRUE(holds.bind(t.text, t.part).next());
    EXPECT_EQ(holds.number(0) == 1, t.found) << t.text << ' ' << t.part;
  }
}

}  // namespace
}  // namespace mekiki::store

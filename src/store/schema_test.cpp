#include "store/schema.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/dialect.hpp"
#include "store/migrations.hpp"
#include "store/tables.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

std::vector<std::string> rows(const sqlite::database& db,
                              const std::string& sql) {
  std::vector<std::string> out;
  for (sqlite::statement s(db, sql); s.next();) out.emplace_back(s.text(0));
  return out;
}

/// What a file's tables are like, however they came to be: columns in their
/// order, references, indexes with their conditions, and kinds of tables.
std::vector<std::string> shape_of(const sqlite::database& db) {
  std::vector<std::string> shape;
  const auto add = [&](const std::string& sql) {
    for (const std::string& row : rows(db, sql)) shape.push_back(row);
  };
  for (const std::string& table : dialect::tables(db)) {
    add(
        fmt::format("SELECT '{0} column ' || cid || ' ' || name || ' ' || type "
                    "|| ' ' || \"notnull\" || ' ' || coalesce(dflt_value, '-') "
                    "|| ' ' || pk FROM pragma_table_info('{0}')",
                    table));
    add(
        fmt::format("SELECT '{0} refers ' || \"table\" || ' ' || \"from\" || "
                    "' ' || on_delete FROM pragma_foreign_key_list('{0}') "
                    "ORDER BY 1",
                    table));
    add(
        fmt::format("SELECT '{0} index ' || l.name || ' ' || l.\"unique\" || "
                    "' ' || group_concat(i.name) FROM "
                    "pragma_index_list('{0}') l, pragma_index_info(l.name) i "
                    "GROUP BY l.name ORDER BY 1",
                    table));
    add(
        fmt::format("SELECT 'kind ' || name || ' ' || wr || ' ' || strict "
                    "FROM pragma_table_list('{0}')",
                    table));
  }
  // Conditions of indexes, and of tables the numbers that are given once.
  add("SELECT name || ' ' || sql FROM sqlite_schema WHERE type = 'index' "
      "AND sql IS NOT NULL ORDER BY 1");
  add("SELECT name FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%'");
  return shape;
}

TEST(schema, a_file_brought_up_is_like_a_new_one) {
  const test::folder fresh;
  const test::folder old;
  ASSERT_TRUE(prepare(fresh.file()));
  ASSERT_TRUE(prepare(old.file()));
  sqlite::database expected(fresh.file(), sqlite::access::read_only,
                            std::chrono::seconds(1));
  sqlite::database db(old.file(), sqlite::access::read_write,
                      std::chrono::seconds(1));
  db.run("PRAGMA foreign_keys = OFF");
  for (const std::string& table : dialect::tables(db))
    db.run("DROP TABLE " + table);
  ASSERT_THAT(dialect::tables(db), testing::IsEmpty());
  for (int version = 0; version < migrations_end; ++version)
    bring_up(db, version);
  const auto shape = shape_of(db);
  EXPECT_GT(shape.size(), 150u);
  EXPECT_EQ(shape, shape_of(expected));
}

// Rows that were kept before they were bounded keep their sums, and go with
// their reports.
TEST(schema, reports_of_version_14_keep_their_sums) {
  const test::folder old;
  ASSERT_TRUE(prepare(old.file()));
  sqlite::database db(old.file(), sqlite::access::read_write,
                      std::chrono::seconds(1));
  db.run("PRAGMA foreign_keys = OFF");
  for (const std::string& table : dialect::tables(db))
    db.run("DROP TABLE " + table);
  for (int version = 0; version < 14; ++version) bring_up(db, version);
  db.run(R"(
INSERT INTO report_domain VALUES (1, 'example.jp');
INSERT INTO report_source VALUES (1, '192.0.2.1', 'a', 7), (2, '192.0.2.2', '', 0);
INSERT INTO report VALUES (1, 1, 'a', 'aggregate', 'o', '1', 1, 0, 0, 0, 20000,
  'p=none', 5, 0, 1, 300, 1, ''), (2, 0, '', 'aggregate', 'o', '2', 1, 0, 0, 0,
  20000, 'p=none', 9, 0, 1, 300, 1, '');
INSERT INTO report_row VALUES (1, 0, 1, 5, 3, '', '', '', '', ''),
  (2, 0, 2, 9, 3, '', '', '', '', '');
INSERT INTO report_sum VALUES (1, 1, 20000, 1, 3, 5, 1), (1, 0, 20000, 2, 3, 9, 1);
INSERT INTO report_seen VALUES (1, 1, 1, 0, 0, 1, '', '', ''),
  (1, 0, 2, 0, 0, 1, '', '', '');
INSERT INTO report_room VALUES (0, 300), (1, 300);
)");
  bring_up(db, 14);
  EXPECT_EQ(db.number("SELECT mails FROM report_day WHERE domain = 1"), 5);
  EXPECT_EQ(db.number("SELECT count(*) FROM report_sum"), 1);
  EXPECT_EQ(db.number("SELECT summed FROM report WHERE id = 1"), 1);
  EXPECT_EQ(db.number("SELECT summed FROM report WHERE id = 2"), 0);
  EXPECT_EQ(db.number("SELECT room FROM report WHERE id = 1"), 1);
  EXPECT_EQ(db.number("SELECT octets FROM report_room WHERE room = 1"), 300);
  EXPECT_EQ(db.number("SELECT due FROM report_source WHERE id = 1"), 7);
  EXPECT_GT(db.number("SELECT due FROM report_source WHERE id = 2"), 1LL << 60);
}

}  // namespace
}  // namespace mekiki::store

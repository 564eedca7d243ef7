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

}  // namespace
}  // namespace mekiki::store

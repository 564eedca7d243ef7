#include "store/seen_keys.hpp"

#include <chrono>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_folder.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace mekiki::store {
namespace {

TEST(seen_keys, are_those_of_the_domain) {
  const mekiki::test::folder folder;
  const auto file = folder.path() / file_name;
  EXPECT_FALSE(seen_keys(file, "example.jp"));
  std::ofstream(file).close();  // an empty database
  sqlite::database db(file, sqlite::access::read_write,
                      std::chrono::seconds(1));
  db.run(
      "CREATE TABLE dkim_key (name TEXT, text TEXT, first INTEGER, last "
      "INTEGER, authentic INTEGER, revoked INTEGER);"
      "INSERT INTO dkim_key VALUES "
      "('old._domainkey.example.jp', 'a', 2, 5, 0, 0),"
      "('s1._domainkey.example.jp', 'a', 1, 7, 0, 0),"
      "('s1._domainkey.example.jp', 'b', 1, 9, 0, 0),"
      "('gone._domainkey.example.jp', 'a', 1, 8, 0, 1),"
      "('s.2._domainkey.example.jp', 'a', 1, 6, 0, 0),"
      "('s3._domainkey.mail.example.jp', 'a', 1, 9, 0, 0),"
      "('s4._domainkey.another-example.jp', 'a', 1, 9, 0, 0),"
      "('._domainkey.example.jp', 'a', 1, 9, 0, 0);");
  const auto found = seen_keys(file, "example.jp");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (std::vector<seen_key>{{"s1", "b", 1, 9},
                                           {"s1", "a", 1, 7},
                                           {"s.2", "a", 1, 6},
                                           {"old", "a", 2, 5}}));
}

// Whoever holds the zone may have signed under thousands of names.
TEST(seen_keys, are_bounded) {
  const mekiki::test::folder folder;
  const auto file = folder.path() / file_name;
  std::ofstream(file).close();
  sqlite::database db(file, sqlite::access::read_write,
                      std::chrono::seconds(1));
  db.run(
      "CREATE TABLE dkim_key (name TEXT, text TEXT, first INTEGER, last "
      "INTEGER, authentic INTEGER, revoked INTEGER);");
  for (int selector = 0; selector < 30; ++selector) {
    for (int record = 0; record < 8; ++record) {
      db.run(
          fmt::format("INSERT INTO dkim_key VALUES "
                      "('s{0}._domainkey.example.jp', '{1}', 1, {2}, 0, 0);",
                      selector, record, 1000 - record * 30 - selector));
    }
  }
  const auto found = seen_keys(file, "example.jp");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 100U);
  std::set<std::string> selectors;
  for (const seen_key& k : *found) selectors.insert(k.selector);
  EXPECT_EQ(selectors.size(), 20U);
  EXPECT_TRUE(selectors.contains("s0"));
  EXPECT_FALSE(selectors.contains("s20"));
}

}  // namespace
}  // namespace mekiki::store

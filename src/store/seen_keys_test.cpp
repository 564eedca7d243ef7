#include "store/seen_selectors.hpp"

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/test_folder.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace mekiki::store {
namespace {

TEST(seen_selectors, are_those_of_the_domain) {
  const mekiki::test::folder folder;
  const auto file = folder.path() / file_name;
  EXPECT_FALSE(seen_selectors(file, "example.jp"));
  std::ofstream(file).close();  // an empty database
  sqlite::database db(file, sqlite::access::read_write,
                      std::chrono::seconds(1));
  db.run(
      "CREATE TABLE dkim_key (name TEXT, text TEXT, first INTEGER, last "
      "INTEGER, authentic INTEGER, revoked INTEGER);"
      "INSERT INTO dkim_key VALUES "
      "('old._domainkey.example.jp', 'a', 1, 5, 0, 0),"
      "('s1._domainkey.example.jp', 'a', 1, 7, 0, 0),"
      "('s1._domainkey.example.jp', 'b', 1, 9, 0, 0),"
      "('gone._domainkey.example.jp', 'a', 1, 8, 0, 1),"
      "('s.2._domainkey.example.jp', 'a', 1, 6, 0, 0),"
      "('s3._domainkey.mail.example.jp', 'a', 1, 9, 0, 0),"
      "('s4._domainkey.another-example.jp', 'a', 1, 9, 0, 0),"
      "('._domainkey.example.jp', 'a', 1, 9, 0, 0);");
  const auto found = seen_selectors(file, "example.jp");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (std::vector<std::string>{"s1", "s.2", "old"}));
}

}  // namespace
}  // namespace mekiki::store

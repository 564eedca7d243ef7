#include "store/erase.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "store/dialect.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using namespace test;

const std::string taro = "taro%pop.example.jp:995";
const std::string jiro = "jiro%pop.example.jp:995";

class erase_test : public testing::Test {
 protected:
  erase_test() : clock_(at(start)) {
    auto opened = mekiki::store::open(
        folder_.file(), {.now = clock_, .deadline = std::chrono::seconds(60)});
    EXPECT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  void fill(const std::string& account) {
    for (int i = 0; i < 4; ++i) {
      mail_event e = proven_mail("example.jp", start + i * day);
      e.account = account;
      e.header = "Subject: x\n";
      e.display_name = "Hanako";
      e.keys = {{.name = "s._domainkey.example.jp", .text = "p=A"}};
      if (i == 3) {
        leave_open(e, "v=1; d=example.jp", {}, {});
        e.tell = {.is_told = true, .author = "a@example.jp", .subject = "s"};
      }
      store_->note(std::move(e));
    }
    store_->flush();
    blocking_store now = store_->blocking();
    kept_rule r;
    r.account = account;
    r.what.pattern = "*@example.jp";
    EXPECT_TRUE(now.add_rule(r));
    EXPECT_TRUE(now.set_choice({.account = account}));
    EXPECT_TRUE(now.add_token(account, "hash of " + account, "page"));
    EXPECT_TRUE(now.note_word_known(account));
    EXPECT_TRUE(now.say_about(
        number("SELECT max(id) FROM mail WHERE account = '" + account + "'"),
        account, feedback::word::report));
  }

  std::int64_t number(const std::string& sql) {
    const sqlite::database db(folder_.file(), sqlite::access::read_only,
                              std::chrono::seconds(5));
    return db.number(sql);
  }

  /// Rows of all tables but keys, which the DNS gave, and numbers of histories.
  std::map<std::string, std::int64_t> rows() {
    sqlite::database db(folder_.file(), sqlite::access::read_only,
                        std::chrono::seconds(5));
    std::map<std::string, std::int64_t> out;
    for (const std::string& table : dialect::tables(db)) {
      if (table != "dkim_key" && table != "scope" && table != "daily" &&
          table != "setting")
        out[table] = db.number("SELECT count(*) FROM " + table);
    }
    return out;
  }

  folder folder_;
  manual_clock clock_;
  std::unique_ptr<store> store_;
};

TEST_F(erase_test, takes_everything_of_one_account_and_nothing_of_another) {
  fill(jiro);
  const auto of_jiro = rows();
  for (const char* table :
       {"mail", "mail_story", "sender", "pair", "signature", "day_sum", "rule",
        "user_choice", "access_token", "word_known", "feedback", "pending"})
    EXPECT_GT(of_jiro.at(table), 0) << table;
  fill(taro);
  EXPECT_NE(rows(), of_jiro);
  EXPECT_EQ(store_->blocking().erase(taro, erasure::everything).value_or(-1),
            4);
  EXPECT_EQ(rows(), of_jiro);
  EXPECT_EQ(store_->blocking().erase(taro, erasure::everything).value_or(-1),
            0);
  EXPECT_EQ(store_->blocking().erase("", erasure::everything).value_or(-1), 0);
  EXPECT_EQ(rows(), of_jiro);
}

TEST_F(erase_test, of_a_history_alone_the_choices_stay) {
  fill(taro);
  EXPECT_EQ(store_->blocking().erase(taro, erasure::history).value_or(-1), 4);
  const auto left = rows();
  for (const auto& [table, count] : left) {
    const bool is_choice = table == "rule" || table == "user_choice" ||
                           table == "access_token" || table == "word_known";
    EXPECT_EQ(count > 0, is_choice) << table;
  }
}

// Whoever writes has the number of the account's history in memory.
TEST_F(erase_test, mails_are_noted_again_afterwards) {
  fill(taro);
  EXPECT_TRUE(store_->blocking().erase(taro, erasure::history));
  store_->note(proven_mail("example.jp", start + 9 * day));
  store_->flush();
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 1);
  EXPECT_EQ(number("SELECT sum(new_sender) FROM day_sum"), 1);
  EXPECT_EQ(number("SELECT mails FROM pair"), 1);
}

TEST_F(erase_test, many_rows_go_in_pieces) {
  for (int i = 0; i < 2'500; ++i)
    store_->note(proven_mail("example.jp", start));
  store_->flush();
  EXPECT_EQ(store_->blocking().erase(taro, erasure::history).value_or(-1),
            2'500);
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 0);
}

}  // namespace
}  // namespace mekiki::store

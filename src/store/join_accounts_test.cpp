#include "store/join_accounts.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/schema.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

// A database of the version before accounts were joined, with what several
// spellings of one mailbox left in it.
class join_accounts_test : public testing::Test {
 protected:
  void fill(const char* sql) {
    ASSERT_TRUE(prepare(folder_.file()));
    sqlite::database db(folder_.file(), sqlite::access::read_write,
                        std::chrono::seconds(5));
    db.run(undo_step_9);
    db.run(undo_step_8);
    db.run(sql);
    db.run("DROP TABLE border_vote; PRAGMA user_version = 5");
  }
  void migrate() {
    const auto ready = prepare(folder_.file());
    ASSERT_TRUE(ready) << ready.error();
  }

  std::vector<std::string> rows(const std::string& sql) {
    const sqlite::database db(folder_.file(), sqlite::access::read_only,
                              std::chrono::seconds(5));
    std::vector<std::string> out;
    for (sqlite::statement s(db, sql); s.next();) out.emplace_back(s.text(0));
    return out;
  }

  folder folder_;
};

constexpr const char* fill_choices = R"(
INSERT INTO user_choice VALUES
  ('Taro@Example.jp%pop.example.jp', 'A', 'ja', '', '', 0, 30),
  ('taro@example.jp%pop.example.jp', 'B', 'ja', '', '', 0, 20),
  ('recent:taro@example.jp%pop.example.jp', 'C', 'ja', '', '', 0, 10),
  ('Hana%POP.example.jp', 'D', 'ja', '', '', 0, 10),
  ('jiro%pop.example.jp', 'A', 'ja', '', '', 0, 10);
INSERT INTO rule (account, kind, pattern, signer, effect) VALUES
  ('taro@example.jp%pop.example.jp', 'list', 'a.example', '', 'trust'),
  ('Taro@example.jp%pop.example.jp', 'list', 'a.example', '', 'distrust'),
  ('taro%example.jp%pop.example.jp', 'list', 'b.example', '', 'trust'),
  ('', 'list', 'a.example', '', 'trust');
INSERT INTO access_token VALUES
  ('h1', 'Taro@example.jp%pop.example.jp', 1),
  ('h2', 'taro@example.jp/box%pop.example.jp', 2);
)";

TEST_F(join_accounts_test, the_later_choice_stays) {
  fill(fill_choices);
  migrate();
  EXPECT_THAT(rows("SELECT account || ' ' || methods FROM user_choice "
                   "ORDER BY account"),
              ElementsAre("hana%pop.example.jp D", "jiro%pop.example.jp A",
                          "taro@example.jp%pop.example.jp A"));
  EXPECT_THAT(
      rows("SELECT account || ' ' || pattern || ' ' || effect FROM rule "
           "ORDER BY account, pattern"),
      ElementsAre(" a.example trust",
                  "taro@example.jp%pop.example.jp a.example distrust",
                  "taro@example.jp%pop.example.jp b.example trust"));
  EXPECT_THAT(rows("SELECT hash || ' ' || account FROM access_token "
                   "ORDER BY hash"),
              ElementsAre("h1 taro@example.jp%pop.example.jp",
                          "h2 taro@example.jp%pop.example.jp"));
}

constexpr const char* fill_warnings = R"(
INSERT INTO warning (reader, account, digest, kind, noted, told, level, before,
  reason, author, name, subject, header) VALUES
  ('Taro%h.jp', 'Taro%h.jp', 'd1', 'mail', 1, 0, '', '', '', '', '', '', ''),
  ('taro%h.jp', 'taro%h.jp', 'd1', 'mail', 1, 9, '', '', '', '', '', '', ''),
  ('TARO%h.jp', 'TARO%h.jp', 'd2', 'mail', 1, 0, '', '', '', '', '', '', ''),
  ('', 'Taro%h.jp', 'd1', 'mail', 1, 0, '', '', '', '', '', '', ''),
  ('', 'TARO%h.jp', 'd1', 'mail', 1, 0, '', '', '', '', '', '', '');
INSERT INTO warning_mail (account, uidl, made, octets) VALUES
  ('Taro%h.jp', 'mekiki-1', 1, 'x'), ('taro%h.jp', 'mekiki-2', 1, 'y');
)";

TEST_F(join_accounts_test, what_was_told_stays_told) {
  fill(fill_warnings);
  migrate();
  EXPECT_THAT(rows("SELECT reader || '|' || account || '|' || digest || '|' || "
                   "told FROM warning ORDER BY reader, digest"),
              ElementsAre("|taro%h.jp|d1|0", "taro%h.jp|taro%h.jp|d1|9",
                          "taro%h.jp|taro%h.jp|d2|0"));
  EXPECT_THAT(
      rows("SELECT account || ' ' || uidl FROM warning_mail ORDER BY uidl"),
      ElementsAre("taro%h.jp mekiki-1", "taro%h.jp mekiki-2"));
}

// Mail d1 was fetched under two spellings, d2 and d3 under one each.
constexpr const char* fill_history = R"(
INSERT INTO scope VALUES (1, 'account:Taro%h.jp'), (2, 'account:taro%h.jp'),
  (3, 'account:jiro%h.jp'), (4, 'account:recent:taro%h.jp'),
  (5, 'upstream:Pop.Shared.jp'), (6, 'upstream:pop.shared.jp');
INSERT INTO mail (id, scope, digest, account, uidl, fetched, counted, taught,
  level, reason, dkim, dmarc, policy, author_domain, summed) VALUES
  (1, 1, 'd1', 'Taro%h.jp', 'u', 100, 1, 1, 'forged', '', 'fail', 'fail', '',
    'a.jp', 3),
  (2, 2, 'd1', 'taro%h.jp', 'u', 200, 1, 0, 'new', '', 'pass', 'pass', '',
    'a.jp', 4),
  (3, 1, 'd2', 'Taro%h.jp', 'u', 100, 1, 1, 'new', '', 'pass', 'pass', '',
    'a.jp', 3),
  (4, 2, 'd3', 'taro%h.jp', 'u', 100, 1, 1, 'new', '', 'pass', 'pass', '',
    'a.jp', 3),
  (5, 3, 'd1', 'jiro%h.jp', 'u', 100, 1, 1, 'new', '', 'pass', 'pass', '',
    'a.jp', 3),
  (6, 5, 'd1', 'saki%pop.shared.jp', 'u', 100, 1, 1, 'new', '', 'pass', 'pass',
    '', 'a.jp', 3),
  (7, 6, 'd1', 'saki%pop.shared.jp', 'u', 300, 1, 1, 'new', '', 'pass', 'pass',
    '', 'a.jp', 3);
INSERT INTO mail_story VALUES (1, 'r1', NULL, NULL), (2, 'r2', NULL, NULL),
  (3, 'r3', NULL, NULL);
INSERT INTO day_sum (day, account, new_sender, forged, dkim_pass, dkim_fail,
  dmarc_pass, dmarc_fail) VALUES
  (3, 'Taro%h.jp', 1, 1, 1, 1, 1, 1), (3, 'taro%h.jp', 1, 0, 1, 0, 1, 0),
  (4, 'taro%h.jp', 1, 0, 1, 0, 1, 0), (3, 'jiro%h.jp', 1, 0, 1, 0, 1, 0);
INSERT INTO day_forged VALUES (3, 'a.jp', 1), (3, 'b.jp', 2);
INSERT INTO sender (id, scope, kind, name, last, known) VALUES
  (1, 1, 0, 'a.jp', 500, 1), (2, 2, 0, 'a.jp', 400, 0),
  (3, 4, 0, 'a.jp', 600, 0), (4, 1, 0, 'only.jp', 1, 0),
  (5, 3, 0, 'a.jp', 5, 0);
INSERT INTO sender_day VALUES (1, 1, 2, 0), (1, 2, 1, 0), (2, 2, 1, 1),
  (3, 9, 1, 0);
INSERT INTO pair VALUES (1, 1, 'a.jp', 5, 2, 10, 20), (2, 2, 'a.jp', 4, 2, 5, 15),
  (3, 3, 'a.jp', 1, 1, 90, 90), (4, 3, 'esp.jp', 1, 1, 90, 90),
  (5, 5, 'a.jp', 1, 1, 90, 90);
INSERT INTO pair_day VALUES (1, 1), (1, 2), (2, 2), (2, 3), (3, 9), (4, 9),
  (5, 9);
INSERT INTO name VALUES (1, 'm1'), (2, 'm1'), (2, 'm2');
INSERT INTO addition VALUES (1, 's', 'w', 'x.jp', 3), (2, 's', 'w', 'x.jp', 5),
  (4, 's', 'w', 'y.jp', 1);
)";

TEST_F(join_accounts_test, a_mail_of_several_spellings_counts_once) {
  fill(fill_history);
  migrate();
  EXPECT_THAT(
      rows("SELECT s.name || ' ' || m.account || ' ' || digest || ' ' || level "
           "|| ' ' || taught FROM mail m JOIN scope s ON s.id = m.scope "
           "ORDER BY 1"),
      ElementsAre("account:jiro%h.jp jiro%h.jp d1 new 1",
                  "account:taro%h.jp taro%h.jp d1 new 1",
                  "account:taro%h.jp taro%h.jp d2 new 1",
                  "account:taro%h.jp taro%h.jp d3 new 1",
                  "upstream:pop.shared.jp saki%pop.shared.jp d1 new 1"));
  EXPECT_THAT(rows("SELECT results FROM mail_story ORDER BY 1"),
              ElementsAre("r2", "r3"));
  EXPECT_THAT(
      rows("SELECT day || ' ' || account || ' ' || new_sender || ' ' || forged "
           "|| ' ' || dkim_pass || ' ' || dkim_fail || ' ' || dmarc_pass || "
           "' ' || dmarc_fail FROM day_sum ORDER BY account, day"),
      ElementsAre("3 jiro%h.jp 1 0 1 0 1 0", "3 taro%h.jp 2 0 2 0 2 0",
                  "4 taro%h.jp 1 0 1 0 1 0"));
  EXPECT_THAT(rows("SELECT domain || ' ' || mails FROM day_forged"),
              ElementsAre("b.jp 2"));
}

TEST_F(join_accounts_test, pairs_and_habits_follow) {
  fill(fill_history);
  migrate();
  EXPECT_THAT(rows("SELECT name FROM scope ORDER BY name"),
              ElementsAre("account:jiro%h.jp", "account:taro%h.jp",
                          "upstream:pop.shared.jp"));
  EXPECT_THAT(
      rows("SELECT s.name || ' ' || n.name || ' ' || n.last || ' ' || n.known "
           "FROM sender n JOIN scope s ON s.id = n.scope ORDER BY 1"),
      ElementsAre("account:jiro%h.jp a.jp 5 0", "account:taro%h.jp a.jp 600 1",
                  "account:taro%h.jp only.jp 1 0"));
  const std::string taros =
      " FROM sender n JOIN scope s ON s.id = n.scope AND s.name = "
      "'account:taro%h.jp' AND n.name = 'a.jp' ";
  // Days 1, 2, 3 and 9.
  EXPECT_THAT(
      rows("SELECT signer || ' ' || mails || ' ' || days || ' ' || first || "
           "' ' || p.last" +
           taros + "JOIN pair p ON p.sender = n.id ORDER BY 1"),
      ElementsAre("a.jp 5 4 5 90", "esp.jp 1 1 90 90"));
  EXPECT_THAT(rows("SELECT day || ' ' || proven || ' ' || unproven" + taros +
                   "JOIN sender_day d ON d.sender = n.id ORDER BY day"),
              ElementsAre("1 2 0", "2 1 1", "9 1 0"));
  EXPECT_THAT(rows("SELECT mark" + taros +
                   "JOIN name m ON m.sender = n.id ORDER BY mark"),
              ElementsAre("m1", "m2"));
  EXPECT_THAT(rows("SELECT what || ' ' || author || ' ' || day FROM learned "
                   "ORDER BY 1"),
              ElementsAre("s w x.jp 5", "s w y.jp 1"));
  EXPECT_THAT(rows("PRAGMA foreign_key_check"), IsEmpty());
}

TEST_F(join_accounts_test, leaves_others_as_they_are) {
  fill(R"(
INSERT INTO user_choice VALUES ('jiro%h.jp', 'A', 'ja', '', '', 0, 10);
INSERT INTO scope VALUES (1, 'account:jiro%h.jp'), (2, 'upstream:h.jp');
)");
  migrate();
  EXPECT_THAT(rows("SELECT account FROM user_choice"),
              ElementsAre("jiro%h.jp"));
  EXPECT_THAT(rows("SELECT id || name FROM scope ORDER BY id"),
              ElementsAre("1account:jiro%h.jp", "2upstream:h.jp"));
}

}  // namespace
}  // namespace mekiki::store

// The database as a whole.
#include "store/upkeep.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/schema.hpp"
#include "store/sqlite.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using verdict::level;

bool go_on(std::uint64_t /*done*/, std::uint64_t /*all*/) { return true; }

class upkeep_test : public testing::Test {
 protected:
  upkeep_test() : clock_(at(start)) {
    auto opened = open(folder_.file(), {.now = clock_});
    EXPECT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  void note(int mails, const std::string& account = "taro%pop.example.jp:995") {
    for (int i = 0; i < mails; ++i) {
      mail_event e =
          proven_mail("d" + std::to_string(i) + ".example", start + i);
      e.account = account;
      store_->note(std::move(e));
    }
    store_->flush();
  }

  std::int64_t number(const fs::path& file, const char* sql) {
    return sqlite::database(file, sqlite::access::read_write,
                            std::chrono::seconds(5))
        .number(sql);
  }

  std::vector<kept_mail> mails(const export_filter& filter = {}) {
    store_->flush();
    std::vector<kept_mail> out;
    const auto done =
        for_each_mail(folder_.file(), filter, [&](const kept_mail& m) {
          out.push_back(m);
          return true;
        });
    EXPECT_TRUE(done) << done.error();
    return out;
  }

  folder folder_;
  manual_clock clock_;
  std::unique_ptr<store> store_;
};

TEST_F(upkeep_test, a_copy_is_of_one_moment_while_events_are_written) {
  note(3'000);
  const fs::path copy = folder_.path() / "copy.db";
  std::ofstream(copy).close();
  int steps = 0;
  const auto done = back_up(folder_.file(), copy, [&](auto octets, auto all) {
    EXPECT_LE(octets, all);
    note(10);  // which another connection would have to begin anew for
    return ++steps < 100;
  });
  ASSERT_TRUE(done) << done.error();
  EXPECT_GT(steps, 1);
  store_->flush();
  EXPECT_EQ(number(copy, "SELECT count(*) FROM mail"), 3'000);
  EXPECT_EQ(number(folder_.file(), "SELECT count(*) FROM mail"),
            3'000 + 10 * steps);
  const auto found = examine(copy);
  ASSERT_TRUE(found) << found.error();
  EXPECT_THAT(found->damage, IsEmpty());
  EXPECT_FALSE(fs::exists(copy.string() + "-wal"));
  // It can be used in place of the other.
  const auto opened = open(copy, {.now = clock_});
  ASSERT_TRUE(opened) << opened.error();
  EXPECT_THAT(result_of((*opened)->ask(about("d1.example"))).pairs, SizeIs(1));
}

TEST_F(upkeep_test, a_copy_can_be_given_up) {
  note(10);
  const fs::path copy = folder_.path() / "copy.db";
  std::ofstream(copy).close();
  const auto done =
      back_up(folder_.file(), copy, [](auto, auto) { return false; });
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error(), HasSubstr("interrupted"));
  // Nothing holds the database.
  note(10);
  EXPECT_EQ(number(folder_.file(), "SELECT count(*) FROM mail"), 20);
}

TEST_F(upkeep_test, a_vacuum_gives_back_what_is_unused) {
  note(3'000);
  sqlite::database(folder_.file(), sqlite::access::read_write,
                   std::chrono::seconds(5))
      .run("DELETE FROM mail WHERE id > 100");
  const auto before = examine(folder_.file());
  ASSERT_TRUE(before);
  EXPECT_GT(before->unused, 100'000u);
  const auto done = vacuum(folder_.file());
  ASSERT_TRUE(done) << done.error();
  EXPECT_EQ(done->before, before->octets);
  EXPECT_LE(done->after, done->before - before->unused);
  EXPECT_TRUE(done->is_shrunk);
  EXPECT_EQ(fs::file_size(folder_.file()), done->after);
  EXPECT_EQ(examine(folder_.file())->unused, 0u);
  // And the store that was open all the time goes on.
  note(10, "jiro%pop.example.jp:995");
  EXPECT_EQ(number(folder_.file(), "SELECT count(*) FROM mail"), 110);
}

TEST_F(upkeep_test, tells_of_damage) {
  note(1'000);
  const auto good = examine(folder_.file());
  ASSERT_TRUE(good);
  EXPECT_EQ(good->version, schema_version());
  EXPECT_THAT(good->damage, IsEmpty());
  for (const named_count& n : good->rows) {
    if (n.name == "mail" || n.name == "pair")
      EXPECT_EQ(n.mails, 1'000u) << n.name;
    if (n.name == "warning")
      EXPECT_EQ(n.mails, 0u);
  }
  store_.reset();
  {
    sqlite::database db(folder_.file(), sqlite::access::read_write,
                        std::chrono::seconds(5));
    db.run("PRAGMA foreign_keys = OFF; INSERT INTO pair_day VALUES (7777, 1)");
  }
  EXPECT_THAT(examine(folder_.file())->damage,
              ElementsAre("a row of pair_day belongs to none of pair"));
  const auto size = fs::file_size(folder_.file());
  {
    std::fstream file(folder_.file());
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(size / 4, '\xff');
  }
  EXPECT_GT(examine(folder_.file())->damage.size(), 1u);
  fs::resize_file(folder_.file(), 100);
  EXPECT_THAT(examine(folder_.file()).error(), HasSubstr("is damaged"));
}

TEST_F(upkeep_test, gives_all_that_is_kept_of_a_mail) {
  mail_event e = proven_mail("example.jp", start, "digest");
  e.uidl = "uid-1";
  e.counted = start - day;
  e.result = {level::forged,
              verdict::reason("why").with("author", "example.jp")};
  e.dkim_check = "fail";
  e.dmarc = "permerror";
  e.policy = "reject";
  e.author = "hanako@example.jp";
  e.subject = "hello";
  leave_open(e, "a signature", {}, {});
  store_->note(e);
  note(1);
  const auto all = mails();
  ASSERT_THAT(all, SizeIs(2));
  const kept_mail& m = all[0];
  EXPECT_EQ(m.fetched, start);
  EXPECT_EQ(m.counted, start - day);
  EXPECT_EQ(m.account, e.account);
  EXPECT_EQ(m.history, "account:" + e.account);
  EXPECT_EQ(m.uidl, "uid-1");
  EXPECT_EQ(m.digest, "digest");
  EXPECT_EQ(m.level, "forged");
  EXPECT_EQ(m.reason, "why author=example.jp");
  EXPECT_EQ(m.dkim, "fail");
  EXPECT_EQ(m.dmarc, "permerror");
  EXPECT_EQ(m.policy, "reject");
  EXPECT_EQ(m.author_domain, "example.jp");
  EXPECT_EQ(m.author, "hanako@example.jp");
  EXPECT_EQ(m.subject, "hello");
  EXPECT_TRUE(m.pending);
  EXPECT_FALSE(all[1].author);
  EXPECT_FALSE(all[1].subject);
  EXPECT_FALSE(all[1].pending);
  EXPECT_TRUE(all[1].taught);
}

TEST_F(upkeep_test, gives_the_mails_of_a_time_and_an_account) {
  note(1'200);
  note(7, "jiro%pop.example.jp:995");
  const struct {
    export_filter filter;
    std::size_t mails = 0;
  } table[] = {
      {{}, 1'207},
      {{.from = start + 5}, 1'197},
      {{.to = start + 5}, 10},
      {{.from = start + 5, .to = start + 6}, 2},
      {{.account = "jiro%pop.example.jp:995"}, 7},
      {{.from = start + 5, .account = "jiro%pop.example.jp:995"}, 2},
      {{.account = "saburo%pop.example.jp:995"}, 0},
  };
  for (const auto& t : table) EXPECT_THAT(mails(t.filter), SizeIs(t.mails));
}

// Whoever reads them slowly holds nothing: while he does, events are written,
// and a mail that is fetched again comes once.
TEST_F(upkeep_test, a_slow_reader_holds_no_view) {
  note(600);
  std::vector<std::int64_t> ids;
  const auto done = for_each_mail(folder_.file(), {}, [&](const kept_mail& m) {
    if (ids.empty()) {
      mail_event again = proven_mail("d0.example", start + day, m.digest);
      store_->note(std::move(again));
      store_->flush();
      EXPECT_EQ(number(folder_.file(), "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
    }
    ids.push_back(m.id);
    return true;
  });
  ASSERT_TRUE(done) << done.error();
  ASSERT_THAT(ids, SizeIs(600));
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

TEST(upkeep, refuses_what_is_not_ours) {
  const folder place;
  for (const std::string what : {"absent", "rubbish", "newer"}) {
    SCOPED_TRACE(what);
    if (what == "rubbish")
      std::ofstream(place.file()) << std::string(5'000, 'x');
    if (what == "newer") {
      fs::remove(place.file());
      const manual_clock clock(at(start));
      ASSERT_TRUE(open(place.file(), {.now = clock}));
      sqlite::database(place.file(), sqlite::access::read_write,
                       std::chrono::seconds(5))
          .run("PRAGMA user_version = 99");
    }
    const fs::path copy = place.path() / "copy";
    std::ofstream(copy).close();
    EXPECT_FALSE(back_up(place.file(), copy, go_on));
    EXPECT_FALSE(vacuum(place.file()));
    EXPECT_FALSE(examine(place.file()));
    EXPECT_FALSE(
        for_each_mail(place.file(), {}, [](const auto&) { return true; }));
    EXPECT_EQ(fs::exists(place.file()), what != "absent");
  }
}

}  // namespace
}  // namespace mekiki::store

// What happens where there is no room: the database at its limit, the disk
// nearly full, and mails of one account or client without end. docs/history.md,
// "When there is no room" and "Who can make rows".
#include "store/size_limit.hpp"

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/test_store.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/display_name.hpp"

namespace mekiki::store {
namespace {

using namespace test;
using testing::AllOf;
using testing::Gt;
using testing::Le;
using testing::Lt;

constexpr std::uint64_t mib = 1 << 20;

std::string account(int number) {
  return fmt::format("user{}%pop.example.jp", number);
}

class size_limit_test : public testing::Test {
 protected:
  size_limit_test() : clock_(at(start)) {}

  void open(std::uint64_t octets = std::uint64_t{1} << 30) {
    store_.reset();
    auto opened = mekiki::store::open(
        folder_.file(), {.now = clock_,
                         .deadline = std::chrono::seconds(60),
                         .octets = octets,
                         .disk = [this](const std::filesystem::path&) {
                           return disk_space{.free = free_, .all = 100'000};
                         }});
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  /// A forged mail, whose page shows all that fits.
  static mail_event forged_mail(const std::string& account, std::int64_t when,
                                std::size_t story = 40'000) {
    mail_event e = proven_mail("example.jp", when);
    e.account = account;
    e.is_proven = false;
    e.signers.clear();
    e.habit = habit_day::none;
    e.result = {verdict::level::forged, verdict::reason("dmarc-fail")};
    e.story = '"' + std::string(story, 'x') + '"';
    return e;
  }

  bool trust(const std::string& domain) {
    kept_rule r;
    r.account = account(0);
    r.what.pattern = domain;
    return store_->blocking().add_rule(r).has_value();
  }

  std::int64_t number(const std::string& sql) {
    store_->flush();
    const sqlite::database db(folder_.file(), sqlite::access::read_only,
                              std::chrono::seconds(5));
    return db.number(sql);
  }

  std::uint64_t file_size() {
    return std::filesystem::file_size(folder_.file());
  }

  folder folder_;
  manual_clock clock_;
  std::atomic<std::uint64_t> free_ = 50'000;  // of 100,000
  std::unique_ptr<store> store_;
};

// --------------------------------------------------- the database's limit

TEST_F(size_limit_test, OldStoriesGoFirstThenOldMails) {
  open(16 * mib);
  // On two days, so that the share of one is not what stops them.
  int of = 0;
  for (int i = 0; i < 800; ++i) {
    store_->note(forged_mail(account(of = i % 80), start + i / 40 * day));
    if (i % 20 == 0)
      store_->flush();
  }
  EXPECT_THAT(number("SELECT count(*) FROM mail"), Gt(700));
  const std::int64_t stories = number("SELECT count(*) FROM mail_story");
  EXPECT_THAT(stories, AllOf(Gt(200), Lt(410)));
  // The newest have theirs.
  EXPECT_EQ(number("SELECT max(mail) FROM mail_story"),
            number("SELECT max(id) FROM mail"));
  EXPECT_EQ(number("SELECT max(mail) - min(mail) + 1 FROM mail_story"),
            stories);
  EXPECT_THAT(store_->used_octets(), Le(16 * mib));
  EXPECT_THAT(file_size(), Lt(17 * mib));
  EXPECT_EQ(store_->lost().no_room, 0U);
  EXPECT_EQ(store_->lacks_room(), lack_of_room::none);
}

TEST_F(size_limit_test, AFileThatIsLargerAlreadyIsBroughtWithin) {
  open();
  for (int i = 0; i < 900; ++i)
    store_->note(forged_mail(account(i), start + i / 100 * day));
  store_->flush();
  const std::uint64_t before = store_->used_octets();
  ASSERT_THAT(before, Gt(34 * mib));
  open(16 * mib);
  EXPECT_EQ(store_->used_octets(), before);
  store_->note(forged_mail(account(0), start + 9 * day));
  store_->flush();
  EXPECT_THAT(store_->used_octets(), Lt(16 * mib));
  // What is free is used again: the file does not grow.
  const std::uint64_t size = file_size();
  for (int i = 0; i < 400; ++i)
    store_->note(forged_mail(account(i), start + (10 + i / 40) * day));
  store_->flush();
  EXPECT_EQ(file_size(), size);
}

TEST_F(size_limit_test, SmallMailsGoTheOldestFirst) {
  open(8 * mib);
  for (int i = 0; i < 30'000; ++i) {
    mail_event e = forged_mail(account(i % 100), start + i / 1'000 * day, 0);
    store_->note(std::move(e));
    if (i % 1'000 == 0)
      store_->flush();
  }
  const std::int64_t mails = number("SELECT count(*) FROM mail");
  EXPECT_THAT(mails, AllOf(Gt(5'000), Lt(29'000)));
  EXPECT_EQ(number("SELECT max(id) - min(id) + 1 FROM mail"), mails);
  EXPECT_EQ(number("SELECT max(fetched) FROM mail"), start + 29 * day);
  EXPECT_THAT(store_->used_octets(), Le(8 * mib));
}

// Whoever is known stays so, while what only one mail taught goes.
TEST_F(size_limit_test, KnownSendersStayTheLongest) {
  open(1 * mib);
  for (int i = 0; i < 3; ++i)
    store_->note(proven_mail("known.example", start + i * 4 * day));
  for (int i = 0; i < 6'000; ++i) {
    mail_event e =
        proven_mail(fmt::format("d{}.example", i), start + (9 + i / 250) * day);
    e.account = account(i % 50);
    e.organization = e.author_domain;
    store_->note(std::move(e));
    if (i % 200 == 0)
      store_->flush();
  }
  EXPECT_THAT(number("SELECT count(*) FROM sender"), Lt(5'500));
  EXPECT_EQ(number("SELECT known FROM sender WHERE name = 'known.example'"), 1);
  EXPECT_THAT(store_->used_octets(), Le(1 * mib));
}

TEST_F(size_limit_test, WhereNothingMayGoMailsAreNotNotedUntilThereIsRoom) {
  open();
  // Words of people are never removed for want of room.
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(trust(fmt::format("d{}.example", i)));
  }
  open(64 << 10);  // less than the empty tables need
  store_->note(forged_mail(account(0), start));
  store_->flush();
  EXPECT_EQ(store_->lacks_room(), lack_of_room::database);
  store_->note(forged_mail(account(0), start));
  store_->flush();
  EXPECT_EQ(store_->lost().no_room, 1U);
  EXPECT_EQ(number("SELECT count(*) FROM rule"), 40);
  open(16 * mib);
  store_->note(forged_mail(account(0), start));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 1);
  EXPECT_EQ(store_->lacks_room(), lack_of_room::none);
}

// ------------------------------------------------------------------ disk

TEST(disk_space, is_short_below_its_part) {
  EXPECT_FALSE(is_short({}, 5));  // nothing is known
  EXPECT_FALSE(is_short({.free = 5'000, .all = 100'000}, 5));
  EXPECT_TRUE(is_short({.free = 4'999, .all = 100'000}, 5));
  EXPECT_FALSE(is_short({.free = 0, .all = 100'000}, 0));
  const disk_space here = read_disk_space(".");
  EXPECT_GT(here.all, here.free);
  EXPECT_EQ(read_disk_space("/nonexistent/folder").all, 0U);
}

TEST_F(size_limit_test, ADiskThatIsNearlyFullStopsNotingAndNothingElse) {
  open();
  for (int i = 0; i < 3; ++i)
    store_->note(proven_mail("known.example", start + i * 4 * day));
  store_->flush();
  free_ = 4'999;
  EXPECT_EQ(store_->lacks_room(), lack_of_room::disk);
  for (int i = 0; i < 20; ++i)
    store_->note(proven_mail("other.example", start + 9 * day));
  store_->flush();
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 3);
  EXPECT_EQ(store_->lost().no_room, 20U);
  EXPECT_TRUE(store_->lost().last.has_value());
  EXPECT_EQ(result_of(store_->totals(start, start + 10 * day, {}))->lost, 20U);
  // Mails are judged with what is known.
  EXPECT_EQ(result_of(store_->ask(about("known.example"))).pairs.size(), 1U);
  // What people decide is kept.
  ASSERT_TRUE(trust("example.jp"));
  // It begins again by itself.
  free_ = 5'000;
  EXPECT_EQ(store_->lacks_room(), lack_of_room::none);
  store_->note(proven_mail("other.example", start + 9 * day));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 4);
}

// ------------------------------------------- what one account can fill

TEST_F(size_limit_test, AnAccountFillsItsShareOfADay) {
  open(32 * mib);  // a share of 1 MiB for stories, and of 2 MiB for the rest
  for (int i = 0; i < 100; ++i)
    store_->note(forged_mail("mallory%evil.example", start));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 100);
  EXPECT_EQ(number("SELECT count(*) FROM mail_story"), 26);
  for (int i = 0; i < 3'000; ++i)
    store_->note(forged_mail("mallory%evil.example", start));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 2'097);
  EXPECT_EQ(store_->lost().over_share, 3'100U - 2'097U);
  // Which is no failure of ours.
  EXPECT_FALSE(store_->lost().last.has_value());
  // A mail that is there already may come again.
  const std::int64_t mails = number("SELECT count(*) FROM mail");
  store_->note(forged_mail(account(1), start));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), mails + 1);
  EXPECT_EQ(number("SELECT count(*) FROM mail_story"), 27);
  // The next day is another.
  store_->note(forged_mail("mallory%evil.example", start + day));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), mails + 2);
  EXPECT_EQ(number("SELECT count(*) FROM mail_story"), 28);
}

TEST_F(size_limit_test, ManyAccountsOfOneClientShareEightTimesThat) {
  open(32 * mib);
  for (int i = 0; i < 300; ++i) {
    mail_event e = forged_mail(account(i), start);
    e.client = "192.0.2.1";
    store_->note(std::move(e));
  }
  EXPECT_EQ(number("SELECT count(*) FROM mail_story"), 104);  // 4 MiB
  mail_event e = forged_mail("taro%pop.example.jp", start);
  e.client = "192.0.2.2";
  store_->note(std::move(e));
  EXPECT_EQ(number("SELECT count(*) FROM mail_story"), 105);
}

// ------------------------------------- what a flood leaves of the quotas

struct flood {
  const char* table;
  const char* rows;  // how many are counted
  // Of number `i`, by the flood; else by somebody else.
  void (*write)(mail_event& e, int i);
  int mails;
  std::int64_t most;
};

void of_domain(mail_event& e, const std::string& domain) {
  e.author_domain = domain;
  e.organization = domain;
  e.signers = {domain};
}

const flood floods[] = {
    {"scope", "SELECT count(*) FROM scope",
     [](mail_event& e, int i) { e.account = account(i); }, 1'500, 1'000},
    {"sender", "SELECT count(*) FROM sender",
     [](mail_event& e, int i) { of_domain(e, fmt::format("d{}.example", i)); },
     2'500, 2'000},
    {"sender of one organization", "SELECT count(*) FROM sender",
     [](mail_event& e, int i) {
       of_domain(e, fmt::format("d{}.evil.example", i));
       e.organization = "evil.example";
     },
     300, 100},
    {"sender of many accounts", "SELECT count(*) FROM sender",
     [](mail_event& e, int i) {
       e.account = account(i % 30);
       of_domain(e, fmt::format("d{}.example", i));
     },
     22'000, 20'000},
    {"pair", "SELECT count(*) FROM pair",
     [](mail_event& e, int i) { e.signers = {fmt::format("s{}.example", i)}; },
     100, 20},
    {"dkim_key", "SELECT count(*) FROM dkim_key",
     [](mail_event& e, int i) {
       e.keys.push_back({fmt::format("s{}._domainkey.d{}.com", i, i / 50),
                         "v=DKIM1; p=AAAA"});
     },
     1'500, 1'000},
    {"dkim_key of one organization", "SELECT count(*) FROM dkim_key",
     [](mail_event& e, int i) {
       e.keys.push_back(
           {fmt::format("s._domainkey.d{}.evil.com", i), "v=DKIM1; p=AAAA"});
     },
     300, 100},
    {"dkim_key of many accounts", "SELECT count(*) FROM dkim_key",
     [](mail_event& e, int i) {
       e.account = account(i % 20);
       e.keys.push_back(
           {fmt::format("s._domainkey.d{}.com", i), "v=DKIM1; p=AAAA"});
     },
     4'000, 3'000},
    {"daily", "SELECT count(*) FROM daily",
     [](mail_event& e, int i) { of_domain(e, fmt::format("d{}.example", i)); },
     2'500, 2'000},
    {"learned", "SELECT count(*) FROM learned",
     [](mail_event& e, int i) {
       e.lists = {fmt::format("list{}.example", i)};
       e.organization = fmt::format("d{}.example", i / 50);
     },
     2'500, 2'000},
};

TEST_F(size_limit_test, AFloodIsBoundedAndCostsNobodyElsesQuota) {
  for (const flood& f : floods) {
    SCOPED_TRACE(f.table);
    open();
    for (int i = 0; i < f.mails; ++i) {
      mail_event e = proven_mail("example.jp", start);
      e.account = "victim%pop.example.jp";
      e.client = "192.0.2.1";
      f.write(e, i);
      store_->note(std::move(e));
      if (i % 5'000 == 0)
        store_->flush();
    }
    EXPECT_EQ(number(f.rows), f.most);
    // The same thing, of somebody else.
    mail_event e = proven_mail("example.jp", start);
    e.account = "taro%other.example.jp";
    e.client = "192.0.2.2";
    f.write(e, 100'000);
    if (e.account.starts_with("user"))
      e.account = "taro%other.example.jp";
    store_->note(std::move(e));
    EXPECT_THAT(number(f.rows), Gt(f.most));
    store_.reset();
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(folder_.file().string() + suffix);
  }
}

TEST_F(size_limit_test, WarningsThatWaitAreBoundedForEachReader) {
  open();
  const auto warn = [&](const std::string& reader, int i) {
    warning w;
    w.account = w.reader = reader;
    w.digest = std::to_string(i);
    w.noted = start;
    w.result.what = verdict::level::forged;
    store_->warnings().note(std::move(w));
    if (i % 1'000 == 0)
      store_->flush();
  };
  for (int i = 0; i < most_waiting_warnings + 50; ++i) warn(account(0), i);
  warn(account(1), 0);
  EXPECT_EQ(number("SELECT count(*) FROM warning"), most_waiting_warnings + 1);
}

// Who writes from one domain leaves room for other domains in the same account.
TEST_F(size_limit_test, OneSendersFloodLeavesRoomForOthers) {
  open();
  for (int i = 0; i < 3'000; ++i) {
    mail_event e = proven_mail("", start);
    of_domain(e, fmt::format("d{}.evil.example", i));
    e.organization = "evil.example";
    e.keys.push_back(
        {fmt::format("s._domainkey.d{}.evil.com", i), "v=DKIM1; p=AAAA"});
    store_->note(std::move(e));
  }
  mail_event e = proven_mail("", start);
  of_domain(e, "honest.example");
  e.keys.push_back({"s._domainkey.honest.com", "v=DKIM1; p=AAAA"});
  store_->note(std::move(e));
  EXPECT_EQ(number("SELECT count(*) FROM sender WHERE name = 'honest.example'"),
            1);
  EXPECT_EQ(number("SELECT count(*) FROM dkim_key WHERE name = "
                   "'s._domainkey.honest.com'"),
            1);
}

std::string letters(int number) {
  return {static_cast<char>('a' + number / 20),
          static_cast<char>('a' + number % 20)};
}

// A hundred and more addresses of a mail service with twenty names each.
TEST_F(size_limit_test, NamesOfManyAddressesDisplaceNobodysOwn) {
  open();
  const auto send = [&](const std::string& address, const std::string& name,
                        int on) {
    mail_event e = proven_mail("gmail.com", start + on * day);
    e.author_address = address;
    e.display_name = name;
    e.organization = "gmail.com";
    store_->note(std::move(e));
  };
  for (int a = 0; a < 110; ++a) {
    const std::string address = fmt::format("a{}@gmail.com", a);
    for (int i = 0; i < 3; ++i) send(address, "", 4 * i);
    for (int i = 0; i < 20; ++i)
      send(address, letters(a) + "Mallory " + letters(i), 9);
  }
  EXPECT_EQ(number("SELECT count(*) FROM name"), 2'000);
  for (int i = 0; i < 3; ++i) send("taro@gmail.com", "Taro Yamada", 4 * i);
  store_->flush();
  const auto answer = result_of(store_->ask(about("gmail.com")));
  EXPECT_EQ(
      answer.known->users_of_name(verdict::name_key("Taro Yamada")).size(), 1U);
  EXPECT_EQ(number("SELECT count(*) FROM name"), 2'000);
}

// A history that nothing is left of goes, so that accounts which came once do
// not stay for ever.
TEST_F(size_limit_test, HistoriesOfNobodyGo) {
  open();
  for (int i = 0; i < 10; ++i) store_->note(forged_mail(account(i), start));
  EXPECT_EQ(number("SELECT count(*) FROM scope"), 10);
  store_->note(forged_mail(account(1), start + 91 * day));
  store_->note(forged_mail(account(2), start + 91 * day));
  EXPECT_EQ(number("SELECT count(*) FROM scope"), 2);
  store_->note(forged_mail(account(3), start + 91 * day));
  EXPECT_EQ(number("SELECT count(*) FROM scope"), 3);
}

}  // namespace
}  // namespace mekiki::store

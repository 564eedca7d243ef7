#include "store/store.hpp"

#include <barrier>
#include <csignal>
#include <fstream>
#include <functional>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/border_vote_rows.hpp"
#include "store/schema.hpp"
#include "store/sqlite.hpp"
#include "store/test_store.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/display_name.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Ne;
using testing::SizeIs;
using verdict::history_answer;
using verdict::level;

class store_test : public testing::Test {
 protected:
  store_test() : clock_(at(start)) { open(); }

  void open() {
    store_.reset();
    auto opened = mekiki::store::open(folder_.file(), how());
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  void open_anew() {
    store_.reset();
    for (const char* suffix : {"", "-wal", "-shm"})
      fs::remove(folder_.file().string() + suffix);
    open();
  }

  template <class Change>
  void reopen(Change change) {
    store_.reset();
    options o = how();
    change(o);
    auto opened = mekiki::store::open(folder_.file(), o);
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  // The machine of a test may be slow; how late an answer may be is tested on
  // its own.
  options how() {
    return {.now = clock_,
            .deadline = std::chrono::seconds(60),
            .keep = std::chrono::days(90),
            .is_shared = [](std::string_view upstream) {
              return upstream == "shared.example.jp";
            }};
  }

  void note(mail_event e) { store_->note(std::move(e)); }

  history_answer ask(verdict::history_question q) {
    store_->flush();
    return result_of(store_->ask(std::move(q)));
  }
  history_answer ask(const std::string& domain) { return ask(about(domain)); }

  /// A proven mail of an address at a mail service, so many days on.
  void send_named(const std::string& address, const std::string& name, int on) {
    mail_event e = proven_mail("gmail.com", start + on * day);
    e.author_address = address;
    e.display_name = name;
    note(e);
  }

  /// Since when each user of the name is steady, as the correspondents say.
  std::vector<std::int64_t> users_of(const std::string& name) {
    std::vector<std::int64_t> since;
    const history_answer a = ask("example.jp");
    for (const auto& user : a.known->users_of_name(verdict::name_key(name)))
      since.push_back(user.steady_since);
    return since;
  }

  bool is_known(const std::string& domain) {
    const history_answer a = ask(domain);
    return !a.pairs.empty() && verdict::is_known(a.pairs.front().passed);
  }

  std::int64_t number(const std::string& sql) {
    store_->flush();
    const sqlite::database db(folder_.file(), sqlite::access::read_only,
                              std::chrono::seconds(5));
    return db.number(sql);
  }
  std::string text(const std::string& sql) {
    store_->flush();
    const sqlite::database db(folder_.file(), sqlite::access::read_only,
                              std::chrono::seconds(5));
    sqlite::statement s(db, sql);
    return s.next() ? std::string(s.text(0)) : "no row";
  }

  folder folder_;
  manual_clock clock_;
  std::unique_ptr<store> store_;
};

// ------------------------------------------------------------------ pairs

TEST_F(store_test, knows_nothing_at_first) {
  const history_answer a = ask("example.jp");
  EXPECT_TRUE(a.available);
  EXPECT_THAT(a.pairs, SizeIs(0));
  EXPECT_EQ(a.habits.proven.mails, 0u);
  ASSERT_NE(a.known, nullptr);
  EXPECT_FALSE(a.known->has("example.jp"));
}

TEST_F(store_test, a_pair_is_known_after_three_days_spread_over_seven) {
  note(proven_mail("example.jp", start));
  note(proven_mail("example.jp", start + 3 * day));
  EXPECT_FALSE(is_known("example.jp"));
  note(proven_mail("example.jp", start + 7 * day));
  EXPECT_TRUE(is_known("example.jp"));

  const history_answer a = ask("example.jp");
  ASSERT_THAT(a.pairs, SizeIs(1));
  EXPECT_EQ(a.pairs[0].signer, "example.jp");
  EXPECT_EQ(a.pairs[0].passed.mails, 3u);
  EXPECT_EQ(a.pairs[0].passed.days, 3u);
  EXPECT_EQ(a.pairs[0].passed.first, start);
  EXPECT_EQ(a.pairs[0].passed.last, start + 7 * day);
  EXPECT_TRUE(a.known->has("example.jp"));
}

TEST_F(store_test, the_order_of_mails_does_not_matter) {
  note(proven_mail("example.jp", start + 7 * day));
  note(proven_mail("example.jp", start));
  note(proven_mail("example.jp", start + 3 * day));
  EXPECT_TRUE(is_known("example.jp"));
}

TEST_F(store_test, a_flood_on_one_day_makes_nobody_known) {
  for (int i = 0; i < 500; ++i) note(proven_mail("example.jp", start + i));
  note(proven_mail("example.jp", start + 20 * day));
  const history_answer a = ask("example.jp");
  ASSERT_THAT(a.pairs, SizeIs(1));
  EXPECT_EQ(a.pairs[0].passed.mails, 501u);
  EXPECT_EQ(a.pairs[0].passed.days, 2u);
  EXPECT_FALSE(is_known("example.jp"));
}

TEST_F(store_test, a_mail_counts_once_however_often_it_is_fetched) {
  for (int i = 0; i < 3; ++i) {
    note(proven_mail("example.jp", start + i * (3 * day), "the-same"));
  }
  const history_answer a = ask("example.jp");
  ASSERT_THAT(a.pairs, SizeIs(1));
  EXPECT_EQ(a.pairs[0].passed.mails, 1u);
  EXPECT_EQ(a.pairs[0].passed.days, 1u);
  EXPECT_EQ(a.habits.proven.mails, 1u);
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 1);
  EXPECT_EQ(number("SELECT sum(mails) FROM daily"), 1);
}

TEST_F(store_test, what_could_not_be_decided_at_first_counts_when_it_is) {
  mail_event undecided = proven_mail("example.jp", start, "the-same");
  undecided.is_proven = false;
  undecided.signers.clear();
  undecided.habit = habit_day::none;
  undecided.result = {level::unverified, verdict::reason("dkim-temperror")};
  note(undecided);
  EXPECT_THAT(ask("example.jp").pairs, SizeIs(0));
  note(proven_mail("example.jp", start, "the-same"));
  EXPECT_THAT(ask("example.jp").pairs, SizeIs(1));
  EXPECT_EQ(text("SELECT level FROM mail"), "new");
}

TEST_F(store_test, accounts_do_not_teach_each_other) {
  for (int i = 0; i < 3; ++i) {
    note(proven_mail("example.jp", start + i * (4 * day)));
  }
  verdict::history_question q = about("example.jp");
  q.account = "hanako%pop.example.jp:995";
  EXPECT_THAT(ask(q).pairs, SizeIs(0));
  q.account = "";
  EXPECT_THAT(ask(q).pairs, SizeIs(0));
}

TEST_F(store_test, accounts_of_a_shared_upstream_do) {
  for (int i = 0; i < 3; ++i) {
    mail_event e = proven_mail("example.jp", start + i * (4 * day));
    e.account = "user" + std::to_string(i) + "%shared.example.jp:995";
    e.upstream = "shared.example.jp";
    note(e);
  }
  verdict::history_question q = about("example.jp");
  q.account = "hanako%shared.example.jp:995";
  q.upstream = "shared.example.jp";
  const history_answer a = ask(q);
  ASSERT_THAT(a.pairs, SizeIs(1));
  EXPECT_TRUE(verdict::is_known(a.pairs[0].passed));
  q.account = "";
  EXPECT_THAT(ask(q).pairs, SizeIs(0));
}

TEST_F(store_test, one_mail_to_two_accounts_of_a_shared_upstream_counts_once) {
  for (const char* user : {"taro", "hanako"}) {
    mail_event e = proven_mail("example.jp", start, "the-same");
    e.account = std::string(user) + "%shared.example.jp:995";
    e.upstream = "shared.example.jp";
    note(e);
  }
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 2);
  EXPECT_EQ(number("SELECT sum(mails) FROM pair"), 1);
}

TEST_F(store_test, a_sender_has_at_most_twenty_pairs) {
  for (int i = 0; i < 50; ++i) {
    mail_event e = proven_mail("example.jp", start);
    e.signers = {"s" + std::to_string(i) + ".example.jp"};
    note(e);
  }
  EXPECT_THAT(ask("example.jp").pairs, SizeIs(20));
}

TEST_F(store_test, a_million_domains_find_no_room) {
  for (int i = 0; i < 3'000; ++i) {
    note(proven_mail("d" + std::to_string(i) + ".example", start));
  }
  EXPECT_EQ(number("SELECT count(*) FROM sender"), 2'000);
  // Another account's are remembered all the same.
  mail_event other = proven_mail("example.jp", start);
  other.account = "hanako%pop.example.jp:995";
  note(other);
  EXPECT_EQ(number("SELECT count(*) FROM sender"), 2'001);
  // And those of the next day.
  note(proven_mail("example.com", start + day));
  EXPECT_THAT(ask("example.com").pairs, SizeIs(1));
}

// ----------------------------------------------------------------- habits

TEST_F(store_test, habits_count_days) {
  for (int d = 0; d < 10; ++d) {
    note(proven_mail("example.jp", start + d * day));
    note(proven_mail("example.jp", start + d * day + 1));
  }
  mail_event bare = proven_mail("example.jp", start + 5 * day);
  bare.habit = habit_day::unproven;
  bare.signers.clear();
  note(bare);
  clock_.advance(std::chrono::days(20));
  const verdict::habit h = ask("example.jp").habits;
  EXPECT_EQ(h.proven.mails, 20u);
  EXPECT_EQ(h.proven.days, 10u);
  EXPECT_EQ(h.proven.first, start);
  EXPECT_EQ(h.proven.last, start + 9 * day);
  EXPECT_EQ(h.unproven.mails, 1u);
  EXPECT_EQ(h.unproven.days, 1u);
  EXPECT_EQ(h.unproven.first, start + 5 * day);
}

TEST_F(store_test, a_habit_is_that_of_the_last_half_year) {
  note(proven_mail("example.jp", start));
  clock_.advance(std::chrono::days(179));
  EXPECT_EQ(ask("example.jp").habits.proven.days, 1u);
  clock_.advance(std::chrono::days(1));
  EXPECT_EQ(ask("example.jp").habits.proven.days, 0u);
  EXPECT_THAT(ask("example.jp").pairs, SizeIs(1));
}

// --------------------------------------------- names, lists, keys, additions

TEST_F(store_test, names_are_steady_once_they_are_old_of_steady_pairs) {
  const auto send = [this](const std::string& name, int on) {
    mail_event e = proven_mail("example.jp", start + on * day);
    e.display_name = name;
    note(e);
  };
  for (int i = 0; i < 10; ++i) send("Hanako Yamada", 5 * i);
  EXPECT_THAT(users_of("Hanako Yamada"), ElementsAre(start + 45 * day));
  send("Hanako Yamada", 46);
  EXPECT_THAT(users_of("Hanako Yamada"), ElementsAre(start + 45 * day));
  // A name that a steady sender takes on has to become old itself.
  send("Saburo Suzuki", 46);
  send("Saburo Suzuki", 75);
  EXPECT_THAT(users_of("Saburo Suzuki"), ElementsAre(0));
  send("Saburo Suzuki", 76);
  EXPECT_THAT(users_of("Saburo Suzuki"), ElementsAre(start + 76 * day));
}

TEST_F(store_test, a_domain_of_many_addresses_is_a_mail_service) {
  const auto is_known_at = [this](const std::string& address) {
    verdict::history_question q = about("example.ne.jp");
    q.author = address;
    const history_answer a = ask(q);
    return !a.pairs.empty() && verdict::is_known(a.pairs.front().passed);
  };
  const auto send = [this](const std::string& address, int on) {
    mail_event e = proven_mail("example.ne.jp", start + on * day);
    e.author_address = address;
    note(e);
  };
  for (int i = 0; i < 3; ++i) send("friend@example.ne.jp", 4 * i);
  const auto other = [](int i) {
    return "a" + std::to_string(i) + "@example.ne.jp";
  };
  for (int i = 0; i < 19; ++i) {
    send(other(i), 9);
    send(other(i), 10);
  }
  send("once@example.ne.jp", 10);
  EXPECT_TRUE(is_known_at("stranger@example.ne.jp"));
  send(other(19), 9);
  send(other(19), 9);
  EXPECT_FALSE(ask("example.ne.jp").has_strangers) << "on one day";
  send(other(19), 10);
  EXPECT_TRUE(ask("example.ne.jp").has_strangers);
  EXPECT_FALSE(is_known_at("stranger@example.ne.jp"));
  EXPECT_FALSE(is_known_at("once@example.ne.jp"));
  EXPECT_FALSE(is_known_at("")) << "one of several";
  // Who was counted by then goes on with the pair of the domain.
  EXPECT_TRUE(is_known_at("Friend@example.ne.jp"));
  EXPECT_TRUE(is_known_at(other(19)));
  send("friend@example.ne.jp", 20);
  EXPECT_EQ(number("SELECT count(*) FROM sender WHERE kind = 2"), 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(is_known_at("once@example.ne.jp")) << i;
    send("once@example.ne.jp", 20 + 4 * i);
  }
  EXPECT_TRUE(is_known_at("once@example.ne.jp"));
  EXPECT_FALSE(is_known_at("stranger@example.ne.jp"));
}

TEST_F(store_test, a_new_address_for_each_mail_makes_no_mail_service) {
  for (int i = 0; i < 300; ++i) {
    mail_event e = proven_mail("forum.example", start + i / 20 * day);
    e.author_address = "reply+" + std::to_string(i) + "@forum.example";
    note(e);
  }
  EXPECT_FALSE(ask("forum.example").has_strangers);
  EXPECT_TRUE(is_known("forum.example"));
  EXPECT_EQ(number("SELECT count(*) FROM sender"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM address"), 100);
  // Those who come again have room all the same.
  for (int i = 0; i < 21 * 2; ++i) {
    mail_event e = proven_mail("forum.example", start + (20 + i % 2) * day);
    e.author_address = "a" + std::to_string(i / 2) + "@forum.example";
    note(e);
  }
  EXPECT_TRUE(ask("forum.example").has_strangers);
}

TEST_F(store_test, each_address_of_a_mail_service_has_names_of_its_own) {
  for (int i = 0; i < 3; ++i) send_named("a@gmail.com", "", 4 * i);
  for (char c = 'a'; c <= 'z'; ++c)
    send_named("a@gmail.com", "Hanako Yamad" + std::string(1, c), 9);
  EXPECT_EQ(number("SELECT count(*) FROM name"), 20);
  for (int i = 0; i < 3; ++i) send_named("b@gmail.com", "Saburo Suzuki", 4 * i);
  EXPECT_THAT(users_of("Saburo Suzuki"), SizeIs(1));
}

TEST_F(store_test, names_at_a_mail_service_are_steady_with_their_address) {
  for (int i = 0; i < 10; ++i)
    send_named("a@gmail.com", "Hanako Yamada", 5 * i);
  for (int i = 0; i < 4; ++i)
    send_named("b@gmail.com", "Saburo Suzuki", 15 * i);
  EXPECT_THAT(users_of("Hanako Yamada"), ElementsAre(Ne(0)));
  EXPECT_THAT(users_of("Saburo Suzuki"), ElementsAre(0));
}

TEST_F(store_test, names_of_the_known_are_kept_as_marks) {
  const std::string name = "Hanako Yamada";
  for (int i = 0; i < 3; ++i) {
    mail_event e = proven_mail("example.jp", start + i * (4 * day));
    e.display_name = name;
    note(e);
    EXPECT_THAT(users_of(name), SizeIs(i < 2 ? 0 : 1));
  }
  mail_event stranger = proven_mail("example.com", start);
  stranger.display_name = "Saburo Suzuki";
  note(stranger);
  EXPECT_EQ(number("SELECT count(*) FROM name"), 1);
  EXPECT_EQ(text("SELECT mark FROM name").find("anako"), std::string::npos);
}

TEST_F(store_test, lists_have_signers) {
  mail_event e = proven_mail("example.jp", start);
  e.list_id = "users.list.example.org";
  e.list_signers = {"list.example.org", "spf:list.example.org"};
  note(e);
  verdict::history_question q = about("example.com");
  q.list_id = "users.list.example.org";
  EXPECT_THAT(ask(q).list_signers, SizeIs(2));
  // The name of a list is no author's.
  EXPECT_THAT(ask("users.list.example.org").pairs, SizeIs(0));
}

verdict::remembered_key key(const std::string& text) {
  verdict::remembered_key k;
  k.name = "s1._domainkey.example.jp";
  k.text = text;
  return k;
}

TEST_F(store_test, keys_are_remembered_with_dates) {
  mail_event e = proven_mail("example.jp", start);
  e.keys = {key("v=DKIM1; p=AAAA")};
  note(e);
  e = proven_mail("example.jp", start + 2 * day);
  e.keys = {key("v=DKIM1; p=AAAA")};
  e.keys[0].authentic = true;
  note(e);
  verdict::history_question q = about("example.com");
  q.key_names = {"s1._domainkey.example.jp", "s2._domainkey.example.jp"};
  const history_answer a = ask(q);
  ASSERT_THAT(a.keys, SizeIs(1));
  EXPECT_EQ(a.keys[0].name, "s1._domainkey.example.jp");
  EXPECT_EQ(a.keys[0].text, "v=DKIM1; p=AAAA");
  EXPECT_EQ(a.keys[0].first, start);
  EXPECT_EQ(a.keys[0].last, start + 2 * day);
  EXPECT_TRUE(a.keys[0].authentic);
  EXPECT_FALSE(a.keys[0].revoked);
}

TEST_F(store_test, a_key_that_was_revoked_is_never_forgotten) {
  mail_event e = proven_mail("example.jp", start);
  e.keys = {key("v=DKIM1; p=AAAA")};
  note(e);
  e = proven_mail("example.jp", start + day);
  e.keys = {key("v=DKIM1; p=")};
  e.keys[0].revoked = true;
  note(e);
  note(proven_mail("example.jp", start + 5'000 * day));
  store_->flush();
  verdict::history_question q = about("example.com");
  q.key_names = {"s1._domainkey.example.jp"};
  const history_answer a = ask(q);
  ASSERT_THAT(a.keys, SizeIs(1));
  EXPECT_TRUE(a.keys[0].revoked);
}

TEST_F(store_test,
       an_addition_is_learned_from_eight_authors_on_five_days_over_seven) {
  verdict::addition a;
  a.source = "provider:pop.example.jp";
  a.digest = "abcd";
  a.links = {"www.example.jp"};
  a.account = "taro%pop.example.jp:995";
  a.upstream = "pop.example.jp";
  for (int i = 0; i < 8; ++i) {
    // The same author again and again teaches nothing.
    for (int again = 0; again < 3; ++again) {
      mail_event e = proven_mail("example.jp", start + i * day);
      e.added = a;
      if (i == 7)
        e.added->links.emplace_back("late.example");
      e.organization = "d" + std::to_string(i) + ".example";
      note(e);
    }
    store_->flush();
    const auto learned = result_of(store_->ask(a));
    EXPECT_EQ(learned.learned, i == 7);
    EXPECT_EQ(learned.links_learned, i == 7);
  }
  verdict::addition other = a;
  other.links.emplace_back("late.example");
  EXPECT_TRUE(result_of(store_->ask(other)).learned);
  EXPECT_FALSE(result_of(store_->ask(other)).links_learned);
  other = a;
  other.account = "hanako%pop.example.jp:995";
  EXPECT_FALSE(result_of(store_->ask(other)).learned);
  other.account = "";
  EXPECT_FALSE(result_of(store_->ask(other)).learned);
  other = a;
  other.source = "list:users.example.org";
  EXPECT_FALSE(result_of(store_->ask(other)).learned);
}

/// Handed over by a list, a forwarder, and a provider that changes it.
mail_event handed_mail(int author, int when) {
  mail_event e = proven_mail("example.jp", start + when * day);
  e.organization = "d" + std::to_string(author) + ".example";
  e.lists = {"lists.example.org"};
  e.forwarders = {"example.edu"};
  e.is_changed_inside = true;
  return e;
}

TEST_F(store_test, who_handed_mails_over_is_known_by_many_authors_and_days) {
  const auto is_known_after = [&](int authors, int days, int step) {
    open_anew();
    for (int i = 0; i < std::max(authors, days); ++i)
      note(handed_mail(i % authors, i % days * step));
    const auto known = ask("example.jp").known;
    const bool is = known->has_list("lists.example.org");
    EXPECT_EQ(known->has_forwarder("example.edu"), is);
    EXPECT_EQ(known->is_changed_at("pop.example.jp"), is);
    EXPECT_FALSE(known->has_list("example.edu"));
    return is;
  };
  EXPECT_TRUE(is_known_after(8, 5, 2));
  EXPECT_FALSE(is_known_after(7, 50, 2)) << "seven authors";
  EXPECT_FALSE(is_known_after(40, 4, 3)) << "four days";
  EXPECT_FALSE(is_known_after(40, 6, 1)) << "over five days";
}

TEST_F(store_test, one_author_leaves_room_for_the_sightings_of_others) {
  for (int i = 0; i < 300; ++i) note(handed_mail(0, i % 100));
  EXPECT_EQ(number("SELECT count(*) FROM learned WHERE what LIKE '3 %'"), 5);
  for (int when = 100; when < 113; ++when)
    for (int author = 1; author < 5; ++author) note(handed_mail(author, when));
  for (int author = 5; author < 8; ++author) note(handed_mail(author, 113));
  EXPECT_TRUE(ask("example.jp").known->has_list("lists.example.org"));
}

TEST_F(store_test, daily_authors_are_seen_over_many_days) {
  for (int when = 0; when < 8; ++when)
    for (int author = 0; author < 8; ++author) note(handed_mail(author, when));
  EXPECT_TRUE(ask("example.jp").known->has_list("lists.example.org"));
}

TEST_F(store_test, what_is_seen_for_years_stays_learned) {
  for (int when = 0; when < 400; when += 2) {
    mail_event e = handed_mail(when / 2 % 8, when);
    e.added.emplace();
    e.added->source = "provider:pop.example.jp";
    e.added->digest = "abcd";
    note(e);
  }
  EXPECT_GE(number("SELECT count(DISTINCT day) FROM learned WHERE what LIKE "
                   "'provider:%' AND day > " +
                   std::to_string(start / day + 400 - 180)),
            5);
}

TEST_F(store_test, nobody_can_keep_the_sightings_of_others_out) {
  for (int author = 0; author < 200; ++author) note(handed_mail(author, 0));
  EXPECT_EQ(number("SELECT count(*) FROM learned WHERE what LIKE '3 %'"), 64);
  for (int i = 1; i < 5; ++i) note(handed_mail(300, 2 * i));
  EXPECT_TRUE(ask("example.jp").known->has_list("lists.example.org"));
}

TEST_F(store_test, nobody_can_displace_the_sightings_of_others) {
  for (int i = 0; i < 4; ++i) note(handed_mail(300, 2 * i));
  for (int author = 0; author < 200; ++author) note(handed_mail(author, 6));
  EXPECT_EQ(number("SELECT count(*) FROM learned WHERE what LIKE '3 %'"), 64);
  EXPECT_FALSE(ask("example.jp").known->has_list("lists.example.org"));
  note(handed_mail(300, 8));
  EXPECT_TRUE(ask("example.jp").known->has_list("lists.example.org"));
}

TEST_F(store_test, what_was_seen_today_leaves_room_for_other_sightings) {
  for (int i = 0; i < 1'000; ++i) note(handed_mail(0, 0));
  mail_event e = handed_mail(0, 0);
  e.lists = {"other.example.org"};
  note(e);
  EXPECT_EQ(
      number("SELECT count(*) FROM learned WHERE what = '3 other.example.org'"),
      1);
}

// ------------------------------------------------------------------ rules

TEST_F(store_test, rules_are_in_force_at_once) {
  kept_rule r;
  r.what.what = verdict::rule::kind::author;
  r.what.pattern = "*@example.jp";
  ASSERT_TRUE(store_->blocking().add_rule(r));
  r.account = "taro%pop.example.jp:995";
  r.what.what = verdict::rule::kind::list;
  r.what.does = verdict::rule::effect::distrust;
  r.what.pattern = "users.example.org";
  r.until = start + day;
  const auto second = store_->blocking().add_rule(r);
  ASSERT_TRUE(second);

  EXPECT_THAT(ask("example.com").rules, SizeIs(2));
  verdict::history_question hanako = about("example.com");
  hanako.account = "hanako%pop.example.jp:995";
  ASSERT_THAT(ask(hanako).rules, SizeIs(1));
  EXPECT_EQ(ask(hanako).rules[0].pattern, "*@example.jp");

  clock_.advance(std::chrono::days(1));
  EXPECT_THAT(ask("example.com").rules, SizeIs(1));
  EXPECT_THAT(*store_->blocking().rules(), SizeIs(2));

  EXPECT_TRUE(*store_->blocking().remove_rule(*second));
  EXPECT_FALSE(*store_->blocking().remove_rule(*second));
  EXPECT_THAT(*store_->blocking().rules(), SizeIs(1));
}

TEST_F(store_test, what_anybody_commits_counts_for_the_next_mail) {
  EXPECT_THAT(ask("example.jp").rules, SizeIs(0));
  EXPECT_THAT(ask("example.jp").rules, SizeIs(0)) << "from memory";
  kept_rule r;
  r.what.pattern = "*@example.jp";
  {
    // As `mekiki trust` does.
    auto another = mekiki::store::open(folder_.file(), how());
    ASSERT_TRUE(another);
    ASSERT_TRUE((*another)->blocking().add_rule(r));
  }
  EXPECT_THAT(ask("example.jp").rules, SizeIs(1));
  note(proven_mail("example.jp", start));
  EXPECT_THAT(ask("example.jp").pairs, SizeIs(1));
  note(proven_mail("example.jp", start + day));
  EXPECT_EQ(ask("example.jp").pairs.at(0).passed.mails, 2u);
}

TEST_F(store_test, a_rule_replaces_its_like) {
  kept_rule r;
  r.what.pattern = "*@example.jp";
  const auto first = store_->blocking().add_rule(r);
  r.what.does = verdict::rule::effect::distrust;
  const auto second = store_->blocking().add_rule(r);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  ASSERT_THAT(ask("example.jp").rules, SizeIs(1));
  EXPECT_EQ(ask("example.jp").rules[0].does, verdict::rule::effect::distrust);
}

// --------------------------------------------------- what is kept, and not

TEST_F(store_test, a_verdict_is_kept_for_its_time) {
  mail_event e = proven_mail("example.jp", start, "first");
  e.uidl = "uidl-1";
  note(e);
  e.uidl = "";
  note(e);
  EXPECT_EQ(text("SELECT uidl FROM mail"), "uidl-1");
  EXPECT_EQ(text("SELECT account FROM mail"), "taro%pop.example.jp:995");
  EXPECT_EQ(number("SELECT author IS NULL AND subject IS NULL FROM mail"), 1);
  note(proven_mail("example.jp", start + 89 * day));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 2);
  note(proven_mail("example.jp", start + 91 * day));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 2);
}

TEST_F(store_test, texts_are_kept_as_the_setting_says) {
  const auto keep = [&](text_retention which) {
    reopen([&](options& o) { o.texts = which; });
  };
  const auto note_two = [&](const std::string& name) {
    for (const level what : {level::new_, level::forged}) {
      mail_event e =
          proven_mail("example.jp", start, name + std::string(to_string(what)));
      e.result = {what, verdict::reason("why")
                            .with("author", "example.jp")
                            .with("shown", "a@example.jp")};
      e.author = "hanako@example.jp";
      e.subject = "hello";
      note(std::move(e));
    }
    store_->flush();
  };
  const char* texts =
      "SELECT group_concat(level || ' ' || reason || ' ' || "
      "coalesce(author, '-') || ' ' || coalesce(subject, '-'), '; ') "
      "FROM mail";
  const std::string full =
      "why author=example.jp shown=a@example.jp hanako@example.jp hello";
  const std::string domains = "why author=example.jp - -";
  keep(text_retention::of_all);
  note_two("1");
  EXPECT_EQ(text(texts), "new " + full + "; forged " + full);
  keep(text_retention::of_forged);
  note_two("2");
  EXPECT_EQ(text(texts), "new " + domains + "; forged " + full + "; new " +
                             domains + "; forged " + full);
  keep(text_retention::of_none);
  note_two("3");
  EXPECT_EQ(text(texts), "new " + domains + "; forged " + domains + "; new " +
                             domains + "; forged " + domains + "; new " +
                             domains + "; forged " + domains);
}

TEST_F(store_test, own_texts_go_after_14_days) {
  reopen([&](options& o) { o.texts = text_retention::of_own; });
  const auto note_at = [&](std::int64_t when, level what) {
    mail_event e =
        proven_mail("example.jp", when,
                    std::to_string(when) + std::string(to_string(what)));
    e.result = {what, verdict::reason("why").with("shown", "a@example.jp")};
    e.author = "hanako@example.jp";
    e.subject = "hello";
    e.checks = {{"spf", "pass", "", {{"smtp.mailfrom", "taro@example.com"}}}};
    e.header = e.story = "words";
    note(std::move(e));
    store_->flush();
  };
  const auto kept = [&](const std::string& when) {
    return number(
        "SELECT count(*) FROM mail m JOIN mail_story s ON s.mail = m.id "
        "WHERE m.author NOT NULL AND m.subject NOT NULL AND "
        "m.reason LIKE '%shown=%' AND m.find LIKE '%hello%' AND "
        "s.header NOT NULL AND s.story NOT NULL AND "
        "s.results LIKE '%taro@%' AND " +
        when);
  };
  note_at(start, level::new_);
  note_at(start, level::forged);
  note_at(start + 2 * day, level::new_);
  note_at(start + 13 * day, level::new_);
  EXPECT_EQ(kept("1"), 4);
  note_at(start + 15 * day, level::new_);
  EXPECT_EQ(kept("1"), 4) << "the first lost them";
  EXPECT_EQ(kept("m.level = 'forged'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM mail m JOIN mail_story s "
                   "ON s.mail = m.id WHERE m.author IS NULL AND "
                   "m.subject IS NULL AND m.reason = 'why' AND "
                   "m.find NOT LIKE '%hello%' AND s.header IS NULL AND "
                   "s.story IS NULL AND s.results NOT LIKE '%taro%'"),
            1);
  note_at(start + 17 * day, level::new_);
  EXPECT_EQ(kept("m.level = 'new'"), 3) << "then the third";
  // The clock was put back: what comes then is not spared later.
  reopen([&](options& o) { o.texts = text_retention::of_own; });
  note_at(start + day, level::new_);
  note_at(start + 30 * day, level::new_);
  EXPECT_EQ(kept("m.level = 'new'"), 2) << "those of the last 14 days";
}

// The first purge comes with the first mails, when nothing is set yet.
TEST_F(store_test, the_first_mails_keep_their_domains) {
  mail_event e = proven_mail("example.jp", start);
  e.result.why = verdict::reason("aligned-dkim").with("author", "example.jp");
  note(std::move(e));
  EXPECT_EQ(text("SELECT reason FROM mail"), "aligned-dkim author=example.jp");
}

TEST_F(store_test, texts_of_a_second_judgement_are_kept_as_the_setting_says) {
  for (const text_retention which :
       {text_retention::of_none, text_retention::of_forged}) {
    reopen([&](options& o) { o.texts = which; });
    mail_event e = proven_mail("example.jp", start);
    leave_open(
        e, "a signature",
        {.said = {level::new_, verdict::reason("why").with("author", "b.jp")}},
        {.said = {level::forged, verdict::reason("why")
                                     .with("author", "b.jp")
                                     .with("shown", "a@b")}});
    for (const std::size_t answer : {if_pass, if_fail}) {
      note(e);
      store_->note(second_judgement{.mail = number("SELECT mail FROM pending"),
                                    .what = second_judgement::outcome::decided,
                                    .answer = answer});
      EXPECT_EQ(text("SELECT reason FROM mail ORDER BY id DESC"),
                answer == if_pass || which == text_retention::of_none
                    ? "why author=b.jp"
                    : "why author=b.jp shown=a@b");
    }
  }
}

TEST_F(store_test, strangers_are_forgotten) {
  mail_event bare = proven_mail("unproven.example", start);
  bare.is_proven = false;
  bare.signers.clear();
  bare.habit = habit_day::unproven;
  note(bare);
  note(proven_mail("once.example", start));
  for (int i = 0; i < 3; ++i) {
    note(proven_mail("known.example", start + i * (4 * day)));
  }
  const auto left = [&](std::int64_t day_number) {
    note(proven_mail("later.example", start + day_number * day));
    return number("SELECT count(*) FROM sender WHERE name != 'later.example'");
  };
  EXPECT_EQ(left(29), 3);
  EXPECT_EQ(left(31), 2);
  EXPECT_EQ(left(179), 2);
  EXPECT_EQ(left(181), 1);
  EXPECT_EQ(left(730), 1);
  EXPECT_EQ(left(740), 0);
  EXPECT_EQ(number("SELECT count(*) FROM pair p LEFT JOIN sender s "
                   "ON s.id = p.sender WHERE s.id IS NULL"),
            0);
}

TEST_F(store_test, senders_are_counted_by_day) {
  for (int i = 0; i < 5; ++i) note(proven_mail("bulk.example", start));
  mail_event bare = proven_mail("bulk.example", start + day);
  bare.is_proven = false;
  note(bare);
  note(proven_mail("example.jp", start + day));
  store_->flush();
  const auto all = store_->blocking().senders(start);
  ASSERT_TRUE(all);
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ((*all)[0].domain, "bulk.example");
  EXPECT_EQ((*all)[0].mails, 6u);
  EXPECT_EQ((*all)[0].proven, 5u);
  EXPECT_EQ((*all)[0].most_a_day, 5u);
  EXPECT_EQ((*all)[0].days, 2u);
  EXPECT_THAT(*store_->blocking().senders(start + 2 * day), SizeIs(0));
}

TEST_F(store_test, what_was_not_judged_is_not_noted) {
  mail_event e = proven_mail("example.jp", start);
  e.digest = "";
  note(e);
  e = proven_mail("example.jp", start);
  e.account = "";
  note(e);
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 0);
}

// -------------------------------------------------------- when things fail

TEST_F(store_test, the_file_is_for_nobody_else) {
  note(proven_mail("example.jp", start));
  store_->flush();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat info {};
    ASSERT_EQ(::stat((folder_.file().string() + suffix).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(store_test, what_was_noted_is_there_after_a_restart) {
  for (int i = 0; i < 3; ++i) {
    note(proven_mail("example.jp", start + i * (4 * day)));
  }
  open();
  EXPECT_TRUE(is_known("example.jp"));
}

TEST_F(store_test, open_read_only_answers_and_changes_nothing) {
  for (int i = 0; i < 3; ++i) {
    note(proven_mail("example.jp", start + i * (4 * day)));
  }
  store_->flush();
  auto other = open_read_only(folder_.file(), how());
  ASSERT_TRUE(other) << other.error();
  EXPECT_THAT(result_of((*other)->ask(about("example.jp"))).pairs, SizeIs(1));
  (*other)->note(proven_mail("example.com", start));
  (*other)->flush();
  EXPECT_THAT(ask("example.com").pairs, SizeIs(0));
  other->reset();
  store_.reset();
  other = open_read_only(folder_.file(), how());
  ASSERT_TRUE(other) << other.error();
  EXPECT_THAT(result_of((*other)->ask(about("example.jp"))).pairs, SizeIs(1));
}

TEST_F(store_test, a_late_answer_is_none) {
  options hurried = how();
  hurried.deadline = std::chrono::milliseconds(0);
  store_.reset();
  auto opened = mekiki::store::open(folder_.file(), hurried);
  ASSERT_TRUE(opened);
  const history_answer a = result_of((*opened)->ask(about("example.jp")));
  EXPECT_FALSE(a.available);
}

TEST_F(store_test, a_locked_file_costs_events_and_nothing_else) {
  sqlite::database other(folder_.file(), sqlite::access::read_write,
                         std::chrono::seconds(5));
  {
    const sqlite::transaction lock(other, sqlite::purpose::write);
    for (std::size_t i = 0; i < most_waiting + 2'000; ++i) {
      note(proven_mail("example.jp", start));
    }
    // Questions are answered meanwhile.
    EXPECT_TRUE(result_of(store_->ask(about("example.jp"))).available);
    EXPECT_GT(store_->lost().queue_full, 0u);
    EXPECT_TRUE(store_->lost().last.has_value());
  }
  store_->flush();
  note(proven_mail("example.com", start));
  EXPECT_THAT(ask("example.com").pairs, SizeIs(1));
}

// Files of this process may not grow over `octets` while it lives.
class file_limit {
 public:
  explicit file_limit(rlim_t octets) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{octets, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~file_limit() { setrlimit(RLIMIT_FSIZE, &before_); }
  file_limit(const file_limit&) = delete;
  file_limit& operator=(const file_limit&) = delete;

 private:
  rlimit before_{};
};

TEST_F(store_test, a_full_disk_costs_events_and_nothing_else) {
  for (int i = 0; i < 3; ++i) {
    note(proven_mail("example.jp", start + i * (4 * day)));
  }
  store_->flush();
  {
    const file_limit full(128 << 10);
    for (int i = 0; i < 2'000; ++i) {
      note(proven_mail("d" + std::to_string(i) + ".example", start));
    }
    store_->flush();
    EXPECT_GT(store_->lost().not_written, 0u);
    EXPECT_TRUE(is_known("example.jp"));
  }
  EXPECT_EQ(result_of(store_->totals(start, start + 60, {}))->lost,
            store_->lost().not_written);
  note(proven_mail("example.com", start + day));
  EXPECT_THAT(ask("example.com").pairs, SizeIs(1));
  EXPECT_EQ(text("PRAGMA integrity_check"), "ok");
}

TEST_F(store_test, what_comes_while_the_file_is_locked_waits) {
  reopen([](options& o) { o.patience = std::chrono::milliseconds(10); });
  sqlite::database other(folder_.file(), sqlite::access::read_write,
                         std::chrono::seconds(5));
  {
    const sqlite::transaction lock(other, sqlite::purpose::write);
    for (int i = 0; i < 3; ++i)
      note(proven_mail("example.jp", start + i * (4 * day)));
    // After its deadline of 2 seconds: many attempts.
    EXPECT_FALSE(result_of(store_->warnings().keep(
        {.mails = {{.recipient = "postmaster@example.jp"}}})));
    EXPECT_TRUE(result_of(store_->ask(about("example.jp"))).available);
  }
  EXPECT_TRUE(is_known("example.jp"));
  EXPECT_EQ(number("SELECT count(*) FROM outgoing_mail"), 1);
  EXPECT_EQ(store_->lost().not_written, 0u);
}

TEST_F(store_test, to_begin_it_needs_no_lock) {
  store_.reset();
  sqlite::database other(folder_.file(), sqlite::access::read_write,
                         std::chrono::seconds(5));
  {
    const sqlite::transaction lock(other, sqlite::purpose::write);
    reopen([](options& o) { o.patience = std::chrono::milliseconds(10); });
    note(proven_mail("example.jp", start));
  }
  EXPECT_THAT(ask("example.jp").pairs, SizeIs(1));
}

TEST_F(store_test, at_its_end_it_waits_for_no_lock) {
  reopen([](options& o) { o.patience = std::chrono::milliseconds(10); });
  sqlite::database other(folder_.file(), sqlite::access::read_write,
                         std::chrono::seconds(5));
  const sqlite::transaction lock(other, sqlite::purpose::write);
  for (int i = 0; i < 5'000; ++i) note(proven_mail("example.jp", start));
  store_.reset();
  EXPECT_EQ(other.number("SELECT count(*) FROM mail"), 0);
}

TEST_F(store_test, a_file_that_was_removed_is_made_anew) {
  for (int i = 0; i < 3; ++i)
    note(proven_mail("example.jp", start + i * (4 * day)));
  EXPECT_TRUE(is_known("example.jp"));
  fs::remove(folder_.file());
  note(proven_mail("example.com", start));
  EXPECT_THAT(ask("example.com").pairs, SizeIs(1));
  EXPECT_THAT(ask("example.jp").pairs, SizeIs(0));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 1);
  EXPECT_EQ(text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(store_->lost().not_written, 0u);
  struct stat info {};
  ASSERT_EQ(::stat(folder_.file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

// The log (-wal) of the old one lies beside the new one.
TEST_F(store_test, a_file_that_was_replaced_is_the_one_in_use) {
  const fs::path aside = folder_.path() / "aside.db";
  note(proven_mail("old.example", start));
  store_.reset();
  fs::copy_file(folder_.file(), aside);
  open();
  for (int i = 0; i < 3; ++i)
    note(proven_mail("example.jp", start + i * (4 * day)));
  EXPECT_TRUE(is_known("example.jp"));
  fs::rename(folder_.file(), folder_.path() / "moved.db");
  fs::rename(aside, folder_.file());
  note(proven_mail("example.com", start));
  EXPECT_THAT(ask("old.example").pairs, SizeIs(1));
  EXPECT_THAT(ask("example.com").pairs, SizeIs(1));
  EXPECT_THAT(ask("example.jp").pairs, SizeIs(0));
  EXPECT_EQ(text("PRAGMA integrity_check"), "ok");
  // And the old one is whole where it is now.
  const sqlite::database moved(folder_.path() / "moved.db",
                               sqlite::access::read_write,
                               std::chrono::seconds(5));
  EXPECT_EQ(moved.number("SELECT count(*) FROM mail"), 4);
  sqlite::statement check(moved, "PRAGMA integrity_check");
  ASSERT_TRUE(check.next());
  EXPECT_EQ(check.text(0), "ok");
}

TEST_F(store_test, replaced_by_rubbish_it_waits_for_a_better_one) {
  note(proven_mail("example.jp", start));
  store_->flush();
  const fs::path rubbish = folder_.path() / "rubbish";
  std::ofstream(rubbish) << std::string(5'000, 'x');
  fs::rename(rubbish, folder_.file());
  note(proven_mail("example.com", start));
  store_->flush();
  EXPECT_EQ(store_->lost().not_written, 1u);
  fs::remove(folder_.file());
  note(proven_mail("example.org", start));
  EXPECT_THAT(ask("example.org").pairs, SizeIs(1));
  EXPECT_EQ(store_->lost().not_written, 1u);
}

TEST_F(store_test, a_killed_process_leaves_whole_batches) {
  store_.reset();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto opened = mekiki::store::open(folder_.file(), how());
    for (int i = 0;; ++i) {
      mail_event e = proven_mail("example.jp", start);
      e.counted -= i * day;
      (*opened)->note(std::move(e));
      if (i == 200) {
        (*opened)->flush();
        static_cast<void>(::write(ready[1], "x", 1));
      }
    }
  }
  char octet = 0;
  ASSERT_EQ(::read(ready[0], &octet, 1), 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);

  open();
  EXPECT_EQ(text("PRAGMA integrity_check"), "ok");
  EXPECT_GE(number("SELECT count(*) FROM mail"), 201);
  EXPECT_EQ(number("SELECT mails FROM pair"),
            number("SELECT count(*) FROM mail"));
  EXPECT_EQ(number("SELECT days FROM pair"),
            number("SELECT count(*) FROM pair_day"));
}

struct refusal {
  const char* name;
  const char* sql;       // run on a good database, or
  const char* contents;  // what the file holds
  const char* says;
};

TEST(store_open, says_why_a_file_is_refused) {
  const refusal table[] = {
      {"newer", "PRAGMA user_version = 99", nullptr,
       "was written by a newer Mekiki (version 99;"},
      {"another program's", "PRAGMA application_id = 7", nullptr,
       "is a database of another program"},
      {"not a database", nullptr, "Dear diary, this is not a database at all",
       "is not a database"},
      {"a damaged one", nullptr, "SQLite format 3", "is not a database"},
  };
  for (const refusal& r : table) {
    SCOPED_TRACE(r.name);
    const folder place;
    const manual_clock clock(at(start));
    if (r.sql != nullptr) {
      ASSERT_TRUE(open(place.file(), {.now = clock}));
      sqlite::database db(place.file(), sqlite::access::read_write,
                          std::chrono::seconds(1));
      db.run(r.sql);
    } else {
      std::ofstream(place.file()) << r.contents << std::string(5'000, 'x');
    }
    for (const auto& opened : {open(place.file(), {.now = clock}),
                               open_read_only(place.file(), {.now = clock})}) {
      ASSERT_FALSE(opened);
      EXPECT_THAT(opened.error(), HasSubstr(place.file().string()));
      EXPECT_THAT(opened.error(), HasSubstr(r.says));
    }
  }
}

TEST(store_open, a_damaged_table_is_told_and_nothing_else) {
  const folder place;
  const manual_clock clock(at(start));
  {
    auto opened = open(place.file(), {.now = clock});
    ASSERT_TRUE(opened);
    for (int i = 0; i < 1'000; ++i) {
      (*opened)->note(proven_mail("d" + std::to_string(i) + ".example", start));
    }
  }
  {
    // All pages but the first, which holds the schema's beginning.
    std::fstream file(place.file());
    file.seekp(0, std::ios::end);
    const auto size = static_cast<std::size_t>(file.tellp());
    file.seekp(20L * 4096);
    file << std::string(size - 20UL * 4096, '\xff');
  }
  auto opened = open(place.file(), {.now = clock});
  if (!opened) {
    EXPECT_THAT(opened.error(), HasSubstr("damaged"));
    return;
  }
  for (int i = 0; i < 1'000; ++i) {
    (*opened)->note(proven_mail("d" + std::to_string(i) + ".example", start));
  }
  (*opened)->flush();
  EXPECT_GT((*opened)->lost().not_written, 0u);
  static_cast<void>(result_of((*opened)->ask(about("d1.example"))));
}

TEST(store_open, several_may_open_a_new_file_at_once) {
  constexpr int threads = 4;
  constexpr int files = 40;
  const folder place;
  const manual_clock clock(at(start));
  std::barrier together(threads);
  std::atomic<int> good = 0;
  const auto open_all = [&] {
    for (int i = 0; i < files; ++i) {
      together.arrive_and_wait();
      const auto opened =
          open(place.file().replace_filename(fmt::format("{}.db", i)),
               {.now = clock});
      if (opened)
        ++good;
      else
        ADD_FAILURE() << opened.error();
    }
  };
  {
    std::vector<std::jthread> openers;
    openers.reserve(threads);
    for (int i = 0; i < threads; ++i) openers.emplace_back(open_all);
  }
  EXPECT_EQ(good, threads * files);
}

TEST_F(store_test, many_threads_ask_and_note_at_once) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string domain = "d" + std::to_string(t) + ".example";
        mail_event e = proven_mail(domain, start,
                                   std::to_string(t) + "-" + std::to_string(i));
        e.counted -= i * day;
        e.display_name = "Hanako Yamada";
        store_->note(std::move(e));
        const history_answer a = result_of(store_->ask(about(domain)));
        EXPECT_TRUE(a.available);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 800);
  EXPECT_EQ(store_->lost().queue_full + store_->lost().not_written, 0u);
  EXPECT_TRUE(ask("d0.example").known->has("d3.example"));
}

// ---------------------------------------------------------------- borders

/// Of a domain's mail, which by its proof came in at the one door.
mail_event voting_mail(int number, std::int64_t when, const std::string& view,
                       const std::string& signature = {}) {
  const std::string n = std::to_string(number);
  mail_event e = proven_mail("org" + n + ".example", when);
  e.border.emplace();
  e.border->mx_set = "mx.example.jp\n";
  verdict::border_vote& v = e.border->vote;
  v.places = {{"border by p.example in", "192.0.2.1"}, {view, "s" + n}};
  v.organization = e.author_domain;
  v.signature = signature.empty() ? e.digest : signature;
  v.authority = "ip4:s" + n;
  v.at = when;
  return e;
}

verdict::border_question about_border() {
  return {.account = "taro%pop.example.jp:995",
          .upstream = "pop.example.jp",
          .mx_set = "mx.example.jp\n"};
}

const std::string door =
    "public p.example by p.example smtp\nborder by p.example mx";

TEST_F(store_test, learns_from_votes_where_the_border_is) {
  const auto views = [&](const verdict::border_question& q) {
    store_->flush();
    return result_of(store_->ask(q));
  };
  for (int i = 0; i < 11; ++i) note(voting_mail(i, start + i * day, door));
  clock_.advance(std::chrono::days(11));
  EXPECT_THAT(views(about_border()), SizeIs(0));
  note(voting_mail(11, start + 11 * day, door));
  EXPECT_THAT(views(about_border()), SizeIs(0)) << "asked a moment ago";
  clock_.advance(std::chrono::minutes(1));
  const auto found = views(about_border());
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].view, door);
  EXPECT_EQ(found[0].mails, 12u);
  EXPECT_EQ(found[0].last, start + 11 * day);

  auto other = about_border();
  other.mx_set = "mx.elsewhere.example\n";
  EXPECT_THAT(views(other), SizeIs(0)) << "the domain has moved";
  other = about_border();
  other.account = "jiro%pop.example.jp:995";
  EXPECT_THAT(views(other), SizeIs(0)) << "another's mail";

  open();
  EXPECT_THAT(views(about_border()), SizeIs(1)) << "kept";
}

TEST_F(store_test, a_replayed_mail_votes_once) {
  for (int i = 0; i < 12; ++i)
    note(voting_mail(i, start + i * day, door, "sender.example AbCdEfGh"));
  EXPECT_EQ(number("SELECT count(*) FROM border_vote"), 1);
}

TEST_F(store_test, nobody_can_displace_the_votes_for_the_border) {
  for (int i = 0; i < 30; ++i) {
    note(voting_mail(1, start + i, door));
  }
  EXPECT_EQ(number("SELECT count(*) FROM border_vote"), most_votes_of_one);
  EXPECT_EQ(number("SELECT min(at) FROM border_vote"),
            start + 30 - most_votes_of_one);
  int made = 100;
  const auto are_left_by = [&](const std::function<std::string(int)>& view) {
    for (int i = 0; i < 2 * most_border_votes; ++i, ++made)
      note(voting_mail(made, start + made, view(i)));
    EXPECT_LE(number("SELECT count(*) FROM border_vote"), most_border_votes);
    return number(
               "SELECT count(*) FROM border_vote WHERE organization = "
               "'org1.example'") == most_votes_of_one;
  };
  EXPECT_TRUE(are_left_by([](int) { return "deeper\n" + door; }));
  EXPECT_TRUE(are_left_by(
      [](int i) { return std::to_string(i) + "\ndeeper\n" + door; }));
  EXPECT_TRUE(are_left_by([](int) { return "border by p.example mx"; }));
  EXPECT_TRUE(
      are_left_by([](int i) { return "shallower " + std::to_string(i % 5); }));
}

TEST_F(store_test, forgets_votes_that_nothing_follows) {
  note(voting_mail(1, start, door));
  EXPECT_EQ(number("SELECT count(*) FROM border_vote"), 1);
  clock_.advance(std::chrono::days(border_vote_days + 1));
  reopen([](options&) {});
  note(proven_mail("example.jp", start + (border_vote_days + 1) * day));
  EXPECT_EQ(number("SELECT count(*) FROM border_vote"), 0);
}

TEST_F(store_test, tells_what_votes_taught_and_forgets_it_by_host) {
  const auto learned = [&] {
    store_->flush();
    auto all = store_->blocking().learned_borders();
    EXPECT_TRUE(all);
    return *all;
  };
  EXPECT_THAT(learned(), SizeIs(0));
  for (int i = 0; i < 12; ++i) note(voting_mail(i, start + i * day, door));
  mail_event other = voting_mail(20, start, door);
  other.account = "jiro%pop.example.jp";
  note(other);
  other = voting_mail(21, start, door);
  other.account = "jiro%shared.example.jp";
  other.upstream = "shared.example.jp";
  note(other);
  clock_.advance(std::chrono::days(11));
  const auto all = learned();
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].owner, "jiro%pop.example.jp");
  EXPECT_EQ(all[0].host, "pop.example.jp");
  EXPECT_EQ(all[1].owner, "taro%pop.example.jp:995");
  EXPECT_EQ(all[1].host, "pop.example.jp");
  EXPECT_EQ(all[1].mx_set, "mx.example.jp\n");
  const auto views = verdict::count_views(all[1].votes, start + 11 * day);
  ASSERT_THAT(views, SizeIs(1));
  EXPECT_EQ(views[0].view.view, door);
  EXPECT_EQ(views[0].view.mails, 12u);
  EXPECT_EQ(views[0].days, 12u);
  EXPECT_TRUE(views[0].usable);
  EXPECT_EQ(all[2].owner, "shared.example.jp");
  EXPECT_EQ(all[2].host, "shared.example.jp");

  const auto forget = [&](const char* host, const char* account) {
    const auto gone = store_->blocking().forget_borders(host, account);
    EXPECT_TRUE(gone);
    return gone->votes;
  };
  EXPECT_EQ(forget("example.jp", ""), 0);
  EXPECT_EQ(forget("pop.example.jp", "saburo%pop.example.jp"), 0);
  EXPECT_EQ(forget("pop.example.jp", "taro%pop.example.jp:995"), 12);
  EXPECT_THAT(learned(), SizeIs(2));
  EXPECT_EQ(forget("pop.example.jp", ""), 1);
  EXPECT_THAT(learned(), SizeIs(1));
  EXPECT_THAT(result_of(store_->ask(about_border())), SizeIs(0));
}

// ------------------------------------------------------- answers of people

constexpr const char* taro = "taro%pop.example.jp:995";

TEST_F(store_test, keeps_what_a_person_says_of_a_view) {
  const auto views = [&] {
    store_->flush();
    return result_of(store_->ask(about_border()));
  };
  const auto answer = [&](std::string_view scope, std::string_view view,
                          verdict::border_reply said) {
    const auto kept = store_->answer_question(scope, view, said);
    EXPECT_TRUE(kept);
    return kept && *kept;
  };
  using enum verdict::border_reply;
  for (int i = 0; i < 4; ++i) note(voting_mail(i, start + i, door));
  store_->flush();
  EXPECT_FALSE(answer(taro, door, yes)) << "too few mails to ask";
  note(voting_mail(4, start + 4, door));
  EXPECT_THAT(views(), SizeIs(0));
  EXPECT_FALSE(answer(taro, "border by p.example in", yes)) << "not asked";
  EXPECT_FALSE(answer("jiro%pop.example.jp", door, yes)) << "another's";
  EXPECT_FALSE(answer("pop.example.jp", door, yes));
  EXPECT_FALSE(answer("", door, yes));
  EXPECT_EQ(number("SELECT count(*) FROM border_answer"), 0);

  EXPECT_TRUE(answer(taro, door, later));
  EXPECT_THAT(views(), SizeIs(0));
  EXPECT_FALSE(answer(taro, door, yes)) << "not asked for a week";
  clock_.advance(std::chrono::days(7));
  EXPECT_THAT(views(), SizeIs(0));
  EXPECT_TRUE(answer(taro, door, yes));
  const auto found = views();
  ASSERT_THAT(found, SizeIs(1)) << "at once";
  EXPECT_EQ(found[0].view, door);
  EXPECT_TRUE(found[0].confirmed);
  // Whoever was wrong can say so.
  EXPECT_TRUE(answer(taro, door, no));
  EXPECT_THAT(views(), SizeIs(0));
  EXPECT_FALSE(answer("jiro%pop.example.jp", door, yes)) << "another's";
  EXPECT_TRUE(answer(taro, door, yes));
  EXPECT_THAT(views(), SizeIs(1));
  EXPECT_EQ(number("SELECT count(*) FROM border_answer"), 1);

  auto other = about_border();
  other.mx_set = "mx.elsewhere.example\n";
  EXPECT_THAT(result_of(store_->ask(other)), SizeIs(0)) << "it has moved";
  open();
  EXPECT_THAT(views(), SizeIs(1)) << "kept";
}

TEST_F(store_test, asks_of_the_mx_hosts_of_today) {
  for (int i = 0; i < 5; ++i) note(voting_mail(i, start + i, door));
  mail_event e = voting_mail(5, start + 9, door);
  e.border->mx_set = "mx.elsewhere.example\n";
  note(std::move(e));
  store_->flush();
  EXPECT_FALSE(
      *store_->answer_question(taro, door, verdict::border_reply::yes));
}

TEST_F(store_test, forgets_answers_with_their_host) {
  for (int i = 0; i < 5; ++i) note(voting_mail(i, start + i, door));
  store_->flush();
  EXPECT_TRUE(*store_->answer_question(taro, door, verdict::border_reply::no));
  auto learned = store_->blocking().learned_borders();
  ASSERT_TRUE(learned);
  ASSERT_THAT(*learned, SizeIs(1));
  ASSERT_THAT(learned->at(0).answers, SizeIs(1));
  EXPECT_EQ(learned->at(0).answers[0].view, door);
  EXPECT_EQ(learned->at(0).answers[0].said, verdict::border_reply::no);
  const auto none = store_->blocking().forget_borders("else.example.jp", "");
  EXPECT_EQ(none->votes + none->answers, 0);
  const auto gone = store_->blocking().forget_borders("pop.example.jp", taro);
  EXPECT_EQ(gone->votes, 5);
  EXPECT_EQ(gone->answers, 1);
  EXPECT_EQ(number("SELECT count(*) FROM border_answer"), 0);
}

TEST_F(store_test, answers_outlive_the_votes) {
  for (int i = 0; i < 5; ++i) note(voting_mail(i, start + i, door));
  store_->flush();
  EXPECT_TRUE(*store_->answer_question(taro, door, verdict::border_reply::yes));
  clock_.advance(std::chrono::days(border_vote_days + 1));
  reopen([](options&) {});
  note(proven_mail("example.jp", start + (border_vote_days + 1) * day));
  EXPECT_EQ(number("SELECT count(*) FROM border_vote"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM border_answer"), 1);
  EXPECT_THAT(result_of(store_->ask(about_border())), SizeIs(1));
  EXPECT_TRUE(*store_->answer_question(taro, door, verdict::border_reply::no))
      << "and changed";
  const auto learned = store_->blocking().learned_borders();
  ASSERT_TRUE(learned);
  ASSERT_THAT(*learned, SizeIs(1)) << "so that it can be seen and forgotten";
  EXPECT_EQ(store_->blocking().forget_borders("pop.example.jp", "")->answers,
            1);
}

TEST_F(store_test, forgets_that_a_later_answer_was_given) {
  for (int i = 0; i < 5; ++i) note(voting_mail(i, start + i, door));
  store_->flush();
  EXPECT_TRUE(
      *store_->answer_question(taro, door, verdict::border_reply::later));
  clock_.advance(std::chrono::days(8));
  reopen([](options&) {});
  note(proven_mail("example.jp", start + 8 * day));
  EXPECT_EQ(number("SELECT count(*) FROM border_answer"), 0);
}

}  // namespace
}  // namespace mekiki::store

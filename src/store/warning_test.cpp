// What waits to be told, and the mails that tell it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using verdict::level;

const std::string taro = "taro%pop.example.jp:995";

class warning_test : public testing::Test {
 protected:
  warning_test() : clock_(at(start)) { open(); }

  void open() {
    store_.reset();
    auto opened = mekiki::store::open(
        folder_.file(), {.now = clock_, .deadline = std::chrono::seconds(60)});
    EXPECT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  void note(const std::string& digest, std::int64_t when = start,
            const std::string& reader = taro) {
    warning w;
    w.reader = reader;
    w.account = taro;
    w.digest = digest;
    w.noted = when;
    w.result = {level::forged, verdict::reason("dmarc-fail")
                                   .with("author", "bank.example")
                                   .with("seen", "a b=%")};
    w.author = "info@bank.example";
    w.author_name = "銀行";
    w.subject = "Subject " + digest;
    w.header = reader.empty() ? "A: b\r\n" : "";
    store_->warnings().note(std::move(w));
  }

  waiting_warnings waiting(const std::string& reader = taro) {
    store_->flush();
    return result_of(store_->warnings().waiting_for(reader));
  }

  bool keep(const std::string& uidl, std::int64_t last,
            const std::string& octets = "A: b\r\n\r\n") {
    warning_mail m;
    m.account = taro;
    m.uidl = uidl;
    m.octets = octets;
    m.last = last;
    return result_of(store_->warnings().keep(std::move(m)));
  }

  std::vector<std::string> listed() {
    store_->flush();
    std::vector<std::string> out;
    for (const auto& m : result_of(store_->choice_of(taro)).listed)
      out.push_back(m.uidl + ' ' + std::to_string(m.size));
    return out;
  }

  sending_work sending(std::int64_t now) {
    store_->flush();
    return result_of(store_->warnings().sending(now));
  }

  std::int64_t number(std::string_view sql) {
    store_->flush();
    return sqlite::database(folder_.file(), sqlite::access::read_only,
                            std::chrono::seconds(1))
        .number(sql);
  }

  folder folder_;
  manual_clock clock_;
  std::unique_ptr<store> store_;
};

TEST_F(warning_test, waits_with_what_it_is_about) {
  note("1");
  note("2", start + 60);
  const waiting_warnings w = waiting();
  EXPECT_EQ(w.count, 2U);
  ASSERT_THAT(w.first, SizeIs(2));
  EXPECT_EQ(w.first[0].digest, "1");
  EXPECT_EQ(w.first[1].noted, start + 60);
  EXPECT_EQ(w.first[0].what, warning::kind::mail);
  EXPECT_EQ(w.first[0].result.what, level::forged);
  EXPECT_EQ(w.first[0].result.why.fact("seen"), "a b=%");
  EXPECT_EQ(w.first[0].author, "info@bank.example");
  EXPECT_EQ(w.first[0].author_name, "銀行");
  EXPECT_EQ(w.first[0].subject, "Subject 1");
  EXPECT_TRUE(waiting("somebody%else").empty());
  EXPECT_EQ(result_of(store_->choice_of(taro)).waiting.count, 2U);
}

TEST_F(warning_test, a_mail_is_told_once) {
  note("1");
  note("1", start + 60);
  ASSERT_EQ(waiting().count, 1U);
  EXPECT_TRUE(keep("mekiki-a", waiting().last));
  EXPECT_TRUE(waiting().empty());
  note("1", start + 120);
  EXPECT_TRUE(waiting().empty());
  note("1", start, "");  // the administrators are others
  EXPECT_EQ(waiting("").count, 1U);
  EXPECT_EQ(waiting("").first.at(0).header, "A: b\r\n");
}

TEST_F(warning_test, what_came_meanwhile_goes_on_waiting) {
  note("1");
  const std::int64_t last = waiting().last;
  note("2");
  EXPECT_TRUE(keep("mekiki-a", last));
  ASSERT_EQ(waiting().count, 1U);
  EXPECT_EQ(waiting().first.at(0).digest, "2");
}

TEST_F(warning_test, two_sessions_do_not_tell_the_same) {
  note("1");
  const std::int64_t last = waiting().last;
  EXPECT_TRUE(keep("mekiki-a", last));
  EXPECT_FALSE(keep("mekiki-b", last));
  EXPECT_THAT(listed(), ElementsAre("mekiki-a 8"));
}

TEST_F(warning_test, a_listed_mail_stays_until_it_is_removed) {
  note("1");
  EXPECT_TRUE(keep("mekiki-a", waiting().last, "A: a\r\n\r\na\r\n"));
  open();
  note("2");
  EXPECT_TRUE(keep("mekiki-b", waiting().last));
  EXPECT_THAT(listed(), ElementsAre("mekiki-a 11", "mekiki-b 8"));
  EXPECT_EQ(result_of(store_->warnings().octets_of(taro, "mekiki-a")),
            "A: a\r\n\r\na\r\n");
  EXPECT_EQ(result_of(store_->warnings().octets_of("other%x", "mekiki-a")),
            std::nullopt);
  store_->warnings().remove("other%x", {"mekiki-a"});
  store_->warnings().remove(taro, {"mekiki-a", "unknown"});
  EXPECT_THAT(listed(), ElementsAre("mekiki-b 8"));
  EXPECT_EQ(result_of(store_->warnings().octets_of(taro, "mekiki-a")),
            std::nullopt);
}

TEST_F(warning_test, an_account_has_so_many_listed_mails_at_most) {
  for (int i = 0; i < 12; ++i) {
    note(std::to_string(i));
    EXPECT_TRUE(keep("mekiki-" + std::to_string(i), waiting().last));
  }
  const auto left = listed();
  ASSERT_THAT(left, SizeIs(most_listed));
  EXPECT_EQ(left.front(), "mekiki-2 8");
  EXPECT_EQ(left.back(), "mekiki-11 8");
}

// A flood costs a row for each mail, and no texts.
TEST_F(warning_test, of_a_flood_the_first_are_kept_in_full) {
  for (int i = 0; i < 70; ++i) note(std::to_string(i), start + i);
  const waiting_warnings w = waiting();
  EXPECT_EQ(w.count, 70U);
  ASSERT_THAT(w.first, SizeIs(most_told));
  EXPECT_EQ(w.first.back().subject, "Subject 49");
  EXPECT_EQ(number("SELECT count(*) FROM warning WHERE subject != ''"), 50);
}

TEST_F(warning_test, texts_go_when_they_are_told) {
  note("1", start, "");
  const outgoing_mails all = {
      .mails = {{.recipient = "root@example.jp", .octets = "A: b\r\n\r\n"},
                {.recipient = "boss@example.jp", .octets = "A: c\r\n\r\n"}},
      .last = waiting("").last};
  EXPECT_TRUE(result_of(store_->warnings().keep(all)));
  EXPECT_FALSE(result_of(store_->warnings().keep(all)));  // told already
  EXPECT_THAT(sending(start).due, SizeIs(2));
  EXPECT_EQ(number("SELECT count(*) FROM warning WHERE subject = '' AND "
                   "author = '' AND name = '' AND header = ''"),
            1);
}

TEST_F(warning_test, a_mail_is_sent_once_or_later) {
  EXPECT_TRUE(result_of(
      store_->warnings().keep({.mails = {{.recipient = "root@example.jp",
                                          .octets = "A: b\r\n\r\n"}}})));
  ASSERT_THAT(sending(start - 1).due, IsEmpty());
  auto due = sending(start).due;
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].recipient, "root@example.jp");
  EXPECT_EQ(due[0].octets, "A: b\r\n\r\n");
  EXPECT_TRUE(result_of(
      store_->warnings().settle({.id = due[0].id, .again = start + 60})));
  EXPECT_THAT(sending(start + 59).due, IsEmpty());
  due = sending(start + 60).due;
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].tries, 1);
  EXPECT_TRUE(result_of(store_->warnings().settle({.id = due[0].id})));
  EXPECT_THAT(sending(start + 1'000'000).due, IsEmpty());
}

TEST_F(warning_test, tells_for_whom_something_waits) {
  note("1", start + 5);
  note("2", start + 3);
  note("3", start + 9, "");
  kept_choice c;
  c.account = taro;
  c.methods = "B";
  ASSERT_TRUE(store_->blocking().set_choice(c));
  const auto waiting_at = sending(start).waiting;
  ASSERT_THAT(waiting_at, SizeIs(2));
  EXPECT_EQ(waiting_at[0].who.reader, "");
  EXPECT_EQ(waiting_at[0].who.since, start + 9);
  EXPECT_FALSE(waiting_at[0].chosen);
  EXPECT_EQ(waiting_at[1].who.reader, taro);
  EXPECT_EQ(waiting_at[1].who.since, start + 3);
  EXPECT_EQ(waiting_at[1].who.told_last, 0);
  EXPECT_EQ(waiting_at[1].chosen.value().methods, "B");

  clock_.advance(std::chrono::seconds(30));
  EXPECT_TRUE(keep("mekiki-a", waiting().last));
  note("4", start + 40);
  EXPECT_EQ(sending(start).waiting[1].who.told_last, start + 30);
}

TEST_F(warning_test, digests_go_on_where_they_ended) {
  EXPECT_EQ(sending(start).digested_until, 0);
  store_->warnings().begin_digests(start);
  EXPECT_EQ(sending(start).digested_until, start);
  EXPECT_TRUE(
      result_of(store_->warnings().keep({.digest_until = start + day})));
  EXPECT_EQ(sending(start).digested_until, start + day);
}

TEST_F(warning_test, old_ones_go) {
  note("1");
  EXPECT_TRUE(keep("mekiki-a", waiting().last));
  note("2", start + 95 * day);
  store_->note(proven_mail("example.jp", start + 95 * day));
  EXPECT_EQ(number("SELECT count(*) FROM warning"), 1);
  EXPECT_THAT(listed(), IsEmpty());
}

// --------------------------------------------------- a second judgement

class second_judgement_test : public warning_test {
 protected:
  void note_pending(bool tell_pass, bool tell_fail,
                    mail_event::follow_up tell = {}) {
    mail_event e = proven_mail("bank.example", start, "digest");
    e.is_proven = false;
    e.signers.clear();
    e.habit = habit_day::none;
    e.result = {level::unverified, verdict::reason("undecided")};
    e.dkim_check = "none";
    leave_open(e, "a signature",
               {.said = {level::new_, verdict::reason("aligned-dkim")},
                .is_told = tell_pass},
               {.said = {level::forged, verdict::reason("dmarc-fail")
                                            .with("author", "bank.example")
                                            .with("policy", "reject")},
                .is_told = tell_fail});
    e.tell = std::move(tell);
    store_->note(std::move(e));
    mail_ = number("SELECT mail FROM pending");
  }

  void judge(std::size_t answer, bool is_final = true) {
    using outcome = second_judgement::outcome;
    store_->note(
        second_judgement{.mail = mail_,
                         .what = is_final ? outcome::decided : outcome::so_far,
                         .answer = answer,
                         .due = start + day});
  }

  std::int64_t mail_ = 0;
};

TEST_F(second_judgement_test, is_told_where_it_matters) {
  note_pending(false, true,
               {.author_name = "銀行",
                .author = "info@bank.example",
                .subject = "Your account"});
  judge(if_fail);
  const waiting_warnings w = waiting();
  ASSERT_THAT(w.first, SizeIs(1));
  EXPECT_EQ(w.first[0].what, warning::kind::second);
  EXPECT_EQ(w.first[0].before, level::unverified);
  EXPECT_EQ(w.first[0].result.what, level::forged);
  EXPECT_EQ(w.first[0].result.why.fact("policy"), "reject");
  EXPECT_EQ(w.first[0].subject, "Your account");
  EXPECT_EQ(w.first[0].author, "info@bank.example");
  EXPECT_EQ(number("SELECT count(*) FROM pending"), 0);  // its subject, too
}

TEST_F(second_judgement_test, is_not_told_where_it_does_not) {
  note_pending(false, true);
  judge(if_pass);
  EXPECT_TRUE(waiting().empty());
}

// Once he was told that it is forged, he is told that it is not.
TEST_F(second_judgement_test, is_taken_back) {
  note_pending(false, true);
  judge(if_fail, false);
  EXPECT_THAT(waiting().first, SizeIs(1));
  judge(if_fail, false);
  EXPECT_THAT(waiting().first, SizeIs(1)) << "once";
  EXPECT_EQ(number("SELECT count(*) FROM pending"), 1);
  judge(if_pass);
  EXPECT_TRUE(waiting().empty()) << "he never heard of it";

  note_pending(false, true);
  judge(if_fail, false);
  store_->flush();
  {
    sqlite::database db(folder_.file(), sqlite::access::read_write,
                        std::chrono::seconds(5));
    db.run("UPDATE warning SET told = 1");
  }
  judge(if_pass);
  ASSERT_THAT(waiting().first, SizeIs(1));
  EXPECT_EQ(waiting().first[0].before, level::forged);
  EXPECT_EQ(waiting().first[0].result.what, level::new_);
}

TEST_F(second_judgement_test, names_the_author_of_a_good_mail) {
  note_pending(true, false);
  judge(if_pass);
  const waiting_warnings w = waiting();
  ASSERT_THAT(w.first, SizeIs(1));
  EXPECT_EQ(w.first[0].result.what, level::new_);
  EXPECT_EQ(w.first[0].result.why.fact("author"), "bank.example");
}

}  // namespace
}  // namespace mekiki::store

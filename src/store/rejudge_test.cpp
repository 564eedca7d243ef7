#include "store/rejudge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/dkim/sign.hpp"
#include "auth/dkim/test_mail.hpp"
#include "crypto/private_key.hpp"
#include "dns/zone_resolver.hpp"
#include "store/sqlite.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using namespace test;
using testing::SizeIs;
using verdict::level;

const std::string unsigned_mail =
    "From: hanako@example.jp\r\n"
    "Subject: hello\r\n"
    "\r\n"
    "Hi.\r\n";

class rejudging : public testing::Test {
 protected:
  rejudging()
      : clock_(at(start)),
        key_(*crypto::private_key::generate(crypto::key_type::ed25519)) {
    store_ = *open(folder_.file(),
                   {.now = clock_, .deadline = std::chrono::seconds(60)});
  }

  /// The signature of a mail whose key could not be fetched.
  std::string pending(const std::string& domain, bool changed = false) {
    const auto field = dkim::sign(unsigned_mail, domain, "s1", key_, {});
    std::string mail = *field + unsigned_mail;
    if (changed)
      mail += "Buy!\r\n";
    const auto header = message::parse_header(mail);
    dkim::verifier v(header, {});
    v.body(std::string_view(mail).substr(header.body));
    const auto silent = zone("{\"error\": \"TIMEOUT\"}", domain);
    result_of(v.finish(*silent, keys_, clock_.now()));
    return dkim::format(v.pending().at(0));
  }

  /// A zone where the key of `domain` is `records`.
  static std::unique_ptr<dns::zone_resolver> zone(
      const std::string& records, const std::string& domain = "example.jp") {
    return *dns::parse_zone("{\"s1._domainkey." + domain +
                            "\": {\"TXT\": " + records + "}}");
  }
  std::unique_ptr<dns::zone_resolver> good_zone() {
    return zone("[\"" + dkim::format_key_record(key_) + "\"]");
  }
  static std::unique_ptr<dns::zone_resolver> silent_zone() {
    return zone("{\"error\": \"TIMEOUT\"}");
  }

  void note_undecided(std::vector<std::string> signatures,
                      bool teaches = true) {
    mail_event e = proven_mail("example.jp", start, "undecided");
    e.result = {level::unverified, verdict::reason("dkim-temperror")};
    e.dkim_check = "none";
    e.is_proven = false;
    e.signers.clear();
    e.habit = habit_day::none;
    e.pending = std::move(signatures);
    e.pending_teaches = teaches;
    e.if_pass = {level::new_, verdict::reason("new-sender")};
    e.if_fail = {level::forged,
                 verdict::reason("dmarc-fail").with("author", "example.jp")};
    store_->note(std::move(e));
    store_->flush();
  }

  std::size_t judge(dns::resolver& resolver) {
    const std::int64_t now = std::chrono::system_clock::to_time_t(clock_.now());
    const std::size_t decided =
        result_of(judge_due(*store_, resolver, keys_, {}, now));
    store_->flush();
    return decided;
  }

  std::string text(const std::string& sql) {
    const sqlite::database db(folder_.file(), sqlite::access::read_only,
                              std::chrono::seconds(5));
    sqlite::statement s(db, sql);
    return s.next() ? std::string(s.text(0)) : "no row";
  }
  std::string level_now() {
    return text("SELECT level || ' ' || reason || ' ' || dkim FROM mail");
  }
  auto pairs() { return result_of(store_->ask(about("example.jp"))).pairs; }

  folder folder_;
  manual_clock clock_;
  crypto::private_key key_;
  dkim::key_cache keys_;
  std::unique_ptr<store> store_;
};

TEST_F(rejudging, a_pass_is_noted_and_teaches) {
  note_undecided({pending("example.jp")});
  EXPECT_EQ(level_now(), "unverified dkim-temperror none");
  EXPECT_EQ(judge(*good_zone()), 0u) << "not due yet";
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(judge(*good_zone()), 1u);
  EXPECT_EQ(level_now(), "new new-sender pass");
  ASSERT_THAT(pairs(), SizeIs(1));
  EXPECT_EQ(pairs()[0].signer, "example.jp");
  // On the day it came, once.
  EXPECT_EQ(pairs()[0].passed.first, start);
  EXPECT_EQ(judge(*good_zone()), 0u);
  EXPECT_EQ(text("SELECT count(*) FROM pending_signature"), "0");
  // Fetched once more, it teaches nothing new.
  store_->note(proven_mail("example.jp", start + day, "undecided"));
  store_->flush();
  EXPECT_EQ(pairs()[0].passed.mails, 1u);
}

TEST_F(rejudging, a_fail_is_noted_and_teaches_nothing) {
  note_undecided({pending("example.jp", true)});
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(judge(*good_zone()), 1u);
  EXPECT_EQ(level_now(), "forged dmarc-fail author=example.jp fail");
  EXPECT_THAT(pairs(), SizeIs(0));
}

TEST_F(rejudging, a_key_that_is_gone_is_a_fail) {
  note_undecided({pending("example.jp")});
  clock_.advance(std::chrono::minutes(5));
  const auto empty = *dns::parse_zone("{}");
  EXPECT_EQ(judge(*empty), 1u);
  EXPECT_EQ(text("SELECT level FROM mail"), "forged");
}

TEST_F(rejudging, under_a_look_alike_nothing_is_taught) {
  note_undecided({pending("example.jp")}, false);
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(judge(*good_zone()), 1u);
  EXPECT_EQ(text("SELECT level FROM mail"), "new");
  EXPECT_THAT(pairs(), SizeIs(0));
}

TEST_F(rejudging, is_tried_less_and_less_often_for_seven_days) {
  note_undecided({pending("example.jp")});
  const auto silent = silent_zone();
  std::vector<std::int64_t> tries;
  std::string before = "0";
  for (int m = 0; m < 8 * 24 * 60; m += 5) {
    judge(*silent);
    const std::string now = text("SELECT tries FROM pending");
    if (now != before)
      tries.push_back(m);
    before = now;
    if (before == "no row")
      break;
    clock_.advance(std::chrono::minutes(5));
  }
  ASSERT_GE(tries.size(), 8u);
  EXPECT_EQ(tries[0], 5);
  for (std::size_t i = 2; i < tries.size(); ++i) {
    EXPECT_GE(tries[i] - tries[i - 1], tries[i - 1] - tries[i - 2]);
    EXPECT_LE(tries[i] - tries[i - 1], 12 * 60);
  }
  EXPECT_LE(tries.size(), 25u);
  EXPECT_GT(tries.back(), 6 * 24 * 60);
  EXPECT_LT(tries.back(), 7 * 24 * 60);
  EXPECT_EQ(before, "no row");
  EXPECT_EQ(level_now(), "unverified dkim-temperror none");
}

TEST_F(rejudging, what_is_kept_cannot_be_read_is_given_up) {
  note_undecided({pending("example.jp")});
  {
    sqlite::database db(folder_.file(), sqlite::access::read_write,
                        std::chrono::seconds(5));
    db.run("UPDATE pending_signature SET text = 'x'");
  }
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(judge(*good_zone()), 0u);
  EXPECT_EQ(text("SELECT count(*) FROM pending"), "0");
  EXPECT_EQ(level_now(), "unverified dkim-temperror none");
}

TEST_F(rejudging, a_key_in_test_mode_proves_nothing) {
  note_undecided({pending("example.jp")});
  clock_.advance(std::chrono::minutes(5));
  const auto testing = zone("[\"" + dkim::format_key_record(key_) + "; t=y\"]");
  EXPECT_EQ(judge(*testing), 0u);
  EXPECT_EQ(level_now(), "unverified dkim-temperror none");
  EXPECT_THAT(pairs(), SizeIs(0));
}

}  // namespace
}  // namespace mekiki::store

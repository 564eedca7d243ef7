#include "store/rejudge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/dkim/sign.hpp"
#include "auth/dkim/test_mail.hpp"
#include "base/ip_address.hpp"
#include "base/unix_time.hpp"
#include "crypto/private_key.hpp"
#include "dns/zone_resolver.hpp"
#include "store/sqlite.hpp"
#include "store/test_store.hpp"
#include "verdict/evaluate.hpp"

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

  void note_undecided(std::string signature, bool teaches = true,
                      const std::string& digest = "undecided",
                      std::string second = {}) {
    mail_event e = proven_mail("example.jp", start, digest);
    e.result = {level::unverified, verdict::reason("dkim-temperror")};
    e.dkim_check = "none";
    e.is_proven = false;
    e.signers.clear();
    e.habit = habit_day::none;
    leave_open(
        e, std::move(signature),
        {.said = {level::new_, verdict::reason("new-sender")},
         .habit = habit_day::proven},
        {.said = {level::forged,
                  verdict::reason("dmarc-fail").with("author", "example.jp")}});
    if (teaches)
      e.answers[if_pass].signers = {"example.jp"};
    if (!second.empty()) {
      e.pending.push_back(std::move(second));
      e.open = "open signature=fo signature=";
      e.cases = {0, 0, 1, 2};
    }
    store_->note(std::move(e));
    store_->flush();
  }

  std::size_t judge(dns::resolver& resolver) {
    const std::size_t decided = result_of(judge_due(
        *store_, {.resolver = resolver, .keys = keys_, .now = clock_}));
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
  note_undecided(pending("example.jp"));
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

TEST_F(rejudging, a_replay_teaches_nothing) {
  const std::string signature = pending("example.jp");
  note_undecided(signature);
  clock_.advance(std::chrono::minutes(5));
  ASSERT_EQ(judge(*good_zone()), 1u);
  note_undecided(signature, true, "the same with another Received");
  clock_.advance(std::chrono::minutes(5));
  ASSERT_EQ(judge(*good_zone()), 1u);
  ASSERT_THAT(pairs(), SizeIs(1));
  EXPECT_EQ(pairs()[0].passed.mails, 1u);
}

TEST_F(rejudging, nor_does_one_beside_another_signature) {
  const std::string signature = pending("example.jp");
  for (const char* begins : {"AAAAAAAA", "BBBBBBBB"}) {
    std::string junk = signature;
    junk.replace(junk.find("; b=") + 4, 8, begins);
    note_undecided(signature, true, begins, std::move(junk));
    clock_.advance(std::chrono::minutes(5));
    ASSERT_EQ(judge(*good_zone()), 1u);
  }
  ASSERT_THAT(pairs(), SizeIs(1));
  EXPECT_EQ(pairs()[0].passed.mails, 1u);
}

TEST_F(rejudging, a_fail_is_noted_and_teaches_nothing) {
  note_undecided(pending("example.jp", true));
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(judge(*good_zone()), 1u);
  EXPECT_EQ(level_now(), "forged dmarc-fail author=example.jp fail");
  EXPECT_EQ(text("SELECT find FROM mail"), "dmarc-fail\n\nexample.jp\n");
  EXPECT_THAT(pairs(), SizeIs(0));
}

TEST_F(rejudging, a_key_that_is_gone_is_a_fail) {
  note_undecided(pending("example.jp"));
  clock_.advance(std::chrono::minutes(5));
  const auto empty = *dns::parse_zone("{}");
  EXPECT_EQ(judge(*empty), 1u);
  EXPECT_EQ(text("SELECT level FROM mail"), "forged");
}

TEST_F(rejudging, under_a_look_alike_nothing_is_taught) {
  note_undecided(pending("example.jp"), false);
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(judge(*good_zone()), 1u);
  EXPECT_EQ(text("SELECT level FROM mail"), "new");
  EXPECT_THAT(pairs(), SizeIs(0));
}

TEST_F(rejudging, is_tried_less_and_less_often_for_seven_days) {
  note_undecided(pending("example.jp"));
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
  note_undecided(pending("example.jp"));
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
  note_undecided(pending("example.jp"));
  clock_.advance(std::chrono::minutes(5));
  const auto testing = zone("[\"" + dkim::format_key_record(key_) + "; t=y\"]");
  EXPECT_EQ(judge(*testing), 1u);
  EXPECT_EQ(level_now(), "unverified test-key pass");
  EXPECT_THAT(pairs(), SizeIs(0));
}

// A file of the version before answers had a table of their own.
TEST_F(rejudging, what_an_older_file_left_open) {
  for (const bool changed : {true, false}) {
    note_undecided(pending("example.jp", changed));
    store_.reset();
    {
      sqlite::database db(folder_.file(), sqlite::access::read_write,
                          std::chrono::seconds(5));
      db.run(undo_step_9);
      db.run(
          "UPDATE pending SET teaches = 1, certain = 1, tell_fail = 1, "
          "pass_level = 'new', pass_reason = 'new-sender', "
          "fail_level = 'forged', fail_reason = 'dmarc-fail author=x'; "
          "PRAGMA user_version = 8");
    }
    store_ = *open(folder_.file(),
                   {.now = clock_, .deadline = std::chrono::seconds(60)});
    clock_.advance(std::chrono::minutes(5));
    EXPECT_EQ(judge(*good_zone()), 1u);
    EXPECT_EQ(level_now(), changed ? "forged dmarc-fail author=x fail"
                                   : "new new-sender pass");
    EXPECT_EQ(text("SELECT count(*) FROM warning"), "1") << "of the bad one";
    EXPECT_THAT(pairs(), SizeIs(changed ? 0 : 1));
    clock_.advance(-std::chrono::minutes(5));
    sqlite::database db(folder_.file(), sqlite::access::read_write,
                        std::chrono::seconds(5));
    db.run("DELETE FROM mail");
  }
}

// ---------------------------------------- what the DNS left open beside keys

/// Mails that are judged, noted and judged again by the real checks.
class leaving_open : public rejudging {
 protected:
  static constexpr const char* silent = R"({"*": {"error": "TIMEOUT"}})";
  static constexpr const char* spf =
      R"({"TXT": ["v=spf1 ip4:192.0.2.1 -all"]})";
  static constexpr const char* reject = R"({"TXT": ["v=DMARC1; p=reject"]})";

  static std::unique_ptr<dns::zone_resolver> zone_of(
      const std::string& path_record, const std::string& policy_record) {
    return *dns::parse_zone("{\"example.jp\": " + path_record +
                            ", \"_dmarc.example.jp\": " + policy_record + "}");
  }

  /// A mail from this address is fetched while the DNS is like this.
  void fetch(const std::string& client, dns::resolver& resolver,
             const std::string& mail = unsigned_mail) {
    const verdict::settings settings;
    verdict::evaluation e(settings, {resolver, keys_, clock_}, {},
                          verdict::smtp_facts{.ip = *parse_ip_address(client),
                                              .mail_from = "hanako@example.jp",
                                              .helo = "mail.example.jp"});
    e.write(mail);
    judged_ = result_of(e.finish());
    mail_event event = event_of(judged_, {.account = "taro%pop.example.jp:995",
                                          .upstream = "pop.example.jp",
                                          .at = unix_seconds(clock_.now())});
    for (later_answer& a : event.answers)
      a.is_told = a.said.what == level::forged;
    store_->note(std::move(event));
    store_->flush();
    clock_.advance(std::chrono::minutes(5));
  }

  std::string mail_now() {
    return text(
        "SELECT level || ' ' || reason || ' dkim=' || dkim || ' dmarc=' || "
        "dmarc || ' asked=' || policy FROM mail");
  }
  std::string warned() {
    return text("SELECT before || ' ' || level || ' ' || reason FROM warning");
  }
  std::string kept() { return text("SELECT count(*) FROM pending"); }

  verdict::judgement judged_;
};

const std::string is_forged =
    "forged dmarc-fail author=example.jp policy=reject domain=example.jp "
    "dkim=none dmarc=fail asked=reject";

TEST_F(leaving_open, spf_that_passes_later) {
  fetch("192.0.2.1", *zone_of(silent, reject));
  EXPECT_EQ(mail_now(),
            "unverified spf-temperror domain=example.jp dkim=none "
            "dmarc=temperror asked=reject");
  EXPECT_EQ(judge(*zone_of(silent, reject)), 0u);
  EXPECT_EQ(kept(), "1");
  clock_.advance(std::chrono::minutes(10));
  EXPECT_EQ(judge(*zone_of(spf, reject)), 1u);
  EXPECT_EQ(
      mail_now(),
      "new aligned-spf author=example.jp dkim=none dmarc=pass asked=reject");
  ASSERT_THAT(pairs(), SizeIs(1));
  EXPECT_EQ(pairs()[0].signer, "spf:example.jp");
  EXPECT_EQ(warned(), "no row");
  EXPECT_EQ(kept(), "0");
  EXPECT_EQ(text("SELECT count(*) FROM pending_answer"), "0");
}

TEST_F(leaving_open, spf_that_fails_later) {
  fetch("192.0.2.9", *zone_of(silent, reject));
  EXPECT_EQ(text("SELECT level FROM mail"), "unverified");
  EXPECT_EQ(judge(*zone_of(spf, reject)), 1u);
  EXPECT_EQ(mail_now(), is_forged);
  EXPECT_EQ(warned(),
            "unverified forged dmarc-fail author=example.jp policy=reject "
            "domain=example.jp");
  EXPECT_THAT(pairs(), SizeIs(0));
}

TEST_F(leaving_open, a_policy_that_refuses_it) {
  fetch("192.0.2.9", *zone_of(spf, silent));
  EXPECT_EQ(text("SELECT level || ' ' || dmarc FROM mail"),
            "unverified temperror");
  EXPECT_EQ(judge(*zone_of(spf, reject)), 1u);
  EXPECT_EQ(mail_now(), is_forged);
  EXPECT_NE(warned(), "no row");
}

TEST_F(leaving_open, a_policy_that_asks_for_less) {
  fetch("192.0.2.9", *zone_of(spf, silent));
  const char* quarantine = R"({"TXT": ["v=DMARC1; p=quarantine"]})";
  EXPECT_EQ(judge(*zone_of(spf, quarantine)), 1u);
  EXPECT_EQ(mail_now(),
            "forged dmarc-fail author=example.jp policy=quarantine "
            "domain=example.jp dkim=none dmarc=fail asked=quarantine");
}

TEST_F(leaving_open, a_policy_that_is_not_there) {
  fetch("192.0.2.9", *zone_of(spf, silent));
  EXPECT_EQ(judge(*zone_of(spf, "{}")), 1u);
  EXPECT_EQ(mail_now(), "unverified no-signature dkim=none dmarc=none asked=");
  EXPECT_EQ(warned(), "no row");
  EXPECT_EQ(kept(), "0");
}

TEST_F(leaving_open, both_and_a_signature) {
  const std::string mail =
      *dkim::sign(unsigned_mail, "example.jp", "s1", key_, {}) + unsigned_mail;
  const std::string good =
      R"({"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}, "s1._domainkey.example.jp": )"
      R"({"TXT": [")" +
      dkim::format_key_record(key_) + "\"]}";
  const std::string bad =
      std::string(silent) + ", \"s1._domainkey.example.jp\": " + silent;
  fetch("192.0.2.9", *zone_of(bad, silent), mail + "Buy!\r\n");
  EXPECT_EQ(text("SELECT level FROM mail"), "unverified");
  EXPECT_EQ(judge(*zone_of(bad, reject)), 0u);
  EXPECT_EQ(kept(), "1");
  // It goes on after a restart.
  store_.reset();
  store_ = *open(folder_.file(),
                 {.now = clock_, .deadline = std::chrono::seconds(60)});
  clock_.advance(std::chrono::minutes(10));
  EXPECT_EQ(judge(*zone_of(good, reject)), 1u);
  EXPECT_EQ(text("SELECT level || ' ' || dkim || ' ' || dmarc FROM mail"),
            "forged fail fail");

  fetch("192.0.2.1", *zone_of(bad, silent), mail);
  EXPECT_EQ(judge(*zone_of(good, reject)), 1u);
  EXPECT_EQ(text("SELECT level || ' ' || dkim || ' ' || dmarc FROM mail "
                 "ORDER BY id DESC"),
            "new pass pass");
}

TEST_F(leaving_open, what_never_answers_ends_after_seven_days) {
  const auto nothing = zone_of(silent, silent);
  fetch("192.0.2.9", *nothing);
  for (int hours = 0; hours < 8 * 24; ++hours) {
    judge(*nothing);
    clock_.advance(std::chrono::hours(1));
  }
  EXPECT_EQ(kept(), "0");
  EXPECT_EQ(text("SELECT level FROM mail"), "unverified");
  EXPECT_EQ(judge(*zone_of(spf, reject)), 0u);
  EXPECT_EQ(text("SELECT level FROM mail"), "unverified");
}

// He lets a name of his own hang: it is asked about, and excuses nobody.
TEST_F(leaving_open, a_signature_that_excuses_nobody) {
  const std::string mail =
      *dkim::sign(unsigned_mail, "example.jp", "s1", key_, {}) + unsigned_mail;
  const std::string hangs =
      std::string(spf) + ", \"s1._domainkey.example.jp\": " + silent;
  fetch("192.0.2.9", *zone_of(hangs, silent), mail);
  EXPECT_EQ(text("SELECT level FROM mail"), "unverified");
  EXPECT_EQ(judge(*zone_of(hangs, reject)), 0u);
  EXPECT_EQ(mail_now(), is_forged);
  EXPECT_NE(warned(), "no row");
  EXPECT_EQ(kept(), "1") << "it may yet be proven";
  // So it is, and the user who was warned is told.
  clock_.advance(std::chrono::hours(1));
  const std::string good = std::string(spf) +
                           R"(, "s1._domainkey.example.jp": {"TXT": [")" +
                           dkim::format_key_record(key_) + "\"]}";
  EXPECT_EQ(judge(*zone_of(good, reject)), 1u);
  EXPECT_EQ(mail_now(),
            "new aligned-dkim author=example.jp signer=example.jp dkim=pass "
            "dmarc=pass asked=reject");
  EXPECT_EQ(kept(), "0");
}

TEST_F(leaving_open, what_is_kept_is_small_and_goes) {
  fetch("192.0.2.9", *zone_of(silent, silent));
  EXPECT_EQ(text("SELECT length(open) < 300 FROM pending"), "1");
  EXPECT_THAT(
      text("SELECT open FROM pending"),
      testing::StartsWith("open ip=192.0.2.9 at=1772323200 "
                          "helo=mail.example.jp from=hanako@example.jp path=fo "
                          "first=example.jp sample="));
  EXPECT_EQ(text("SELECT sum(length(level) + length(reason)) < 1000 "
                 "FROM pending_answer"),
            "1");
}

}  // namespace
}  // namespace mekiki::store

// What an evaluation finds out about one mail, each check with the others.
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/sign.hpp"
#include "crypto/private_key.hpp"
#include "dns/zone_resolver.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/evaluate.hpp"
#include "verdict/results.hpp"
#include "verdict/test_mail.hpp"

namespace mekiki::verdict {
namespace {

using test::through;

namespace asio = boost::asio;
using auth::result;

// Sat, 21 Nov 2026 12:00:00 +0000
constexpr std::int64_t now_seconds = 1'795'262'400;
// 11:59:30, as the border's field in `through` says
constexpr std::int64_t border_seconds = now_seconds - 30;

constexpr const char* zone_text = R"({
  "provider.example": {"MX": [[10, "mx.provider.example"]]},
  "mx.provider.example": {"A": ["198.51.100.1"]},
  "pop.provider.example": {"A": ["198.51.100.2"]},
  "sender.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]},
  "_dmarc.sender.example": {"TXT": ["v=DMARC1; p=reject"]},
  "mail.sender.example": {"A": ["192.0.2.1"]},
  "1.2.0.192.in-addr.arpa": {"PTR": ["mail.sender.example"]},
  "9.2.0.192.in-addr.arpa": {"PTR": ["mail.sender.example"]},
  "evil.example": {"TXT": ["v=spf1 ip4:192.0.2.9 -all"]},
  "slow.example": {"*": {"error": "TIMEOUT"}},
  "_dmarc.slow.example": {"*": {"error": "TIMEOUT"}}
})";

/// A history that answers what it was told, and remembers the question.
class told final : public history {
 public:
  asio::awaitable<history_answer> ask(history_question q) override {
    asked = std::move(q);
    co_return answer;
  }
  asio::awaitable<addition_answer> ask(addition /*a*/) override {
    co_return addition_answer{};
  }
  asio::awaitable<std::vector<border_view>> ask(border_question q) override {
    asked_views = std::move(q);
    co_return views;
  }
  history_answer answer;
  history_question asked;
  std::vector<border_view> views;
  border_question asked_views;
};

class checks : public testing::Test {
 protected:
  std::unique_ptr<dns::zone_resolver> zone =
      std::move(*dns::parse_zone(zone_text));
  settings limits;
  source from{.account = "taro@provider.example%pop.provider.example:995",
              .login = "taro@provider.example",
              .upstream = "pop.provider.example"};
  std::optional<smtp_facts> given;
  told past;
  correspondents watched{{"sample-bank.example"}};
  crypto::private_key key =
      std::move(*crypto::private_key::generate(crypto::key_type::ed25519));
  bool beside = true;  // lookups run beside the mail

  /// The mail once more, as its spool would give it.
  struct kept final : octet_source {
    explicit kept(const std::string& m) : mail(m) {}
    std::size_t size() const override { return mail.size(); }
    std::optional<std::string> read() override { return mail; }
    const std::string& mail;
  };

  judgement judge(const std::string& mail, std::size_t piece = 1000) {
    asio::io_context io;
    const manual_clock clock{time_point(std::chrono::seconds(now_seconds))};
    dkim::key_cache keys;
    services with{.resolver = *zone,
                  .keys = keys,
                  .clock = clock,
                  .history = &past,
                  .watched = &watched};
    if (beside) {
      with.start = [&io](asio::awaitable<void> work) {
        asio::co_spawn(io, std::move(work), [](const std::exception_ptr& e) {
          EXPECT_EQ(e, nullptr);
        });
      };
    }
    evaluation e(limits, with, from, given);
    for (std::size_t at = 0; at < mail.size(); at += piece) {
      e.write(std::string_view(mail).substr(at, piece));
    }
    judgement v;
    kept again(mail);
    asio::co_spawn(io, e.finish(&again),
                   [&](const std::exception_ptr& error, judgement got) {
                     EXPECT_EQ(error, nullptr);
                     v = std::move(got);
                   });
    io.run();
    return v;
  }
};

const std::string mail =
    "From: Hanako <hanako@sender.example>\r\n"
    "Subject: Hello\r\n"
    "Date: Sat, 21 Nov 2026 11:59:00 +0000\r\n"
    "\r\n"
    "Hello\r\n";

TEST_F(checks, spf_and_dmarc_by_the_border) {
  for (const bool way : {true, false}) {
    beside = way;
    const judgement v =
        judge(through("192.0.2.1", "hanako@sender.example", mail));
    const facts& f = v.known;
    ASSERT_TRUE(f.found_border);
    EXPECT_EQ(f.found_border->status, border_status::found);
    EXPECT_EQ(f.found_border->time, border_seconds);
    EXPECT_TRUE(can_accuse(f.found_border));
    EXPECT_EQ(f.spf.source, spf_source::border);
    EXPECT_EQ(f.spf.outcome.status, result::pass);
    EXPECT_EQ(f.spf.outcome.domain, "sender.example");
    EXPECT_FALSE(f.spf.by_helo);
    EXPECT_EQ(f.dmarc.status, result::pass);
    EXPECT_TRUE(f.dmarc.spf_aligned);
    EXPECT_FALSE(f.dmarc.dkim_aligned);
    EXPECT_EQ(v.dkim_check, result::none);
  }
}

TEST_F(checks, a_forged_mail_fails) {
  const judgement v = judge(through("192.0.2.9", "x@evil.example", mail));
  EXPECT_EQ(v.known.spf.outcome.status, result::pass);
  EXPECT_EQ(v.known.spf.outcome.domain, "evil.example");
  EXPECT_EQ(v.known.dmarc.status, result::fail);
  EXPECT_EQ(v.known.dmarc.asked, dmarc::policy::reject);
}

// A web script that speaks SMTP to its own host can write such a mail: border
// and envelope are what it likes, and so is the result of SPF.
TEST_F(checks, a_border_behind_loopback_accuses_and_proves_nothing) {
  const auto behind_loopback = [](std::string m) {
    return m.insert(m.find("Received: from mail.sender"),
                    "Received: from localhost (localhost [127.0.0.1])\r\n"
                    "\tby mx.provider.example (Postfix) with ESMTP id 3;"
                    " Sat, 21 Nov 2026 11:59:31 +0000\r\n");
  };
  const std::string passes =
      through("192.0.2.1", "hanako@sender.example", mail);
  EXPECT_EQ(judge(passes).result.what, level::new_);
  const judgement v = judge(behind_loopback(passes));
  EXPECT_EQ(v.known.spf.outcome.status, result::pass);
  EXPECT_TRUE(can_accuse(v.known.found_border));
  EXPECT_FALSE(can_prove(v.known.found_border));
  EXPECT_EQ(v.result.what, level::unverified);
  const std::string fails = through("192.0.2.9", "x@evil.example", mail);
  EXPECT_EQ(judge(behind_loopback(fails)).result.what, level::forged);

  limits.providers = {{.upstream = from.upstream, .mail_only = true}};
  EXPECT_EQ(judge(behind_loopback(passes)).result.what, level::new_);
}

TEST_F(checks, what_the_sender_wrote_below_the_border_changes_nothing) {
  const judgement v = judge(through(
      "192.0.2.9", "x@evil.example",
      "Return-Path: <hanako@sender.example>\r\n"
      "Received: from mail.sender.example (mail.sender.example [192.0.2.1])\r\n"
      "\tby mx.provider.example with ESMTPS id 3;"
      " Sat, 21 Nov 2026 11:59:29 +0000\r\n" +
          mail));
  EXPECT_EQ(v.known.spf.asked.mail_from, "x@evil.example");
  EXPECT_EQ(format(v.known.spf.asked.ip), "192.0.2.9");
  EXPECT_EQ(v.known.dmarc.status, result::fail);
}

TEST_F(checks, without_a_border_spf_is_left_out_and_nothing_fails) {
  const judgement v = judge(mail);
  EXPECT_EQ(v.known.spf.source, spf_source::left_out);
  EXPECT_EQ(v.known.spf.outcome.status, result::none);
  EXPECT_EQ(v.known.dmarc.status, result::none);
  EXPECT_EQ(v.known.dmarc.code, dmarc::errc::spf_left_out);
}

TEST_F(checks, no_answer_about_the_mx_hosts_is_no_border) {
  from.login = "taro@slow.example";
  const judgement v = judge(through("192.0.2.9", "x@evil.example", mail));
  ASSERT_TRUE(v.known.found_border);
  EXPECT_EQ(v.known.found_border->status, border_status::dns_unavailable);
  EXPECT_EQ(v.known.spf.source, spf_source::left_out);
  EXPECT_NE(v.known.dmarc.status, result::fail);
}

TEST_F(checks, an_unknown_path_is_nothing_for_dmarc) {
  std::string without = through("192.0.2.9", "", mail);
  without.erase(0, without.find("Received"));
  const judgement v = judge(without);
  EXPECT_EQ(v.known.spf.source, spf_source::border);
  EXPECT_TRUE(v.known.spf.by_helo);
  EXPECT_FALSE(v.known.spf.path_known);
  EXPECT_EQ(v.known.dmarc.code, dmarc::errc::spf_left_out);
  EXPECT_EQ(results_of(v.known).back().reason,
            "no DKIM signature proves the author's domain, and no envelope "
            "sender is recorded; the policy of sender.example is reject");

  // The null reverse-path is known to be empty.
  const judgement w = judge(through("192.0.2.9", "", mail));
  EXPECT_TRUE(w.known.spf.path_known);
  EXPECT_EQ(w.known.dmarc.status, result::fail);
}

TEST_F(checks, a_key_that_is_only_tested_proves_nothing) {
  past.answer.available = true;
  const std::string record = dkim::format_key_record(key);
  const std::string signed_mail =
      *dkim::sign(mail, "sender.example", "gone", key, {}) + mail;
  past.answer.keys = {{.name = "gone._domainkey.sender.example",
                       .text = record + "; t=y",
                       .first = border_seconds - 100,
                       .last = border_seconds - 50}};
  const judgement v =
      judge(through("192.0.2.9", "x@other.example", signed_mail));
  ASSERT_EQ(v.known.dkim.size(), 1U);
  EXPECT_EQ(v.known.dkim[0].status, result::pass);
  EXPECT_TRUE(v.known.dkim[0].testing);
  EXPECT_EQ(v.known.dmarc.status, result::fail);
}

TEST_F(checks, nothing_is_certain_of_an_unknown_provider) {
  const std::string m = through("192.0.2.9", "x@evil.example", mail);
  for (const source& unknown : {source{}, source{.account = "taro%192.0.2.77",
                                          .login = "taro",
                                          .upstream = "192.0.2.77"}}) {
    from = unknown;
    const judgement v = judge(m);
    ASSERT_TRUE(v.known.found_border);
    EXPECT_FALSE(can_accuse(v.known.found_border));
    EXPECT_NE(v.result.what, level::forged);
  }
  limits.providers = {
      {.upstream = "192.0.2.77", .mail_domain = "provider.example"}};
  const judgement v = judge(m);
  EXPECT_TRUE(can_accuse(v.known.found_border));
  EXPECT_EQ(v.result.what, level::forged);
}

TEST_F(checks, a_domain_without_mx_takes_its_own_mail) {
  zone = std::move(
      *dns::parse_zone(std::string(zone_text).insert(1, R"("solo.example":
        {"A": ["198.51.100.1"]},)")));
  from.login = "taro@solo.example";
  from.upstream = "192.0.2.77";
  std::string received = through("192.0.2.9", "x@evil.example", mail);
  received.replace(received.find("by mx.provider.example"), 22,
                   "by solo.example");
  const judgement v = judge(received);
  EXPECT_EQ(format(v.known.spf.asked.ip), "192.0.2.9");
  EXPECT_TRUE(can_accuse(v.known.found_border));
}

TEST_F(checks, a_border_time_to_come_is_now) {
  std::string late = through("192.0.2.1", "hanako@sender.example", mail);
  for (const char* year : {"2027", "9999"}) {
    std::string m = late;
    for (std::size_t at = 0; (at = m.find("2026 11:59:3")) != m.npos;) {
      m.replace(at, 4, year);
    }
    const judgement v = judge(m);
    EXPECT_EQ(v.known.spf.outcome.status, result::pass);
    EXPECT_EQ(v.known.spf.asked.at,
              time_point(std::chrono::seconds(now_seconds)));
  }
}

TEST_F(checks, facts_by_hand_come_before_the_trace) {
  given = {.ip = ip_address::v4({192, 0, 2, 1}),
           .mail_from = "hanako@sender.example",
           .helo = "mail.sender.example"};
  const judgement v = judge(through("192.0.2.9", "x@evil.example", mail));
  EXPECT_FALSE(v.known.found_border);
  EXPECT_EQ(v.known.spf.source, spf_source::given);
  EXPECT_EQ(v.known.spf.outcome.status, result::pass);
  EXPECT_EQ(v.known.dmarc.status, result::pass);
}

TEST_F(checks, the_session_tells_when_the_mail_came) {
  // A Received field of the sender's own makes it look years old.
  std::string old = through("192.0.2.9", "x@evil.example", mail);
  for (std::size_t at = 0; (at = old.find("2026")) != old.npos;)
    old.replace(at, 4, "2016");
  given = {.ip = ip_address::v4({192, 0, 2, 9}),
           .mail_from = "x@evil.example",
           .helo = "mail.evil.example"};
  EXPECT_NE(judge(old).known.received, now_seconds);
  given->received = now_seconds;
  const judgement v = judge(old);
  EXPECT_EQ(v.known.spf.source, spf_source::session);
  EXPECT_EQ(v.known.received, now_seconds);
  EXPECT_EQ(v.result.what, level::forged) << encode(v.result.why);
}

TEST_F(checks, no_border_is_looked_for_without_the_sessions_client) {
  given = {.ip = {},
           .mail_from = "hanako@sender.example",
           .helo = "mail.sender.example",
           .received = now_seconds};
  const judgement v =
      judge(through("192.0.2.1", "hanako@sender.example", mail));
  EXPECT_EQ(v.known.spf.source, spf_source::left_out);
  ASSERT_TRUE(v.known.found_border);
  EXPECT_EQ(v.known.found_border->status, border_status::no_address);
  EXPECT_NE(v.result.what, level::forged);
  EXPECT_NE(v.result.what, level::genuine);
}

TEST_F(checks, the_historic_ones_when_they_are_asked_for) {
  const std::string m = through("192.0.2.1", "hanako@sender.example", mail);
  const judgement without = judge(m);
  EXPECT_FALSE(without.known.senderid);
  EXPECT_FALSE(without.known.adsp);
  EXPECT_FALSE(without.known.iprev);
  limits.senderid = limits.adsp = limits.iprev = true;
  const judgement v = judge(m);
  ASSERT_TRUE(v.known.senderid && v.known.adsp && v.known.iprev);
  EXPECT_EQ(v.known.senderid->status, result::pass);
  EXPECT_EQ(v.known.senderid->address, "hanako@sender.example");
  ASSERT_TRUE(v.known.senderid_mfrom);
  EXPECT_EQ(v.known.senderid_mfrom->status, result::pass);
  EXPECT_EQ(v.known.adsp, historic::adsp_result::none);
  EXPECT_EQ(v.known.iprev->status, result::pass);
  EXPECT_EQ(v.known.iprev->name, "mail.sender.example");
  // A name that does not point back is not the client's.
  const judgement w = judge(through("192.0.2.9", "x@evil.example", mail));
  EXPECT_EQ(w.known.iprev->status, result::fail);
  EXPECT_EQ(w.known.iprev->name, "");
}

TEST_F(checks, results_of_named_ids_above_the_border) {
  const std::string report =
      "Authentication-Results: mx.provider.example;\r\n"
      " spf=pass smtp.mailfrom=hanako@sender.example; dkim=pass"
      " header.d=sender.example\r\n";
  // The provider's inner hop does not say where the mail came from.
  const std::string blind =
      "Received: by store.provider.example with LMTP id 1;"
      " Sat, 21 Nov 2026 11:59:31 +0000\r\n" +
      report +
      "Received: by mx.provider.example with ESMTP id 2;"
      " Sat, 21 Nov 2026 11:59:30 +0000\r\n" +
      report + mail;
  const judgement untold = judge(report + blind);
  EXPECT_TRUE(untold.known.provider.empty());
  EXPECT_EQ(untold.known.spf.source, spf_source::left_out);

  limits.providers = {{.upstream = "*.provider.example",
                       .authserv_ids = {"mx.provider.example"}}};
  const judgement told = judge(report + blind);
  ASSERT_EQ(told.known.provider.size(), 1U);
  EXPECT_EQ(told.known.spf.source, spf_source::reported);
  EXPECT_EQ(told.known.spf.outcome.status, result::pass);
  EXPECT_EQ(told.known.spf.outcome.domain, "sender.example");
  EXPECT_EQ(told.known.spf.reporter, "mx.provider.example");

  const judgement v = judge(through("192.0.2.9", "x@evil.example", blind));
  EXPECT_TRUE(v.known.provider.empty()) << "below the border";

  const judgement above =
      judge(report + through("192.0.2.9", "x@evil.example", mail));
  ASSERT_EQ(above.known.provider.size(), 1U);
  EXPECT_EQ(above.known.provider[0].result.method, "dkim");
  EXPECT_EQ(above.known.spf.source, spf_source::border)
      << "we looked ourselves";
}

/// A mailbox at Microsoft 365, whose hosts write Authentication-Results without
/// an authserv-id.
TEST_F(checks, results_without_an_id_where_the_provider_writes_none) {
  const std::string signed_mail =
      *dkim::sign(mail, "sender.example", "now", key, {}) +
      "Subject: Rewritten by the provider\r\n" + mail;
  const auto zone_with = [&](const std::string& mx) {
    return std::move(*dns::parse_zone(std::string(zone_text).insert(
        1, R"("now._domainkey.sender.example": {"TXT": [")" +
               dkim::format_key_record(key) +
               R"("]}, "m365.example": {"MX": [[10, ")" + mx + R"("]]}, ")" +
               mx + R"(": {"A": ["198.51.100.9"]},)")));
  };
  from = {.account = "taro@m365.example%outlook.office365.com:995",
          .login = "taro@m365.example",
          .upstream = "outlook.office365.com"};
  const std::string store =
      "Received: from A1.namprd19.prod.outlook.com (2603:10b6:208:3f7::14)\r\n"
      " by B1.namprd19.prod.outlook.com with HTTPS;"
      " Sat, 21 Nov 2026 11:59:32 +0000\r\n"
      "Received: from C1.eop-nam12.prod.protection.outlook.com\r\n"
      " (2603:10b6:5:190:cafe::2c) by A1.namprd19.prod.outlook.com\r\n"
      " (2603:10b6:208:3f7::14) with Microsoft SMTP Server id 1;"
      " Sat, 21 Nov 2026 11:59:31 +0000\r\n";
  const std::string door =
      "Received-SPF: Pass (protection.outlook.com: domain of evil.example"
      " designates\r\n 192.0.2.9 as permitted sender)"
      " receiver=protection.outlook.com;\r\n"
      " client-ip=192.0.2.9; helo=mail.evil.example; pr=C\r\n"
      "Received: from mail.evil.example (192.0.2.9) by\r\n"
      " C1.mail.protection.outlook.com (10.13.178.109) with Microsoft SMTP\r\n"
      " Server id 2; Sat, 21 Nov 2026 11:59:30 +0000\r\n"
      "Return-Path: <x@evil.example>\r\n";
  const std::string report =
      "Authentication-Results: spf=pass (sender IP is 192.0.2.9)\r\n"
      " smtp.mailfrom=evil.example; dkim=pass (signature was verified)\r\n"
      " header.d=sender.example;dmarc=pass action=none"
      " header.from=sender.example;compauth=pass reason=100\r\n";
  const std::string path = report.substr(0, report.find("; dkim")) + "\r\n";
  const std::string none =
      "Authentication-Results: dkim=none (message not signed)"
      " header.d=none;dmarc=none\r\n";
  const std::string named = "Authentication-Results: mx.evil.example; " +
                            report.substr(report.find("spf="));

  zone = zone_with("m365-example.mail.protection.outlook.com");
  const judgement v = judge(store + report + door + signed_mail);
  EXPECT_EQ(v.result.what, level::altered) << format(v.result.why);
  EXPECT_EQ(v.result.why.code, "altered-after-report");
  ASSERT_EQ(v.known.provider.size(), 3U);
  EXPECT_EQ(v.known.provider[0].authserv_id, "c1.mail.protection.outlook.com");

  for (const std::string& m : {store + path + door + signed_mail,
                               store + path + door + report + signed_mail,
                               store + named + door + signed_mail,
                               none + store + report + door + signed_mail,
                               store + named + report + door + signed_mail}) {
    const judgement w = judge(m);
    EXPECT_EQ(w.result.what, level::forged) << m;
    EXPECT_EQ(w.result.why.code, "dmarc-fail") << m;
  }
  // Elsewhere nobody knows who writes such fields.
  zone = zone_with("mx.m365.example");
  EXPECT_TRUE(
      judge(store + report + door + signed_mail).known.provider.empty());
}

/// Nobody but the provider can write above a border that proves.
TEST_F(checks, results_of_the_provider_s_domain_above_a_border_that_proves) {
  zone = std::move(*dns::parse_zone(std::string(zone_text).insert(
      1, R"("now._domainkey.sender.example": {"TXT": [")" +
             dkim::format_key_record(key) + R"("]},)")));
  const std::string signed_mail =
      *dkim::sign(mail, "sender.example", "now", key, {}) +
      "Subject: Rewritten by the provider\r\n" + mail;
  const auto report = [](const std::string& id) {
    return "Authentication-Results: " + id +
           ";\r\n dkim=pass header.d=sender.example\r\n";
  };
  const std::string own = report("filter.provider.example");
  const std::string way = through("192.0.2.9", "x@evil.example", signed_mail);
  const judgement v = judge(own + way);
  EXPECT_EQ(v.result.what, level::altered) << format(v.result.why);
  EXPECT_EQ(v.result.why.code, "altered-after-report");
  EXPECT_EQ(v.result.why.fact("reporter"), "filter.provider.example");

  const std::string through_loopback =
      "Received: from localhost (localhost [127.0.0.1])\r\n"
      " by mx.provider.example with ESMTP id 9;"
      " Sat, 21 Nov 2026 11:59:31 +0000\r\n";
  for (const std::string& m :
       {// the sender writes it
        through("192.0.2.9", "x@evil.example", own + signed_mail),
        // or a program on the provider's host
        through_loopback + own + way, own + through_loopback + way,
        // in another's name
        report("mx.evil.example") + way,
        report("provider.example.evil.example") + way,
        // below what somebody else says
        report("mx.evil.example") + own + way}) {
    const judgement w = judge(m);
    EXPECT_EQ(w.result.what, level::forged) << m << format(w.result.why);
    EXPECT_TRUE(w.known.provider.empty()) << m;
  }
}

TEST_F(checks, a_reported_helo_is_nothing_for_dmarc) {
  limits.providers = {{.upstream = "pop.provider.example",
                       .authserv_ids = {"mx.provider.example"}}};
  const judgement v = judge(
      "Authentication-Results: mx.provider.example;"
      " spf=pass smtp.helo=mail.sender.example\r\n"
      "Received: by store.provider.example with LMTP id 1;"
      " Sat, 21 Nov 2026 11:59:31 +0000\r\n" +
      mail);
  EXPECT_EQ(v.known.spf.source, spf_source::reported);
  EXPECT_TRUE(v.known.spf.by_helo);
  EXPECT_FALSE(v.known.dmarc.spf_aligned);
  EXPECT_EQ(v.known.dmarc.code, dmarc::errc::spf_left_out);
}

TEST_F(checks, of_several_authors_history_is_asked_for_none) {
  std::string m = mail;
  m.insert(m.find("Hanako"), "x@sender.example, ");
  judge(m);
  EXPECT_EQ(past.asked.author, "");
  EXPECT_EQ(past.asked.author_domain, "sender.example");
}

TEST_F(checks, history_is_asked_with_the_first_questions) {
  const std::string m =
      *dkim::sign(mail, "sender.example", "gone", key, {}) + mail;
  past.answer.available = true;
  past.answer.keys = {{.name = "gone._domainkey.sender.example",
                       .text = dkim::format_key_record(key),
                       .first = border_seconds - 100,
                       .last = border_seconds - 50}};
  const judgement v = judge(through("192.0.2.1", "hanako@sender.example", m));
  EXPECT_EQ(past.asked.account, from.account);
  EXPECT_EQ(past.asked.author, "hanako@sender.example");
  EXPECT_EQ(past.asked.author_domain, "sender.example");
  EXPECT_EQ(past.asked.key_names,
            std::vector<std::string>{"gone._domainkey.sender.example"});
  ASSERT_EQ(v.known.dkim.size(), 1U);
  EXPECT_EQ(v.known.dkim[0].status, result::pass);
  EXPECT_TRUE(v.known.key_remembered);
  // Without a certain border the key is not used.
  const judgement w = judge(m);
  EXPECT_EQ(w.known.dkim[0].status, result::permerror);
  EXPECT_FALSE(w.known.key_remembered);
}

TEST_F(checks, what_was_added_on_the_way) {
  past.answer.available = true;
  past.answer.keys = {{.name = "gone._domainkey.sender.example",
                       .text = dkim::format_key_record(key),
                       .first = border_seconds - 100,
                       .last = border_seconds - 50}};
  const std::string m =
      *dkim::sign(mail, "sender.example", "gone", key, {}) + mail;
  const judgement whole = judge(through("192.0.2.9", "x@evil.example", m));
  EXPECT_FALSE(whole.known.changed);
  const judgement v = judge(through("192.0.2.9", "x@evil.example",
                                    m + "-- \r\nchecked by a machine\r\n"));
  EXPECT_TRUE(v.known.changed) << "a key of memory is a key";

  past.answer.keys.clear();
  zone = std::move(*dns::parse_zone(
      std::string(zone_text).insert(1, R"("now._domainkey.sender.example":
        {"TXT": [")" + dkim::format_key_record(key) +
                                           R"("]},)")));
  const std::string n =
      *dkim::sign(mail, "sender.example", "now", key, {}) + mail;
  const judgement w = judge(through("192.0.2.9", "x@evil.example",
                                    n + "-- \r\nchecked by a machine\r\n"));
  EXPECT_EQ(w.dkim_check, result::fail);
  ASSERT_TRUE(w.known.changed);
  EXPECT_EQ(w.known.changed->signature, 0U);
  EXPECT_EQ(w.known.changed->steps, std::vector<std::string>{"footer"});
  EXPECT_TRUE(w.known.changed->addition_only);
  EXPECT_EQ(w.known.changed->added.source, "provider:pop.provider.example");
  EXPECT_EQ(w.known.changed->added.account, from.account);
}

/// He signs his own mail, and breaks the signature himself.
TEST_F(checks, what_was_added_to_one_authors_mail_excuses_no_other) {
  zone = std::move(*dns::parse_zone(
      std::string(zone_text).insert(1, R"("now._domainkey.evil.example":
        {"TXT": [")" + dkim::format_key_record(key) +
                                           R"("]},)")));
  for (const std::string_view authors :
       {"From: x@evil.example, Hanako <hanako@sender.example>",
        "From: x@evil.example\r\nFrom: Hanako <hanako@sender.example>",
        "From: <@evil.example:hanako@sender.example> ]"}) {
    std::string m = mail;
    m.replace(0, m.find("\r\n"), authors);
    m = *dkim::sign(m, "evil.example", "now", key, {}) + m + "-- \r\nbye\r\n";
    const judgement v = judge(through("192.0.2.9", "x@evil.example", m));
    EXPECT_EQ(v.result.what, level::forged) << authors;
    EXPECT_EQ(v.result.why.code, "dmarc-fail") << authors;
  }
}

/// Nobody but the author made it, though it proves nothing.
TEST_F(checks, a_signature_that_verifies_keeps_a_mail_from_being_forged) {
  zone = std::move(*dns::parse_zone(
      std::string(zone_text).insert(1, R"("now._domainkey.sender.example":
        {"TXT": [")" + dkim::format_key_record(key) +
                                           R"("]},)")));
  const std::string plain =
      *dkim::sign(mail, "sender.example", "now", key, {}) + mail;
  std::string stray = plain;
  stray.insert(stray.find("Subject:"), "X-Foo bar: x\r\n");
  dkim::sign_options ahead;
  ahead.signed_at = now_seconds + std::int64_t{9} * 3600;
  const std::string early =
      *dkim::sign(mail, "sender.example", "now", key, ahead) + mail;
  for (const std::string& m : {stray, early}) {
    const judgement v = judge(through("192.0.2.9", "x@evil.example", m));
    EXPECT_EQ(v.result.what, level::unverified) << format(v.result.why);
    EXPECT_FALSE(v.proven.signed_by_author);
    // Of what is added behind it the same holds as of other mail.
    const auto with = [&](const std::string& footer) {
      return judge(through("192.0.2.9", "x@evil.example", m + footer))
          .result.why.code;
    };
    EXPECT_EQ(with("!"), "changed-on-the-way");
    EXPECT_EQ(with("See http://evil.example/\r\n"), "dmarc-fail");
  }
}

/// The own address of a second author, while nothing is known of the first.
TEST_F(checks, what_may_prove_one_author_excuses_no_other) {
  zone = std::move(*dns::parse_zone(std::string(zone_text).insert(
      1, R"("x._domainkey.evil.example": {"*": {"error": "TIMEOUT"}},)")));
  past.answer.available = true;
  past.answer.keys = {{.name = "x._domainkey.evil.example",
                       .text = "v=DKIM1",
                       .first = 1,
                       .last = 2}};
  std::string m = mail;
  m.replace(0, m.find("\r\n"), "From: x@evil.example, taro@provider.example");
  m = *dkim::sign(m, "evil.example", "x", key, {}) + m;
  const judgement v = judge(through("192.0.2.8", "x@nobody.example", m));
  EXPECT_EQ(v.result.why.code, "own-address") << format(v.result.why);
}

/// Somebody else's gateway rewrote the links of a mail that DMARC protects.
TEST_F(checks, links_that_a_gateway_rewrote) {
  zone = std::move(*dns::parse_zone(
      std::string(zone_text).insert(1, R"("now._domainkey.sender.example":
        {"TXT": [")" + dkim::format_key_record(key) +
                                           R"("]},)")));
  const std::string original = mail + "Your order: http://a.example/b\r\n";
  const std::string field =
      *dkim::sign(original, "sender.example", "now", key, {});
  const auto with_link = [&](const std::string& link) {
    return judge(through("192.0.2.9", "x@evil.example",
                         field + mail + "Your order: " + link + "\r\n"));
  };
  const std::string tail = "/v3/__http://a.example/b__;!!Org!Sig$";
  const judgement v = with_link("https://urldefense.com" + tail);
  EXPECT_EQ(v.result.what, level::unverified);
  EXPECT_EQ(v.result.why.code, "changed-on-the-way");
  ASSERT_TRUE(v.known.changed);
  EXPECT_EQ(v.known.changed->steps, std::vector<std::string>{"links"});
  EXPECT_EQ(v.known.changed->added_lines, 1U);
  EXPECT_TRUE(v.known.changed->added.links.empty());

  for (const std::string& link :
       {"https://urldefense.example" + tail,
        std::string("https://urldefense.com/v3/__http://evil.example/b__;"
                    "!!Org!Sig$"),
        "https://urldefense.com" + tail + "?u=http://evil.example",
        std::string("http://evil.example/")}) {
    const judgement w = with_link(link);
    EXPECT_EQ(w.result.what, level::forged) << link;
    EXPECT_EQ(w.result.why.code, "dmarc-fail") << link;
    EXPECT_FALSE(w.known.changed) << link;
  }
}

/// Two hosts of the provider in front of its MX host, which no name and no
/// address gives away, and below the sender's field what he likes.
std::string hidden(const std::string& client, const std::string& path,
                   const std::string& below) {
  return "Return-Path: <" + path +
         ">\r\n"
         "Received: from gw7.hidden.example (gw7.hidden.example [203.0.113.7])"
         "\r\n\tby store.hidden.example (Postfix) with ESMTP id 1;"
         " Sat, 21 Nov 2026 11:59:31 +0000\r\n"
         "Received: from mail.sender.example (unknown [" +
         client +
         "])\r\n"
         "\tby gw7.hidden.example (Postfix) with ESMTPS id 2\r\n"
         "\tfor <taro@provider.example>; Sat, 21 Nov 2026 11:59:30 +0000\r\n" +
         below;
}
constexpr const char* hidden_view =
    "public hidden.example by hidden.example smtp\n"
    "border by hidden.example gw";

TEST_F(checks, proven_mail_votes_for_its_border) {
  zone = std::move(*dns::parse_zone(
      std::string(zone_text).insert(1, R"("now._domainkey.sender.example":
        {"TXT": [")" + dkim::format_key_record(key) +
                                           R"("]},)")));
  const std::string m =
      *dkim::sign(mail, "sender.example", "now", key, {}) + mail;
  const auto vote_of = [&](const std::string& whole) {
    return judge(whole).known.learned;
  };
  const auto vote = vote_of(hidden("192.0.2.1", "hanako@sender.example", m));
  ASSERT_TRUE(vote);
  EXPECT_EQ(vote->mx_set, "mx.provider.example\n");
  ASSERT_EQ(vote->vote.places.size(), 2U);
  EXPECT_EQ(vote->vote.places[1].view, hidden_view);
  EXPECT_EQ(vote->vote.places[1].client, "192.0.2.1");
  EXPECT_EQ(vote->vote.organization, "sender.example");
  EXPECT_EQ(vote->vote.authority, "ip4:192.0.2.1");
  EXPECT_EQ(vote->vote.at, now_seconds);
  EXPECT_EQ(past.asked_views.mx_set, "mx.provider.example\n");

  EXPECT_FALSE(vote_of(hidden("192.0.2.1", "hanako@sender.example", mail)))
      << "proven by nothing";
  EXPECT_FALSE(vote_of(hidden("192.0.2.9", "x@evil.example", mail)));
  EXPECT_FALSE(vote_of(hidden("192.0.2.8", "hanako@sender.example", m)))
      << "SPF passes nowhere";
  EXPECT_FALSE(vote_of(through("192.0.2.1", "hanako@sender.example", m)))
      << "a border that is certain without";
  from.account.clear();
  EXPECT_FALSE(vote_of(hidden("192.0.2.1", "hanako@sender.example", m)));
}

TEST_F(checks, a_view_makes_a_border_that_accuses_and_proves_nothing) {
  const std::string honest = hidden("192.0.2.1", "hanako@sender.example", mail);
  const std::string forged = hidden("192.0.2.9", "x@evil.example", mail);
  EXPECT_FALSE(can_accuse(judge(forged).known.found_border));
  EXPECT_EQ(judge(forged).result.what, level::unverified);

  past.answer.available = true;
  past.views = {{.view = hidden_view}};
  const judgement v = judge(forged);
  ASSERT_TRUE(v.known.found_border);
  EXPECT_EQ(format(v.known.found_border->client), "192.0.2.9");
  EXPECT_EQ(v.known.found_border->mail_from, "x@evil.example");
  EXPECT_TRUE(can_accuse(v.known.found_border));
  EXPECT_FALSE(can_prove(v.known.found_border));
  EXPECT_EQ(v.result.what, level::forged);
  EXPECT_EQ(judge(honest).result.what, level::unverified);

  // Who invents the whole trace below his own hop is accused at that hop.
  const std::string imitated =
      hidden("192.0.2.9", "x@evil.example",
             hidden("192.0.2.1", "hanako@sender.example", mail));
  EXPECT_EQ(judge(imitated).result.what, level::forged);
  // One hop more, and nothing fits: no border, and nobody is accused.
  const std::string other =
      "Received: from x (x.other.example [203.0.113.50])\r\n\tby "
      "y.other.example with ESMTP; Sat, 21 Nov 2026 11:59:32 +0000\r\n" +
      forged;
  EXPECT_FALSE(can_accuse(judge(other).known.found_border));
  EXPECT_EQ(judge(other).result.what, level::unverified);
}

// With no hop above that is not the provider's for certain, the view has only
// told which of its hosts strangers reach.
TEST_F(checks, a_view_proves_where_it_names_a_door_alone) {
  std::string m = through("192.0.2.1", "hanako@sender.example", mail);
  const auto at = m.find("by mx.provider.example (Postfix)");
  m.replace(at, 22, "by in3.elsewhere.example");
  EXPECT_EQ(judge(m).known.found_border->status, border_status::no_entry);
  past.answer.available = true;
  past.views = {{.view = "public provider.example by provider.example lmtp\n"
                         "border by elsewhere.example in"}};
  EXPECT_TRUE(can_prove(judge(m).known.found_border));
  EXPECT_EQ(judge(m).result.what, level::new_);
  // By a person's word alone it accuses and proves nothing.
  past.views[0].confirmed = true;
  EXPECT_TRUE(can_accuse(judge(m).known.found_border));
  EXPECT_FALSE(can_prove(judge(m).known.found_border));
  EXPECT_EQ(judge(m).result.what, level::unverified);
}

// A host of the provider by its name, at a door: a relay or a customer of its.
TEST_F(checks, a_view_never_stands_against_what_the_trace_shows) {
  zone = std::move(*dns::parse_zone(std::string(zone_text).insert(
      1, R"("vps.provider.example": {"A": ["192.0.2.77"]},)")));
  std::string m = through("192.0.2.77", "x@evil.example", mail);
  m.replace(m.find("unknown [192.0.2.77]"), 7, "vps.provider.example");
  const auto found = judge(m).known.found_border;
  EXPECT_EQ(found->status, border_status::provider_or_customer);
  past.views = {{.view = "public provider.example by provider.example lmtp\n"
                         "border by provider.example mx"}};
  EXPECT_EQ(judge(m).known.found_border->status,
            border_status::provider_or_customer);
  const std::string certain = through("192.0.2.9", "x@evil.example", mail);
  past.views.clear();
  const auto place = judge(certain).known.found_border;
  past.views = {{.view = "border by provider.example store"}};
  EXPECT_EQ(judge(certain).known.found_border->field, place->field);
}

// A filter in front of the mailbox takes the mail for that domain, and its
// address is no sender's. The login alone does not name the domain.
TEST_F(checks, a_recipient_of_another_domain_makes_the_border_uncertain) {
  const auto with_zone = [&](const char* records) {
    zone =
        std::move(*dns::parse_zone(std::string(zone_text).insert(1, records)));
  };
  std::string m = through("192.0.2.9", "hanako@sender.example", mail);
  EXPECT_EQ(judge(m).result.what, level::forged);
  for (auto at = m.find("for <"); at != m.npos; at = m.find("for <", at + 1))
    m.replace(at, m.find('>', at) - at + 1, "for <taro@office.example>");
  with_zone(R"("office.example": {"MX": [[10, "mx.filter.example"]]},
               "mx.filter.example": {"A": ["192.0.2.9"]},)");
  EXPECT_EQ(judge(m).known.found_border->status, border_status::no_entry);
  EXPECT_EQ(judge(m).result.what, level::unverified);
  // The provider itself takes mail for that domain, too, under another name.
  with_zone(R"("office.example": {"MX": [[10, "in.office.example"]]},
               "in.office.example": {"A": ["198.51.100.1"]},)");
  EXPECT_EQ(judge(m).result.what, level::forged);
  with_zone(R"("office.example": {"MX": {"error": "TIMEOUT"}},)");
  EXPECT_EQ(judge(m).known.found_border->status,
            border_status::dns_unavailable);
}

// Hosts take mail for these, and resolvers answer for some by themselves
// (RFC 6761 6.3), but no other provider's MX host does.
TEST_F(checks, a_recipient_at_a_local_name_leaves_the_border) {
  const std::string forged = through("192.0.2.9", "x@evil.example", mail);
  for (const std::string domain :
       {"localhost", "LocalHost.", "mail", "a.localhost", "office.local",
        "localhost.localdomain", "mx.internal", "a.invalid", "a.home.arpa",
        "[192.0.2.9]", "192.0.2.9"}) {
    SCOPED_TRACE(domain);
    std::string name = domain.ends_with('.') ? "localhost" : domain;
    zone = std::move(*dns::parse_zone(std::string(zone_text).insert(
        1, '"' + name + R"(": {"A": ["127.0.0.1"], "MX": [[10, ")" + name +
               R"("]]},)")));
    std::string m = forged;
    for (auto at = m.find("for <"); at != m.npos; at = m.find("for <", at + 1))
      m.replace(at, m.find('>', at) - at + 1, "for <taro@" + domain + '>');
    EXPECT_EQ(judge(m).result.what, level::forged);
  }
}

// All mail from outside reaches the domain's own host by the gateway that its
// MX names; SPF would hold against every author.
TEST_F(checks, what_a_gateway_hands_over_is_not_from_outside) {
  const auto with_mx = [&](const std::string& mx) {
    std::string text = zone_text;
    const std::string_view old = R"([[10, "mx.provider.example"]])";
    text.replace(text.find(old), old.size(), R"([[10, ")" + mx + R"("]])");
    zone = std::move(
        *dns::parse_zone(text.insert(1, R"("spf.ess.barracudanetworks.com":
                {"TXT": ["v=spf1 ip4:192.0.2.9 -all"]},)")));
  };
  const std::string by_gateway = through("192.0.2.9", "x@evil.example", mail);
  const std::string beside = through("192.0.2.8", "x@evil.example", mail);
  with_mx("mx.provider.example");
  EXPECT_EQ(judge(by_gateway).result.what, level::forged);
  with_mx("d1.ess.barracudanetworks.com");
  const judgement v = judge(by_gateway);
  EXPECT_EQ(v.known.found_border->status, border_status::own_sender);
  EXPECT_EQ(v.result.what, level::unverified);
  EXPECT_EQ(judge(beside).known.found_border->status, border_status::found)
      << "it went round the gateway";
  // Where the domain's own host takes mail in as well, it is the border: whom
  // the gateway lets send may be any of its customers.
  with_mx(R"(mx.provider.example"], [20, "d1.ess.barracudanetworks.com)");
  EXPECT_EQ(judge(by_gateway).result.what, level::forged);
}

TEST_F(checks, a_domain_without_mx_takes_mail_only_where_it_has_an_address) {
  const std::string m = through("192.0.2.9", "hanako@sender.example", mail);
  from.login = "taro@mx.provider.example";
  const auto door = [&](const std::string& records) {
    std::string text = zone_text;
    const std::string_view old = R"({"A": ["198.51.100.1"]})";
    zone = std::move(
        *dns::parse_zone(text.replace(text.find(old), old.size(), records)));
    return judge(m).known.found_border->door;
  };
  EXPECT_EQ(door(R"({"A": ["198.51.100.1"]})"), entry_reason::mx_host);
  EXPECT_NE(door(R"({"TXT": ["x"]})"), entry_reason::mx_host);
}

// Of the provider's own hosts some relay for others. SPF would hold against the
// author what his mail went through.
TEST_F(checks, whom_the_provider_lets_send_for_itself_is_not_outside) {
  const auto with_record = [&](const std::string& records) {
    std::string text = zone_text;
    const std::string at = R"("provider.example": {)";
    text.insert(text.find(at) + at.size(), records + ", ");
    zone = std::move(*dns::parse_zone(text));
  };
  const std::string forged = through("192.0.2.9", "x@evil.example", mail);
  EXPECT_EQ(judge(forged).result.what, level::forged);

  with_record(R"("TXT": ["v=spf1 ip4:192.0.2.9 -all"])");
  judgement v = judge(forged);
  EXPECT_EQ(v.known.found_border->status, border_status::own_sender);
  EXPECT_EQ(v.known.found_border->field, 2U);
  EXPECT_EQ(v.known.found_border->inside.size(), 1U);
  EXPECT_EQ(v.known.spf.source, spf_source::left_out);
  EXPECT_EQ(v.result.what, level::unverified);
  past.views = {{.view = "public provider.example by provider.example lmtp\n"
                         "border by provider.example mx"}};
  EXPECT_EQ(judge(forged).known.found_border->status, border_status::own_sender)
      << "no view stands against it";
  past.views.clear();

  // What the record of somebody else lets send may be anybody's.
  with_record(R"("TXT": ["v=spf1 include:evil.example -all"])");
  EXPECT_EQ(judge(forged).result.what, level::forged);
  with_record(R"("TXT": ["v=spf1 ip4:192.0.2.10 +all"])");
  EXPECT_EQ(judge(forged).result.what, level::forged);

  with_record(R"("TXT": {"error": "TIMEOUT"})");
  v = judge(forged);
  EXPECT_EQ(v.known.found_border->status, border_status::dns_unavailable);
  EXPECT_EQ(v.result.what, level::unverified);
}

TEST_F(checks, no_vote_is_for_whom_the_provider_lets_send) {
  zone = std::move(*dns::parse_zone(
      std::string(zone_text).insert(1, R"("now._domainkey.sender.example":
        {"TXT": [")" + dkim::format_key_record(key) +
                                           R"("]}, "hidden.example":
        {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]},)")));
  const std::string m =
      *dkim::sign(mail, "sender.example", "now", key, {}) + mail;
  const std::string voting = hidden("192.0.2.1", "hanako@sender.example", m);
  EXPECT_TRUE(judge(voting).known.learned);
  limits.providers = {
      {.upstream = from.upstream, .host_domain = "hidden.example"}};
  EXPECT_FALSE(judge(voting).known.learned);
}

// An entry of the table that is wrong or too old would make a border of an
// inner hop.
TEST_F(checks, proven_mail_switches_an_entry_of_the_table_off) {
  zone = std::move(*dns::parse_zone(R"({
    "provider.example": {"MX": [[10, "mx.messagingengine.com"]]},
    "mx.messagingengine.com": {"A": ["198.51.100.1"]},
    "pop.fastmail.com": {"A": ["198.51.100.2"]},
    "messagingengine.com": {"TXT": ["v=spf1 -all"]},
    "now._domainkey.sender.example": {"TXT": [")" +
                                    dkim::format_key_record(key) + R"("]},
    "sender.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]},
    "_dmarc.sender.example": {"TXT": ["v=DMARC1; p=reject"]}})"));
  from.upstream = "pop.fastmail.com";
  const auto trace = [](const std::string& client, const std::string& below) {
    return "Return-Path: <hanako@sender.example>\r\n"
           "Received: from gw.hidden.example (gw.hidden.example [203.0.113.7])"
           "\r\n\tby mx9.messagingengine.com (Postfix) with ESMTP id 1;"
           " Sat, 21 Nov 2026 11:59:31 +0000\r\n"
           "Received: from mail.sender.example (unknown [" +
           client +
           "])\r\n"
           "\tby gw.hidden.example (Postfix) with ESMTPS id 2;"
           " Sat, 21 Nov 2026 11:59:30 +0000\r\n" +
           below;
  };
  const std::string honest = trace("192.0.2.1", mail);
  judgement v = judge(honest);
  EXPECT_EQ(v.known.found_border->table, "Fastmail");
  EXPECT_EQ(format(v.known.found_border->client), "203.0.113.7");
  EXPECT_EQ(v.result.what, level::forged);
  EXPECT_FALSE(v.known.found_border->table_refuted);
  // Proven mail votes there, too.
  const std::string m =
      *dkim::sign(mail, "sender.example", "now", key, {}) + mail;
  const auto vote = judge(trace("192.0.2.1", m)).known.learned;
  ASSERT_TRUE(vote);
  ASSERT_EQ(vote->vote.places.size(), 2U);

  past.answer.available = true;
  past.views = {{.view = vote->vote.places[0].view}};
  EXPECT_FALSE(judge(honest).known.found_border->table_refuted) << "they agree";
  past.views = {{.view = vote->vote.places[1].view}};
  v = judge(honest);
  EXPECT_TRUE(v.known.found_border->table_refuted);
  EXPECT_EQ(v.known.found_border->table, "");
  EXPECT_TRUE(v.known.found_border->by_view);
  EXPECT_EQ(format(v.known.found_border->client), "192.0.2.1");
  EXPECT_EQ(v.result.what, level::unverified);
  // Others' mails came in where the table has it: the way goes on at a
  // forwarder, or was invented.
  past.views[0].above = 3;
  EXPECT_EQ(judge(honest).known.found_border->table, "Fastmail");
  past.views[0].above = 0;
  past.views[0].confirmed = true;
  EXPECT_EQ(judge(honest).known.found_border->table, "Fastmail")
      << "by mails, not by a person's word";
}

TEST_F(checks, a_key_that_cannot_be_had_for_now) {
  zone = std::move(*dns::parse_zone(
      std::string(zone_text).insert(1, R"("sel._domainkey.sender.example":
        {"*": {"error": "TIMEOUT"}}, "sel._domainkey.evil.example":
        {"*": {"error": "TIMEOUT"}},)")));
  const std::string m =
      *dkim::sign(mail, "sender.example", "sel", key, {}) + mail;
  const std::string signed_twice =
      *dkim::sign(m, "evil.example", "sel", key, {}) + m;
  const std::string arrived =
      through("192.0.2.9", "x@evil.example", signed_twice);
  const judgement made_up = judge(arrived);
  EXPECT_EQ(made_up.known.dmarc.status, result::fail);
  EXPECT_EQ(made_up.result.what, level::forged)
      << "a selector that nobody has seen excuses nothing";

  past.answer.keys = {{.name = "sel._domainkey.sender.example",
                       .text = "v=DKIM1",
                       .first = 1,
                       .last = 2}};
  const judgement v = judge(arrived);
  EXPECT_EQ(v.dkim_check, result::none);
  EXPECT_EQ(v.known.dmarc.status, result::temperror);
  EXPECT_NE(v.result.what, level::forged);
  const later_answers& later = v.later;
  ASSERT_EQ(later.open.signatures.size(), 1U);
  EXPECT_EQ(later.open.signatures[0].kept.claims.domain, "sender.example")
      << "another's signature decides nothing";
  EXPECT_TRUE(later.open.signatures[0].excuses.any());
  ASSERT_EQ(later.cases.size(), 3U);
  EXPECT_EQ(later.answers[later.cases[0]].said.what, level::new_);
  EXPECT_EQ(later.answers[later.cases[1]].said.what, level::forged);
}

TEST_F(checks, a_key_that_the_zone_gives_to_another_who_does_not_answer) {
  const std::string m =
      *dkim::sign(mail, "sender.example", "new", key, {}) + mail;
  const std::string arrived = through("192.0.2.9", "x@evil.example", m);
  for (const bool is_elsewhere : {false, true}) {
    const std::string host =
        is_elsewhere ? "keys.service.test" : "keys.sender.example";
    zone = std::move(*dns::parse_zone(std::string(zone_text).insert(
        1, fmt::format(R"("new._domainkey.sender.example": {{"CNAME": ["{0}"]}},
                          "{0}": {{"*": {{"error": "TIMEOUT"}}}},)",
                       host))));
    const judgement v = judge(arrived);
    EXPECT_EQ(v.result.what == level::forged, !is_elsewhere)
        << format(v.result.why);
  }
}

TEST_F(checks, dmarc_is_evaluated_for_every_author_that_clients_might_show) {
  for (const char* from :
       {"<a@evil.example>, <b@sender.example>", "a@sender.example Word",
        "a@\"sender.example\"", "<a@sender.example;b@evil.example>",
        "=?utf-8?Q?a=40sender.example?=", "\"a@sender.example\"",
        "a@evil.example\r\nfrom : b@sender.example",
        "a@evil.example\r\nX: y\rFrom: b@sender.example"}) {
    std::string m = mail;
    const std::size_t at = m.find("From:") + 5;
    m.replace(at, m.find("\r\n", at) - at, std::string(" ") + from);
    const judgement v = judge(through("192.0.2.9", "x@evil.example", m));
    EXPECT_EQ(v.result.what, level::forged) << from << format(v.result.why);
    EXPECT_EQ(v.result.why.fact("author"), "sender.example") << from;
  }
}

TEST_F(checks, what_a_sender_makes_us_ask_takes_no_answer_about_his_authors) {
  std::string text(zone_text);
  text.resize(text.rfind('}'));
  std::string record = "v=spf1";
  for (int i = 0; i < 9; ++i) {
    const std::string name = fmt::format("i{}.long.example", i);
    record += " mx:";
    record += name;
    std::string hosts;
    for (int j = 0; j < 10; ++j) {
      const std::string host = fmt::format("h{}.{}", j, name);
      hosts += fmt::format(R"({}[10, "{}"])", j == 0 ? "" : ", ", host);
      text += fmt::format(R"(, "{}": {{"A": ["203.0.113.77"]}})", host);
    }
    text += fmt::format(R"(, "{}": {{"MX": [{}]}})", name, hosts);
  }
  text += R"(, "long.example": {"TXT": [")" + record + R"( -all"]}})";
  zone = std::move(*dns::parse_zone(text));

  std::string authors = "From: x@a.b.c.d.e.sender.example";
  for (int i = 0; i < 6; ++i) {
    authors += fmt::format(", x@l{0}.a.b.c.evil{0}.t{0}", i);
  }
  const judgement v = judge(through("192.0.2.66", "x@long.example",
                                    authors + "\r\nSubject: a\r\n\r\nb\r\n"));
  EXPECT_EQ(v.known.header.author_domains.size(), 7U);
  EXPECT_EQ(v.known.dmarc.status, result::fail);
  EXPECT_EQ(v.known.dmarc.accuses, dmarc::policy::reject);
}

TEST_F(checks, dmarc_accuses_only_where_both_of_its_rfcs_fail) {
  zone = std::move(*dns::parse_zone(std::string(zone_text).insert(
      1,
      R"("_dmarc.dept.sender.example": {"TXT": ["v=DMARC1; p=reject; psd=n"]},
        "sel._domainkey.sender.example": {"TXT": [")" +
          dkim::format_key_record(key) + R"("]},)")));
  std::string m = mail;
  m.replace(m.find("@sender.example"), 15, "@dept.sender.example");
  const judgement unsigned_mail =
      judge(through("192.0.2.9", "x@evil.example", m));
  EXPECT_EQ(unsigned_mail.result.what, level::forged);
  m = *dkim::sign(m, "sender.example", "sel", key, {}) + m;
  const judgement v = judge(through("192.0.2.9", "x@evil.example", m));
  EXPECT_EQ(v.known.dmarc.status, result::fail);
  ASSERT_TRUE(v.known.dmarc.other);
  EXPECT_EQ(v.known.dmarc.other->status, result::pass);
  EXPECT_EQ(v.result.what, level::unverified) << format(v.result.why);
}

TEST_F(checks, a_header_over_its_limits_excuses_nothing) {
  std::string m = mail;
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += "a:\r\n";
  m.insert(m.find("\r\n\r\n") + 2, many);
  const judgement v = judge(through("192.0.2.9", "x@evil.example", m), 30'000);
  EXPECT_EQ(format(v.result.why).substr(0, 11), "dmarc-fail ");
  const judgement w =
      judge(through("192.0.2.1", "hanako@sender.example", m), 30'000);
  EXPECT_EQ(w.result.why.code, "header-too-long");
}

TEST_F(checks, an_author_behind_a_header_over_its_limits_is_seen) {
  std::string m = mail;
  m.insert(m.find("From:"), "X: " + std::string(5'000, 'a') + "\r\n");
  m = through("192.0.2.9", "x@evil.example", m);
  const std::size_t from = m.find("From:");
  // Behind the field that does not fit, within the author's, at its end.
  for (const std::size_t limit : {from - 1'000, from, from + 9, from + 40}) {
    limits.header.octets = limit;
    for (const std::size_t piece : {std::size_t{1}, limit, limit + 1, m.size()})
      EXPECT_EQ(format(judge(m, piece).result.why).substr(0, 11), "dmarc-fail ")
          << limit << ' ' << piece;
  }
}

TEST_F(checks, deceptions_are_looked_for) {
  std::string like = mail;
  like.replace(like.find("sender.example"), 14, "sample-bamk.example");
  const judgement v = judge(through("192.0.2.9", "x@evil.example", like));
  ASSERT_EQ(v.known.findings.size(), 1U);
  EXPECT_EQ(v.known.findings[0].what, finding::kind::one_edit);
  EXPECT_EQ(v.known.findings[0].like, "sample-bank.example");

  std::string own = mail;
  own.replace(own.find("hanako@sender.example"), 21, "taro@provider.example");
  const judgement w = judge(through("192.0.2.9", "x@evil.example", own));
  ASSERT_EQ(w.known.findings.size(), 1U);
  EXPECT_EQ(w.known.findings[0].what, finding::kind::own_address);
  EXPECT_TRUE(judge(own).known.findings.empty())
      << "it never came from outside";
}

TEST_F(checks, digest_names_the_mail) {
  const std::string a = judge(mail).digest;
  EXPECT_EQ(a.size(), 32U);
  // SHA-256 of the header and the body's relaxed hash, by Python's hashlib.
  EXPECT_EQ(a, "08cbcd7f7530a65ebcd2000d97461c6b");
  EXPECT_EQ(judge(mail, 1).digest, a);
  EXPECT_NE(judge(mail + "x\r\n").digest, a);
  EXPECT_NE(judge("X: y\r\n" + mail).digest, a);
}

TEST_F(checks, an_evaluation_may_go_before_its_look_ups) {
  asio::io_context io;
  const manual_clock clock{time_point(std::chrono::seconds(now_seconds))};
  dkim::key_cache keys;
  services with{.resolver = *zone, .keys = keys, .clock = clock};
  with.start = [&io](asio::awaitable<void> work) {
    asio::co_spawn(io, std::move(work),
                   [](const std::exception_ptr& e) { EXPECT_EQ(e, nullptr); });
  };
  {
    evaluation dropped(limits, with, from);
    dropped.write(through("192.0.2.1", "hanako@sender.example", mail));
  }
  io.run();
}

}  // namespace
}  // namespace mekiki::verdict

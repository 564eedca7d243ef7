// What the sender wrote, as octets: a forgery stays forged whatever stands in
// envelope, HELO, From, other fields and signatures, and an honest mail is
// never accused for the same. situations_test has the same of facts.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "auth/dkim/sign.hpp"
#include "base/test_paths.hpp"
#include "crypto/private_key.hpp"
#include "verdict/test_from_fields.hpp"
#include "verdict/test_post.hpp"
#include "verdict/test_results.hpp"

namespace mekiki::verdict {
namespace {

using test::post;

std::string replaced(std::string text, std::string_view word,
                     std::string_view by) {
  for (auto at = text.find(word); at != text.npos;
       at = text.find(word, at + by.size()))
    text.replace(at, word.size(), by);
  return text;
}

/// What a mail is made of; each is a text of the sender's.
struct letter {
  /// CLIENT is its host's address, NAME its HELO, PATH and RCPT the envelope.
  std::string trace =
      "Return-Path: PATH\r\n"
      "Received: from NAME (unknown [CLIENT])\r\n"
      "\tby mx.provider.example (Postfix) with ESMTPS id 2\r\n"
      "\tfor RCPT; Sat, 21 Nov 2026 11:59:30 +0000\r\n";
  std::string path;
  std::string helo = "host.sender.example";
  std::string client;
  std::string recipient = "<taro@provider.example>";
  std::string from = "<USER@DOMAIN>";
  std::string more;       // fields
  std::string signature;  // of another, or of nobody
  std::string subject = "hello";

  std::string fields() const {
    return more + "From: " +
           replaced(replaced(from, "USER", "info"), "DOMAIN", "bank.example") +
           "\r\nTo: taro@provider.example\r\nSubject: " + subject +
           "\r\nDate: Sat, 21 Nov 2026 11:59:00 +0000\r\n"
           "Message-ID: <1@bank.example>\r\nContent-Type: text/plain\r\n";
  }
  std::string text() const { return fields() + "\r\nHello\r\n"; }

  std::string under_trace(const std::string& mail) const {
    std::string out = replaced(trace, "PATH", path);
    out = replaced(std::move(out), "CLIENT", client);
    out = replaced(std::move(out), "NAME", helo);
    return replaced(std::move(out), "RCPT", recipient) + signature + mail;
  }
};

struct mutation {
  std::string name;
  std::function<void(letter&)> apply;
};
using mutations = std::vector<mutation>;

/// On one line.
std::string shown(const std::string& text) {
  return replaced(replaced(text, "\r\n", "\\n"), "\t", " ");
}

mutations texts(std::string letter::*part,
                const std::vector<std::string>& all) {
  mutations out;
  for (const std::string& text : all) {
    out.push_back({shown(text), [part, text](letter& l) { l.*part = text; }});
  }
  return out;
}

/// As servers write down what a client said.
mutations traces() {
  return texts(
      &letter::trace,
      {"Return-Path: PATH\r\n"
       "Received: from [CLIENT] (helo=NAME)\r\n"
       "\tby mx.provider.example with esmtps (TLS1.3) (Exim 4.96)\r\n"
       "\t(envelope-from PATH)\r\n\tid 1abc-2d-3e for RCPT;\r\n"
       "\tSat, 21 Nov 2026 11:59:30 +0000\r\n",
       "Return-Path: PATH\r\n"
       "Received: from NAME (host.test [CLIENT] (may be forged))\r\n"
       "\tby mx.provider.example (8.17.1/8.17.1) with ESMTP id 4AL\r\n"
       "\tfor RCPT; Sat, 21 Nov 2026 11:59:30 GMT\r\n",
       "Return-Path: PATH\r\n"
       "Received: from unknown (HELO NAME) (CLIENT)\r\n"
       "  by mx.provider.example with SMTP; 21 Nov 2026 11:59:30 -0000\r\n"});
}

mutations recipients() {
  return texts(&letter::recipient,
               {"<\"taro+(\"@provider.example>",
                "<\"taro; Mon, 1 Jan 2001 00:00:00 +0000\"@provider.example>",
                "<\"taro)\"@provider.example>",
                "<\"by mx.evil.example\"@provider.example>"});
}

/// Postfix, sendmail and qmail leave out or replace what has a meaning in a
/// Received field; others refuse such a HELO.
mutations helos() {
  return texts(&letter::helo,
               {"[192.0.2.1]", "localhost", "mail.bank.example",
                "mx.provider.example", "pop.provider.example", "192.0.2.1",
                "a?b", "x??mail.bank.example??192.0.2.1??", "xn--", "by",
                "mail.bank.example.", "-", "a..b"});
}

/// Who names another beside himself may be taken for him.
mutations from_fields(bool name_others) {
  std::vector<std::string> all;
  for (const std::string text : test::from_fields) {
    if (name_others || text.find("evil.example") == text.npos)
      all.push_back(text);
  }
  return texts(&letter::from, all);
}

std::string arc_set(const std::string& domain, const std::string& chain) {
  const std::string signer = "; a=ed25519-sha256; d=" + domain + "; s=s;";
  return "ARC-Seal: i=1; cv=" + chain + signer +
         " b=AA==\r\n"
         "ARC-Message-Signature: i=1" +
         signer +
         "\r\n h=from; bh=AA==; b=AA==\r\n"
         "ARC-Authentication-Results: i=1; mx." +
         domain + "; dmarc=pass\r\n header.from=bank.example\r\n";
}

mutations extra_fields() {
  return texts(
      &letter::more,
      {"List-Id: <dev.evil.example>\r\n", "List-Id: <dev.lists.example>\r\n",
       "Reply-To: x@evil.example\r\n", "Sender: x@evil.example\r\n",
       "Return-Path: <info@bank.example>\r\n",
       "Received: from mail.bank.example (mail.bank.example [192.0.2.1])\r\n"
       "\tby relay.bank.example (Postfix) with ESMTPS id 3;\r\n"
       "\tSat, 21 Nov 2026 11:58:30 +0000\r\n",
       "Received: from mail.bank.example (mail.bank.example [192.0.2.1])\r\n"
       "\tby mx.provider.example (Postfix) with ESMTPS id 3;\r\n"
       "\tSat, 21 Nov 2026 11:59:29 +0000\r\n",
       "Authentication-Results: mx.provider.example; dkim=pass\r\n"
       " header.d=bank.example; dmarc=pass header.from=bank.example\r\n",
       arc_set("slow.example", "none"), arc_set("gw.example", "none"),
       arc_set("gw.example", "fail"),
       "X-Mekiki-Verdict: genuine\r\nX-DKIM-Check: pass\r\n"});
}

std::string signature_of(std::string_view domain, std::string_view selector) {
  return "DKIM-Signature: v=1; a=ed25519-sha256; d=" + std::string(domain) +
         "; s=" + std::string(selector) +
         ";\r\n h=from:subject; "
         "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;"
         "\r\n b=AAAA\r\n";
}

mutations signatures() {
  return texts(
      &letter::signature,
      {signature_of("slow.example", "s"),
       signature_of("lame.bank.example", "s"),
       signature_of("bank.example", "made.up"),
       signature_of("bank.example", "none"), signature_of("bank.example", "s"),
       signature_of("gw.example", "s"), signature_of("lists.example", "s"),
       signature_of("lists.example", "new"),
       "DKIM-Signature: v=1; d=bank.example\r\n"});
}

/// Of the attacker; of the sender at `domain`.
mutations paths(const std::string& domain) {
  std::vector<std::string> all;
  for (const char* text :
       {"<\"a>b\"@D>", "<\"a b\"@D>", "<\"a@b\"@D>", "<\"a(b\"@D>",
        "<@a.example,@b.example:x@D>", "x@D", "<x@D> (comment)", "< x@D >",
        "<x..y@D>", "<x.@D>", "<X@D.>", "<\"\"@D>", "<x=y+z@D>"})
    all.push_back(replaced(text, "D", domain));
  return texts(&letter::path, all);
}

mutations paths_elsewhere() {
  return texts(
      &letter::path,
      {"<>", "<MAILER-DAEMON>", "<x@lame.bank.example>", "<x@slow.example>",
       "<x@none.bank.example>", "<info@bank.example>", "<x@[192.0.2.9]>",
       "<\"info@bank.example\"@evil.example>", "<x@bank.example@evil.example>",
       "<x@no-such-name.test>", "<x@greedy.example>"});
}

mutations operator+(mutations a, const mutations& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Calls `check` with `start` under each mutation, and under each pair of two
/// kinds.
std::size_t for_mutants(
    const letter& start, const std::vector<mutations>& kinds,
    const std::function<void(const std::string& name, const letter&)>& check) {
  std::size_t made = 0;
  const auto run = [&](const std::vector<const mutation*>& all) {
    letter one = start;
    std::string name;
    for (const mutation* m : all) {
      m->apply(one);
      name += " + " + m->name;
    }
    ++made;
    check(name, one);
  };
  run({});
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    for (const mutation& a : kinds[i]) {
      run({&a});
#ifndef MEKIKI_SANITIZED
      for (std::size_t j = i + 1; j < kinds.size(); ++j) {
        for (const mutation& b : kinds[j]) run({&a, &b});
      }
#endif
    }
  }
  return made;
}

/// Says so of the first twenty.
class failures {
 public:
  /// Whatever the verdict is, the results agree.
  void check_results(const std::string& name, const judgement& j) {
    const std::string wrong = test::contradiction_in(j.results);
    if (!wrong.empty() && ++number_ <= 20)
      ADD_FAILURE() << name << ": " << wrong;
  }

  void note(const std::string& name, const judgement& j,
            const std::string& mail) {
    if (++number_ <= 20) {
      ADD_FAILURE() << name << " is: " << to_string(j.result.what) << ' '
                    << format(j.result.why) << "; border "
                    << way_of(j.known.found_border) << '\n'
                    << mail;
    }
  }
  ~failures() { EXPECT_EQ(number_, 0); }

 private:
  int number_ = 0;
};

letter by_attacker() {
  letter out;
  out.path = "<x@evil.example>";
  out.client = "192.0.2.9";
  return out;
}

letter by_bank() {
  letter out;
  out.path = "<info@bank.example>";
  out.client = "192.0.2.1";
  return out;
}

TEST(what_he_wrote, excuses_no_forger) {
  post office;
  failures all;
  const std::size_t made = for_mutants(
      by_attacker(),
      {traces(), paths("evil.example") + paths_elsewhere(), recipients(),
       helos(), from_fields(true), extra_fields(), signatures()},
      [&](const std::string& name, const letter& l) {
        const std::string mail = l.under_trace(l.text());
        const judgement j = office.judge(mail);
        all.check_results("forged" + name, j);
        if (j.result.what != level::forged)
          all.note("forged" + name, j, mail);
      });
#ifdef MEKIKI_SANITIZED
  EXPECT_GE(made, 70U);
#else
  EXPECT_GE(made, 2'000U);
#endif
}

std::string signed_by_bank(const std::string& mail) {
  std::ifstream in(std::string(test_paths::testdata) + "/dkim/ed25519.pem");
  static const auto key = crypto::private_key::parse(
      std::string(std::istreambuf_iterator<char>(in), {}));
  dkim::sign_options how;
  how.signed_at = post::now - 60;
  return *dkim::sign(mail, "bank.example", "s", *key, how) + mail;
}

/// Whatever `mail_of` makes of the mutants of `start` is not called forged.
template <class MailOf>
void expect_honest(const char* what, const letter& start,
                   const std::vector<mutations>& kinds, MailOf mail_of) {
  post office;
  failures all;
  for_mutants(start, kinds, [&](const std::string& name, const letter& l) {
    const std::string mail = l.under_trace(mail_of(l.text()));
    const judgement j = office.judge(mail);
    all.check_results(what + name, j);
    if (j.result.what == level::forged)
      all.note(what + name, j, mail);
  });
}

TEST(what_he_wrote, accuses_nobody_who_signs) {
  letter start = by_bank();
  start.client = "192.0.2.9";
  expect_honest(
      "signed", start,
      {traces(), paths("evil.example") + paths_elsewhere(), recipients(),
       helos(), from_fields(false), extra_fields(), signatures()},
      signed_by_bank);
}

TEST(what_he_wrote, accuses_nobody_who_sends_from_his_host) {
  expect_honest("sent", by_bank(),
                {traces(), paths("bank.example"), recipients(), helos(),
                 from_fields(false), extra_fields(), signatures()},
                [](std::string text) { return text; });
}

/// Signed, then changed on the way: what is in front of the subject can be
/// taken away again.
TEST(what_he_wrote, accuses_nobody_whose_signature_is_undone) {
  letter start = by_bank();
  start.client = "192.0.2.9";
  start.path = "<x@evil.example>";
  expect_honest("undone", start,
                {traces(), recipients(), helos(), from_fields(false),
                 extra_fields(), signatures()},
                [](const std::string& text) {
                  return replaced(signed_by_bank(text), "Subject: hello",
                                  "Subject: [list] hello");
                });
}

}  // namespace
}  // namespace mekiki::verdict

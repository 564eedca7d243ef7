#include "cli/story_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/arc/errc.hpp"
#include "auth/dkim/errc.hpp"
#include "cli/story.hpp"
#include "cli/terminal.hpp"
#include "store/mail_event.hpp"

namespace mekiki::cli {
namespace {

using notify::language;
using testing::HasSubstr;
using testing::Not;

const std::string header =
    "Return-Path: <bounce@example.jp>\r\n"
    "Received: from mx.home.test (mx.home.test [192.0.2.9])\r\n"
    "\tby store.home.test with ESMTP id 0; Sat, 21 Nov 2026 12:00:01 +0000\r\n"
    "Received: from mail.example.jp (mail.example.jp [192.0.2.1])\r\n"
    "\tby mx.home.test with ESMTPS id 1; Sat, 21 Nov 2026 12:00:00 +0000\r\n"
    "Received: from old ([198.51.100.7]) by mail.example.jp with ESMTP;\r\n"
    "\tSat, 21 Nov 2026 11:58:00 +0000\r\n"
    "DomainKey-Signature: d=old.example; s=k; b=x\r\n"
    "From: Hanako <hanako@example.jp>\r\n\r\n";

/// Something in each part of the story, and no member as it is by default.
verdict::facts rich_facts() {
  verdict::facts f;
  f.header = verdict::read_header_facts(message::parse_header(header));
  f.header.list_id = "users.lists.example.jp";
  f.history.available = true;
  f.history.pairs = {{"example.jp", {30, 20, 1'700'000'000, 1'790'000'000}},
                     {"spf:example.jp", {1, 1, 1'790'000'000, 1'790'000'000}}};
  f.history.habits.proven = {30, 20, 1'700'000'000, 1'790'000'000};
  f.history.habits.unproven = {1, 1, 1'790'000'000, 1'790'000'000};
  f.history.list_signers = {
      {"lists.example.jp", {2, 2, 1'780'000'000, 1'790'000'000}}};
  f.found_border.emplace().status = verdict::border_status::found;
  f.found_border->field = 2;
  f.found_border->inside = {{1, verdict::inside_by::view}};
  f.found_border->door = verdict::entry_reason::table;
  f.found_border->table = "Example Mail";
  f.found_border->table_refuted = true;
  f.found_border->time = 1'795'262'400;
  f.found_border->mail_from = "";
  f.found_border->mail_from_field = 0;
  f.found_border->by_domain_only = true;
  f.found_border->provider_unknown = true;
  f.spf.source = verdict::spf_source::border;
  f.spf.asked.ip = *parse_ip_address("2001:db8::1");
  f.spf.asked.helo = "mail.example.jp";
  f.spf.by_helo = true;
  f.spf.outcome.status = auth::result::softfail;
  f.spf.outcome.reason = "no";
  f.spf.outcome.domain = "example.jp";
  f.spf.outcome.explanation = "see us";
  dkim::signature_result& s = f.dkim.emplace_back();
  s.status = auth::result::fail;
  s.code = dkim::errc::body_hash;
  s.reason = "the body was changed";
  s.domain = "example.jp";
  s.selector = "s1";
  s.identity = "@example.jp";
  s.algorithm = "rsa-sha256";
  s.signed_fields = {"from", "subject"};
  s.body_octets = 100;
  s.body_covered = 40;
  s.partial = true;
  s.signed_at = 1'795'262'300;
  s.expires_at = 0;
  s.key_bits = 2048;
  s.testing = s.authentic_key = true;
  f.key_remembered = true;
  verdict::change& c = f.changed.emplace();
  c.steps = {"footer", "subject-prefix"};
  c.added.links = {"links.example"};
  c.learned.learned = true;
  f.arc.status = auth::result::pass;
  f.arc.code = arc::errc::ok;
  f.arc.reason = "the ARC chain is unbroken";
  f.arc.oldest_pass = 0;
  arc::instance_result& i = f.arc.instances.emplace_back();
  i.domain = "lists.example.jp";
  i.sealed_at = 1'795'262'310;
  i.seal = dkim::errc::ok;
  i.authentication_results = "lists.example.jp; dkim=pass";
  f.arc.instances.emplace_back().message = dkim::errc::signature;
  f.dmarc.status = auth::result::fail;
  f.dmarc.reason = "nothing belongs to it";
  f.dmarc.rules = dmarc::spec::rfc7489;
  f.dmarc.author_domain = "example.jp";
  f.dmarc.policy_domain = f.dmarc.org_domain = "example.jp";
  f.dmarc.record = "v=DMARC1; p=reject";
  f.dmarc.asked = dmarc::policy::reject;
  f.dmarc.disposition = dmarc::policy::quarantine;
  f.dmarc.spf_aligned = true;
  f.dmarc.other = {.rules = dmarc::spec::rfc9989,
                   .status = auth::result::none,
                   .asked = dmarc::policy::none};
  f.senderid = {.status = auth::result::neutral,
                .reason = "says nothing",
                .field = "from",
                .address = "hanako@example.jp"};
  f.adsp = historic::adsp_result::discard;
  f.iprev = {.status = auth::result::permerror,
             .client = *parse_ip_address("192.0.2.1"),
             .name = "x.example"};
  verdict::reported& r = f.provider.emplace_back();
  r.authserv_id = "mx.home.test";
  r.result.method = "dmarc";
  r.result.result = "pass";
  r.result.properties = {{"header", "from", "example.jp"}};
  f.findings = {
      {verdict::finding::kind::confusable, "exampIe.jp", "example.jp"},
      {verdict::finding::kind::bidi, "abc", ""}};
  return f;
}

verdict::judgement rich() { return verdict::judge(rich_facts(), "abcd", {}); }

store::mail_detail kept(const verdict::judgement& j) {
  store::mail_detail m;
  m.results = store::kept_results_of(j.results);
  m.header = header;
  m.story = pack_story(j, "mx.home.test");
  return m;
}

std::string told_now(const verdict::judgement& j, language in) {
  explained_mail mail;
  mail.header = header;
  mail.verdict = j;
  mail.authserv_id = "mx.home.test";
  return without_colours(story(mail, in));
}

TEST(kept_story, tells_what_was_told_when_the_mail_came) {
  verdict::judgement other = rich();
  other.known.spf = {};
  other.known.spf.source = verdict::spf_source::reported;
  other.known.spf.reporter = "mx.home.test";
  other.known.found_border->status = verdict::border_status::submitted;
  other.known.arc.oldest_pass = 2;
  other.known.adsp.reset();
  other.known.iprev.reset();
  other.known.senderid.reset();
  other.known.changed.reset();
  const verdict::judgement bare = verdict::judge({}, "00", {});
  for (const verdict::judgement& j :
       {rich(), other, bare, verdict::undecided("no-room")}) {
    for (const language in : {language::english, language::japanese})
      EXPECT_EQ(kept_story(kept(j), in), told_now(j, in));
  }
}

TEST(kept_story, tells_of_each_field_why_it_counted) {
  const store::mail_detail m = kept(rich());
  const std::string english = kept_story(m, language::english);
  EXPECT_THAT(english, HasSubstr("^ inside: earlier mails, each proven, came "
                                 "through such a host"));
  EXPECT_THAT(english, HasSubstr("the built-in table of providers lists this "
                                 "host: Example Mail"));
  EXPECT_THAT(english,
              HasSubstr("the built-in table of providers is not used"));
  const std::string japanese = kept_story(m, language::japanese);
  EXPECT_THAT(japanese, HasSubstr("^ 内部："));
  EXPECT_THAT(japanese, Not(HasSubstr("inside")));
}

// An earlier version kept the sender without the field, and SPF was checked for
// it.
TEST(kept_story, tells_the_envelope_sender) {
  verdict::judgement j = rich();
  j.known.found_border->mail_from = "taro@example.jp";
  const std::string said = kept_story(kept(j), language::english);
  EXPECT_THAT(said, HasSubstr("envelope sender: <taro@example.jp>, by the "
                              "field "));
  j.known.found_border->mail_from_field.reset();
  const std::string before = kept_story(kept(j), language::english);
  EXPECT_THAT(before, HasSubstr("envelope sender: <taro@example.jp>\n"));
  EXPECT_THAT(before, Not(HasSubstr("not recorded for sure")));
  j.known.found_border->mail_from_field = 1'000;
  EXPECT_THAT(kept_story(kept(j), language::english),
              HasSubstr("envelope sender: <taro@example.jp>\n"));
}

TEST(kept_story, tells_what_helps_where_the_border_is_not_known) {
  using verdict::border_status;
  const auto story_of = [](border_status s, language in) {
    verdict::judgement j = rich();
    j.known.found_border->status = s;
    return kept_story(kept(j), in);
  };
  const auto advice = HasSubstr("`mekiki provider learn --account ");
  for (const language in : {language::english, language::japanese}) {
    EXPECT_THAT(story_of(border_status::no_entry, in), advice);
    EXPECT_THAT(story_of(border_status::own_sender, in), advice);
    // Fetched by POP3, say.
    EXPECT_THAT(story_of(border_status::not_smtp, in), advice);
    EXPECT_THAT(story_of(border_status::found, in), Not(advice));
    EXPECT_THAT(story_of(border_status::submitted, in), Not(advice));
  }
  EXPECT_THAT(story_of(border_status::no_entry, language::japanese),
              HasSubstr("対処："));
  verdict::judgement nowhere = rich();
  nowhere.known.found_border->status = border_status::no_outside_hop;
  nowhere.known.found_border->field.reset();
  EXPECT_THAT(kept_story(kept(nowhere), language::english), advice);
}

TEST(kept_story, says_of_each_finding_what_it_is) {
  using kind = verdict::finding::kind;
  const auto told = [](kind what, verdict::level said, language in) {
    verdict::judgement j = rich();
    j.known.findings = {{what, "seen.example", "like.example"}};
    j.result.what = said;
    return kept_story(kept(j), in);
  };
  const auto english = [&](kind what) {
    return told(what, verdict::level::unverified, language::english);
  };
  EXPECT_THAT(
      english(kind::one_edit),
      HasSubstr("\n  What may deceive the eye\n    seen.example differs "
                "from like.example by one slip of a letter\n"));
  EXPECT_THAT(
      told(kind::one_edit, verdict::level::unverified, language::japanese),
      HasSubstr("seen.example は like.example と 1 か所だけ違います"));
  for (int k = 0; k <= static_cast<int>(kind::reply_elsewhere); ++k) {
    const auto what = static_cast<kind>(k);
    EXPECT_THAT(english(what), HasSubstr("seen.example")) << to_string(what);
    const std::string japanese =
        told(what, verdict::level::unverified, language::japanese);
    EXPECT_THAT(japanese, HasSubstr("seen.example")) << to_string(what);
    for (const char* word :
         {"From shows", "the name seen", "slip of", "easily taken",
          "another ending", "in it", "do not belong", "invisible or",
          "your own", "Answers go"})
      EXPECT_THAT(japanese, Not(HasSubstr(word))) << to_string(what);
  }
}

TEST(kept_story, finds_nothing_deceptive_in_honest_mail) {
  using kind = verdict::finding::kind;
  verdict::judgement j = rich();
  j.known.findings = {{kind::own_address, "me@uchi.example", "uchi.example"}};
  for (const verdict::level said :
       {verdict::level::genuine, verdict::level::new_,
        verdict::level::altered}) {
    j.result.what = said;
    EXPECT_THAT(kept_story(kept(j), language::english),
                Not(HasSubstr("deceive")));
  }
  j.result.what = verdict::level::unverified;
  EXPECT_THAT(kept_story(kept(j), language::english),
              HasSubstr("me@uchi.example is your own address"));

  // As many lists do.
  j.known.findings = {
      {kind::reply_elsewhere, "friends.example", "lists.example.org"}};
  const std::string list = kept_story(kept(j), language::english);
  EXPECT_THAT(list, Not(HasSubstr("deceive")));
  EXPECT_THAT(list, HasSubstr("\n  Answers go to friends.example, not to "
                              "lists.example.org\n  Verdict: "));
  EXPECT_THAT(kept_story(kept(j), language::japanese),
              HasSubstr("返信先は lists.example.org ではなく friends.example "
                        "です"));
}

TEST(kept_story, does_not_claim_changes_that_nobody_saw) {
  const auto told = [](std::vector<std::string> fields, bool addition_only) {
    verdict::judgement j = rich();
    j.known.dkim[0].signed_fields = std::move(fields);
    j.known.changed->addition_only = addition_only;
    return kept_story(kept(j), language::english);
  };
  const auto how_it_is_read = HasSubstr(
      "Content-Transfer-Encoding is not signed, so the text could be read in "
      "another way");
  EXPECT_THAT(told({"from"}, false), how_it_is_read);
  EXPECT_THAT(told({"from"}, true), Not(how_it_is_read));
  EXPECT_THAT(told({"from", "content-transfer-encoding"}, false),
              Not(how_it_is_read));
  // Links may have been replaced, or the text encoded anew.
  EXPECT_THAT(told({"from"}, true),
              HasSubstr("\n                 nothing else that is signed was "
                        "changed\n"));
}

TEST(kept_story, shows_a_domain_as_it_looks_and_as_it_is_written) {
  verdict::judgement j = rich();
  j.known.findings = {
      {verdict::finding::kind::confusable, "xn--bnk-6cd.example",
       "bank.example"},
      {verdict::finding::kind::bidi, "銀行\xe2\x80\xaemoc.knab", ""}};
  const std::string said = kept_story(kept(j), language::english);
  EXPECT_THAT(said,
              HasSubstr("    b\xd0\xb0nk.example (xn--bnk-6cd.example) has "
                        "characters that are easily taken for those of "
                        "bank.example\n"));
  // As the sentence has it.
  EXPECT_THAT(said, HasSubstr("    銀行?moc.knab has characters that are "
                              "invisible"));
}

TEST(kept_story, names_the_rule_that_distrusts) {
  verdict::judgement j = rich();
  j.result = {verdict::level::unverified,
              verdict::reason("distrusted")
                  .with("author", "friend.example")
                  .with("rule", "hanako@friend.example")};
  EXPECT_THAT(kept_story(kept(j), language::english),
              HasSubstr("this sender.\n  The rule: distrust author "
                        "hanako@friend.example\n"));
  j.result.why = verdict::reason("distrusted")
                     .with("rule", "example.org")
                     .with("forwarder", "example.org");
  EXPECT_THAT(kept_story(kept(j), language::english),
              HasSubstr("  The rule: distrust forwarder example.org\n"));
}

TEST(kept_story, tells_of_a_number_that_was_added) {
  verdict::judgement j = rich();
  const auto number = HasSubstr("what may be a telephone number");
  EXPECT_THAT(kept_story(kept(j), language::english), Not(number));
  j.known.changed->other_links = true;
  EXPECT_THAT(kept_story(kept(j), language::english), number);
}

// "&" and ";" are octets of Japanese letters, too.
TEST(kept_story, says_why_a_name_in_a_charset_of_seven_bits_is_unclear) {
  verdict::judgement j = rich();
  j.result = {verdict::level::unverified, verdict::reason("unclear-author")};
  const auto why = HasSubstr("clients that do not decode it");
  EXPECT_THAT(kept_story(kept(j), language::english), Not(why));
  store::mail_detail m = kept(j);
  m.header = "From: \x1b$B2q<R\x1b(B <a@example.jp>\r\n\r\n";
  EXPECT_THAT(kept_story(m, language::english), why);
}

// A signature that is broken or has expired is one, too.
TEST(kept_story, counts_mails_by_whether_their_signature_was_good) {
  const store::mail_detail m = kept(rich());
  const std::string english = kept_story(m, language::english);
  EXPECT_THAT(english, HasSubstr("\n    well signed  30 on 20 days"));
  EXPECT_THAT(english, HasSubstr("\n    others       1 on 1 day"));
  EXPECT_THAT(kept_story(m, language::japanese), HasSubstr("正しい署名なし"));
}

TEST(kept_story, does_not_say_that_spf_failed_where_it_was_left_out) {
  verdict::judgement j = rich();
  j.known.dmarc.spf_aligned = false;
  const auto failed = HasSubstr("SPF:          no aligned domain passed");
  EXPECT_THAT(kept_story(kept(j), language::english), failed);
  j.known.spf = {};
  const std::string said = kept_story(kept(j), language::english);
  EXPECT_THAT(said, Not(failed));
  EXPECT_THAT(said, HasSubstr("SPF:          left out\n"));
}

TEST(kept_story, calls_nothing_proven_that_is_not) {
  verdict::judgement j = rich();
  j.known.dmarc.status = auth::result::pass;
  j.known.dmarc.reason = "the author's domain is proven by a domain";
  j.known.found_border->by_domain_only = false;
  j.known.found_border->provider_unknown = false;
  const auto proven = HasSubstr("Reason:       the author's domain is proven");
  EXPECT_THAT(kept_story(kept(j), language::english), proven);
  j.known.found_border->through_loopback = true;
  EXPECT_THAT(kept_story(kept(j), language::english), Not(proven));
  EXPECT_THAT(kept_story(kept(j), language::english),
              HasSubstr("Reason:       SPF fits the author's domain, but"));
}

// Under "Written by the provider" it would say the opposite of its own line.
TEST(kept_story, a_field_that_breaks_the_chain_may_be_invented) {
  verdict::judgement j = rich();
  j.known.found_border->status = verdict::border_status::broken_chain;
  const std::string said = kept_story(kept(j), language::english);
  const std::size_t invented = said.find("Written by the sender's side");
  const std::size_t broken = said.find("did not write this one");
  const std::size_t provider = said.find("Written by the provider:");
  ASSERT_NE(broken, said.npos);
  EXPECT_LT(invented, broken);
  EXPECT_LT(broken, provider);
  j.known.found_border->status = verdict::border_status::found;
  const std::string found = kept_story(kept(j), language::english);
  EXPECT_LT(found.find("Written by the provider:"), found.find("^ border:"));
}

TEST(kept_story, names_every_author) {
  const std::string several =
      "From: Hanako <hanako@example.jp>, jiro@other.example\r\n\r\n";
  verdict::judgement j = rich();
  j.known.header = verdict::read_header_facts(message::parse_header(several));
  store::mail_detail m = kept(j);
  m.header = several;
  EXPECT_THAT(kept_story(m, language::english),
              HasSubstr("  Author: hanako@example.jp\n  Author: "
                        "jiro@other.example\n"));
  m.header.reset();  // it was not kept
  EXPECT_THAT(kept_story(m, language::english),
              HasSubstr("  Author: hanako@example.jp and 1 more\n"));
}

TEST(kept_story, says_that_the_header_was_cut) {
  verdict::judgement j = rich();
  j.known.dkim.clear();
  j.known.changed.reset();
  EXPECT_THAT(kept_story(kept(j), language::english),
              HasSubstr("the mail carries no signature"));
  j.known.header.is_cut = true;
  const std::string cut = kept_story(kept(j), language::english);
  EXPECT_THAT(cut, Not(HasSubstr("the mail carries no signature")));
  EXPECT_THAT(cut, HasSubstr("The header is longer than the limit"));
}

TEST(kept_story, says_once_that_mails_showed_the_border) {
  verdict::judgement j = rich();
  j.known.found_border->by_view = true;
  j.known.found_border->door = verdict::entry_reason::view;
  const std::string said = kept_story(kept(j), language::english);
  EXPECT_THAT(said, HasSubstr("it accuses, but proves nothing: earlier mails"));
  EXPECT_THAT(said, Not(HasSubstr("came in at this host")));
}

TEST(story, says_why_an_old_mail_is_not_accused) {
  verdict::judgement j = rich();
  explained_mail mail;
  mail.header = header;
  j.known.now = *j.known.found_border->time + 100;
  mail.accuse_within = 100;
  for (const bool is_old : {true, false}) {
    mail.verdict = j;
    const std::string said = without_colours(story(mail, language::english));
    EXPECT_EQ(said.find("it accuses nobody any more") != said.npos, is_old);
    ++mail.accuse_within;
  }
}

TEST(kept_story, is_in_the_readers_language) {
  const store::mail_detail m = kept(rich());
  const std::string english = kept_story(m, language::english);
  EXPECT_THAT(english, HasSubstr("The way it came, first to last"));
  EXPECT_THAT(english, HasSubstr("Verdict: "));
  const std::string japanese = kept_story(m, language::japanese);
  EXPECT_THAT(japanese, HasSubstr("届いた経路"));
  EXPECT_THAT(japanese, HasSubstr("判定: なりすまし（forged）"));
  EXPECT_THAT(japanese, HasSubstr("分後"));
  EXPECT_THAT(japanese, HasSubstr("ここでプロバイダーが外部から"));
  for (const char* word : {"The way", "Written by", "octets are signed",
                           "Earlier mails", "it saw", "sealed by", "border:"})
    EXPECT_THAT(japanese, Not(HasSubstr(word)));
}

TEST(kept_story, of_an_earlier_version_is_told_as_it_was_written) {
  store::mail_detail m;
  EXPECT_EQ(kept_story(m, language::japanese), "");
  m.story = "  Author: hanako@example.jp\n  Verdict: new\n";
  EXPECT_EQ(kept_story(m, language::english), *m.story);
  EXPECT_EQ(kept_story(m, language::japanese), *m.story);
}

TEST(kept_story, of_a_damaged_row_is_none) {
  store::mail_detail m;
  for (const char* text : {"{", "{}x", "{\"facts\":"}) {
    m.story = text;
    EXPECT_EQ(kept_story(m, language::english), "") << text;
  }
  m.story = R"({"verdict":7,"facts":{"dkim":[1,{"result":"no-word"}],)"
            R"("arc":{"oldest_pass":-1},"dmarc":[]}})";
  EXPECT_THAT(kept_story(m, language::english),
              HasSubstr("Verdict: unverified"));
}

// Whatever a sender writes, the facts are kept whole.
TEST(pack_story, is_bounded) {
  for (const std::size_t octets : {1'000U, 100'000U}) {
    for (const char* text : {"x", "\x01", "\xff", "\"", "あ"}) {
      std::string words;
      while (words.size() < octets) words += text;
      verdict::facts f = rich_facts();
      f.header.author = f.header.display_name = f.header.list_id = words;
      f.dkim[0].domain = f.dkim[0].reason = f.dkim[0].identity = words;
      f.dkim[0].signed_fields.assign(1'000, words.substr(0, 1'000));
      f.dkim.assign(100, f.dkim[0]);
      f.arc.instances[0].authentication_results = words;
      f.arc.instances.assign(50, f.arc.instances[0]);
      f.provider[0].result.properties.assign(50, {words, words, words});
      f.provider.assign(100, f.provider[0]);
      f.findings.assign(100, {verdict::finding::kind::bidi, words, words});
      verdict::judgement j;
      j.known = std::move(f);
      const std::string packed = pack_story(j, "mx.home.test");
      EXPECT_LE(packed.size(), store::most_story);
      store::mail_detail m;
      m.story = packed;
      EXPECT_THAT(kept_story(m, language::english),
                  HasSubstr("DKIM signature 1 of "));
    }
  }
}

}  // namespace
}  // namespace mekiki::cli

#include "notify/words/sentence.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/split.hpp"
#include "base/test_paths.hpp"
#include "mime/unicode.hpp"
#include "verdict/decide.hpp"

namespace mekiki::notify {
namespace {

using verdict::reason;

constexpr language languages[] = {language::english, language::japanese};

/// The facts that the sentence is filled with.
reason with_facts_of(const sentence_pattern& p, std::string_view code,
                     std::string_view value) {
  reason out(code);
  for (std::size_t at = 0; (at = p.english.find('{', at)) != p.english.npos;) {
    const std::size_t begin = p.english.find_first_not_of("{'", at);
    at = p.english.find_first_of("'}", begin);
    out.with(p.english.substr(begin, at - begin), value);
  }
  return out;
}

/// Of each sentence that stands for a code, or for a fact or a rule of it.
std::vector<reason> reasons_of_sentences(std::string_view value) {
  std::vector<reason> out;
  for (const sentence_pattern& p : sentence_patterns()) {
    const std::string_view code = p.code.substr(0, p.code.find('/'));
    if (code == "told" || code == "what")
      continue;
    out.push_back(with_facts_of(p, code, value));
    if (code.size() < p.code.size()) {
      for (const auto name : split(p.code.substr(code.size() + 1), '+'))
        out.back().with(name, value);
    }
  }
  return out;
}

/// Every fact that any sentence may want.
reason with_all_facts(std::string_view code, std::string_view value) {
  reason out(code);
  for (const reason& r : reasons_of_sentences(value)) {
    for (const auto& [name, unused] : r.facts) out.with(name, value);
  }
  return out;
}

std::vector<reason> all_reasons(std::string_view value) {
  std::vector<reason> out = reasons_of_sentences(value);
  for (const std::string_view code : verdict::reason_codes()) {
    out.push_back(with_all_facts(code, value));
    for (const char* finding :
         {"display-address", "display-name", "confusable", "one-edit",
          "other-suffix", "contained", "mixed-script", "bidi", "own-address"}) {
      out.push_back(with_all_facts(code, value).with("finding", finding));
    }
  }
  return out;
}

TEST(sentence, is_there_for_every_code) {
  for (const reason& r : all_reasons("value")) {
    for (const language in : languages) {
      const std::string text = sentence(r, in);
      SCOPED_TRACE(r.code + ": " + text);
      const std::string stop = in == language::japanese ? "。" : ".";
      ASSERT_GT(text.size(), 10U);
      EXPECT_TRUE(text.ends_with(stop));
      EXPECT_EQ(text.find(stop), text.size() - stop.size()) << "one sentence";
      EXPECT_EQ(text.find_first_of("{}?"), std::string::npos);
    }
  }
  EXPECT_EQ(sentence(reason("never-heard-of"), language::english), "");
}

TEST(sentence, leaves_no_placeholder_where_a_fact_is_missing) {
  for (const std::string_view code : verdict::reason_codes()) {
    for (const language in : languages) {
      const std::string text = sentence(reason(code), in);
      EXPECT_EQ(text.find_first_of("{}"), std::string::npos) << text;
    }
  }
}

TEST(sentence, does_not_repeat_another) {
  std::set<std::string> seen;
  for (const std::string_view code : verdict::reason_codes()) {
    for (const language in : languages) {
      EXPECT_TRUE(seen.insert(sentence(reason(code), in)).second) << code;
    }
  }
}

TEST(sentence, shows_no_character_that_could_do_something) {
  const std::string attacks[] = {
      "a\r\nBcc: x",
      std::string("a\0b", 3),
      "\x1b[31m\x9b\x07",
      "\xc2\x85\xc2\x9b",          // C1 controls
      "\xe2\x80\xa8\xe2\x80\xa9",  // line and paragraph separator
      "\xe2\x80\xae\xe2\x81\xa6",  // right-to-left override and isolate
      "\xe2\x80\x8b\xef\xbb\xbf",  // zero width
      "\xff\xfe\xc3",              // not UTF-8
      "\"\xe2\x80\x9d\xe3\x80\x8d",
      "{author} {'seen'}",
  };
  for (const std::string& attack : attacks) {
    for (const reason& r : all_reasons(attack)) {
      for (const language in : languages) {
        const std::string text = sentence(r, in);
        SCOPED_TRACE(r.code + ": " + text);
        std::size_t quotes = 0;
        for (const char32_t c : mime::unicode::to_code_points(text)) {
          EXPECT_FALSE(c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
                       c == 0x2029 || c == 0xfffd ||
                       mime::unicode::is_invisible(c))
              << std::hex << static_cast<unsigned>(c);
          if (c == 0x201c || c == 0x201d || c == 0x300c || c == 0x300d)
            ++quotes;
        }
        EXPECT_LE(quotes, 2U);
      }
    }
  }
}

TEST(sentence, fills_facts_in) {
  EXPECT_EQ(sentence(reason("known-pair")
                         .with("author", "example.jp")
                         .with("days", std::size_t{120}),
                     language::english),
            "It is proven to come from example.jp, as mails on 120 days were.");
  const reason name = reason("display-name")
                          .with("finding", "display-address")
                          .with("seen", "山田 <taro@example.jp>");
  EXPECT_EQ(
      sentence(name, language::japanese),
      "差出人欄に「山田 <taro@example.jp>」と書かれていますが"
      "実際のアドレスはそれとは異なり、いつもの差出人だと確認できません。");
  EXPECT_EQ(sentence(reason("dkim-fail").with("signer", "a b\n.test"),
                     language::english),
            "The signature of a?b?.test does not fit the mail.");
}

// A key in test mode is why the mail is not proven.
TEST(sentence, says_more_by_a_fact) {
  const reason why = reason("dmarc-fail")
                         .with("author", "pay.bank.example")
                         .with("domain", "bank.example")
                         .with("test-key", "bank.example");
  EXPECT_EQ(sentence(why, language::english),
            "It says that it comes from pay.bank.example, bank.example asks "
            "not to trust unproven mails in that name, and its signature has a "
            "key that "
            "bank.example itself marks as a test.");
  EXPECT_EQ(
      sentence(why, language::japanese),
      "pay.bank.example からのメールだと名乗っていますが、bank.example "
      "は確認できないメールを信用しないよう求めており、"
      "このメールの署名の鍵は bank.example 自身が試験用と指定しているため、"
      "証明になりません。");
}

// The owner of the policy is another than who is named.
TEST(sentence, says_who_asks_for_it) {
  const reason why = reason("dmarc-fail")
                         .with("author", "pay.bank.example")
                         .with("domain", "bank.example")
                         .with("above", "bank.example");
  EXPECT_EQ(sentence(why, language::english),
            "It says that it comes from pay.bank.example, and bank.example "
            "asks not to trust unproven mails from below its name, and this "
            "one is not proven.");
}

// What happened to a signed mail, where a footer makes it count as forged.
TEST(sentence, says_what_was_added) {
  reason why = reason("dmarc-fail")
                   .with("author", "pay.bank.example")
                   .with("domain", "bank.example")
                   .with("signed", "bank.example");
  EXPECT_EQ(sentence(why, language::english),
            "It was signed by bank.example, but was changed on its way, and "
            "bank.example asks not to trust unproven mails in that name.");
  why.with("links", "alumni.example");
  EXPECT_EQ(sentence(why, language::english),
            "It was signed by bank.example, but text with links to "
            "alumni.example was added on its way, and bank.example asks not "
            "to trust unproven mails in that name.");
  EXPECT_EQ(sentence(why, language::japanese),
            "bank.example が署名したメールに、途中で alumni.example "
            "へのリンクを含む文が加えられており、bank.example "
            "は確認できないメールを信用しないよう求めています。");
  why.with("by", "dev.lists.example");
  EXPECT_EQ(sentence(why, language::english),
            "It was signed by bank.example and came through dev.lists.example, "
            "but text with links to alumni.example was added on its way, and "
            "bank.example asks not to trust unproven mails in that name.");
}

// The most that is proven, and no more: the fields that were signed are these.
TEST(sentence, says_that_the_text_is_another) {
  reason why = reason("dmarc-fail")
                   .with("author", "bank.example")
                   .with("domain", "bank.example")
                   .with("text-of", "bank.example");
  EXPECT_EQ(sentence(why, language::english),
            "It was signed by bank.example, but its text was changed after "
            "that, and bank.example asks not to trust unproven mails in that "
            "name.");
  EXPECT_EQ(sentence(why, language::japanese),
            "bank.example "
            "が署名したメールですが、署名の後で本文が書き換えられており、"
            "bank.example は確認できないメールを信用しないよう求めています。");
}

TEST(sentence, says_who_changed_it_and_what_was_added) {
  const auto say = [](std::string_view undone, std::string_view links) {
    reason why = reason("altered-by-list")
                     .with("author", "bank.example")
                     .with("list", "dev.lists.example")
                     .with("undone", undone);
    if (!links.empty())
      why.with("links", links);
    return why;
  };
  const std::string start =
      "It comes from bank.example, and the mailing list dev.lists.example ";
  const struct {
    const char* undone;
    const char* links;
    const char* what;
  } rows[] = {
      {"footer", "lists.example", "added text with links to lists.example."},
      {"subject-prefix,footer", "", "added text to it."},
      {"wrapped,part", "", "added text to it."},
      {"subject-prefix", "", "put a mark before its subject."},
      {"links", "", "rewrote its links."},
      {"links,footer", "", "rewrote its links and added text."},
      {"links,footer", "lists.example",
       "rewrote its links and added text with links to lists.example."},
      {"", "", "added something to it or rewrote its links."},
      {"footers", "", "added something to it or rewrote its links."},
  };
  for (const auto& r : rows)
    EXPECT_EQ(sentence(say(r.undone, r.links), language::english),
              start + r.what);
  EXPECT_EQ(sentence(say("footer", "lists.example"), language::japanese),
            "bank.example から届いたメールですが、メーリングリスト "
            "dev.lists.example が lists.example へのリンクを含む文を"
            "加えています。");
  EXPECT_EQ(sentence(say("subject-prefix", ""), language::japanese),
            "bank.example から届いたメールですが、メーリングリスト "
            "dev.lists.example が件名の前に目印を付けています。");
}

TEST(sentence, says_by_whom_a_changed_mail_came) {
  reason why = reason("changed-on-the-way")
                   .with("author", "bank.example")
                   .with("signer", "bank.example")
                   .with("undone", "footer");
  EXPECT_EQ(sentence(why, language::english),
            "It was signed by bank.example, but text was added on its way, and "
            "nothing shows that the change is harmless.");
  why.with("by", "alumni.example");
  EXPECT_EQ(sentence(why, language::english),
            "It was signed by bank.example and came through alumni.example, "
            "but text was added on its way, and nothing shows that the change "
            "is harmless.");
  why.with("links", "evil.example");
  EXPECT_EQ(sentence(why, language::japanese),
            "bank.example が署名し、alumni.example "
            "を経由して届いたメールですが、途中で evil.example "
            "へのリンクを含む文が加えられており、"
            "問題のない変更だとは確認できません。");
}

/// What each sentence says has to be true of every mail that gets it.
TEST(sentence, says_no_more_than_is_known) {
  const struct {
    reason why;
    std::string english;
    std::string japanese;
  } cases[] = {
      // The sender may be known well, by another signer.
      {reason("aligned-dkim")
           .with("author", "known.example")
           .with("signer", "news.known.example"),
       "It is proven to come from known.example by a signature of "
       "news.known.example, which is not known here for that yet.",
       "known.example から届いたことは確認できましたが、news.known.example "
       "の署名で確認できたメールがまだ少ないため、「いつもの差出人」ではありま"
       "せん。"},
      // The rule may be about one address, or about the signer.
      {reason("trusted-pair").with("author", "bank.example"),
       "It is proven to come from bank.example, and a rule here says to trust "
       "this sender.",
       "bank.example から届いたことが確認でき、"
       "この差出人は信頼する設定になっています。"},
      // np= is about names that do not exist, not about all below.
      {reason("dmarc-fail")
           .with("author", "no.bank.example")
           .with("domain", "bank.example")
           .with("np", "bank.example")
           .with("above", "bank.example"),
       "It says that it comes from no.bank.example, and bank.example asks not "
       "to trust unproven mails from names below it that do not exist, and "
       "this one is not proven.",
       "no.bank.example からのメールだと名乗っていますが、bank.example "
       "は、その下の実在しないドメインを名乗るメールについて、確認できなければ"
       "信用しないよう求めており、このメールは確認できませんでした。"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(sentence(c.why, language::english), c.english);
    EXPECT_EQ(sentence(c.why, language::japanese), c.japanese);
  }
}

// Of a signature that was never checked nobody knows whether it is valid.
TEST(sentence, says_what_is_wrong_with_the_signature) {
  const std::string mails =
      "Mails from bank.example have almost always come with a valid signature "
      "(40 of them), but ";
  const struct {
    const char* code;
    const char* fact;
    std::string says;
  } cases[] = {
      {"signature-broken", "signer", "the one on this mail is not valid."},
      {"signature-broken", "expired", "the one on this mail has expired."},
      {"signature-broken", "keyless",
       "bank.example publishes no key for the one on this mail."},
      {"signature-broken", "unchecked",
       "the one on this mail is not one that can be checked."},
      {"signature-missing", "key-unavailable",
       "the key for the one on this mail could not be fetched."},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(sentence(reason(c.code)
                           .with("author", "bank.example")
                           .with("proven", "40")
                           .with(c.fact, "bank.example"),
                       language::english),
              mails + c.says);
  }
}

// A number to call is as good as a link.
TEST(sentence, says_that_a_number_was_added) {
  reason why = reason("signature-broken")
                   .with("author", "bank.example")
                   .with("proven", "40")
                   .with("signed", "bank.example");
  const std::string mails =
      "while mails from bank.example have almost always come with a valid "
      "signature (40 of them).";
  EXPECT_EQ(
      sentence(why, language::english),
      "It was signed by bank.example, but was changed on its way, " + mails);
  why.with("other-links", "yes");
  EXPECT_EQ(sentence(why, language::english),
            "It was signed by bank.example, but text with a telephone number, "
            "or another link that names no host, was added on its way, " +
                mails);
}

// Hosts are apart, fields have the names that clients give them, domains are
// shown as they look and as they are written.
TEST(sentence, shows_facts_as_people_read_them) {
  const reason links = reason("signature-broken")
                           .with("signed", "bank.example")
                           .with("links", "evil.example,lists.example");
  EXPECT_NE(sentence(links, language::english)
                .find("links to evil.example, lists.example was"),
            std::string::npos);
  EXPECT_NE(sentence(links, language::japanese)
                .find("evil.example、lists.example へのリンク"),
            std::string::npos);
  const reason field = reason("unsigned-field")
                           .with("signer", "a.example")
                           .with("field", "reply-to");
  EXPECT_NE(sentence(field, language::english).find("(reply-to)"),
            std::string::npos);
  EXPECT_NE(sentence(field, language::japanese).find("（返信先）"),
            std::string::npos);
  EXPECT_EQ(
      sentence(reason("look-alike")
                   .with("finding", "confusable")
                   .with("seen", "xn--bnk-6cd.example")
                   .with("like", "bank.example"),
               language::english),
      "The sender's domain b\xd0\xb0nk.example (xn--bnk-6cd.example) looks "
      "like bank.example but is another one, and nothing proves it to be "
      "a sender you know.");
  EXPECT_EQ(sentence(reason("look-alike")
                         .with("finding", "mixed-script")
                         .with("seen", "xn--bnk-5cd.example"),
                     language::english),
            "The sender's name or address “\xd0\xb0"
            "bnk.example (xn--bnk-5cd.example)” mixes letters that do not "
            "belong together, and nothing proves it to be a sender you know.");
}

// What keeps it from genuine is not what is known of the server.
TEST(sentence, says_why_a_proof_is_not_enough) {
  EXPECT_EQ(sentence(reason("aligned-spf")
                         .with("author", "known.example")
                         .with("covered", std::size_t{40}),
                     language::english),
            "It came from a server that may send for known.example, but its "
            "own signature covers only a part of it, so that it is not called "
            "genuine.");
  EXPECT_EQ(sentence(reason("sender-class")
                         .with("author", "news.example")
                         .with("rule", "google-bulk-spf-and-dkim")
                         .with("finding", "one-edit")
                         .with("seen", "examp1e.jp")
                         .with("like", "example.jp"),
                     language::english),
            "SPF and DKIM do not both pass, as is asked here of bulk senders; "
            "but its domain examp1e.jp looks like example.jp, and is another "
            "one.");
}

// A rule is about one of several.
TEST(sentence, says_whom_a_rule_distrusts) {
  reason why = reason("distrusted").with("author", "friend.example");
  EXPECT_EQ(sentence(why, language::english),
            "A rule here says not to trust this sender.");
  why.with("rule", "lists.example").with("list", "dev.lists.example");
  EXPECT_EQ(sentence(why, language::english),
            "A rule here says not to trust the mailing list dev.lists.example, "
            "by which this mail came.");
}

// Whom it imitates is said of a mail that is not accused for it, too.
TEST(sentence, ends_with_what_is_told_besides) {
  const auto imitating = [](std::string_view code) {
    return reason(code)
        .with("author", "evil.example")
        .with("signer", "evil.example")
        .with("finding", "display-name")
        .with("seen", "花子")
        .with("like", "friend.example");
  };
  EXPECT_EQ(sentence(imitating("no-signature"), language::english),
            "It has no signature, and nothing else proves who sent it; but its "
            "sender goes by the name “花子”, as somebody at friend.example "
            "does, and writes from no address there.");
  EXPECT_EQ(
      sentence(imitating("no-signature"), language::japanese),
      "署名がなく、ほかにも誰から届いたかを証明するものがありません"
      "（なお、差出人は friend.example の人と同じ名前「花子」を"
      "名乗っていますが、そのドメインのアドレスから書かれてはいません）。");
  // The pair may be known well.
  EXPECT_EQ(sentence(imitating("aligned-dkim"), language::english),
            "It is proven to come from evil.example; but its sender goes by "
            "the name “花子”, as somebody at friend.example does, and writes "
            "from no address there.");
  EXPECT_EQ(sentence(reason("dkim-fail")
                         .with("signer", "a.example")
                         .with("finding", "display-address")
                         .with("seen", "hanako@friend.example")
                         .with("like", "friend.example"),
                     language::english),
            "The signature of a.example does not fit the mail; but its "
            "sender's name or "
            "address shows “hanako@friend.example”, which is not where it was "
            "written from.");
  for (const char* finding : {"one-edit", "contained", "other-suffix"}) {
    EXPECT_EQ(sentence(reason("no-signature")
                           .with("finding", finding)
                           .with("seen", "examp1e.jp")
                           .with("like", "example.jp"),
                       language::english),
              "It has no signature, and nothing else proves who sent it; but "
              "its domain examp1e.jp looks like example.jp, and is another "
              "one.");
  }
}

TEST(sentence, tells_of_mixed_letters_besides) {
  const reason why = reason("no-signature")
                         .with("finding", "mixed-script")
                         .with("seen", "αGEL");
  EXPECT_EQ(sentence(why, language::english),
            "It has no signature, and nothing else proves who sent it; but its "
            "sender's name or address “αGEL” mixes letters that do not belong "
            "together.");
  EXPECT_EQ(sentence(why, language::japanese),
            "署名がなく、ほかにも誰から届いたかを証明するものがありません"
            "（なお、差出人の名前またはアドレス「αGEL」には、"
            "ふつうは一緒に使わない文字が混ざっています）。");
}

TEST(sentence, cuts_long_text) {
  const std::string text =
      sentence(reason("own-address").with("seen", std::string(250, 'x')),
               language::english);
  EXPECT_NE(text.find(std::string(60, 'x') + "…”"), std::string::npos) << text;
  EXPECT_EQ(text.find(std::string(61, 'x')), std::string::npos);
}

TEST(sentence, languages_by_their_tags) {
  EXPECT_EQ(parse_language("ja"), language::japanese);
  EXPECT_EQ(parse_language("ja_JP.UTF-8"), language::japanese);
  EXPECT_EQ(parse_language("JA-jp"), language::japanese);
  EXPECT_EQ(parse_language("jam"), language::english);
  EXPECT_EQ(parse_language("en_US"), language::english);
  EXPECT_EQ(parse_language(""), language::english);
}

/// docs/verdict.md has a row for each code.
TEST(sentence, every_code_is_in_the_manual) {
  std::ifstream in(std::string(test_paths::testdata) + "/../docs/verdict.md");
  const std::string page(std::istreambuf_iterator<char>(in), {});
  for (const std::string_view code : verdict::reason_codes()) {
    EXPECT_NE(page.find("| `" + std::string(code) + "` |"), std::string::npos)
        << code;
  }
}

}  // namespace
}  // namespace mekiki::notify

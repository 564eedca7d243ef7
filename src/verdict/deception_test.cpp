#include "verdict/deception.hpp"

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message/header.hpp"
#include "mime/encoded_word.hpp"
#include "verdict/display_name.hpp"

namespace mekiki::verdict {
namespace {

using kind = finding::kind;
using testing::ElementsAre;
using testing::IsEmpty;

std::string mark(std::string_view name) {
  return name_mark(name_key(name), "salt");
}

// Taro's mailbox: whom he writes with, and what his administrator watches.
const correspondents& known() {
  static const correspondents c(
      {"example.co.jp", "wingtips.com", "fabrikam.test", "tailspin.com",
       "tailspin.co.jp", "xn--wgv71a119e.jp", "mail.nec.test"},
      "salt",
      {{mark("Hanako Sato"), "example.co.jp"},
       {mark("佐藤花子"), "example.co.jp"},
       {mark("Wingtips Japan"), "wingtips.com"},
       {mark("Jane Doe"), "fabrikam.test"},
       {mark("Ken Suzuki"), "a.test"},
       {mark("Ken Suzuki"), "b.test"},
       {mark("Ken Suzuki"), "c.test"},
       {mark("Ken Suzuki"), "d.test"},
       {mark("Yoko Tanaka"), "a.test"},
       {mark("Yoko Tanaka"), "b.test"},
       {mark("Yoko Tanaka"), "c.test"},
       {mark("Yoko Tanaka"), "example.co.jp", 100}});
  return c;
}

const correspondents& watched() {
  static const correspondents c({"contosobank.co.jp"});
  return c;
}

const own_addresses taro{{"taro@northwind.jp"}};

header_facts header_of(const std::string& fields) {
  return read_header_facts(message::parse_header(fields + "\r\n"));
}

std::vector<std::string> found(const std::string& fields,
                               const own_addresses& own = taro) {
  std::vector<std::string> out;
  for (const finding& f :
       find_deceptions(header_of(fields), own, &known(), &watched()))
    out.push_back(std::string(to_string(f.what)) + " " + f.seen + " > " +
                  f.like);
  return out;
}

struct mail {
  const char* what;
  const char* header;
  std::vector<std::string> expected;
};

std::ostream& operator<<(std::ostream& out, const mail& m) {
  return out << m.what;
}

const mail attacks[] = {
    {"confusable",
     "From: x@vvingtips.com",
     {"confusable vvingtips.com > wingtips.com"}},
    {"confusable in Punycode",
     "From: x@xn--wngtips-rog.com",
     {"confusable xn--wngtips-rog.com > wingtips.com",
      "mixed-script xn--wngtips-rog.com > wingtips.com"}},
    {"confusable in UTF-8",
     "From: x@wіngtips.com",
     {"confusable xn--wngtips-rog.com > wingtips.com",
      "mixed-script xn--wngtips-rog.com > wingtips.com"}},
    {"a digit for a letter, one edit",
     "From: x@wingt1ps.com",
     {"one-edit wingt1ps.com > wingtips.com"}},
    {"one edit",
     "From: x@winqtips.com",
     {"one-edit winqtips.com > wingtips.com"}},
    {"of a watched domain",
     "From: x@contosobnak.co.jp",
     {"one-edit contosobnak.co.jp > contosobank.co.jp"}},
    {"of the account's own domain",
     "From: Support <x@northvvind.jp>",
     {"confusable northvvind.jp > northwind.jp"}},
    {"own domain below another suffix",
     "From: x@northwind.com",
     {"other-suffix northwind.com > northwind.jp"}},
    {"other suffix",
     "From: x@wingtips.jp",
     {"other-suffix wingtips.jp > wingtips.com"}},
    {"no usual suffix of a name with several",
     "From: x@tailspin.top",
     {"other-suffix tailspin.top > tailspin.co.jp"}},
    {"contained",
     "From: x@example.co.jp.attacker.test",
     {"contained example.co.jp.attacker.test > example.co.jp"}},
    {"the strongest is told",
     "From: x@wingtips.com.vvingtips.com",
     {"confusable wingtips.com.vvingtips.com > wingtips.com"}},
    {"mixed scripts of nobody known",
     "From: x@раypаl.test",
     {"mixed-script xn--ypl-5cdc6g.test > paypal.test"}},

    {"of the second author",
     "From: x@adatum.test, y@winqtips.com",
     {"one-edit winqtips.com > wingtips.com"}},
    {"of a second author behind a known one",
     "From: x@wingtips.com, y@vvingtips.com",
     {"confusable vvingtips.com > wingtips.com"}},
    {"mixed scripts of a second author",
     "From: x@adatum.test\r\nFrom: y@раypаl.test",
     {"mixed-script xn--ypl-5cdc6g.test > paypal.test"}},

    {"address in the name",
     "From: \"ceo@elsewhere.test\" <x@attacker.test>",
     {"display-address ceo@elsewhere.test > elsewhere.test"}},
    {"address in an encoded name",
     "From: =?utf-8?B?Q0VPIDxjZW9AZXhhbXBsZS5jby5qcD4=?= <x@attacker.test>",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"address in full width",
     "From: \"ｃｅｏ＠ｅｘａｍｐｌｅ．ｃｏ．ｊｐ\" <x@attacker.test>",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"own address in the name",
     "From: \"taro@northwind.jp\" <x@attacker.test>",
     {"display-address taro@northwind.jp > northwind.jp"}},
    {"via, of a known domain",
     "From: \"hanako@example.co.jp via Portal\" <x@attacker.test>",
     {"display-address hanako@example.co.jp > example.co.jp"}},
    {"via, of anybody: for the decision to weigh",
     "From: \"'bo@adatum.test' via Board\" <board@lists.test>",
     {"display-address bo@adatum.test > adatum.test"}},
    {"a known address behind one of nobody",
     "From: \"bo@adatum.test hanako@example.co.jp\" <x@attacker.test>",
     {"display-address hanako@example.co.jp > example.co.jp"}},
    {"known host in the name",
     "From: Wingtips.com <x@attacker.test>",
     {"display-address wingtips.com > wingtips.com"}},
    {"known host, deeper",
     "From: \"www.contosobank.co.jp\" <x@attacker.test>",
     {"display-address www.contosobank.co.jp > www.contosobank.co.jp"}},

    {"known name",
     "From: Hanako Sato <hanako@attacker.test>",
     {"display-name Hanako Sato > example.co.jp"}},
    {"known name, other way round",
     "From: \"SATO, Hanako\" <hanako@attacker.test>",
     {"display-name SATO, Hanako > example.co.jp"}},
    {"known name, Cyrillic letters",
     "From: Hаnаko Sаto <x@attacker.test>",
     {"mixed-script Hаnаko Sаto > example.co.jp",
      "display-name Hаnаko Sаto > example.co.jp"}},
    {"known name, encoded",
     "From: =?ISO-2022-JP?B?GyRCOjRGIxsoQiAbJEIyVjtSGyhC?= <x@attacker.test>",
     {"display-name 佐藤 花子 > example.co.jp"}},
    {"known name and a note",
     "From: \"佐藤花子（総務部）\" <x@attacker.test>",
     {"display-name 佐藤花子（総務部） > example.co.jp"}},
    {"known company",
     "From: \"Wingtips Japan Support\" <x@attacker.test>",
     {"display-name Wingtips Japan Support > wingtips.com"}},
    {"right to left",
     "From: \"\u202Emoc.spitgniw\" <x@attacker.test>",
     {"bidi \u202Emoc.spitgniw > attacker.test",
      "display-address wingtips.com > wingtips.com"}},
    {"right to left in a comment",
     "From: (\u202Emoc.spitgniw@oec\u202C) <x@attacker.test>",
     {"bidi \u202Emoc.spitgniw@oec\u202C > attacker.test",
      "display-address ceo@wingtips.com > wingtips.com"}},
    {"right to left behind the address",
     "From: <x@attacker.test> (\u202Emoc.elpmaxe)",
     {"bidi \u202Emoc.elpmaxe > attacker.test"}},
    {"right to left in the name of a group",
     "From: \"\u202Emoc.elpmaxe\": x@attacker.test;",
     {"bidi \u202Emoc.elpmaxe > attacker.test"}},
    {"right to left beside a second author",
     "From: x@attacker.test, (\u202Emoc.elpmaxe) <y@attacker.test>",
     {"bidi \u202Emoc.elpmaxe > attacker.test"}},
    {"right to left in an encoded local part",
     "From: <=?utf-8?b?4oCubW9jLmVscG1heGU=?=@attacker.test>",
     {"bidi \u202Emoc.elpmaxe@attacker.test > attacker.test"}},
    {"right to left in a quoted local part",
     "From: <\"\u202Emoc.elpmaxe\"@attacker.test>",
     {"bidi \"\u202Emoc.elpmaxe\"@attacker.test > attacker.test"}},
    {"isolated parts from right to left",
     "From: \"\u2067\u2066com\u2069.\u2066wingtips\u2069\u2069\" "
     "<x@attacker.test>",
     {"display-address wingtips.com > wingtips.com"}},
    {"parts between marks of the direction",
     "From: (\u200Fcom\u200F.\u200Fwingtips) <x@attacker.test>",
     {"display-address wingtips.com > wingtips.com"}},
    {"nothing between the letters of a correspondent",
     "From: \"Hana\u200Bko Sato\" <x@attacker.test>",
     {"display-name Hanako Sato > example.co.jp"}},
    {"ideographic dot",
     "From: \"ceo@example。co.jp\" <x@attacker.test>",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"half-width ideographic dot",
     "From: \"ceo@example\uFF61co.jp\" <x@attacker.test>",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"what no host has behind it",
     "From: \"ceo@example.co.jp&co\" <x@attacker.test>",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"another host behind it",
     "From: \"ceo@example.co.jp%a.bc\" <x@attacker.test>",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"another address joined to it",
     "From: \"ceo@example.co.jp@x.yz\" <x@attacker.test>",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"a control within it",
     "From: \"ceo@exam\x7fple.co.jp\" <x@attacker.test>",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"nothing within the address",
     "From: x\u200By@fabrikam.test",
     {"bidi x\u200By@fabrikam.test > fabrikam.test"}},

    {"own address",
     "From: taro@northwind.jp",
     {"own-address taro@northwind.jp > taro@northwind.jp"}},
    {"own address, other case",
     "From: Taro@NorthWind.jp",
     {"own-address Taro@NorthWind.jp > Taro@NorthWind.jp"}},
    {"own address, of the second author",
     "From: x@attacker.test, taro@northwind.jp",
     {"own-address taro@northwind.jp > taro@northwind.jp"}},
    {"a correspondent's name, of the second author",
     "From: x@attacker.test, Hanako Sato <y@attacker.test>",
     {"display-name Hanako Sato > example.co.jp"}},
    {"an address in the name of the author in a second field",
     "From: x@attacker.test\r\nFrom: \"ceo@example.co.jp\" <x@attacker.test>",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"a name that is one steady domain's, and of others",
     "From: Yoko Tanaka <x@attacker.test>",
     {"display-name Yoko Tanaka > example.co.jp"}},
    {"an address behind eight hosts in the name",
     "From: \"a.aa b.bb c.cc d.dd e.ee f.ff g.gg h.hh i.ii ceo@example.co.jp\""
     " <x@attacker.test>",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"an address in quotes before another",
     "From: \"ceo@example.co.jp\"@attacker.test",
     {"display-address ceo@example.co.jp > example.co.jp"}},
    {"known host between letters of another script",
     "From: \"公式wingtips.comサポート\" <x@attacker.test>",
     {"display-address wingtips.com > wingtips.com"}},
    {"the same, looking like it",
     "From: \"公式wіngtips.comサポート\" <x@attacker.test>",
     {"display-address wingtips.com > wingtips.com"}},
    {"known host beside a sign",
     "From: \"Support_wingtips.com\" <x@attacker.test>",
     {"display-address wingtips.com > wingtips.com"}},
    {"known host beside symbols made of letters",
     "From: \"①Wingtips.com™\" <x@attacker.test>",
     {"display-address wingtips.com > wingtips.com"}},
    {"the same, looking like it",
     "From: \"℡Wіngtips.com\" <x@attacker.test>",
     {"mixed-script ℡Wіngtips.com > wingtips.com",
      "display-address wіngtips.com > wingtips.com"}},
    {"known host before a year",
     "From: \"Wingtips.com2026\" <x@attacker.test>",
     {"display-address wingtips.com2026 > wingtips.com"}},
    {"known host in the name of another known sender",
     "From: \"株式会社wingtips.com様\" <x@example.co.jp>",
     {"display-address wingtips.com > wingtips.com"}},
    {"answers elsewhere",
     "From: x@fabrikam.test\r\nReply-To: x@fabrikam.test, y@attacker.test",
     {"reply-elsewhere attacker.test > fabrikam.test"}},
};

const mail benign[] = {
    {"nothing", "Subject: x", {}},
    {"a stranger", "From: Bo <bo@adatum.test>", {}},
    {"known", "From: Hanako Sato <hanako@example.co.jp>", {}},
    {"known, below", "From: news@mail.example.co.jp", {}},
    {"known by its subdomain", "From: x@nec.test", {}},
    {"known Japanese domain", "From: x@日本語.jp", {}},
    {"watched", "From: x@contosobank.co.jp", {}},
    {"a colleague", "From: Jiro <jiro@northwind.jp>", {}},
    {"a colleague, below", "From: jiro@tokyo.northwind.jp", {}},
    {"company of the group", "From: x@example-card.co.jp", {}},
    {"the usual suffix of a name with several", "From: x@tailspin.de", {}},
    {"the same, net", "From: x@tailspin.net", {}},
    {"customer of a service", "From: help@wingtips.crm.test", {}},
    {"own address in the name", "From: \"x@adatum.test\" <x@adatum.test>", {}},
    {"address of the same organization",
     "From: \"x@mail.adatum.test\" <y@adatum.test>",
     {}},
    {"unknown host in the name", "From: Adatum.test <x@mailer.test>", {}},
    {"unknown host between letters of another script",
     "From: \"公式adatum.testサポート\" <x@mailer.test>",
     {}},
    {"unknown host beside a sign",
     "From: \"News_adatum.test\" <x@mailer.test>",
     {}},
    {"own host in a company's name",
     "From: \"株式会社adatum.test様\" <x@adatum.test>",
     {}},
    {"own host of letters of two scripts",
     "From: \"日本wingtips.com 編集部\" <x@日本wingtips.com>",
     {}},
    {"known host behind other letters of its script",
     "From: \"Mywingtips.com\" <x@adatum.test>",
     {}},
    {"a tagged address of one's own in the name",
     "From: \"taro+wingtips.com@adatum.test\" <taro@adatum.test>",
     {}},
    {"the same before another tag",
     "From: \"wingtips.com+taro@adatum.test ™\" <taro@adatum.test>",
     {}},
    {"an address that a list has rewritten",
     "From: \"taro=40wingtips.com@lists.test\" "
     "<taro=40wingtips.com@lists.test>",
     {}},
    {"an account that is called by a host",
     "From: wingtips.com@server.hosting.test",
     {}},
    {"dots in the name", "From: \"T. S. Yamada\" <x@adatum.test>", {}},
    {"nothing between the words", "From: Taro\u200BYamada <x@adatum.test>", {}},
    {"a role", "From: Customer Support <x@adatum.test>", {}},
    {"a first name", "From: Hanako <x@adatum.test>", {}},
    {"a namesake by family name", "From: 佐藤 <x@adatum.test>", {}},
    {"another of the family", "From: Jiro Sato <x@adatum.test>", {}},
    {"a name of many domains", "From: Ken Suzuki <x@adatum.test>", {}},
    {"two scripts", "From: Тойота Toyota <x@adatum.test>", {}},
    {"Japanese and Latin",
     "From: \"アダタム ADATUM メルマガ\" <x@adatum.test>",
     {}},
    {"emoji family",
     "From: \"\U0001F468\u200D\U0001F469 Shop\" <x@adatum.test>",
     {}},
    {"Hebrew and a host",
     "From: \"\u200Fדוד כהן\u200F adatum.test\" <x@adatum.test>",
     {}},
    {"Hebrew in a comment",
     "From: x@adatum.test (\u202Bדוד כהן\u202C) (Bo)",
     {}},
    {"isolated names",
     "From: \"\u2068Bo\u2069 (\u2068Adatum\u2069)\" <x@adatum.test>",
     {}},
    {"Hebrew with marks", "From: \"\u200Fדוד כהן\" <x@adatum.test>", {}},
    {"answers to the same organization",
     "From: x@adatum.test\r\nReply-To: y@mail.adatum.test",
     {}},
    {"own local part elsewhere", "From: taro@adatum.test", {}},
};

// What nobody sees takes no room.
TEST(names, are_looked_at_behind_padding) {
  const auto many = [](int times, const std::string& text) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  };
  for (const std::string& padding :
       {many(400, "\r\n  "), many(3000, " "), many(1000, "\u200b"),
        many(1000, "\u00ad"), many(1000, "\u034f"), many(1000, "\u00a0"),
        many(1000, "\u3000"), many(300, "=?utf-8?B?4oCL?= "),
        many(300, "=?utf-8?Q?_?= ")}) {
    for (const std::string& name :
         {std::string("Hanako Sato"), std::string("ceo@example.co.jp")}) {
      std::vector<std::string> kinds;
      for (const finding& f : find_deceptions(
               header_of("From: \"" + padding + name + "\" <x@evil.test>"),
               taro, &known(), &watched())) {
        kinds.emplace_back(to_string(f.what));
        EXPECT_LT(f.seen.size(), 100u);
      }
      EXPECT_THAT(kinds, testing::Contains(name.find('@') == name.npos
                                               ? "display-name"
                                               : "display-address"))
          << padding.substr(0, 20);
    }
  }
}

class mails : public testing::TestWithParam<mail> {};

TEST_P(mails, are_told_apart) {
  const mail& m = GetParam();
  EXPECT_EQ(found(m.header), m.expected);
}

INSTANTIATE_TEST_SUITE_P(attacks, mails, testing::ValuesIn(attacks));
INSTANTIATE_TEST_SUITE_P(benign, mails, testing::ValuesIn(benign));

// All text of From is looked at, not display names alone.
TEST(names, are_read_in_raw_japanese) {
  for (const char* from :
       {"\"ceo@contoso\x1b(Bbank.co.jp\" <x@evil.test>",
        "\"ceo@\x1b(Jcontosobank.co.jp\x1b(B\" <x@evil.test>",
        "\"ceo@contoso\x1b$B\x1b(Bbank.co.jp\" <x@evil.test>",
        "ceo@contoso\x1b(Bbank.co.jp) <x@evil.test>",
        "\x1b$B#c#e#o!w#c#o#n#t#o#s#o#b#a#n#k\x1b(B.co.jp <x@evil.test>",
        "<x@evil.test> (ceo@contoso\x1b(Bbank.co.jp)"}) {
    EXPECT_THAT(found(std::string("From: ") + from),
                testing::Contains(
                    testing::AllOf(testing::StartsWith("display-address"),
                                   testing::EndsWith("> contosobank.co.jp"))))
        << from;
  }
  EXPECT_THAT(found("From: \x1b$B;3ED\x1b(B <taro@adatum.jp>"), IsEmpty());
}

TEST(texts, claim_nothing_beside_mailboxes) {
  for (const char* from :
       {"Bank hanako@example.co.jp: <x@attacker.test>",
        "\"hanako@example.co.jp\": x@attacker.test;",
        "\"hanako@example.co.jp\" <> <x@attacker.test>",
        "\"hanako@example.co.jp\" <hanako> <x@attacker.test>",
        "Bo (hanako@example.co.jp) <x@attacker.test>",
        "(hanako@example.co.jp) <x@attacker.test>",
        "(hanako@example.co.jp) x@attacker.test (Bo)",
        "<x@attacker.test> (hanako@example.co.jp)",
        "<x@attacker.test (hanako@example.co.jp)>",
        "x@attacker.test =?utf-8?q?hanako=40example.co.jp?=",
        "=?utf-8?q?hanako=40example.co.jp?= x@attacker.test",
        "=?utf-8?q?hanako=40example.co.jp=00?=@attacker.test",
        "\"hanako\\@example.co.jp\"@attacker.test"}) {
    EXPECT_THAT(found(std::string("From: ") + from),
                testing::Contains(
                    testing::HasSubstr("display-address hanako@example.co.jp")))
        << from;
  }
  for (const char* from :
       {"Hanako Sato: <x@attacker.test>", "(Hanako Sato) <x@attacker.test>",
        "Mail (Hanako Sato) <x@attacker.test>", "Hanako Sato",
        "\"Hanako Sato\" <>", "Hanako Sato <x>",
        "Hanako Sato: x@attacker.test;",
        "=?utf-8?q?Hanako_Sato?=@attacker.test",
        "\"Hanako Sato\"@attacker.test"}) {
    EXPECT_THAT(found(std::string("From: ") + from),
                testing::Contains("display-name Hanako Sato > example.co.jp"))
        << from;
  }
  // An address that is taken for the author's is no claim beside it.
  EXPECT_THAT(found("From: hanako@example.co.jp <@x>"), IsEmpty());
  EXPECT_THAT(header_of("From: hanako@example.co.jp <@x>").author_domains,
              testing::Contains("example.co.jp"));
  EXPECT_THAT(found("From: \"hanako@example.co.jp\""), IsEmpty());
  EXPECT_THAT(found("From: (hanako@example.co.jp)"), IsEmpty());
  EXPECT_THAT(found("From: =?utf-8?q?hanako=40example.co.jp?="), IsEmpty());
  // The same in honest mail.
  for (const char* from :
       {"Hanako Sato: <hanako@example.co.jp>",
        "Mail (Hanako Sato) <hanako@example.co.jp>",
        "(hanako@example.co.jp) <hanako@example.co.jp>",
        "hanako@example.co.jp (Hanako Sato) (Tokyo)",
        "\"Hanako Sato\"@example.co.jp", "hanako.sato@adatum.test",
        "Bo (in Tokyo) <bo@adatum.test>", "Adatum: bo@adatum.test;",
        "bo@adatum.test (Bo) (bo@adatum.test)",
        "Bo <bo@adatum.test> (by way of Jiro <jiro@example.org>)",
        "Bo (αGEL) <bo@adatum.test>"}) {
    EXPECT_THAT(found(std::string("From: ") + from), IsEmpty()) << from;
  }
}

TEST(names, hide_no_claim_behind_another) {
  EXPECT_THAT(
      found(
          "From: \"fabrikam.test hanako@example.co.jp ceo@contosobank.co.jp\" "
          "<x@attacker.test>"),
      ElementsAre("display-address ceo@contosobank.co.jp > contosobank.co.jp",
                  "display-address hanako@example.co.jp > example.co.jp",
                  "display-address fabrikam.test > fabrikam.test"));
  // Nor behind those of many names.
  std::string many = "From: ";
  for (int i = 0; i < 60; ++i) many += "(a@a" + std::to_string(i) + ".test) ";
  EXPECT_THAT(found(many + "(ceo@contosobank.co.jp) <x@attacker.test>"),
              testing::Contains(
                  "display-address ceo@contosobank.co.jp > contosobank.co.jp"));
}

// Each text has comparisons of its own.
TEST(names, hide_no_look_alike_behind_hosts_of_another_text) {
  std::string hosts;
  for (int i = 0; i < 200; ++i) hosts += "a" + std::to_string(i) + ".co ";
  const std::string name = "\"ceo@vvingtips.com\" <x@attacker.test>";
  for (const std::string& from :
       {name, "\"ceo@vvingtips.com\" <\"" + hosts + "\"@attacker.test>",
        "\"" + hosts + "\" <x@attacker.test>, " + name,
        "x@attacker.test (" + hosts + "), " + name,
        "(" + hosts + ") (vvingtips.com) <x@attacker.test>"})
    EXPECT_THAT(found("From: " + from),
                testing::Contains(testing::HasSubstr("> wingtips.com")))
        << from;
}

// Nor behind what nobody sees, or sees again and again.
TEST(names, are_looked_at_behind_other_texts) {
  const auto many = [](int times, const std::string& text) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  };
  const std::string claim = "\"ceo@contosobank.co.jp\"";
  for (const std::string& from :
       {many(200, "\"\u200b\":;, ") + claim + ": x@attacker.test;",
        many(200, "\"\":;, ") + claim + ": x@attacker.test;",
        many(200, "(\u200b),") + claim + ": x@attacker.test;",
        many(99, "(\u200b)(\u200c)(\u3000)") +
            "(ceo@contosobank.co.jp) <x@attacker.test>",
        many(200, "(=?utf-8?b?4oCL?=)") +
            "(ceo@contosobank.co.jp) <x@attacker.test>",
        many(200, "(.)") + "(ceo@contosobank.co.jp) <x@attacker.test>",
        "(ceo@contosobank.co.jp)" + many(200, "(\u200b)") +
            " <x@attacker.test>" + many(200, "(.)"),
        many(20, "<x@attacker.test>, ") + claim + " <x@attacker.test>" +
            many(20, ", <x@attacker.test>"),
        many(20, "Bo <x@attacker.test>, ") + claim + " <x@attacker.test>" +
            many(20, ", Bo <x@attacker.test>")})
    EXPECT_THAT(found("From: " + from),
                testing::Contains("display-address ceo@contosobank.co.jp > "
                                  "contosobank.co.jp"))
        << from.substr(0, 40);
  // Where others stand that are seen, the first and the last ones count.
  std::string others;
  for (int i = 0; i < 60; ++i) others += "(" + std::to_string(i) + ") ";
  for (const std::string& from :
       {"(ceo@contosobank.co.jp) " + others + others + "<x@attacker.test>",
        others + others + "(ceo@contosobank.co.jp) <x@attacker.test>",
        others + "<x@attacker.test> (ceo@contosobank.co.jp)"})
    EXPECT_FALSE(found("From: " + from).empty()) << from;
  // Of many authors each is himself.
  std::string honest;
  for (int i = 0; i < 20; ++i) {
    const std::string one =
        "a" + std::to_string(i) + "@b" + std::to_string(i) + ".test";
    honest += "\"" + one + "\" <" + one + ">, ";
  }
  EXPECT_THAT(
      found("From: " + honest +
            "\"ceo@contosobank.co.jp\" <ceo@contosobank.co.jp>, " + honest),
      IsEmpty());
}

TEST(names, are_read_whatever_stands_for_a_dot_or_a_letter) {
  for (const char* name :
       {"ceo@contosobank\uA4F8co.jp", "ceo@contosobank\u0660co.jp",
        "ceo@contosobank\u06D4co.jp", "ceo@contosobank\u0702co.jp",
        "ceo@contosobank\U0001D16Dco.jp", "ceo@contosobаnk.co.jp",
        "ceo@с\u03BFnt\u03BFs\u03BFb\u0430nk.co.jp",
        "ceo@contosoba\u0332nk.co.jp"}) {
    EXPECT_THAT(found("From: \"" + std::string(name) + "\" <x@attacker.test>"),
                testing::Contains(testing::HasSubstr("> contosobank.co.jp")))
        << name;
  }
  EXPECT_THAT(found("From: =?utf-8?q?contosobank=0B.co.jp?= <x@attacker.test>"),
              testing::Contains(testing::HasSubstr("> contosobank.co.jp")));
  // Below a top-level domain of other letters.
  const correspondents far({"xn--wgv71a119e.xn--q9jyb4c"});
  for (const char* name : {"ceo@日本語.みんな", "日本語.みんな",
                           "ceo@xn--wgv71a119e.xn--q9jyb4c"}) {
    const auto all = find_deceptions(
        header_of("From: \"" + std::string(name) + "\" <x@attacker.test>"),
        taro, &known(), &far);
    ASSERT_EQ(all.size(), 1u) << name;
    EXPECT_EQ(all[0].like, "xn--wgv71a119e.xn--q9jyb4c");
    EXPECT_EQ(all[0].of, finding::standing::watched);
  }
  for (const char* name :
       {"contosobank.co.jpより", "contosobаnk.co.jp", "日本語.みんな"}) {
    EXPECT_THAT(
        found("From: \"" + std::string(name) + "\" <x@contosobank.co.jp>"),
        testing::Each(testing::Not(testing::HasSubstr("display-address"))))
        << name;
  }
  EXPECT_THAT(found("From: \"taro@adatum.jpより\" <taro@adatum.jp>"),
              IsEmpty());
  EXPECT_THAT(found("From: \"鈴木.太郎\" <taro@adatum.jp>"), IsEmpty());
}

TEST(own_address, however_it_is_written) {
  const own_addresses own{{"taro@northwind.jp", "hanako@日本語.jp"}};
  for (const char* from :
       {"\"taro\"@northwind.jp", "Me <\"ta\\ro\"@northwind.jp>",
        "=?utf-8?q?taro?=@northwind.jp",
        "taro@=?utf-8?q?northwind=2Ejp?=", "Me <taro\u00A0@northwind.jp>",
        "Me <taro@northwind.jp\u00A0>", "taro@northwind。jp",
        "ｔａｒｏ@northwind．jp", "ta\u200Bro@northwind.jp", "hanako@日本語.jp",
        "hanako@xn--wgv71a119e.jp",
        // Where the grammar is broken, another one may be shown first.
        "Me <@attacker.test:taro@northwind.jp>;",
        "Me <@attacker.test:taro@northwind.jp> x",
        "Me <@attacker.test:taro@northwind.jp",
        "<@attacker.test>, Me <taro@northwind.jp>",
        "<@attacker.test> Me <taro@northwind.jp>",
        // Where nobody else is an author.
        "=?utf-8?q?taro=40northwind.jp?=", "\"taro@northwind.jp\"",
        "Me <=?utf-8?q?taro=40northwind.jp?=>", "(taro@northwind.jp)",
        "\"x@attacker.test, taro@northwind.jp\"",
        // Raw ISO-2022-JP.
        "taro@\x1b(Jnorthwind.jp", "ta\x1b(Bro@northwind.jp",
        "\x1b$B#t#a#r#o\x1b(B@northwind.jp",
        "x@attacker.test, <taro@north\x1b$B\x1b(Bwind.jp>"}) {
    EXPECT_THAT(found(std::string("From: ") + from, own),
                testing::Contains(testing::StartsWith("own-address")))
        << from;
  }
  for (const char* from :
       {"taro2@northwind.jp", "taro@adatum.test", "\"ta ro2\"@northwind.jp",
        "=?utf-8?q?jiro?=@northwind.jp", "tarо@northwind.jp",
        "jiro@adatum.test (for taro@northwind.jp)",
        "\"taro@northwind.test\""}) {
    EXPECT_THAT(found(std::string("From: ") + from, own),
                testing::Each(testing::Not(testing::StartsWith("own-address"))))
        << from;
  }
}

TEST(find_imitation, of_our_own_sender) {
  const auto found = [](const std::string& fields, bool alone = true,
                        bool ours = false) {
    const std::string octets = fields + "\r\n\r\n";
    const message::header_view header = message::parse_header(octets);
    const own_sender own{
        .address = "mekiki@home.example",
        .is_ours_alone = alone,
        .wrote = [ours](const message::header_view&) { return ours; }};
    return find_imitation(header, read_header_facts(header), own);
  };
  const std::string us = "mekiki@home.example";
  EXPECT_EQ(found("From: Mekiki <mekiki@home.example>"), us);
  EXPECT_EQ(found("From: MEKIKI@Home.Example"), us);
  EXPECT_EQ(found("From: \"mekiki\"@home.example"), us);
  EXPECT_EQ(found("From: =?utf-8?q?mekiki?=@home.example"), us);
  EXPECT_EQ(found("From: Mekiki <mekiki\u00A0@home.example>"), us);
  EXPECT_EQ(found("From: a@b.example, mekiki@home.example"), us);
  EXPECT_EQ(found("From: a@b.example\r\nFrom: mekiki@home.example"), us);
  EXPECT_EQ(found("From: Mekiki <mekiki@home.example>", true, true), "");
  EXPECT_EQ(found("From: Mekiki <taro@home.example>"), "");
  EXPECT_EQ(found("From: Mekiki <mekiki@other.example>"), "");
  EXPECT_EQ(found("Subject: x"), "");
  // A person may write in the name of the address, but not as Mekiki.
  EXPECT_EQ(found("From: Taro <mekiki@home.example>", false), "");
  EXPECT_EQ(found("From: mekiki@home.example", false), "");
  EXPECT_EQ(found("From: The \xef\xbc\xad"
                  "ekiki <mekiki@home.example>",
                  false),
            us);
  EXPECT_EQ(found("From: =?utf-8?Q?M=65kiki?= <mekiki@home.example>", false),
            us);
}

// What is no domain name is shown as one all the same.
TEST(read_header_facts, authors_of_what_is_no_domain_name) {
  const auto domains = [](const std::string& domain) {
    return header_of("From: CEO <ceo@" + domain + ">").author_domains;
  };
  const std::string label64(64, 'a');
  std::string long_name;
  for (int i = 0; i < 4; ++i) long_name += std::string(60, 'a') + '.';
  for (const std::string& written : {std::string("bank.test\u00A0"),
                                     std::string("bank.test\u3000"),
                                     std::string("bank.test\u0080"),
                                     std::string("bank.test\u2028"),
                                     std::string("bank.test\xa0"),
                                     std::string("ba\u0080nk.test"),
                                     std::string("ba\u00A0nk.test"),
                                     std::string("bank\u3000.test"),
                                     std::string("\u3000bank.test"),
                                     std::string("bank.te\xadst"),
                                     std::string("bank.test\uE000"),
                                     std::string("ba\uFFFCnk.test"),
                                     std::string("\u0332bank.test"),
                                     std::string("\U0001D159bank.test"),
                                     std::string("💰.bank.test"),
                                     std::string("secure-☎.bank.test"),
                                     std::string("xn--é.bank.test"),
                                     std::string("אa.bank.test"),
                                     "é☎." + long_name + "bank.test",
                                     label64 + ".bank.test",
                                     std::string("bank.test！evil.test"),
                                     std::string("evil.test！bank.test")}) {
    const header_facts facts = header_of("From: CEO <ceo@" + written + ">");
    EXPECT_THAT(facts.author_domains,
                testing::Contains(testing::AnyOf(
                    "bank.test", testing::EndsWith(".bank.test"))))
        << written;
    EXPECT_FALSE(facts.author_is_clear) << written;
  }
  EXPECT_THAT(domains("[192.0.2.1]"), IsEmpty());
  EXPECT_THAT(domains("💰"), IsEmpty());
  // What is one stays as it is.
  for (const char* written : {"bank.test", "日本語.jp", "bank。test",
                              "ｂａｎｋ.test", "localhost", "a_b.test"}) {
    EXPECT_EQ(domains(written).size(), 1u) << written;
    EXPECT_TRUE(
        header_of("From: <x@" + std::string(written) + ">").author_is_clear)
        << written;
  }
}

TEST(read_header_facts, authors_in_encoded_words) {
  const auto domains = [](const std::string& from) {
    return header_of("From: " + from).author_domains;
  };
  for (const char* from :
       {"x@evil.test, ceo@=?utf-8?q?bank=2Etest?=",
        "ceo@=?utf-8?q?bank=2Etest?=, x@evil.test",
        "x@evil.test, CEO <ceo@=?utf-8?b?YmFuay50ZXN0?=>",
        "x@evil.test, <ceo@=?utf-8?q?ba?= =?utf-8?q?nk=2Etest?=>",
        "x@evil.test, =?utf-8?q?ceo=40bank.test?=",
        "x@evil.test, <=?utf-8?q?ceo=40bank.test?=>"}) {
    EXPECT_THAT(domains(from),
                testing::IsSupersetOf({"bank.test", "evil.test"}))
        << from;
    EXPECT_FALSE(header_of(std::string("From: ") + from).author_is_clear);
  }
  EXPECT_THAT(domains("ceo@=?utf-8?q?bank=2Etest?="), ElementsAre("bank.test"));
  // A name says nothing of authors.
  EXPECT_THAT(domains("=?utf-8?q?ceo=40bank.test?= <x@adatum.test>, "
                      "=?utf-8?q?Bo_=3Cbo=40bank.test=3E?= <y@adatum.test>"),
              ElementsAre("adatum.test"));
  EXPECT_TRUE(header_of("From: =?utf-8?q?Bo?= <=?utf-8?q?bo?=@adatum.test>")
                  .author_is_clear);
}

TEST(read_header_facts, authors_in_raw_japanese) {
  const auto domains = [](const std::string& from) {
    return header_of("From: " + from).author_domains;
  };
  for (const std::string& from :
       {"<ceo@ba\x1b(Bnk.test>", "CEO <ceo@\x1b(Jbank.test\x1b(B>",
        "ceo@ba\x1b$B\x1b(Bnk.test", "CEO <ceo@bank\x1b(I\x1b(B.test>",
        "CEO <ceo@bank\x1b$(D\x1b&@.test>",
        // Wide letters, the sign wide, and both in Shift_JIS.
        "CEO <ceo@\x1b$B#b#a#n#k\x1b(B.test>",
        "CEO <ceo\x1b$B!w\x1b(Bbank.test>, x@evil.test",
        "CEO <ceo@\x82\x82\x82\x81\x82\x8e\x82\x8b.test>",
        "CEO <ceo\201\227bank.test>"}) {
    EXPECT_THAT(domains(from), testing::Contains("bank.test")) << from;
    EXPECT_FALSE(header_of("From: " + from).author_is_clear) << from;
  }
  EXPECT_EQ(header_of("From: <ceo@\x1b$B#b#a#n#k\x1b(B.test>").author,
            "ceo@ｂａｎｋ.test");
  // Names, whose octets may be ";", "," and "@".
  for (const char* from :
       {"\x1b$B;3ED\x1b(B <ceo@bank.test>", "ceo@bank.test (\x1b$B;3ED\x1b(B)",
        "\"\x1b$B;3ED\x1b(B\" <ceo@bank.test>",
        "\x1b$B@n;3\x1b(B <ceo@bank.test>"}) {
    const header_facts facts = header_of(std::string("From: ") + from);
    EXPECT_THAT(facts.author_domains, ElementsAre("bank.test")) << from;
    EXPECT_EQ(facts.author, "ceo@bank.test") << from;
    EXPECT_TRUE(facts.author_is_clear) << from;
  }
}

TEST(read_header_facts, authors_with_a_wide_sign) {
  for (const char* from :
       {"CEO <ceo＠bank.test>", "ceo＠bank.test", "\"ceo﹫bank.test\" <>",
        "\"ceo＠bank.test\":;", "(ceo＠bank.test)",
        "=?utf-8?q?CEO_=3Cceo=EF=BC=A0bank=2Etest=3E?="}) {
    for (const std::string field : {"From: ", "Sender: "}) {
      const header_facts facts = header_of(field + from);
      EXPECT_THAT(facts.author_domains, ElementsAre("bank.test")) << from;
      EXPECT_FALSE(facts.author_is_clear) << from;
    }
  }
  EXPECT_THAT(header_of("From: <ceo＠bank.test>, x@evil.test").author_domains,
              ElementsAre("evil.test", "bank.test"));
  const header_facts name = header_of("From: 山田＠大阪 <x@adatum.test>");
  EXPECT_THAT(name.author_domains, ElementsAre("adatum.test"));
  EXPECT_TRUE(name.author_is_clear);
}

TEST(read_header_facts, encoded_authors_are_not_pushed_out) {
  std::string others;
  std::string route = "<";
  for (int i = 0; i < 10; ++i) {
    others += "a@a" + std::to_string(i) + ".test, ";
    route += "@r" + std::to_string(i) + ".test,";
  }
  route += ":x@evil.test>";
  const std::string bank = "=?utf-8?q?ceo=40bank.test?=";
  const std::string filler = "=?utf-8?q?a=40b.test?=, ";
  for (const std::string& from :
       {bank + ", " + others + "x@evil.test", others + bank,
        bank + ", " + route, "CEO <" + bank + ">, " + route,
        filler + bank + ", " + others + "x@evil.test",
        others + filler + bank}) {
    const std::vector<std::string> all =
        header_of("From: " + from).author_domains;
    EXPECT_THAT(all, testing::Contains("bank.test")) << from;
    EXPECT_GE(all.size(), 10u);
    EXPECT_LE(all.size(), 18u);
  }
}

TEST(read_header_facts, authors_are_not_pushed_out) {
  std::string route = "<";
  for (int i = 0; i < 12; ++i) route += "@e" + std::to_string(i) + ".test,";
  route += ":y@evil.test>";
  std::string empty;
  for (int i = 0; i < 12; ++i) empty += "<@f" + std::to_string(i) + ".test:>, ";
  for (const std::string& from :
       {"x@evil.test, " + route + ", ceo@bank.test, " + route,
        route + ", ceo@bank.test, " + empty + "z@evil.test",
        empty + "ceo@bank.test, " + empty + "x@evil.test"})
    EXPECT_THAT(header_of("From: " + from).author_domains,
                testing::Contains("bank.test"))
        << from;
}

TEST(read_header_facts, sender_where_nobody_is_the_author) {
  const std::string sender = "Sender: CEO <ceo@bank.test>\r\n";
  for (const char* from : {"", "From:\r\n", "From: undisclosed:;\r\n",
                           "From: Bank\r\n", "From: (Bank)\r\n"}) {
    const header_facts facts = header_of(from + sender);
    EXPECT_THAT(facts.author_domains, ElementsAre("bank.test")) << from;
    EXPECT_FALSE(facts.author_is_clear);
  }
  EXPECT_THAT(header_of("From: (x@adatum.test)\r\n" + sender).author_domains,
              ElementsAre("adatum.test", "bank.test"));
  EXPECT_THAT(header_of("From: x@adatum.test\r\n" + sender).author_domains,
              ElementsAre("adatum.test"));
  EXPECT_THAT(found("Sender: taro@northwind.jp"),
              ElementsAre("own-address taro@northwind.jp > taro@northwind.jp"));
  std::string ten;
  for (int i = 0; i < 10; ++i) ten += "a@a" + std::to_string(i) + ".test, ";
  for (const std::string& field :
       {std::string("Sender: (ceo@bank.test)\r\n"),
        std::string("Sender: =?utf-8?q?ceo=40bank.test?=\r\n"),
        std::string("Sender: \"ceo@bank.test\"\r\n"),
        std::string("Subject: x\rSender: ceo@bank.test\r\n"),
        std::string("Sender: ceo@ba\x1b(Bnk.test\r\n"),
        "Sender: " + ten + "ceo@bank.test\r\n"})
    EXPECT_THAT(header_of(field).author_domains, testing::Contains("bank.test"))
        << field;
  EXPECT_THAT(found("Sender: =?utf-8?q?taro=40northwind.jp?="),
              ElementsAre("own-address taro@northwind.jp > taro@northwind.jp"));
}

TEST(read_header_facts, list_by_its_id_or_address) {
  const std::string id = "List-Id: Dev <dev.lists.example>\r\n";
  const std::string post = "List-Post: <mailto:users@lists.example>\r\n";
  const std::pair<std::string, std::string> rows[] = {
      {id, "dev.lists.example"},
      {post, "users.lists.example"},
      {post + id, "dev.lists.example"},
      {id + post, "dev.lists.example"},
      {"List-Id: none\r\n" + post, ""},
      {id + id + post, ""},
      {post + post, ""},
      {"List-Post: NO\r\n", ""},
      {"List-Post: <mailto:users@XN--L8J.example>\r\n",
       "users.xn--l8j.example"},
  };
  for (const auto& [fields, expected] : rows)
    EXPECT_EQ(header_of(fields).list_id, expected) << fields;
}

TEST(read_header_facts, answers_that_cannot_be_read_lead_somewhere) {
  const auto reply = [](const std::string& value) {
    return header_of("From: x@adatum.test\r\nReply-To: " + value).reply_domains;
  };
  EXPECT_THAT(reply("a@adatum.test"), ElementsAre("adatum.test"));
  EXPECT_THAT(reply("a@adatum.test, b@[203.0.113.1]"),
              ElementsAre("adatum.test", ""));
  EXPECT_THAT(reply("a@adatum.test b@c.test"), testing::Contains(""));
  std::string many;
  for (int i = 0; i < 20; ++i) many += "a@adatum.test, ";
  EXPECT_THAT(reply(many + "b@attacker.test"), testing::Contains(""));
}

TEST(find_deceptions, tells_whose_domain_it_is) {
  const auto of = [](const std::string& fields) {
    const auto all =
        find_deceptions(header_of(fields), taro, &known(), &watched());
    return all.empty() ? "none" : to_string(all.front().of);
  };
  EXPECT_EQ(of("From: \"a@adatum.test\" <x@attacker.test>"), "nobodys");
  EXPECT_EQ(of("From: \"a@mail.example.co.jp\" <x@attacker.test>"), "known");
  EXPECT_EQ(of("From: \"a@contosobank.co.jp\" <x@attacker.test>"), "watched");
  EXPECT_EQ(of("From: \"jiro@northwind.jp\" <x@attacker.test>"), "own");
  EXPECT_EQ(of("From: x@contosobnak.co.jp"), "watched");
}

// Against a pass only an address accuses: no host takes its place, be it of the
// same domain or of others that weigh more.
TEST(find_deceptions, tells_addresses_from_hosts) {
  const auto of = [](const std::string& fields) {
    std::vector<std::string> out;
    for (const finding& f :
         find_deceptions(header_of(fields), taro, &known(), &watched())) {
      if (f.is_address)
        out.push_back(f.like);
    }
    return out;
  };
  const auto like = ElementsAre("northwind.jp");
  EXPECT_THAT(of("From: \"Backlog (northwind.jp)\" <x@attacker.test>"),
              IsEmpty());
  EXPECT_THAT(of("From: \"northwind.jp contosobank.co.jp\" <x@attacker.test>"),
              IsEmpty());
  EXPECT_THAT(of("From: \"jiro@northwind.jp\" <x@attacker.test>"), like);
  EXPECT_THAT(of("From: \"\uff4airo\uff20northwind.jp\" <x@attacker.test>"),
              like);
  EXPECT_THAT(of("From: \"jiro@northwind.jp\"@attacker.test"), like);
  // What the eye takes for one.
  for (const std::string name :
       {"jiro@ northwind.jp", "jiro@@northwind.jp", "'jiro'@northwind.jp",
        "(jiro)@northwind.jp", "jiro\u00a0@northwind.jp",
        "jiro@\u2009northwind.jp", "jiro\u200a@\u200anorthwind.jp",
        "jiro@northwind\u2009.jp", "\u793e\u9577@northwind.jp"})
    EXPECT_THAT(of("From: \"" + name + "\" <x@attacker.test>"), like) << name;
  for (const std::string name :
       {"@northwind.jp", "Jiro (@northwind.jp)", "Jiro @northwind.jp",
        "Jiro @ northwind.jp", "Jiro\u3000@northwind.jp",
        "Jiro\u00a0northwind.jp"})
    EXPECT_THAT(of("From: \"" + name + "\" <x@attacker.test>"), IsEmpty())
        << name;
  EXPECT_THAT(of("From: \"northwind.jp: jiro@northwind.jp\" <x@attacker.test>"),
              like);
  EXPECT_THAT(of("From: northwind.jp (jiro@northwind.jp) <x@attacker.test>"),
              like);
  EXPECT_THAT(
      of("From: \"northwind.jp\" (jiro@northwind.jp) <x@attacker.test>"), like);
  EXPECT_THAT(of("From: \"contosobank.co.jp northwind.jp wingtips.com "
                 "tailspin.com fabrikam.test nec.test a@example.co.jp\" "
                 "<x@attacker.test>"),
              ElementsAre("example.co.jp"));
  std::string hosts = "From: ";
  for (int i = 0; i < 40; ++i)
    hosts += "(a" + std::to_string(i) + ".northwind.jp) ";
  EXPECT_THAT(of(hosts + "(a@contosobank.co.jp) <x@attacker.test>"),
              ElementsAre("contosobank.co.jp"));
}

// Brands have Greek letters, and addresses are copied with what nobody sees.
TEST(find_deceptions, tells_what_may_be_chance) {
  const auto of = [](const std::string& from) {
    std::vector<std::string> out;
    for (const finding& f : find_deceptions(header_of("From: " + from), taro,
                                            &known(), &watched()))
      out.push_back(std::string(to_string(f.what)) + ' ' + f.like + ' ' +
                    std::string(to_string(f.of)) +
                    (f.may_be_chance ? " chance" : ""));
    return out;
  };
  for (const auto& [name, like] :
       {std::pair{"αGEL", "aGEL"}, std::pair{"Sony αclub", "Sony aclub"},
        std::pair{"GLOBALα", "GLOBALa"}})
    EXPECT_THAT(
        of(std::string(name) + " <x@adatum.test>"),
        ElementsAre("mixed-script " + std::string(like) + " nobodys chance"));
  // Somebody's own brand is no lie.
  EXPECT_THAT(of("Wіngtips <x@wingtips.com>"),
              ElementsAre("mixed-script Wingtips nobodys chance"));
  // But that of another is one, as host, by its domain, or as a name.
  EXPECT_THAT(
      of("Cоntosobank.co.jp <x@adatum.test>"),
      testing::Contains("mixed-script contosobank.co.jp watched chance"));
  EXPECT_THAT(of("Cоntosobank Support <x@adatum.test>"),
              ElementsAre("mixed-script contosobank.co.jp watched chance"));
  EXPECT_THAT(of("Hаnako Sato <x@adatum.test>"),
              testing::Contains("mixed-script example.co.jp known chance"));
  // A first finding that may be chance hides no other.
  EXPECT_THAT(
      of("αGEL <x@adatum.test>, Cоntosobank <y@adatum.test>"),
      testing::Contains("mixed-script contosobank.co.jp watched chance"));
  EXPECT_THAT(of("\"\u202Emoc\" <x\u200B@adatum.test>"),
              ElementsAre("bidi adatum.test nobodys",
                          "bidi adatum.test nobodys chance"));
  // Nor do many of them.
  std::string many;
  for (int i = 0; i < 60; ++i)
    many += "αGEL <x\u200B@b" + std::to_string(i) + ".test>, ";
  EXPECT_THAT(
      of(many + "\"\u202Emoc\" <x@adatum.test>, Cоntosobank <y@adatum.test>"),
      testing::AllOf(
          testing::SizeIs(testing::Le(50U)),
          testing::Contains("bidi adatum.test nobodys"),
          testing::Contains("mixed-script contosobank.co.jp watched chance")));

  EXPECT_THAT(of("ceo@adatum.test\u200B"),
              ElementsAre("bidi adatum.test nobodys chance"));
  EXPECT_THAT(of("\uFEFFceo@adatum.test"),
              ElementsAre("bidi adatum.test nobodys chance"));
  EXPECT_THAT(of("\u202Eoec@adatum.test"),
              ElementsAre("bidi adatum.test nobodys"));
  for (const char* from : {"می\u200Cخواهم@adatum.test",
                           "शर्\u200Dमा@adatum.test", "❤\uFE0F@adatum.test"})
    EXPECT_THAT(of(from), IsEmpty()) << from;
}

TEST(find_deceptions, lets_own_mail_from_inside_pass) {
  EXPECT_THAT(found("From: taro@northwind.jp", {{"taro@northwind.jp"}, true}),
              IsEmpty());
}

TEST(find_deceptions, never_accuses_a_known_domain) {
  for (const char* domain :
       {"example.co.jp", "wingtips.com", "fabrikam.test", "tailspin.com",
        "tailspin.co.jp", "nec.test", "contosobank.co.jp", "northwind.jp"}) {
    for (const char* below : {"", "mail.", "wingtips.com.", "secure-example."})
      EXPECT_THAT(found(std::string("From: x@") + below + domain), IsEmpty())
          << below << domain;
  }
}

TEST(find_deceptions, works_without_correspondents) {
  const header_facts header =
      header_of("From: \"ceo@example.jp\" <x@attacker.test>");
  const auto all = find_deceptions(header, {}, nullptr, nullptr);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].what, kind::display_address);
}

TEST(find_deceptions, cuts_long_texts_between_characters) {
  std::string name = "ceo@example.jp";
  for (int i = 0; i < 500; ++i) name += "あ";
  name = "\u202E" + name;
  for (const finding& f :
       find_deceptions(header_of("From: \"" + name + "\" <x@attacker.test>"),
                       taro, &known(), &watched())) {
    EXPECT_LE(f.seen.size(), 256u);
    EXPECT_EQ(mime::decode_words(f.seen), f.seen);
  }
}

TEST(find_deceptions, tells_octets_that_are_no_text_as_text) {
  EXPECT_THAT(found("From: taro@northwin\xfd"
                    "d.jp"),
              ElementsAre("own-address taro@northwin\uFFFDd.jp > "
                          "taro@northwin\uFFFDd.jp",
                          // As Windows-1252: "northwinýd.jp".
                          "one-edit xn--northwind-79a.jp > northwind.jp"));
}

}  // namespace
}  // namespace mekiki::verdict

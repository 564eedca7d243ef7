#include "message/address.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_conformance.hpp"

namespace mekiki::message {
namespace {

using namespace std::string_literals;

struct row {
  const char* about;
  std::string value;
  std::vector<std::string> addresses;
  std::string first_name;
  bool well_formed = true;
};

const std::vector<row>& table() {
  static const std::vector<row> rows = {
      {"RFC 5322 A.1.1",
       "John Doe <jdoe@machine.example>",
       {"jdoe@machine.example"},
       "John Doe"},
      {"RFC 5322 A.1.2",
       "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
       {"mary@x.test", "jdoe@example.org", "one@y.test"},
       "Mary Smith"},
      {"RFC 5322 A.1.2",
       "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <s@e.net>",
       {"boss@nil.test", "s@e.net"},
       ""},
      {"RFC 5322 A.1.3",
       "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
       {"c@a.test", "joe@where.test", "jdoe@one.test"},
       "Ed Jones"},
      {"RFC 5322 A.1.3, empty group", "Undisclosed recipients:;", {}, ""},
      {"RFC 5322 A.5",
       "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
       {"pete@silly.test"},
       "Pete"},
      {"RFC 5322 A.5, group",
       "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public"
       ".example>,\r\n joe@example.org,\r\n John <jdoe@one.test> (my dear "
       "friend); (the end of the group)",
       {"c@public.example", "joe@example.org", "jdoe@one.test"},
       "Chris Jones"},
      {"RFC 5322 A.6.1",
       "Joe Q. Public <john.q.public@example.com>",
       {"john.q.public@example.com"},
       "Joe Q. Public"},
      {"RFC 5322 A.6.1, route and empty elements",
       "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
       {"mary@example.net", "jdoe@test.example"},
       "Mary Smith"},
      {"route of several", "<@a.test,@b.test:c@d.test>", {"c@d.test"}, ""},
      {"nothing", "", {}, ""},
      {"a comment only", "(a@b.test)", {}, ""},
      {"empty angle", "Bounce <>", {}, "", false},
      {"name in a comment",
       "a@b.test (Some (nested) One)",
       {"a@b.test"},
       "Some (nested) One"},
      {"quoted local part", "\"a b\"@c.test", {"\"a b\"@c.test"}, ""},
      {"obsolete local part",
       "a . \"b c\" . d@e.test",
       {"a.\"b c\".d@e.test"},
       ""},
      {"literal", "a@[192.0.2.1]", {"a@[192.0.2.1]"}, ""},
      {"encoded words stay",
       "=?utf-8?Q?a=40b=2Etest?= <c@d.test>",
       {"c@d.test"},
       "=?utf-8?Q?a=40b=2Etest?="},
      {"UTF-8",
       "\xe5\xb1\xb1\xe7\x94\xb0 <\xe5\xb1\xb1@\xe4\xbe\x8b.jp>",
       {"\xe5\xb1\xb1@\xe4\xbe\x8b.jp"},
       "\xe5\xb1\xb1\xe7\x94\xb0"},
      {"folded", "\"Long\r\n Name\"\r\n <a@b.test>", {"a@b.test"}, "Long Name"},
      {"raw ISO-2022-JP",
       "\"\x1b$B;3ED\x1b(B\" <a@b.test>",
       {"a@b.test"},
       "\x1b$B;3ED\x1b(B"},
      {"raw ISO-2022-JP with a quote and a backslash",
       "\"\x1b$B$\"%\\\x1b(B\" <a@b.test>",
       {"a@b.test"},
       "\x1b$B$\"%\\\x1b(B"},
      {"raw ISO-2022-JP without quotes",
       "\x1b$B$\"ED\x1b(B <a@b.test>",
       {"a@b.test"},
       "\x1b$B$\"ED\x1b(B"},
      {"raw half-width katakana",
       "\"\x1b(I1\"\x1b(B\" <a@b.test>",
       {"a@b.test"},
       "\x1b(I1\"\x1b(B"},
      {"raw Shift_JIS with backslashes",
       "\"\x95\\\x8e\xa6 \x83\\\" <a@b.test>",
       {"a@b.test"},
       "\x95\\\x8e\xa6 \x83\\"},
      {"a shift that never ends",
       "\"\x1b$B;3\" <a@b.test>",
       {"a@b.test"},
       "$B;3",
       false},
      {"shifts within an address",
       "Jo <c\x1b(Beo@\x1b(Jba\x1b$B\x1b(Bnk.test\x1b(B>",
       {"ceo@bank.test", "c(Beo@(Jba$B(Bnk.test(B"},
       "Jo",
       false},
      {"an author who is only there for some clients",
       "\"\x1b$B\" <good@bank.test>, \"\x1b(B\" <e@evil.test>",
       {"e@evil.test", "good@bank.test"},
       "\x1b$B\" <good@bank.test>, \"\x1b(B",
       false},
      {"the same in Shift_JIS",
       "\"\x83\\\" <good@bank.test>, x\" <e@evil.test>",
       {"good@bank.test", "e@evil.test"},
       "\x83\\",
       false},
      {"final line break", " a@b.test\r\n", {"a@b.test"}, ""},

      {"an address in a quoted name",
       "\"good@bank.test\" <e@evil.test>",
       {"e@evil.test"},
       "good@bank.test"},
      {"brackets in a quoted name",
       "\"x <good@bank.test>,\" <e@evil.test>",
       {"e@evil.test"},
       "x <good@bank.test>,"},
      {"an escaped quote",
       "\"a\\\" <good@bank.test>\" <e@evil.test>",
       {"e@evil.test"},
       "a\" <good@bank.test>"},
      {"an address in a comment",
       "(<good@bank.test>,) e@evil.test",
       {"e@evil.test"},
       "<good@bank.test>,"},
      {"its own address as name",
       "a@b.test <a@b.test>",
       {"a@b.test"},
       "a@b.test"},
      {"another address as name",
       "good@bank.test <e@evil.test>",
       {"e@evil.test"},
       "good@bank.test",
       false},
      {"two in brackets",
       "<good@bank.test><e@evil.test>",
       {"good@bank.test", "e@evil.test"},
       "",
       false},
      {"bracket in brackets",
       "<good@bank.test<e@evil.test>>",
       {"good@bank.test<e@evil.test"},
       "",
       false},
      {"two at signs",
       "a@good.test@evil.test",
       {"a@good.test@evil.test"},
       "",
       false},
      {"words before an address",
       "see good bank@evil.test",
       {"bank@evil.test"},
       "",
       false},
      {"comma in a name", "Doe, John <a@b.test>", {"a@b.test"}, "John", false},
      {"colon in a name", "Re: you <a@b.test>", {"a@b.test"}, "you", false},
      {"address as group name", "a@b.test:c@d.test;", {"c@d.test"}, "", false},
      {"group in a group", "a:b:c@d.test;;", {"c@d.test"}, "", false},
      {"semicolon without group",
       "a@b.test; c@d.test",
       {"a@b.test", "c@d.test"},
       "",
       false},
      {"no domain", "a@", {}, "", false},
      {"no local part", "@b.test", {"@b.test"}, "", false},
      {"no at sign", "someone", {}, "", false},
      {"dots", "a..b@c..test", {"a..b@c..test"}, "", false},
      {"final dot", "a@b.test.", {"a@b.test."}, "", false},
      {"quote does not close", "\"Jo <a@b.test>", {"a@b.test"}, "\"Jo", false},
      {"comment does not close", "(Jo <a@b.test>", {"a@b.test"}, "(Jo", false},
      {"bracket does not close", "Jo <a@b.test", {"a@b.test"}, "Jo", false},
      {"a comment that does not close behind an address",
       "a@b.test (Jo",
       {"a@b.test"},
       "",
       false},
      {"a word behind", "a@b.test Word", {"a@b.test"}, "", false},
      {"NUL", "a@good.test\0.evil.test"s, {"a@good.test.evil.test"}, "", false},
      {"bare CR",
       "a@good.test\r,b@evil.test",
       {"a@good.test", "b@evil.test"},
       "",
       false},
  };
  return rows;
}

TEST(parse_addresses, table) {
  for (const row& r : table()) {
    SCOPED_TRACE(r.about + ": "s + r.value);
    const address_list list = parse_addresses(r.value);
    EXPECT_EQ(list.well_formed, r.well_formed);
    std::vector<std::string> got;
    got.reserve(list.mailboxes.size());
    for (const mailbox& m : list.mailboxes) got.push_back(m.address());
    EXPECT_EQ(got, r.addresses);
    EXPECT_EQ(list.count, got.size());
    if (!list.mailboxes.empty())
      EXPECT_EQ(list.mailboxes[0].display_name, r.first_name);
  }
}

TEST(possible_domains, are_all_that_some_client_might_show) {
  const struct {
    std::string value;
    std::vector<std::string> domains;
    bool is_certain = true;
  } rows[] = {
      {"Jo <a@B.test>", {"b.test"}},
      {"a@b.test (Jo at c@d.test)", {"b.test"}},
      {"a@b.test, Jo <c@b.test>", {"b.test"}},
      {"Team: a@b.test, c@d.test;", {"b.test", "d.test"}},
      {"a..b@c.test", {"c.test"}},
      {"a.@c.test", {"c.test"}},
      {"Scanner, 2F <a@b.test>", {"b.test"}},
      {"NAS: backup <a@b.test>", {"b.test"}},
      {"root@nas <a@b.test>", {"b.test"}},
      {"root@nas: Cron <a@b.test>", {"b.test"}},
      {"\"Jo <a@b.test>", {"b.test"}},
      {"\x83\\[ <a@b.test>", {"b.test"}},
      {"a@\xe4\xbe\x8b.jp", {"\xe4\xbe\x8b.jp"}},
      {"a@localhost", {"localhost"}},
      // Raw ISO-2022-JP, in whose octets stand ";", "," and "@".
      {"\x1b$B;3ED\x1b(B <a@b.test>", {"b.test"}},
      {"a@b.test (\x1b$B;3ED\x1b(B)", {"b.test"}},
      {"\x1b$B@n;3\x1b(B <a@b.test>", {"b.test"}},
      {"\x1b$B5\"ED\x1b(B <a@b.test>", {"b.test"}},
      {"\"\x1b$B;3ED\x1b(B\" <a@b.test>, c@b.test", {"b.test"}},
      // Where it hides one from whoever reads its octets, or shows him one.
      {"\x1b$B<x@bank.test>\x1b(B <a@b.test>", {"b.test", "bank.test"}, false},
      {"\"\x1b$B\"\x1b(B <x@bank.test>\" <a@b.test>",
       {"b.test", "bank.test"},
       false},
      {"<x@ba\x1b(Bnk.test>", {"bank.test", "babnk.test"}, false},
      {"<x@\x1b(Jbank.test\x1b(B>",
       {"bank.test", "jbank.testb", "jbank.test"},
       false},
      {"x@ba\x1b$B\x1b(Bnk.test", {"bank.test", "bbnk.test"}, false},
      {"<x@\x1b$B#b#a\x1b(Bnk.test>",
       {"\x1b$B#b#a\x1b(Bnk.test", "abnk.test"},
       false},
      // A wide sign.
      {"Jo <x\uff20bank.test>", {"bank.test"}, false},
      {"\"x\ufe6bbank.test\"", {"bank.test"}, false},
      {"\"x\uff20bank.test\":;", {"bank.test"}, false},
      {"x\uff20bank\u3002test, <a@b.test>",
       {"b.test", "bank\u3002test"},
       false},
      {"Jo\uff20Osaka <a@b.test>, Bo\uff20Kobe, c@b.test", {"b.test"}},
      // Within brackets a blank ends nothing for all clients.
      {"Jo <a@b.test>, <c@ba nk.test>",
       {"b.test", "ba", "nk.test", "bank.test"},
       false},
      {"<a@b.test c.test>", {"b.test", "c.test", "b.testc.test"}, false},
      {"<a@b.test\tc.test d.test>",
       {"b.test", "d.test", "b.testc.testd.test", "c.test"},
       false},
      {"<a@b.test (c) d.test>", {"b.test", "d.test", "b.testd.test"}, false},
      {"<a@b.test c.test d>", {"b.test", "b.testc.testd", "c.test"}, false},
      {"<a@b .test>", {"b.test"}},
      {"a@b.test Jo", {"b.test"}},
      {"", {}},
      {"someone", {}},
      {"a@", {}},
      // Text before an address in angle brackets is a name, but no list is.
      {"a@bank.test <e@evil.test>", {"evil.test"}},
      {"\"a@bank.test\" <e@evil.test>", {"evil.test"}},
      {"a@bank.test, <e@evil.test>", {"bank.test", "evil.test"}},
      {"a@bank.test <>", {"bank.test"}},
      {"\"a@bank.test\" <>", {"bank.test"}, false},
      {"a@bank.test <@x>", {"x", "bank.test"}},
      {"a@bank.test <@e.test:b@evil.test>", {"e.test", "evil.test"}},
      {"\"a@bank.test\"", {"bank.test"}, false},
      {"\"a@bank.test\", e@evil.test", {"bank.test", "evil.test"}, false},
      {"a@bank.test\0 <e@evil.test>"s, {"evil.test", "bank.test"}, false},
      // Odd grammar.
      {"info@bank.test Word", {"bank.test"}},
      {"info@bank.test word@evil.test", {"bank.test", "evil.test"}},
      {"<a@bank.test;b@evil.test>", {"bank.test", "evil.test"}},
      {"<a@bank.test><b@evil.test>", {"bank.test", "evil.test"}},
      {"<a@bank.test<b@evil.test>>", {"bank.test", "evil.test"}},
      {"<@bank.test:b@evil.test>", {"bank.test", "evil.test"}},
      {"<b@evil.test> a@bank.test", {"evil.test", "bank.test"}},
      {"a@bank.test@evil.test", {"bank.test", "evil.test"}},
      {"a@\"bank.test\"", {"bank.test"}},
      {"a@\"bank\".test", {"bank.test"}},
      {"a@bank\".test\"", {"bank.test"}},
      {"a@bank.test\".evil.test\"", {"bank.test.evil.test", "bank.test"}},
      {"a@bank.test!", {"bank.test"}, false},
      {"a@bank..test.", {"bank.test"}},
      {"a@bank.test .evil.test", {"bank.test.evil.test", "bank.test"}},
      {"a@bank.test\0.evil.test"s, {"bank.test.evil.test", "bank.test"}, false},
      {"a@bank.test\r,b@evil.test", {"bank.test", "evil.test"}, false},
      {"a@[192.0.2.1]", {}, false},
      // At most ten, of both ends.
      {"a@a.test,a@b.test,a@c.test,a@d.test,a@e.test,a@f.test,a@g.test,"
       "a@h.test,a@i.test,a@j.test,a@k.test,a@l.test",
       {"a.test", "b.test", "c.test", "d.test", "e.test", "h.test", "i.test",
        "j.test", "k.test", "l.test"},
       false},
  };
  for (const auto& r : rows) {
    SCOPED_TRACE(r.value);
    const domain_list list = possible_domains(r.value);
    EXPECT_EQ(list.domains, r.domains);
    EXPECT_EQ(list.is_certain, r.is_certain);
  }
}

TEST(parse_addresses, texts_beside_mailboxes) {
  const struct {
    std::string value;
    std::vector<std::string> texts;
  } rows[] = {
      {"Jo <a@b.test>", {}},
      {"a@b.test (Jo)", {}},
      {"\"Jo (x)\" <a@b.test>, =?utf-8?q?Jo?= <c@d.test>", {}},
      {"a . b@c.test", {"a ."}},
      {"Bank a@bank.test: <e@evil.test>", {"Bank a@bank.test"}},
      {"\"a@bank.test\": e@evil.test;", {"a@bank.test"}},
      {"Jo:;", {"Jo"}},
      {"Jo", {"Jo"}},
      {"\"Jo\" <>", {"Jo"}},
      {"Jo <jo> <e@evil.test>", {"Jo", "jo"}},
      {"a@bank.test <@x>", {"a@bank.test"}},
      {"(a@bank.test) e@evil.test (Jo)", {"a@bank.test"}},
      {"(a@bank.test)", {"a@bank.test"}},
      {"(a@bank.test) <e@evil.test>", {"a@bank.test"}},
      {"Jo (a@bank.test) <e@evil.test>", {"a@bank.test"}},
      {"<e@evil.test (a@bank.test)>", {"a@bank.test"}},
      {"<e@evil.test> (a@bank.test)", {"a@bank.test"}},
      {"<e@evil.test> \"a@bank.test\"", {"a@bank.test"}},
      {"e@evil.test \"a@bank.test\"", {"a@bank.test"}},
      {"\"a@bank.test\" e@evil.test", {"a@bank.test"}},
      {"<\"a@bank.test\"e@evil.test>", {"a@bank.test"}},
      {"=?utf-8?q?a=40bank.test?= e@evil.test", {"=?utf-8?q?a=40bank.test?="}},
      {"\"a@ba\x1b(Bnk.test\" <e@evil.test>", {"a@ba(Bnk.test"}},
  };
  for (const auto& r : rows)
    EXPECT_EQ(parse_addresses(r.value).texts, r.texts) << r.value;
}

TEST(parse_addresses, texts_take_no_place_of_others) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "(\u200b)";
  for (const char* from :
       {"(a@bank.test) <e@evil.test>", "\"a@bank.test\": e@evil.test;",
        "a@bank.test <> e@evil.test"}) {
    const address_list list = parse_addresses(many + from);
    EXPECT_EQ(list.texts.size(), 10'001U);
    EXPECT_EQ(std::ranges::count(list.texts, "a@bank.test"), 1) << from;
  }
}

TEST(address_parts, begin_with_the_angle_bracket_where_there_is_one) {
  const struct {
    std::string value;
    std::vector<std::string> parts;
  } rows[] = {
      {"Jo <a@b.test>", {"<a@b.test>"}},
      {"Jo <a@b.test>, c@d.test (x, y)", {"<a@b.test>", "c@d.test (x, y)"}},
      {"\"x <y>\" <a@b.test><c>", {"<a@b.test><c>"}},
      {"=?utf-8?q?a=40b.test?=, c@d.test",
       {"=?utf-8?q?a=40b.test?=", "c@d.test"}},
      {"a@b.test, \x1b$B<c>\x1b(B",
       {"a@b.test", "\x1b$B<c>\x1b(B", "<c>\x1b(B"}},
      {"", {}},
  };
  for (const auto& r : rows)
    EXPECT_EQ(address_parts(r.value), r.parts) << r.value;
}

TEST(possible_domains, are_not_hidden_by_length) {
  std::string folds;
  while (folds.size() < 70'000) folds += "\r\n" + std::string(901, ' ');
  for (const std::string& before :
       {folds, "(" + folds + ")", std::string(500'000, 'x'),
        std::string(65'520, 'x'), std::string(64'500, 'x')}) {
    const domain_list list =
        possible_domains("Bank" + before + " <x@bank.test>");
    EXPECT_THAT(list.domains, testing::Contains("bank.test")) << before.size();
    EXPECT_FALSE(before.size() > 65'536 && list.is_certain);
  }
}

TEST(authors, are_not_hidden_by_padding) {
  std::string folds;
  while (folds.size() < 70'000) folds += "\r\n" + std::string(901, ' ');
  const std::string x(70'000, 'x');
  for (const std::string& before :
       {folds, " (" + x + ")", " (" + x + "(\\)" + folds + ")) ",
        " \"" + folds + "\" "}) {
    const std::string field =
        "From: Jo" + before + "Bank <x@bank.test>\r\n\r\n";
    const author_list all = authors(parse_header(field));
    EXPECT_EQ(all.from.count, 1u);
    ASSERT_EQ(all.from.mailboxes.size(), 1u) << before.size();
    EXPECT_EQ(all.from.mailboxes[0].address(), "x@bank.test");
    EXPECT_THAT(
        all.from.mailboxes[0].display_name,
        testing::AllOf(testing::StartsWith("Jo"), testing::EndsWith("Bank")));
    EXPECT_FALSE(all.from.well_formed);
  }
  const author_list all =
      authors(parse_header("From: " + x + " <x@bank.test>\r\n\r\n"));
  EXPECT_EQ(all.from.count, 1u);
  EXPECT_EQ(all.shown.first_address, "x@bank.test");
}

TEST(possible_domains, are_found_across_the_cut) {
  const auto many = [](std::size_t times, const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
  };
  for (const std::string& field :
       {"Bank " + many(21'000, "\"\" ") + "<x@bank" +
            many(12, "(" + std::string(200, 'c') + ")") + ".test>",
        "\"" + std::string(64'000, 'q') + "\" <x@bank" +
            std::string(3000, ' ') + ".test>"})
    EXPECT_THAT(possible_domains(field).domains,
                testing::Contains("bank.test"));
}

TEST(authors, are_found_behind_all_other_fields) {
  std::string header;
  for (int i = 0; i < 10'001; ++i) header += "A:b\n";
  for (int i = 0; i < 200; ++i) header += "From: a@evil.test\n";
  for (const char* last :
       {"From: x@bank.test\n\n", "From\r\n : x@bank.test\n\n",
        "From\v: x@bank.test\n\n", "A: b\rFrom: x@bank.test\n\n"}) {
    const std::string octets = header + last;
    header_view h = parse_header(octets);
    later_from_finder later;
    later.write(std::string_view(octets).substr(h.size));
    h.later_from = later.finish();
    EXPECT_THAT(authors(h).shown.domains, testing::Contains("bank.test"))
        << last;
  }
}

TEST(possible_domains, first_address) {
  const struct {
    const char* value;
    const char* address;
  } rows[] = {
      {"a@b.test", "a@b.test"},
      {"Jo <a..b@c.test>", "a..b@c.test"},
      {"see good bank@b.test word", "bank@b.test"},
      {"<a@bank.test;b@evil.test>", "a@bank.test"},
      {"a@\"bank.test\"", "a@bank.test"},
      {"a@[192.0.2.1], \"x y\"@b.test", "\"x y\"@b.test"},
      {"someone", ""},
  };
  for (const auto& r : rows)
    EXPECT_EQ(possible_domains(r.value).first_address, r.address) << r.value;
}

TEST(authors, are_looked_for_in_every_line_that_some_client_might_read) {
  const struct {
    std::string header;
    std::vector<std::string> domains;
    bool is_certain = true;
  } rows[] = {
      {"From: a@b.test\r\nTo: x@y.test\r\nfrom: c@d.test\r\n",
       {"b.test", "d.test"}},
      {" From: a@b.test\r\nFrom: c@d.test\r\n", {"b.test", "d.test"}, false},
      {"To: x\rFrom: a@b.test\rX: e@f.test\r\nFrom: c@d.test\r\n",
       {"b.test", "d.test"},
       false},
      {"From: a@b.test\rFrom: c@d.test\r\n",
       {"b.testfrom", "b.test", "d.test"},
       false},
  };
  for (const auto& r : rows) {
    SCOPED_TRACE(r.header);
    const domain_list list = authors(parse_header(r.header)).shown;
    EXPECT_EQ(list.domains, r.domains);
    EXPECT_EQ(list.is_certain, r.is_certain);
  }
}

TEST(parse_addresses, limits) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a@b.test,";
  const address_list list = parse_addresses(many);
  EXPECT_EQ(list.mailboxes.size(), 100U);
  EXPECT_EQ(list.count, 1000U);
  EXPECT_TRUE(list.well_formed);

  EXPECT_FALSE(parse_addresses(std::string(70'000, ' ') + "a@b").well_formed);
  // Nothing here may take long.
  for (const char* piece :
       {"(", "\"", "\"\\", "[", "<", "<a@b", ":", "(\\", "@"}) {
    std::string text;
    while (text.size() < 65'000) text += piece;
    EXPECT_FALSE(parse_addresses(text).well_formed) << piece;
    possible_domains(text);
  }
}

TEST(authors, counts_over_all_from_fields) {
  const struct {
    const char* header;
    std::size_t count, fields;
    bool well_formed;
    const char* first;
  } rows[] = {
      {"From: a@b.test\r\n", 1, 1, true, "a@b.test"},
      {"FROM : a@b.test, c@d.test\r\n", 2, 1, true, "a@b.test"},
      {"From: a@b.test\r\nTo: x@y.test\r\nfrom: c@d.test\r\n", 2, 2, true,
       "a@b.test"},
      {"To: x@y.test\r\n", 0, 0, true, nullptr},
      {" From: a@b.test\r\nFrom: c@d.test\r\n", 1, 2, false, "c@d.test"},
      {"To: x\rFrom: a@b.test\r\nFrom: c@d.test\r\n", 1, 2, false, "c@d.test"},
      {"From: a@b.test\r\nFrom: \"\r\n", 1, 2, false, "a@b.test"},
  };
  for (const auto& r : rows) {
    SCOPED_TRACE(r.header);
    const author_list list = authors(parse_header(r.header));
    EXPECT_EQ(list.from.count, r.count);
    EXPECT_EQ(list.fields, r.fields);
    EXPECT_EQ(list.from.well_formed, r.well_formed);
    ASSERT_EQ(list.from.mailboxes.empty(), r.first == nullptr);
    if (r.first != nullptr)
      EXPECT_EQ(list.from.mailboxes[0].address(), r.first);
  }
}

TEST(parse_list_id, refuses_what_is_not_one_identifier) {
  for (const char* value :
       {"", "list.example", "<>", "<a.test> <b.test>", "<a.test", "a>",
        "\"<a.test>\"", "(<a.test>)", "<a@b.test>"}) {
    EXPECT_FALSE(parse_list_id(value)) << value;
  }
}

TEST(parse_list_post, first_address) {
  const std::pair<const char*, std::string> rows[] = {
      {"<mailto:users@lists.example>", "users.lists.example"},
      {" (by mail) <MAILTO:Users@Lists.example?subject=x>\r\n",
       "Users.Lists.example"},
      {"<https://lists.example/post>, <mailto:a-b_c@lists.example>",
       "a-b_c.lists.example"},
      {"<mailto:a@b.example>, <mailto:c@d.example>", "a.b.example"},
      {"<mailto:users@\r\n lists.example>", "users.lists.example"},
      {"NO", ""},
      {"NO (posting not allowed)", ""},
      {"", ""},
      {"mailto:a@b.example", ""},
      {"<mailto:>", ""},
      {"<mailto:a@>", ""},
      {"<mailto:@b.example>", ""},
      {"<mailto:a@b@c.example>", ""},
      {"<mailto:a%40b@c.example>", ""},
      {"<mailto:a@b.example", ""},
      {"<mailto:a@b.example,c@d.example>", ""},
      {"(<mailto:a@b.example>)", ""},
      {"<https://lists.example/post>", ""},
  };
  for (const auto& [value, expected] : rows)
    EXPECT_EQ(parse_list_post(value).value_or(""), expected) << value;
}

TEST(conformance, from_header) {
  if (const auto folder = conformance::folder("from-header");
      !std::filesystem::exists(folder)) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << folder;
  }
  const boost::json::value whole = conformance::manifest("from-header");
  std::size_t ran = 0;
  for (const boost::json::value& c : whole.at("cases").as_array()) {
    SCOPED_TRACE(boost::json::serialize(c));
    ++ran;
    const std::string what(c.at("what").as_string());
    const std::string header(c.at("header").as_string());
    const boost::json::object& expect = c.at("expect").as_object();
    std::optional<std::string> got;
    if (what == "author") {
      const address_list list = parse_addresses(header);
      if (!list.mailboxes.empty())
        got = list.mailboxes[0].address();
    } else {
      const header_view parsed = parse_header(header);
      ASSERT_EQ(parsed.fields.size(), 1U);
      if (what == "list-id") {
        got = parse_list_id(parsed.fields[0].value);
      } else {
        const address_list list = what == "from"
                                      ? authors(parsed).from
                                      : parse_addresses(parsed.fields[0].value);
        if (!list.mailboxes.empty())
          got = list.mailboxes[0].address();
        EXPECT_EQ(list.well_formed, !expect.at("error").as_bool());
      }
    }
    if (expect.at("error").as_bool()) {
      EXPECT_EQ(got, std::nullopt);
    } else {
      EXPECT_EQ(got, std::string(expect.at("value").as_string()));
    }
  }
  EXPECT_EQ(ran, whole.at("count").as_int64());
}

}  // namespace
}  // namespace mekiki::message

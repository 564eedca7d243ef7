#include "auth/spf/record.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mekiki::spf {
namespace {

std::string outcome(std::string_view terms) {
  const auto record = parse_terms(terms);
  return std::string(record ? "ok" : to_string(record.error().code));
}

struct row {
  const char* terms;
  const char* outcome;
};

// RFC 7208 12, term by term.
const std::vector<row> rows{
    {"", "ok"},
    {"   ", "ok"},
    {" -all", "ok"},
    {" a  mx   -all  ", "ok"},
    {" +a ?mx ~ptr -exists:%{i}.example.com", "ok"},
    {" ALL", "ok"},
    {" IP4:192.0.2.1 InClude:a.example", "ok"},

    {" moo", "mechanism"},
    {" -", "mechanism"},
    {" ++a", "mechanism"},
    {" -all moo", "mechanism"},
    {" all.", "mechanism"},
    {" redirect:a.example", "mechanism"},
    {" ip5:1.2.3.4", "mechanism"},
    {" =all", "mechanism"},
    {" 1up=foo", "mechanism"},
    {" moo.cow/far=x", "mechanism"},

    {" all:x.example", "argument"},
    {" all/8", "argument"},
    {" include", "argument"},
    {" include/24", "argument"},
    {" exists", "argument"},
    {" ip4", "argument"},
    {" ip6", "argument"},
    {" ptr/0", "argument"},

    {" include:", "domain_spec"},
    {" a:", "domain_spec"},
    {" mx:", "domain_spec"},
    {" ptr:", "domain_spec"},
    {" exists:", "domain_spec"},
    {" a:localhost", "domain_spec"},
    {" a:192.0.2.1", "domain_spec"},
    {" a:example.com:8080", "domain_spec"},
    {" include:a.example/24", "domain_spec"},
    {" exists:a.example//64", "domain_spec"},
    {" a:%{c}.example", "domain_spec"},

    {" a/0 a/32 a//0 a//128 a/24//64 mx:a.example/8//48", "ok"},
    {" a:%{d}/24", "ok"},
    {" a:a.example./24", "ok"},
    {" a/33", "prefix_length"},
    {" a//129", "prefix_length"},
    {" a/032", "prefix_length"},
    {" a/", "prefix_length"},
    {" a//", "prefix_length"},
    {" a/24/64", "prefix_length"},
    {" a//64/24", "prefix_length"},
    {" a/24//64//64", "prefix_length"},
    {" a/99999999999999999999", "prefix_length"},
    {" mx/x", "prefix_length"},

    {" ip4:192.0.2.1 ip4:0.0.0.0/0 ip4:192.0.2.1/32", "ok"},
    {" ip4:192.0.2.0/33", "prefix_length"},
    {" ip4:192.0.2.0/", "prefix_length"},
    {" ip4:192.0.2.0//24", "prefix_length"},
    {" ip4:192.0.2.0/024", "prefix_length"},
    {" ip4:192.0.2.0/24//64", "prefix_length"},
    {" ip4:192.0.2", "address"},
    {" ip4:192.0.2.01", "address"},
    {" ip4:192.0.2.256", "address"},
    {" ip4:192.0.2.1:25", "address"},
    {" ip4:", "address"},
    {" ip4:::1", "address"},
    {" ip4:a.example", "address"},
    {" ip6:::1 ip6:2001:db8::/32 ip6:::ffff:192.0.2.1/128", "ok"},
    {" ip6:2001:db8::/129", "prefix_length"},
    {" ip6:2001:db8", "address"},
    {" ip6:2001:db8::1::2", "address"},
    {" ip6:192.0.2.1", "address"},
    {" ip6:fe80::1%eth0", "address"},

    {" redirect=a.example exp=b.example", "ok"},
    {" REDIRECT=%{d}.example", "ok"},
    {" moo.cow-far_out=man:dog/cat", "ok"},
    {" a=b all=c", "ok"},
    {" x=", "ok"},
    {" redirect=", "modifier"},
    {" exp=", "modifier"},
    {" redirect=-all", "modifier"},
    {" exp=%{r}.example", "modifier"},
    {" x=%a", "modifier"},
    {" exp=a.example exp=b.example", "duplicate_modifier"},
    {" redirect=a.example Redirect=a.example", "duplicate_modifier"},

    {" a\tmx", "octet"},
    {" a:ctrl.example\rptr", "octet"},
    {" ip4:192.0.2.5\n -all", "octet"},
    {" a:\xef\xbb\xbfgarbage.example", "octet"},
    {" -all \x7f", "octet"},
};

TEST(spf_record, grammar) {
  for (const row& r : rows) EXPECT_EQ(outcome(r.terms), r.outcome) << r.terms;
  EXPECT_EQ(outcome(std::string_view(" a\0mx", 5)), "octet");
}

TEST(spf_record, holds) {
  const std::string text =
      " -a/24//64 ?mx:A.example/8 ip6:2001:db8::/32 ~include:i.example "
      "redirect=r.example exp=e.example";
  const auto record = parse_terms(text);
  ASSERT_TRUE(record);
  ASSERT_EQ(record->directives.size(), 4);
  const directive& a = record->directives[0];
  EXPECT_EQ(a.kind, mechanism::a);
  EXPECT_EQ(a.meaning, errc::refused);
  EXPECT_EQ(a.prefix4, 24);
  EXPECT_EQ(a.prefix6, 64);
  EXPECT_EQ(a.target, "");
  EXPECT_EQ(a.text, "-a/24//64");
  const directive& mx = record->directives[1];
  EXPECT_EQ(mx.meaning, errc::unstated);
  EXPECT_EQ(mx.prefix4, 8);
  EXPECT_EQ(mx.prefix6, 128);
  EXPECT_EQ(mx.target, "A.example");
  const directive& ip6 = record->directives[2];
  EXPECT_EQ(ip6.meaning, errc::allowed);
  EXPECT_EQ(ip6.network.prefix_length, 32);
  EXPECT_EQ(record->directives[3].meaning, errc::doubted);
  EXPECT_EQ(record->redirect, "r.example");
  EXPECT_EQ(record->explanation, "e.example");
}

TEST(spf_record, names_the_place) {
  const auto record = parse_terms(" a  moo:x -all");
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().offset, 4);
}

TEST(spf_record, size) {
  std::string text;
  while (text.size() + 2 <= max_record_octets) text += " a";
  EXPECT_EQ(outcome(text), "ok");
  EXPECT_EQ(outcome(text + " a"), "record_size");
}

// RFC 7208 4.5
TEST(spf_record, selects) {
  struct choice {
    std::vector<std::string> texts;
    const char* outcome;  // the terms, or the code
  };
  for (const auto& [texts, want] : std::vector<choice>{
           {{}, "no_record"},
           {{"v=spf1"}, ""},
           {{"v=spf1 -all"}, " -all"},
           {{"V=SPF1 -all"}, " -all"},
           {{"v=spf10 -all", "v=spf1-all", " v=spf1", "v=spf1\t-all", ""},
            "no_record"},
           {{"hello", "v=spf1 a", "spf2.0/pra b"}, " a"},
           {{"v=spf1 a", "v=spf1 a"}, "several_records"},
       }) {
    const selection got = select_spf1(texts);
    EXPECT_EQ(got.code == errc::allowed ? got.terms : to_string(got.code),
              want);
  }
}

}  // namespace
}  // namespace mekiki::spf

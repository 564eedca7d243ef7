#include "auth/dmarc/discover.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "auth/dmarc/test_zone.hpp"

namespace mekiki::dmarc {
namespace {

using names = std::vector<std::string>;

// The example of RFC 9989 4.10, and the lengths around the limit.
TEST(tree_walk, asks_at_most_eight_names) {
  const struct {
    const char* domain;
    names expected;
  } rows[] = {
      {"a.b.c.d.e.f.g.h.i.j.mail.example.com",
       {"a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com", "i.j.mail.example.com", "j.mail.example.com",
        "mail.example.com", "example.com", "com"}},
      // RFC 9989 5.1.8
      {"mail.a.b.c.d.e.f.g.example.com",
       {"mail.a.b.c.d.e.f.g.example.com", "c.d.e.f.g.example.com",
        "d.e.f.g.example.com", "e.f.g.example.com", "f.g.example.com",
        "g.example.com", "example.com", "com"}},
      {"1.2.3.4.5.6.7.8.9",
       {"1.2.3.4.5.6.7.8.9", "3.4.5.6.7.8.9", "4.5.6.7.8.9", "5.6.7.8.9",
        "6.7.8.9", "7.8.9", "8.9", "9"}},
      {"2.3.4.5.6.7.8.9",
       {"2.3.4.5.6.7.8.9", "3.4.5.6.7.8.9", "4.5.6.7.8.9", "5.6.7.8.9",
        "6.7.8.9", "7.8.9", "8.9", "9"}},
      {"3.4.5.6.7.8.9",
       {"3.4.5.6.7.8.9", "4.5.6.7.8.9", "5.6.7.8.9", "6.7.8.9", "7.8.9", "8.9",
        "9"}},
      {"example.com", {"example.com", "com"}},
      {"com", {"com"}},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(walk_names(r.domain), r.expected) << r.domain;
  }
}

published at(const std::string& domain, const std::string& tags) {
  return {domain, *parse_record("v=DMARC1; p=none; " + tags, spec::rfc9989)};
}

// RFC 9989 4.10.2, with its three examples first.
TEST(organizational_domain, is_chosen_among_the_records) {
  const struct {
    const char* about;
    const char* start;
    std::vector<published> walk;
    const char* expected;
  } rows[] = {
      {"the shortest",
       "a.mail.example.com",
       {at("mail.example.com", ""), at("example.com", "")},
       "example.com"},
      {"psd=n",
       "a.mail.example.com",
       {at("mail.example.com", "psd=n")},
       "mail.example.com"},
      {"one below psd=y",
       "a.mail.example.com",
       {at("com", "psd=y")},
       "example.com"},
      {"nothing", "a.mail.example.com", {}, "a.mail.example.com"},
      {"psd=n at the start",
       "mail.example.com",
       {at("mail.example.com", "psd=n")},
       "mail.example.com"},
      {"a public suffix is its own",
       "bank.example",
       {at("bank.example", "psd=y")},
       "bank.example"},
      {"below psd=y, records between do not count",
       "a.b.c.bank.example",
       {at("a.b.c.bank.example", ""), at("b.c.bank.example", ""),
        at("bank.example", "psd=y")},
       "c.bank.example"},
      {"directly below psd=y",
       "giant.bank.example",
       {at("giant.bank.example", ""), at("bank.example", "psd=y")},
       "giant.bank.example"},
      {"below psd=y, beyond the names asked",
       "1.2.3.4.5.6.7.8.9.bank.example",
       {at("bank.example", "psd=y")},
       "9.bank.example"},
      {"psd=u is nothing",
       "a.example.com",
       {at("a.example.com", "psd=u"), at("com", "psd=u")},
       "com"},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(organizational_domain(r.walk, r.start), r.expected) << r.about;
  }
}

struct row {
  const char* about;
  const char* zone;
  const char* author;
  const char* policy_domain;
  const char* org_domain;
  const char* text;  // of the record; empty without one
  const char* problem;
};

void check(const std::vector<row>& rows, spec rules) {
  for (const row& r : rows) {
    SCOPED_TRACE(r.about);
    const auto zone = make_zone(r.zone);
    const discovery got = run(discover(r.author, *zone, rules));
    EXPECT_EQ(got.policy_domain, r.policy_domain);
    EXPECT_EQ(got.org_domain, r.org_domain);
    EXPECT_EQ(got.found ? got.found->text : "", r.text);
    EXPECT_EQ(got.problem ? to_string(*got.problem) : "", r.problem);
  }
}

// RFC 9989 4.10.1
TEST(discover, prefers_author_then_organization_then_suffix) {
  check(
      {
          {"the author's own",
           R"({"_dmarc.a.example.com": {"TXT": ["v=DMARC1; p=none"]},
               "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
           "a.example.com", "a.example.com", "example.com", "v=DMARC1; p=none",
           ""},
          {"the organization's",
           R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
           "a.b.example.com", "example.com", "example.com",
           "v=DMARC1; p=reject", ""},
          {"of psd=n, before the one above",
           R"({"_dmarc.b.example.com": {"TXT": ["v=DMARC1; p=none; psd=n"]},
               "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
           "a.b.example.com", "b.example.com", "b.example.com",
           "v=DMARC1; p=none; psd=n", ""},
          {"of the organization, not of the suffix above",
           R"({"_dmarc.giant.bank.example": {"TXT": ["v=DMARC1; p=none"]},
               "_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject; psd=y"]}})",
           "a.giant.bank.example", "giant.bank.example", "giant.bank.example",
           "v=DMARC1; p=none", ""},
          {"of the suffix",
           R"({"_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject; psd=y"]}})",
           "a.giant.bank.example", "bank.example", "giant.bank.example",
           "v=DMARC1; p=reject; psd=y", ""},
          {"of the suffix, not of one between",
           R"({"_dmarc.a.giant.bank.example": {"TXT": ["v=DMARC1; p=none"]},
               "_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject; psd=y"]}})",
           "b.a.giant.bank.example", "bank.example", "giant.bank.example",
           "v=DMARC1; p=reject; psd=y", ""},
          {"the suffix as author",
           R"({"_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject; psd=y"]},
               "_dmarc.example": {"TXT": ["v=DMARC1; p=none"]}})",
           "bank.example", "bank.example", "bank.example",
           "v=DMARC1; p=reject; psd=y", ""},
          {"nothing anywhere", "{}", "a.example.com", "a.example.com",
           "a.example.com", "", "no_record"},
          {"other texts are passed over",
           R"({"_dmarc.a.example.com": {"TXT": ["v=spf1 -all", "hello"]},
               "_dmarc.example.com": {"TXT": ["x", "v=DMARC1; p=none"]}})",
           "a.example.com", "example.com", "example.com", "v=DMARC1; p=none",
           ""},
          {"several at the author's domain",
           R"({"_dmarc.a.example.com": {"TXT": ["v=DMARC1; p=none",
                                                "v=DMARC1; p=none"]},
               "_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]}})",
           "a.example.com", "a.example.com", "example.com", "",
           "several_records"},
          {"several above are passed over",
           R"({"_dmarc.b.example.com": {"TXT": ["v=DMARC1; p=none; psd=n",
                                                "v=DMARC1; p=none"]},
               "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
           "a.b.example.com", "example.com", "example.com",
           "v=DMARC1; p=reject", ""},
          {"a name beyond the limit is not asked",
           R"({"_dmarc.b.c.d.e.f.g.example.com":
                 {"TXT": ["v=DMARC1; p=none; psd=n"]},
               "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
           "mail.a.b.c.d.e.f.g.example.com", "example.com", "example.com",
           "v=DMARC1; p=reject", ""},
          {"no answer at the author's domain",
           R"({"_dmarc.a.example.com": {"TXT": {"error": "TIMEOUT"}},
               "_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]}})",
           "a.example.com", "a.example.com", "", "", "dns_unavailable"},
          {"no answer on the way",
           R"({"_dmarc.com": {"TXT": {"error": "SERVFAIL"}},
               "_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]}})",
           "a.example.com", "a.example.com", "", "", "dns_unavailable"},
          {"no answer above the author's own",
           R"({"_dmarc.com": {"TXT": {"error": "SERVFAIL"}},
               "_dmarc.a.example.com": {"TXT": ["v=DMARC1; p=none"]}})",
           "a.example.com", "a.example.com", "", "v=DMARC1; p=none",
           "dns_unavailable"},
          {"none needed above psd=n",
           R"({"_dmarc.com": {"TXT": {"error": "SERVFAIL"}},
               "_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; psd=n"]}})",
           "a.example.com", "example.com", "example.com",
           "v=DMARC1; p=none; psd=n", ""},
      },
      spec::rfc9989);
}

// RFC 7489 6.6.3
TEST(discover, by_the_public_suffix_list) {
  check(
      {
          {"the author's own",
           R"({"_dmarc.a.example.co.jp": {"TXT": ["v=DMARC1; p=none"]}})",
           "a.example.co.jp", "a.example.co.jp", "example.co.jp",
           "v=DMARC1; p=none", ""},
          {"the organization's, not one between",
           R"({"_dmarc.a.example.co.jp": {"TXT": ["v=DMARC1; p=none"]},
               "_dmarc.example.co.jp": {"TXT": ["v=DMARC1; p=reject"]}})",
           "b.a.example.co.jp", "example.co.jp", "example.co.jp",
           "v=DMARC1; p=reject", ""},
          {"nothing of the suffix",
           R"({"_dmarc.co.jp": {"TXT": ["v=DMARC1; p=reject; psd=y"]}})",
           "a.example.co.jp", "a.example.co.jp", "example.co.jp", "",
           "no_record"},
          {"several at the organization",
           R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=none",
                                              "v=DMARC1; p=none"]}})",
           "a.example.com", "example.com", "example.com", "",
           "several_records"},
          {"not readable",
           R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; x"]}})",
           "a.example.com", "example.com", "example.com", "", "record_syntax"},
          {"no answer",
           R"({"_dmarc.example.com": {"TXT": {"error": "TIMEOUT"}}})",
           "a.example.com", "example.com", "example.com", "",
           "dns_unavailable"},
      },
      spec::rfc7489);
}

// RFC 9989 4.10.1: whether the author's domain exists is asked only where the
// choice between sp= and np= depends on it.
TEST(discover, asks_for_existence) {
  const struct {
    const char* about = "";
    const char* record = "";
    const char* author = "";
    const char* author_zone = "";
    std::optional<bool> exists;
    bool asks = false;
  } rows[] = {
      {"absent", "p=reject; np=none", "a.example.com", "{}", false, true},
      {"another type", "p=reject; np=none", "a.example.com",
       R"({"MX": [[1, "mx.example.com"]]})", true, true},
      {"no records at all", "p=reject; np=none", "a.example.com",
       R"({"A": []})", true, true},
      {"no answer", "p=reject; np=none", "a.example.com",
       R"({"A": {"error": "TIMEOUT"}})", std::nullopt, true},
      {"own record", "p=reject; np=none", "example.com", "{}", std::nullopt,
       false},
      {"no np", "p=reject; sp=none", "a.example.com", "{}", std::nullopt,
       false},
      {"np as sp", "p=reject; sp=none; np=none", "a.example.com", "{}",
       std::nullopt, false},
      {"np as p", "p=none; np=none", "a.example.com", "{}", std::nullopt,
       false},
  };
  for (const auto& r : rows) {
    SCOPED_TRACE(r.about);
    std::string zone = R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; )";
    zone += r.record;
    zone += "\"]}";
    if (std::string_view(r.author_zone) != "{}")
      zone += std::string(", \"a.example.com\": ") + r.author_zone;
    const auto inner = make_zone(zone + "}");
    noting_resolver resolver(*inner);
    const discovery got = run(discover(r.author, resolver, spec::rfc9989));
    EXPECT_EQ(got.exists, r.exists);
    EXPECT_EQ(resolver.asked.back() == r.author, r.asks);
    EXPECT_TRUE(got.found);
    EXPECT_EQ(got.problem.has_value(), r.asks && !r.exists);
  }
}

TEST(questions, are_those_that_are_asked) {
  for (const spec rules : {spec::rfc9989, spec::rfc7489}) {
    const auto zone = make_zone("{}");
    noting_resolver resolver(*zone);
    run(discover("a.b.example.co.jp", resolver, rules));
    names told;
    for (const auto& q : questions("a.b.example.co.jp", rules))
      told.push_back(q.name);
    EXPECT_EQ(told, resolver.asked);
  }
}

// A name too long to be asked holds nothing.
TEST(discover, of_a_long_name) {
  std::string domain = std::string(63, 'a') + '.' + std::string(63, 'b') + '.' +
                       std::string(63, 'c') + '.' + std::string(57, 'd');
  domain += ".com";
  ASSERT_LE(domain.size(), 253U);
  const auto zone =
      make_zone(R"({"_dmarc.com": {"TXT": ["v=DMARC1; p=none"]}})");
  const discovery got = run(discover(domain, *zone, spec::rfc9989));
  EXPECT_EQ(got.policy_domain, "com");
}

}  // namespace
}  // namespace mekiki::dmarc

#include "auth/dmarc/evaluate.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "auth/dmarc/test_zone.hpp"

namespace mekiki::dmarc {
namespace {

using auth::result;

const char* const zone_text = R"({
  "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; sp=quarantine; np=none"]},
  "www.example.com": {"A": ["192.0.2.1"]},
  "slow.example.com": {"A": {"error": "TIMEOUT"}},
  "_dmarc.island.example.com": {"TXT": ["v=DMARC1; p=reject; psd=n"]},
  "_dmarc.stuck.example.com": {"TXT": {"error": "TIMEOUT"}},
  "_dmarc.strict.example": {"TXT": ["v=DMARC1; p=reject; adkim=s; aspf=s"]},
  "_dmarc.half.example": {"TXT": ["v=DMARC1; p=reject; adkim=s; aspf=r"]},
  "_dmarc.reports.example": {"TXT": ["v=DMARC1; aspf=s; rua=mailto:a@b.test"]},
  "_dmarc.test.example": {"TXT": ["v=DMARC1; p=reject; t=y; pct=30"]},
  "_dmarc.mild.example": {"TXT": ["v=DMARC1; p=quarantine; t=y"]},
  "_dmarc.none.example": {"TXT": ["v=DMARC1; p=none; t=y"]},
  "_dmarc.nothing.example": {"TXT": ["v=DMARC1; aspf=s"]},
  "_dmarc.two.example": {"TXT": ["v=DMARC1; p=none", "v=DMARC1; p=none"]},
  "_dmarc.down.example": {"TXT": {"error": "SERVFAIL"}},
  "_dmarc.lost.net": {"TXT": ["v=DMARC1; p=reject"]},
  "_dmarc.net": {"TXT": {"error": "SERVFAIL"}},
  "_dmarc.evil.org": {"TXT": {"error": "TIMEOUT"}},
  "_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject; psd=y"]},
  "_dmarc.xn--exmple-cua.example": {"TXT": ["v=DMARC1; p=reject"]}})";

outcome evaluate_over(const identifiers& of, const options& how = {}) {
  const auto zone = make_zone(zone_text);
  return run(evaluate(of, *zone, how));
}

struct row {
  const char* about;
  identifiers of;
  const char* code;
  bool dkim_aligned = false;
  bool spf_aligned = false;
};

void check(const std::vector<row>& rows) {
  for (const row& r : rows) {
    SCOPED_TRACE(r.about);
    const outcome got = evaluate_over(r.of);
    EXPECT_EQ(to_string(got.code), r.code) << got.reason;
    EXPECT_EQ(got.status, to_result(got.code));
    EXPECT_EQ(got.dkim_aligned, r.dkim_aligned);
    EXPECT_EQ(got.spf_aligned, r.spf_aligned);
    EXPECT_EQ(got.disposition == policy::none,
              got.status != result::fail || got.asked == policy::none);
    EXPECT_TRUE(std::all_of(got.reason.begin(), got.reason.end(), [](char c) {
      return c >= ' ' && c <= '~';
    })) << got.reason;
  }
}

identifiers dkim(std::string author, std::string domain,
                 result status = result::pass) {
  return {{std::move(author)}, {{std::move(domain), status}}, {}, false};
}
identifiers spf(std::string author, std::string domain,
                result status = result::pass) {
  return {{std::move(author)}, {}, {std::move(domain), status}, false};
}

// RFC 9989 4.7, adkim= and aspf=
TEST(evaluate, tells_how_the_domains_are_compared) {
  const struct {
    const char* author;
    alignment adkim;
    alignment aspf;
  } table[] = {
      {"example.com", alignment::relaxed, alignment::relaxed},
      {"strict.example", alignment::strict, alignment::strict},
      {"nothing.example", alignment::relaxed, alignment::strict},
      {"half.example", alignment::strict, alignment::relaxed},
      {"a.half.example", alignment::strict, alignment::relaxed},
      {"reports.example", alignment::relaxed, alignment::strict},
      {"down.example", alignment::relaxed, alignment::relaxed},
  };
  for (const auto& t : table) {
    for (const spec rules : {spec::rfc9989, spec::rfc7489}) {
      const outcome got = evaluate_over({{t.author}, {}, {}, false},
                                        {.rules = rules, .compare = true});
      EXPECT_EQ(got.adkim, t.adkim) << t.author;
      EXPECT_EQ(got.aspf, t.aspf) << t.author;
    }
  }
}

// RFC 9989 4.4, B.1
TEST(evaluate, aligns) {
  check({
      {"nothing passed", dkim("example.com", "example.com", result::fail),
       "unaligned"},
      {"nothing there", {{"example.com"}, {}, {}, false}, "unaligned"},
      {"the same", dkim("example.com", "example.com"), "aligned", true},
      {"the same, by SPF", spf("example.com", "example.com"), "aligned", false,
       true},
      {"above", dkim("www.example.com", "example.com"), "aligned", true},
      {"below", dkim("example.com", "a.b.example.com"), "aligned", true},
      {"beside", dkim("www.example.com", "news.example.com"), "aligned", true},
      {"other case", dkim("Example.COM", "eXample.com."), "aligned", true},
      {"the suffix", dkim("example.com", "com"), "unaligned"},
      {"another's", dkim("example.com", "example.org"), "unaligned"},
      {"looks alike", dkim("example.com", "notexample.com"), "unaligned"},
      {"an organization of its own",
       dkim("example.com", "a.island.example.com"), "unaligned"},
      {"the author in one", dkim("a.island.example.com", "example.com"),
       "unaligned"},
      {"both in one", dkim("a.island.example.com", "b.island.example.com"),
       "aligned", true},
      {"below a public suffix", dkim("giant.bank.example", "mega.bank.example"),
       "unaligned"},
      {"one organization below it",
       dkim("a.giant.bank.example", "b.giant.bank.example"), "aligned", true},
      {"strict", dkim("strict.example", "a.strict.example"), "unaligned"},
      {"strict, by SPF", spf("strict.example", "a.strict.example"),
       "unaligned"},
      {"strict, the same", dkim("strict.example", "strict.example"), "aligned",
       true},
      {"SPF softfail", spf("example.com", "example.com", result::softfail),
       "unaligned"},
      {"one of several",
       {{"example.com"},
        {{"evil.org", result::pass},
         {"example.com", result::fail},
         {"m.example.com", result::pass}},
        {"bounce.evil.org", result::pass},
        false},
       "aligned",
       true},
      {"a U-label as A-label",
       dkim("ex\xc3\xa4mple.example", "xn--exmple-cua.example"), "aligned",
       true},
      {"no domain name", dkim("example.com", ""), "unaligned"},
  });
}

// RFC 9989 5.3.1, 5.3.2
TEST(evaluate, is_not_possible_or_does_not_apply) {
  check({
      {"no author", {{}, {}, {}, false}, "no_author"},
      {"several authors",
       {{"example.com", "example.org"},
        {{"example.com", result::pass}},
        {},
        false},
       "several_authors"},
      {"several authors of one domain",
       {{"example.com", "EXAMPLE.com"},
        {{"example.com", result::pass}},
        {},
        false},
       "aligned",
       true},
      {"a literal", dkim("[192.0.2.1]", "example.com"), "author_domain"},
      {"an empty label", dkim("a..example.com", "a..example.com"),
       "author_domain"},
      {"a good one beside a bad one",
       {{"example.com", "[x]"}, {{"example.com", result::pass}}, {}, false},
       "several_authors"},
      {"no record", dkim("example.net", "example.org"), "dns_unavailable"},
      {"no record", dkim("example.org", "example.org"), "no_record"},
      {"no policy", dkim("nothing.example", "nothing.example"), "no_policy"},
      {"no policy, inherited", dkim("a.nothing.example", "nothing.example"),
       "no_policy"},
      {"several records", dkim("two.example", "two.example"),
       "several_records"},
  });
}

// RFC 9989 5.3.6: neither pass nor fail.
TEST(evaluate, meets_errors_of_the_dns) {
  check({
      {"the policy", dkim("down.example", "down.example"), "dns_unavailable"},
      {"a check of the author's domain",
       dkim("example.com", "m.example.com", result::temperror),
       "check_unavailable"},
      {"SPF of the author's domain",
       spf("example.com", "example.com", result::temperror),
       "check_unavailable"},
      {"a check of another's",
       dkim("example.com", "example.org", result::temperror), "unaligned"},
      {"a check, and another passed",
       {{"example.com"},
        {{"example.com", result::temperror}},
        {"example.com", result::pass},
        false},
       "aligned",
       false,
       true},
      {"the organization of a domain that passed",
       dkim("example.com", "stuck.example.com"), "dns_unavailable"},
      // Its owner could make every forged mail a temporary error.
      {"the organization of a domain elsewhere",
       dkim("example.com", "evil.org"), "unaligned"},
      {"the author's organization, needed", dkim("lost.net", "a.lost.net"),
       "dns_unavailable"},
      {"the author's organization, not needed", dkim("lost.net", "lost.net"),
       "aligned", true},
      {"the author's organization, nothing passed",
       dkim("lost.net", "lost.net", result::fail), "unaligned"},
      {"whether sp= or np= applies", dkim("slow.example.com", "evil.org"),
       "dns_unavailable"},
      {"the same, when it passed", dkim("slow.example.com", "example.com"),
       "aligned", true},
  });
}

TEST(evaluate, calls_nothing_a_fail_without_spf) {
  auto without = [](identifiers of) {
    of.spf_left_out = true;
    return of;
  };
  check({
      {"nothing", without({{"example.com"}, {}, {}, false}), "spf_left_out"},
      {"DKIM of another", without(dkim("example.com", "evil.org")),
       "spf_left_out"},
      {"DKIM failed", without(dkim("example.com", "example.com", result::fail)),
       "spf_left_out"},
      {"DKIM passed", without(dkim("example.com", "example.com")), "aligned",
       true},
      {"DKIM undecided",
       without(dkim("example.com", "example.com", result::temperror)),
       "check_unavailable"},
      {"a pass given all the same", without(spf("example.com", "example.com")),
       "spf_left_out"},
      {"no record", without(spf("example.org", "example.org")), "no_record"},
  });
  const outcome got = evaluate_over(without({{"example.com"}, {}, {}, false}));
  EXPECT_EQ(got.status, result::none);
  EXPECT_EQ(got.asked, policy::reject);
  EXPECT_EQ(got.disposition, policy::none);
}

// RFC 9989 4.7 and 4.10.1, RFC 7489 6.3 and 6.6.4
TEST(evaluate, chooses_the_policy) {
  const auto word = [](const std::optional<policy>& p) {
    return p ? std::string(to_string(*p)) : "-";
  };
  const struct {
    const char* author;
    const char* newer;  // policy, disposition, of a mail that fails
    const char* older;
  } rows[] = {
      {"example.com", "reject reject", "reject reject"},
      {"www.example.com", "quarantine quarantine", "quarantine quarantine"},
      {"absent.example.com", "none none", "quarantine quarantine"},
      {"test.example", "quarantine quarantine", "reject quarantine sampled"},
      {"a.test.example", "quarantine quarantine", "reject quarantine sampled"},
      {"mild.example", "none none", "quarantine quarantine"},
      {"none.example", "none none", "none none"},
      {"strict.example", "reject reject", "reject reject"},
      {"a.bank.example", "reject reject", "reject reject"},
      {"nothing.example", "- none", "- none"},
      {"other.example", "- none", "- none"},
  };
  for (const auto& r : rows) {
    for (const spec rules : {spec::rfc9989, spec::rfc7489}) {
      const outcome got = evaluate_over({{r.author}, {}, {}, false},
                                        {.rules = rules, .sample = 30});
      EXPECT_EQ(word(got.asked) + " " + word(got.disposition) +
                    (got.sampled_out ? " sampled" : ""),
                rules == spec::rfc9989 ? r.newer : r.older)
          << r.author << " " << to_string(rules);
    }
  }
  const outcome drawn = evaluate_over({{"test.example"}, {}, {}, false},
                                      {.rules = spec::rfc7489, .sample = 29});
  EXPECT_EQ(drawn.disposition, policy::reject);
}

TEST(evaluate, tells_by_which_tag_the_policy_was_chosen) {
  const struct {
    const char* author;
    const char* told;
  } rows[] = {
      {"example.com", "the policy of example.com is reject"},
      {"www.example.com",
       "the policy of example.com for its sub-domains is quarantine"},
      {"absent.example.com",
       "the policy of example.com for names that do not exist is none"},
      {"a.strict.example", "the policy of strict.example is reject"},
      {"test.example", "the policy of test.example, under test, is quarantine"},
      {"none.example", "the policy of none.example is none"},
      {"other.example", ""},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(describe_policy(evaluate_over({{r.author}, {}, {}, false}, {})),
              r.told);
  }
}

TEST(evaluate, tells_what_the_other_rfc_says) {
  const struct {
    const char* about = "";
    identifiers of;
    const char* dissent = "";
  } rows[] = {
      {"none", dkim("example.com", "example.com"), ""},
      {"alignment", dkim("example.com", "a.island.example.com"),
       "rfc7489 pass reject"},
      {"np=",
       {{"absent.example.com"}, {}, {}, false},
       "rfc7489 fail quarantine"},
      {"t=", {{"test.example"}, {}, {}, false}, "rfc7489 fail reject"},
      {"no author", {{}, {}, {}, false}, ""},
  };
  for (const auto& r : rows) {
    const outcome got = evaluate_over(r.of, {.compare = true});
    std::string told;
    if (got.other) {
      told = std::string(to_string(got.other->rules)) + " " +
             std::string(to_string(got.other->status)) + " " +
             std::string(to_string(got.other->asked.value_or(policy::none)));
    }
    EXPECT_EQ(told, r.dissent) << r.about;
  }
}

// Work and questions are bounded whatever a mail brings.
TEST(evaluate, asks_a_bounded_number_of_questions) {
  identifiers of = dkim("example.com", "example.com", result::fail);
  for (int i = 0; i < 1000; ++i) {
    const std::string n = std::to_string(i);
    of.dkim.push_back({n + ".1.2.3.4.5.6.7.8.9.evil.org", result::pass});
    std::string below = n;
    below += ".a.b.c.d.e.example.com";
    of.dkim.push_back({std::move(below), result::pass});
  }
  const auto zone = make_zone(zone_text);
  noting_resolver resolver(*zone);
  run(evaluate(of, resolver, {}));
  EXPECT_LE(resolver.asked.size(), 9U + 16 * 8);
  EXPECT_TRUE(std::none_of(resolver.asked.begin(), resolver.asked.end(),
                           [](const std::string& n) {
                             return n.find("evil") != std::string::npos;
                           }));
}

}  // namespace
}  // namespace mekiki::dmarc

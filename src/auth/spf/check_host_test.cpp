#include "auth/spf/check_host.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "auth/spf/test_zone.hpp"

namespace mekiki::spf {
namespace {

// Counts what is asked, and suspends before each answer.
class slow_resolver final : public dns::resolver {
 public:
  explicit slow_resolver(dns::resolver& inner) : inner_(inner) {}
  void prefetch(const dns::question&) override { ++prefetched; }
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    ++asked[q];
    ++total;
    const auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
    co_return co_await inner_.resolve(std::move(q));
  }

  std::map<dns::question, int> asked;
  std::size_t total = 0;
  std::size_t prefetched = 0;

 private:
  dns::resolver& inner_;
};

request ask(std::string mail_from, const char* ip = "192.0.2.1",
            std::string helo = "mx.example.net") {
  return {.ip = parse_ip_address(ip).value(),
          .mail_from = std::move(mail_from),
          .helo = std::move(helo)};
}

constexpr std::string_view zone_text = R"json({
  "pass.example": {"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"]},
  "refuse.example": {"TXT": ["v=spf1 -all exp=why.example"]},
  "why.example": {"TXT": ["%{i} is not one of %{d}, %{s} (%{h})"]},
  "nothing.example": {"TXT": ["v=spf1"]},
  "other.example": {"TXT": ["hello"]},
  "empty.example": {"A": ["192.0.2.1"]},
  "two.example": {"TXT": ["v=spf1 a", "v=spf1 b"]},
  "bad.example": {"TXT": ["v=spf1 ip4:192.0.2.1 moo -all"]},
  "slow.example": {"*": {"error": "TIMEOUT"}},
  "broken.example": {"*": {"error": "SERVFAIL"}},
  "nested.example": {"TXT": ["v=spf1 include:i1.example ~all"]},
  "i1.example": {"TXT": ["v=spf1 include:i2.example -all"]},
  "i2.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]},
  "minus.example": {"TXT": ["v=spf1 -include:i2.example +all exp=why.example"]},
  "i-bad.example": {"TXT": ["v=spf1 include:bad.example -all"]},
  "i-none.example": {"TXT": ["v=spf1 include:other.example -all"]},
  "i-gone.example": {"TXT": ["v=spf1 include:gone.example -all"]},
  "i-slow.example": {"TXT": ["v=spf1 include:slow.example -all"]},
  "i-local.example": {"TXT": ["v=spf1 include:%{l}.example -all"]},
  "r.example": {"TXT": ["v=spf1 redirect=refuse.example exp=no.example"]},
  "r-none.example": {"TXT": ["v=spf1 redirect=other.example"]},
  "r-long.example": {"TXT": ["v=spf1 redirect=a..example"]},
  "r-all.example": {"TXT": ["v=spf1 ?all redirect=bad.example"]},
  "r-flat.example": {"TXT": ["v=spf1 redirect=%{d1}"]},
  "a-slow.example": {"TXT": ["v=spf1 a:slow.example -all"]},
  "mx-slow.example": {"TXT": ["v=spf1 mx -all"], "MX": [[1, "slow.example"]]},
  "mx-null.example": {"TXT": ["v=spf1 mx -all"], "MX": [[0, "."]]},
  "e-slow.example": {"TXT": ["v=spf1 exists:broken.example -all"]},
  "ptr-slow.example": {"TXT": ["v=spf1 ptr ip4:192.0.2.77 -all"]},
  "77.2.0.192.in-addr.arpa": {"*": {"error": "TIMEOUT"}},
  "exp-slow.example": {"TXT": ["v=spf1 -all exp=slow.example"]},
  "exp-local.example": {"TXT": ["v=spf1 -all exp=%{l}.example"]},
  "mapped.example": {"TXT": ["v=spf1 ip6:::/0 -all"]},
  "six.example": {"TXT": ["v=spf1 a:six.example//64 -all"],
     "AAAA": ["2001:db8::1"]},
  "lit.example": {"TXT": ["v=spf1 exists:%{l}.%{o}.%{d}.x -all"]},
  "strong-bad.lit.example.lit.example.x": {"A": ["127.0.0.2"]},
  "postmaster.lit.example.lit.example.x": {"A": ["127.0.0.2"]},
  "xn--fsq.example": {"TXT": ["v=spf1 exists:%{o}.ok ~exists:%{h}.ok -all"]},
  "xn--fsq.example.ok": {"A": ["127.0.0.2"]},
  "i-refuse.example": {"TXT": ["v=spf1 include:refuse.example ~all"]},
  "long.example": {"TXT": ["v=spf1 -all exp=long-why.example"]},
  "long-why.example": {"TXT": ["%{l} %{h}"]},
  "\u592a\u90ce.x.example": {"A": ["127.0.0.2"]},
  "v-ptr.example": {"TXT": ["v=spf1 ptr ptr:a.x ptr:b.x ip4:192.0.2.1 -all"]},
  "eai.example": {"TXT": ["v=spf1 exists:%{l}.x.example exists:%{s} ~all"]},
  "v3.example": {"TXT": ["v=spf1 a:v1.x a:v2.x a:v3.x -all"]},
  "v2.example": {"TXT": ["v=spf1 a:v1.x exists:v2.x -all exp=v3.x"]},
  "vmx.example": {"TXT": ["v=spf1 mx -all"],
     "MX": [[1, "v1.x"], [2, "v2.x"], [3, "v3.x"]]}
})json";

struct row {
  const char* name;
  request asked;
  const char* result;
  const char* code;
};

TEST(spf_check_host, table) {
  const auto zone = make_zone(zone_text);
  const std::vector<row> rows{
      {"match", ask("a@pass.example"), "pass", "allowed"},
      {"no match", ask("a@pass.example", "192.0.3.1"), "fail", "refused"},
      {"no terms", ask("a@nothing.example"), "neutral", "unmatched"},
      {"other texts", ask("a@other.example"), "none", "no_record"},
      {"no texts", ask("a@empty.example"), "none", "no_record"},
      {"no name", ask("a@gone.example"), "none", "no_such_domain"},
      {"two records", ask("a@two.example"), "permerror", "several_records"},
      // An error counts even behind what would match (4.6).
      {"syntax", ask("a@bad.example"), "permerror", "mechanism"},
      {"timeout", ask("a@slow.example"), "temperror", "dns_unavailable"},
      {"servfail", ask("a@broken.example"), "temperror", "dns_unavailable"},

      // 4.3
      {"helo for the null path", ask("", "192.0.2.1", "pass.example"), "pass",
       "allowed"},
      {"no local part", ask("@lit.example"), "pass", "allowed"},
      {"no at sign", ask("lit.example"), "pass", "allowed"},
      {"the last at sign", ask("\"a@b\"@pass.example"), "pass", "allowed"},
      {"final dot", ask("a@pass.example."), "pass", "allowed"},
      {"nothing", ask("", "192.0.2.1", ""), "none", "no_domain"},
      {"no domain", ask("a@"), "none", "no_domain"},
      {"one label", ask("a@localhost"), "none", "no_domain"},
      {"literal", ask("a@[192.0.2.1]"), "none", "no_domain"},
      {"helo literal", ask("", "192.0.2.1", "[192.0.2.1]"), "none",
       "no_domain"},
      {"empty label", ask("a@x..example"), "none", "no_domain"},
      {"long label", ask("a@" + std::string(64, 'x') + ".example"), "none",
       "no_domain"},
      {"megabytes", ask(std::string(1 << 21, 'x') + "@pass.example"), "pass",
       "allowed"},
      {"megabytes of domain", ask("a@" + std::string(1 << 21, 'x')), "none",
       "no_domain"},
      {"NUL", ask(std::string("a@pass.ex\0ample", 15)), "none", "no_domain"},

      // 5.2
      {"include in include", ask("a@nested.example"), "pass", "allowed"},
      {"include that refuses", ask("a@nested.example", "192.0.2.2"), "softfail",
       "doubted"},
      {"-include", ask("a@minus.example"), "fail", "refused"},
      {"include with an error", ask("a@i-bad.example"), "permerror",
       "mechanism"},
      {"include without record", ask("a@i-none.example"), "permerror",
       "include_target"},
      {"include of no name", ask("a@i-gone.example"), "permerror",
       "include_target"},
      {"include of what cannot be asked", ask("a..b@i-local.example"),
       "permerror", "include_target"},
      {"include timeout", ask("a@i-slow.example"), "temperror",
       "dns_unavailable"},

      // 6.1
      {"redirect", ask("a@r.example"), "fail", "refused"},
      {"redirect without record", ask("a@r-none.example"), "permerror",
       "redirect_target"},
      {"redirect to what cannot be asked", ask("a@r-long.example"), "permerror",
       "redirect_target"},
      {"redirect to one label", ask("a@r-flat.example"), "permerror",
       "redirect_target"},
      {"redirect beside all", ask("a@r-all.example"), "neutral", "unstated"},

      // 5: DNS errors
      {"a timeout", ask("a@a-slow.example"), "temperror", "dns_unavailable"},
      {"mx timeout", ask("a@mx-slow.example"), "temperror", "dns_unavailable"},
      {"exists servfail", ask("a@e-slow.example"), "temperror",
       "dns_unavailable"},
      {"null mx", ask("a@mx-null.example"), "fail", "refused"},
      // 5.5: a ptr that cannot be asked for does not match
      {"ptr timeout", ask("a@ptr-slow.example", "192.0.2.77"), "pass",
       "allowed"},

      {"ipv4 in ipv6", ask("a@pass.example", "::ffff:192.0.2.1"), "pass",
       "allowed"},
      {"ipv4 in ipv6 is no ipv6", ask("a@mapped.example", "::ffff:192.0.2.1"),
       "fail", "refused"},
      {"aaaa", ask("a@six.example", "2001:db8::2"), "pass", "allowed"},
      {"aaaa beyond", ask("a@six.example", "2001:db8:0:1::2"), "fail",
       "refused"},

      // RFC 8616 4
      {"U-labels", ask("a@\u4f8b.example"), "pass", "allowed"},
      {"U-labels of HELO",
       ask("a@xn--fsq.example", "192.0.2.1", "\u4f8b.example"), "pass",
       "allowed"},
      {"local part in UTF-8", ask("\u592a\u90ce@eai.example"), "softfail",
       "doubted"},

      // 4.6.4
      {"two voids", ask("a@v2.example"), "fail", "refused"},
      {"three voids", ask("a@v3.example"), "permerror", "too_many_voids"},
      {"three voids of ptr", ask("a@v-ptr.example"), "permerror",
       "too_many_voids"},
      {"three voids of one mx", ask("a@vmx.example"), "permerror",
       "too_many_voids"},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.name);
    const check_result got = check(r.asked, *zone);
    EXPECT_EQ(to_string(got.status), r.result) << got.reason;
    EXPECT_EQ(to_string(got.code), r.code) << got.reason;
    EXPECT_EQ(got.status, to_result(got.code));
    // A resolver that suspends gives the same.
    slow_resolver slow(*zone);
    const check_result again = check(r.asked, slow);
    EXPECT_EQ(again.reason, got.reason);
    EXPECT_EQ(again.questions, slow.total);
  }
}

TEST(spf_check_host, tells_what_decided) {
  const auto zone = make_zone(zone_text);
  auto got = check(ask("a@pass.example"), *zone);
  EXPECT_EQ(got.domain, "pass.example");
  EXPECT_EQ(got.mechanism, "ip4:192.0.2.0/24");
  EXPECT_EQ(got.record_domain, "pass.example");
  EXPECT_EQ(got.reason,
            "the domain allows this address to send its mail: 192.0.2.1 "
            "matches \"ip4:192.0.2.0/24\" in the record of pass.example");

  got = check(ask("a@nested.example"), *zone);
  EXPECT_EQ(got.mechanism, "include:i1.example");
  EXPECT_EQ(got.record_domain, "nested.example");
  EXPECT_EQ(got.terms, 2);
  EXPECT_TRUE(got.reason.ends_with(
      "in the record of nested.example, through \"ip4:192.0.2.1\" in the "
      "record of i2.example"))
      << got.reason;

  // An error is told where it stands.
  got = check(ask("a@i-bad.example"), *zone);
  EXPECT_EQ(got.mechanism, "moo");
  EXPECT_EQ(got.record_domain, "bad.example");
  EXPECT_EQ(got.domain, "i-bad.example");

  got = check(ask("a@r.example"), *zone);
  EXPECT_EQ(got.mechanism, "-all");
  EXPECT_EQ(got.record_domain, "refuse.example");

  // What strangers wrote stays harmless: the domain here is the sender's.
  got = check(ask("a@x\r\nX-Mekiki: \x1b[1m.example"), *zone);
  EXPECT_EQ(got.reason.find_first_of("\r\n\x1b"), std::string::npos);
}

TEST(spf_check_host, explains) {
  const auto zone = make_zone(zone_text);
  const auto explanation = [&](const request& asked) {
    const check_result got = check(asked, *zone);
    EXPECT_EQ(to_string(got.status), "fail");
    return got.explanation;
  };
  EXPECT_EQ(explanation(ask("a@refuse.example")),
            "192.0.2.1 is not one of refuse.example, a@refuse.example "
            "(mx.example.net)");
  // 6.2: of the record that the redirect leads to.
  EXPECT_EQ(explanation(ask("a@r.example")),
            "192.0.2.1 is not one of refuse.example, a@r.example "
            "(mx.example.net)");
  EXPECT_EQ(explanation(ask("a@minus.example")),
            "192.0.2.1 is not one of minus.example, a@minus.example "
            "(mx.example.net)");
  EXPECT_EQ(explanation(ask("a@exp-slow.example")), "");
  EXPECT_EQ(explanation(ask("a..b@exp-local.example")), "");
  EXPECT_EQ(explanation(ask("gone@exp-local.example")), "");
  // The client chooses HELO and local part, control characters and all.
  EXPECT_EQ(explanation(ask("\x1b]\r\n@refuse.example", "192.0.2.1",
                            "h\xc3\xa9\x07.example")),
            "192.0.2.1 is not one of refuse.example, ?]??@refuse.example "
            "(unknown)");
  EXPECT_EQ(explanation(ask(std::string(300, 'l') + "@long.example",
                            "192.0.2.1", std::string(300, 'h'))),
            std::string(255, 'l') + " unknown");
  // An included record's refusal is not the end.
  EXPECT_EQ(check(ask("a@i-refuse.example"), *zone).explanation, "");
  options how;
  how.max_explanation = 9;
  EXPECT_EQ(check(ask("a@refuse.example"), *zone, how).explanation,
            "192.0.2.1");
}

TEST(spf_check_host, traces) {
  const auto zone = make_zone(zone_text);
  std::string story;
  options how;
  how.trace = [&story](const trace_step& step) {
    story +=
        std::string(step.depth, '>') + step.subject + '=' + step.outcome + '\n';
  };
  check(ask("a@vmx.example"), *zone, how);
  EXPECT_EQ(story,
            "vmx.example=v=spf1 mx -all\n"
            "MX vmx.example=v1.x, v2.x, v3.x\n"
            "A v1.x=no such name\n"
            "A v2.x=no such name\n"
            "A v3.x=no such name\n"
            "mx=the record needs more than 2 lookups that find nothing\n");
  story.clear();
  check(ask("a@nested.example", "192.0.2.2"), *zone, how);
  EXPECT_EQ(story,
            "nested.example=v=spf1 include:i1.example ~all\n"
            ">i1.example=v=spf1 include:i2.example -all\n"
            ">>i2.example=v=spf1 ip4:192.0.2.1 -all\n"
            ">>ip4:192.0.2.1=does not match\n"
            ">>-all=matches\n"
            ">include:i2.example=does not match\n"
            ">-all=matches\n"
            "include:i1.example=does not match\n"
            "~all=matches\n");
}

/// {"name": ...} with n numbered entries in between.
std::string numbered(std::size_t n, const std::string& before,
                     const std::string& each, const std::string& after) {
  std::string out = before;
  for (std::size_t i = 0; i < n; ++i) {
    std::string one = each;
    for (std::size_t at; (at = one.find('#')) != std::string::npos;)
      one.replace(at, 1, std::to_string(i));
    out += (i > 0 ? "," : "") + one;
  }
  return out + after;
}

// Whoever publishes records has read this code.
TEST(spf_check_host, attacks_stay_bounded) {
  struct attack {
    const char* name;
    std::string zone;
    const char* code;
    std::size_t most;  // questions
  };
  const std::string huge(max_record_octets, 'x');
  std::string flat = "v=spf1";
  while (flat.size() + 12 < max_record_octets) flat += " ip4:1.2.3.4";
  std::string bomb = "v=spf1 exists:";
  while (bomb.size() + 30 < max_record_octets) bomb += "%{L127r-+,/_=.}";
  const std::vector<attack> attacks{
      {"include circle",
       R"({"x.example": {"TXT": ["v=spf1 include:y.example -all"]},
           "y.example": {"TXT": ["v=spf1 include:x.example -all"]}})",
       "too_many_terms", 11},
      {"redirect circle",
       R"({"x.example": {"TXT": ["v=spf1 redirect=x.example"]}})",
       "too_many_terms", 11},
      {"include of itself by macro",
       R"({"x.example": {"TXT": ["v=spf1 include:%{d} include:%{o} -all"]}})",
       "too_many_terms", 11},
      {"a tree of includes",
       R"({"x.example": {"TXT": ["v=spf1 include:y.example include:y.example )"
       R"(include:y.example ?all"]}, "z.example": {"A": ["192.0.2.99"]},
           "y.example": {"TXT": ["v=spf1 a:z.example a:z.example a:z.example )"
       R"(-all"]}})",
       "too_many_terms", 11},
      {"many mx with many hosts",
       numbered(10,
                R"({"x.example": {"TXT": ["v=spf1 mx:m.x mx:m.x mx:m.x )"
                R"(mx:m.x mx:m.x mx:m.x mx:m.x mx:m.x mx:m.x mx:m.x )"
                R"(mx:m.x -all"]}, "h.x": {"A": ["192.0.2.9"]},
                    "m.x": {"MX": [)",
                R"([#, "h.x"])", "]}}"),
       "too_many_terms", 111},
      {"mx with eleven hosts",
       numbered(11, R"({"x.example": {"TXT": ["v=spf1 mx -all"], "MX": [)",
                R"([#, "h#.example"])", "]}}"),
       "too_many_exchanges", 2},
      {"a flood of reverse names",
       numbered(5'000,
                R"({"x.example": {"TXT": ["v=spf1 ptr ptr:a.example )"
                R"(exists:%{p}.x -all"]},
                       "1.2.0.192.in-addr.arpa": {"PTR": [)",
                R"("n#.example")", "]}}"),
       "refused", 14},
      {"a flood of reverse names that cannot be asked",
       numbered(5'000, R"({"x.example": {"TXT": ["v=spf1 ptr -all"]},
                       "1.2.0.192.in-addr.arpa": {"PTR": [)",
                R"("n..#.example")", "]}}"),
       "refused", 2},
      {"reverse names that time out",
       R"({"x.example": {"TXT": ["v=spf1 ptr exists:%{p}.x -all"]},
           "1.2.0.192.in-addr.arpa": {"PTR": ["s1.example", "s2.example"]},
           "s1.example": {"*": {"error": "TIMEOUT"}},
           "s2.example": {"*": {"error": "TIMEOUT"}}})",
       "refused", 5},
      {"huge record", R"({"x.example": {"TXT": ["v=spf1 )" + huge + R"("]}})",
       "record_size", 1},
      {"as much as can be read",
       R"({"x.example": {"TXT": [")" + flat + R"( -all"]}})", "refused", 1},
      {"macro bomb",
       R"({"x.example": {"TXT": [")" + bomb + R"(.example -all"]}})", "refused",
       2},
      {"explanation bomb",
       R"({"x.example": {"TXT": ["v=spf1 -all exp=e.example"]},
           "e.example": {"TXT": [")" +
           bomb.substr(14) + R"("]}})",
       "refused", 2},
      {"many texts",
       numbered(5'000, R"({"x.example": {"TXT": [)", R"("v=spf# -all")", "]}}"),
       "refused", 1},
  };
  for (const attack& a : attacks) {
    SCOPED_TRACE(a.name);
    const auto zone = make_zone(a.zone);
    slow_resolver counting(*zone);
    const check_result got =
        check(ask(std::string(64, '-') + "a.b-c@x.example"), counting);
    EXPECT_EQ(to_string(got.code), a.code) << got.reason;
    EXPECT_LE(counting.total, a.most);
    EXPECT_EQ(got.questions, counting.total);
    EXPECT_LE(got.terms, 10);
    EXPECT_LE(got.explanation.size(), 500);
    EXPECT_LE(got.reason.size(), 1'000);
  }
}

// Every answer fails DNSSEC validation.
class bogus_resolver final : public dns::resolver {
 public:
  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question) override {
    auto out = std::make_shared<dns::answer>();
    out->status = dns::status::bogus;
    out->detail = "no\r\nkey";
    co_return out;
  }
};

TEST(spf_check_host, bogus) {
  bogus_resolver resolver;
  const check_result got = check(ask("a@x.example"), resolver);
  EXPECT_EQ(to_string(got.status), "temperror");
  EXPECT_EQ(got.reason,
            "an answer of the DNS was not genuine (DNSSEC): x.example (the "
            "answer is not what its owner signed (DNSSEC): no??key)");
}

// Names that depend on one another only by the client are asked for at once.
TEST(spf_check_host, prefetches) {
  const auto zone = make_zone(R"({
      "x.example": {"TXT": ["v=spf1 mx ptr -all"],
                    "MX": [[1, "a.example"], [2, "b.example"]]},
      "a.example": {"A": ["192.0.2.9"]}, "b.example": {"A": ["192.0.2.9"]},
      "1.2.0.192.in-addr.arpa": {"PTR": ["a.example", "b.example"]}})");
  slow_resolver counting(*zone);
  check(ask("a@x.example"), counting);
  EXPECT_EQ(counting.prefetched, 4);
}

TEST(spf_check_host, validated_name) {
  const auto zone = make_zone(R"({
      "x.example": {"TXT": ["v=spf1 exists:%{p}.ok -all exp=e.example"]},
      "e.example": {"TXT": ["%{p}"]},
      "1.2.0.192.in-addr.arpa": {"PTR": ["other.example", "a.x.example",
                                         "X.example.", "forged.x.example"]},
      "2.2.0.192.in-addr.arpa": {"PTR": ["other.example", "a.x.example"]},
      "3.2.0.192.in-addr.arpa": {"PTR": ["other.example"]},
      "other.example": {"A": ["192.0.2.1", "192.0.2.2", "192.0.2.3"]},
      "a.x.example": {"A": ["192.0.2.1", "192.0.2.2"]},
      "forged.x.example": {"A": ["192.0.2.99"]}})");
  const auto shown = [&](const char* ip) {
    return check(ask("a@x.example", ip), *zone).explanation;
  };
  EXPECT_EQ(shown("192.0.2.1"), "a.x.example");
  EXPECT_EQ(shown("192.0.2.2"), "a.x.example");
  EXPECT_EQ(shown("192.0.2.3"), "other.example");
  EXPECT_EQ(shown("192.0.2.4"), "unknown");
}

}  // namespace
}  // namespace mekiki::spf

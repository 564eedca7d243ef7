#include "auth/spf/macro.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mekiki::spf {
namespace {

macro_values rfc_values(const char* ip = "192.0.2.3") {
  return {.local_part = "strong-bad",
          .sender_domain = "email.example.com",
          .domain = "email.example.com",
          .ip = parse_ip_address(ip).value(),
          .validated_name = "mx.example.org",
          .helo = "mx.example.org",
          .receiver = "mail.example.net",
          .now = 1'790'000'000};
}

struct expansion {
  const char* macro;
  const char* expanded;
};

// RFC 7208 7.4
TEST(spf_macro, rfc_examples) {
  for (const auto& [macro, expanded] : std::vector<expansion>{
           {"%{s}", "strong-bad@email.example.com"},
           {"%{o}", "email.example.com"},
           {"%{d}", "email.example.com"},
           {"%{d4}", "email.example.com"},
           {"%{d3}", "email.example.com"},
           {"%{d2}", "example.com"},
           {"%{d1}", "com"},
           {"%{dr}", "com.example.email"},
           {"%{d2r}", "example.email"},
           {"%{l}", "strong-bad"},
           {"%{l-}", "strong.bad"},
           {"%{lr}", "strong-bad"},
           {"%{lr-}", "bad.strong"},
           {"%{l1r-}", "strong"},
           {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
           {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
           {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
            "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
           {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
            "3.2.0.192.in-addr.strong.lp._spf.example.com"},
           {"%{d2}.trusted-domains.example.net",
            "example.com.trusted-domains.example.net"}}) {
    EXPECT_TRUE(is_domain_spec(macro)) << macro;
    EXPECT_EQ(expand_domain(macro, rfc_values()), expanded);
  }
  EXPECT_EQ(
      expand_domain("%{ir}.%{v}._spf.%{d2}", rfc_values("2001:db8::cb01")),
      "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
      "ip6._spf.example.com");
}

TEST(spf_macro, expands) {
  for (const auto& [macro, expanded] : std::vector<expansion>{
           {"%{D2}%{V}", "example.comin-addr"},
           {"%{h}.%{p}", "mx.example.org.mx.example.org"},
           {"%{S}", "strong-bad%40email.example.com"},
           {"a%%b%_c%-d.%{D1R}", "a%b c%20d.email"},
           {"%{s127r.-}", "com.example.bad@email.strong"},
           {"x.%{d}.example.", "x.email.example.com.example"}}) {
    EXPECT_EQ(expand_domain(macro, rfc_values()), expanded) << macro;
  }
  EXPECT_EQ(expand_explanation("%{c} %{r} %{t} %{R}.", rfc_values(), 99),
            "192.0.2.3 mail.example.net 1790000000 mail.example.net.");
  EXPECT_EQ(expand_explanation("%{c}", rfc_values("2001:DB8::1"), 99),
            "2001:db8::1");
  EXPECT_EQ(expand_explanation("%{s}%{s}", rfc_values(), 15),
            "strong-bad@emai");
}

// RFC 7208 7.1
TEST(spf_macro, grammar) {
  for (const char* good :
       {"example.com", "example.com.", "%{d}", "%{D10R.-+,/_=}", "%%", "%_",
        "a.xn--p1ai", "a.c-m", "a..com", "!#$&'*~.com", "%{d}.com", "a.1b",
        "a/b.com", "%{i}.%{l1/}"}) {
    EXPECT_TRUE(is_domain_spec(good)) << good;
    EXPECT_TRUE(is_macro_string(good, macro_place::domain_spec)) << good;
  }
  for (const char* bad : {"",
                          "com",
                          "com.",
                          ".",
                          "a.",
                          "a.-com",
                          "a.com-",
                          "a.123",
                          "a.c_m",
                          "%{d}com",
                          "%{d}.",
                          "%",
                          "a.%",
                          "%{",
                          "%{}",
                          "%{d",
                          "%{x}",
                          "%{d0}",
                          "%{d2rr}",
                          "%{dr2}",
                          "%{d-r}",
                          "%{d!}",
                          "%a",
                          "%(d)",
                          "%{c}",
                          "%{r}",
                          "%{t}",
                          "a b.com",
                          "a\t.com",
                          "a\x80.com",
                          "%{d99999999999}",
                          "a.com\r"}) {
    EXPECT_FALSE(is_domain_spec(bad)) << bad;
  }
  EXPECT_FALSE(is_domain_spec(std::string_view("a.c\0m", 5)));
  for (const char* good : {"", "two words", " %{c}%{r}%{t} ", "no dot",
                           "%{d"
                           "1r-}"}) {
    EXPECT_TRUE(is_macro_string(good, macro_place::explanation)) << good;
  }
  for (const char* bad : {"%", "50% off", "%{x}", "\x1b[1m", "caf\xc3\xa9"}) {
    EXPECT_FALSE(is_macro_string(bad, macro_place::explanation)) << bad;
  }
  EXPECT_FALSE(is_macro_string("two words", macro_place::domain_spec));
}

TEST(spf_macro, uses) {
  EXPECT_TRUE(uses_macro("a.%{P1r}.b", "p"));
  EXPECT_TRUE(uses_macro("%{l}", "sl"));
  EXPECT_FALSE(uses_macro("p%%{p}.%{d}", "p"));
  EXPECT_FALSE(uses_macro("", "p"));
}

// RFC 7208 7.3: whole labels go, from the left, until 253 octets are left.
TEST(spf_macro, cuts_left_labels) {
  const std::string label(62, 'a');
  const std::string long_name = label + '.' + label + '.' + label + '.' + label;
  ASSERT_EQ(long_name.size(), 251);
  const macro_values values = rfc_values();
  EXPECT_EQ(expand_domain("x." + long_name, values), "x." + long_name);
  EXPECT_EQ(expand_domain("x." + long_name + '.', values), "x." + long_name);
  EXPECT_EQ(expand_domain("xx." + long_name, values), long_name);
  EXPECT_EQ(expand_domain("x.x." + long_name, values), "x." + long_name);
  // Nothing is left of a label that is too long itself.
  EXPECT_EQ(expand_domain(std::string(300, 'a'), values), "");
  EXPECT_EQ(expand_domain("b." + std::string(253, 'a'), values),
            std::string(253, 'a'));
}

// However much there is to expand, the end is what counts, and the same.
TEST(spf_macro, bomb) {
  const std::string local(255, 'x');
  macro_values values = rfc_values();
  values.local_part = local;
  std::string spec = "%{L}.tail";
  std::string want = expand_domain(spec, values);
  EXPECT_EQ(want, "tail");
  for (const std::size_t n : {1, 10, 100, 5'000}) {
    std::string bomb;
    for (std::size_t i = 0; i < n; ++i) bomb += "%{S}";
    EXPECT_EQ(expand_domain(bomb + ".x.%{d}", values),
              "example.com.x.email.example.com");
    // One label that is far too long: nothing is left.
    std::string one_label;
    for (std::size_t i = 0; i < n + 6; ++i) one_label += "%{l}";
    EXPECT_EQ(expand_domain(one_label, values), "");
    // Cut at the same place as if all of it had been kept.
    std::string dotted;
    for (std::size_t i = 0; i < n; ++i) dotted += "%{d1r}.";
    const std::string name = expand_domain(dotted + "end", values);
    EXPECT_LE(name.size(), 253);
    EXPECT_TRUE(name.ends_with("email.end")) << name;
    if (n >= 100)
      EXPECT_EQ(name.size(), 249);  // 41 times "email." and "end"
  }
}

TEST(spf_macro, reverse_name) {
  EXPECT_EQ(reverse_name(parse_ip_address("192.0.2.1").value()),
            "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(reverse_name(parse_ip_address("2001:db8::1").value()),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
            "ip6.arpa");
}

}  // namespace
}  // namespace mekiki::spf

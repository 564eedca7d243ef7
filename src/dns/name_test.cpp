#include "dns/name.hpp"

#include <gtest/gtest.h>

namespace mekiki::dns {
namespace {

using maybe = std::optional<std::string>;

TEST(name, normalize) {
  const std::string label63(63, 'a');
  const std::string name253 =
      label63 + '.' + label63 + '.' + label63 + '.' + std::string(61, 'b');
  const struct {
    std::string name;
    maybe expected;
  } cases[] = {
      {"example.jp", "example.jp"},
      {"Example.JP.", "example.jp"},
      {"_dmarc.Example", "_dmarc.example"},
      {"a b%c.example", "a b%c.example"},
      {"\xe6\x97\xa5.example", "\xe6\x97\xa5.example"},
      {"", std::nullopt},
      {".", std::nullopt},
      {"..", std::nullopt},
      {"a..b", std::nullopt},
      {".a", std::nullopt},
      {"a..", std::nullopt},
      {std::string("a\0b.example", 11), std::nullopt},
      {label63 + ".example", label63 + ".example"},
      {label63 + "a.example", std::nullopt},
      {name253, name253},
      {name253 + ".", name253},
      {name253 + "b", std::nullopt},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(normalize(c.name), c.expected) << c.name;
    EXPECT_EQ(is_normalized(c.name), normalize(c.name) == maybe(c.name))
        << c.name;
  }
}

// Expected A-labels: Python's idna package, with its UTS 46 mapping.
TEST(name, to_a_labels) {
  const struct {
    std::string name;
    maybe expected;
  } cases[] = {
      {"Example.JP.", "example.jp"},
      {"日本語.jp", "xn--wgv71a119e.jp"},
      {"日本語。jp", "xn--wgv71a119e.jp"},
      {"sel._domainkey.Bücher.example", "sel._domainkey.xn--bcher-kva.example"},
      {"faß.example", "xn--fa-hia.example"},
      {"ＡＢＣ.example", "abc.example"},
      {"xn--wgv71a119e.jp", "xn--wgv71a119e.jp"},
      {"\xff\xfe.example", std::nullopt},
      {std::string("日\0本", 7), std::nullopt},
      {std::string(5000, '\xe6'), std::nullopt},
  };
  for (const auto& c : cases) EXPECT_EQ(to_a_labels(c.name), c.expected);
}

TEST(name, is_subdomain_of) {
  EXPECT_TRUE(is_subdomain_of("example.jp", "example.jp"));
  EXPECT_TRUE(is_subdomain_of("a.b.example.jp", "example.jp"));
  EXPECT_FALSE(is_subdomain_of("badexample.jp", "example.jp"));
  EXPECT_FALSE(is_subdomain_of("jp", "example.jp"));
}

TEST(name, is_hostname) {
  const struct {
    std::string name;
    bool expected;
  } cases[] = {
      {"pop.example.jp", true},
      {"localhost", true},
      {"3com.example", true},
      {"a-b.example", true},
      {"xn--wgv71a119e.jp", true},
      {"", false},
      {"-a.example", false},
      {"a-.example", false},
      {"a.example-", false},
      {"a_b.example", false},
      {"a b.example", false},
      {"A.example", false},
      {"192.0.2.1", false},
      {"example.1", false},
      {"1", false},
      {"a.example.", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(is_hostname(c.name), c.expected) << c.name;
}

}  // namespace
}  // namespace mekiki::dns

#include "auth/dkim/signature.hpp"

#include <limits>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"

namespace mekiki::dkim {
namespace {

/// A good signature with some of its tags changed, or taken out ("-").
std::string field(const std::map<std::string, std::string>& changes) {
  std::map<std::string, std::string> tags{
      {"v", "1"},
      {"a", "rsa-sha256"},
      {"b", "AAAA\r\n AAAAAAA="},
      {"bh", base64_encode(std::string(32, 'x'))},
      {"d", "example.com"},
      {"h", "From"},
      {"s", "sel"}};
  for (const auto& [tag, value] : changes) tags[tag] = value;
  std::string out;
  for (const auto& [tag, value] : tags) {
    if (value != "-")
      out.append(" ").append(tag).append("=").append(value).append(";");
  }
  return out;
}

errc code(const std::map<std::string, std::string>& changes) {
  const auto reading = parse_signature(field(changes));
  return reading.error ? reading.error->code : errc::ok;
}

TEST(signature, each_tag) {
  const struct {
    const char* tag;
    const char* value;
    errc expected;
  } cases[] = {
      // RFC 6376 3.5 and 6.1.1
      {"v", "1", errc::ok},
      {"v", "-", errc::missing_tag},
      {"v", "2", errc::version},
      {"v", "1.0", errc::version},
      {"v", "", errc::version},
      {"a", "-", errc::missing_tag},
      {"a", "RSA-SHA256", errc::ok},
      {"a", "rsa-md5", errc::algorithm},
      {"a", "", errc::algorithm},
      {"a", "ed25519-sha256", errc::ok},
      {"a", "ed25519-sha1", errc::algorithm},
      {"b", "-", errc::missing_tag},
      {"b", "", errc::encoding},
      {"b", "A!==", errc::encoding},
      {"bh", "-", errc::missing_tag},
      {"bh", "AAAA", errc::encoding},
      {"bh", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=", errc::encoding},  // of SHA-1
      {"c", "-", errc::ok},
      {"c", "relaxed/", errc::canonicalization},
      {"c", "relaxed /simple", errc::canonicalization},
      {"c", "nowsp", errc::canonicalization},
      {"d", "-", errc::missing_tag},
      {"d", "", errc::domain},
      {"d", "com", errc::domain},
      {"d", "example.com.", errc::domain},
      {"d", "example..com", errc::domain},
      {"d", "exam ple.com", errc::domain},
      {"d", "example.com/x", errc::domain},
      {"d", "EXAMPLE.com", errc::ok},
      {"d", "under_score.example.com", errc::ok},
      {"h", "-", errc::missing_tag},
      {"h", "", errc::header_list},
      {"h", "from:", errc::header_list},
      {"h", "from::to", errc::header_list},
      {"h", "from:su bject", errc::header_list},
      {"h", "subject", errc::from_not_signed},
      {"h", "x-from", errc::from_not_signed},
      {"h", "to : FROM\r\n : from", errc::ok},
      {"i", "@example.com", errc::ok},
      {"i", "joe@a.b.Example.com", errc::ok},
      {"i", "=40@example.com", errc::ok},
      {"i", "a@b@example.com", errc::ok},
      {"i", "joe", errc::identity},
      {"i", "", errc::identity},
      {"i", "joe=0D=0A@example.com", errc::identity},
      {"i", "joe=4@example.com", errc::identity},
      {"i", "@notexample.com", errc::identity_outside},
      {"i", "@com", errc::identity},
      {"i", "@example.org", errc::identity_outside},
      {"l", "0", errc::ok},
      {"l", "99999999999999999999999999999999", errc::ok},
      {"l", "", errc::length},
      {"l", "-1", errc::length},
      {"l", "1 2", errc::length},
      {"l", "0x10", errc::length},
      {"q", "dns/txt", errc::ok},
      {"q", "x/y : DNS/TXT", errc::ok},
      {"q", "dns", errc::query_method},
      {"q", "", errc::query_method},
      {"s", "-", errc::missing_tag},
      {"s", "", errc::selector},
      {"s", "a.b", errc::ok},
      {"s", "a..b", errc::selector},
      {"s", "a*", errc::selector},
      {"t", "1528637909", errc::ok},
      {"t", "", errc::timestamp},
      {"t", "yesterday", errc::timestamp},
      {"x", "1528637909", errc::ok},
      {"x", "-1", errc::timestamp},
      {"z", "From:a=20b|To:c", errc::ok},
      {"unknown", "1", errc::ok},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(code({{c.tag, c.value}}), c.expected)
        << c.tag << "=" << c.value << ": "
        << to_string(code({{c.tag, c.value}}));
  }
}

TEST(signature, x_must_be_later_than_t) {
  EXPECT_EQ(code({{"t", "5"}, {"x", "6"}}), errc::ok);
  EXPECT_EQ(code({{"t", "5"}, {"x", "5"}}), errc::timestamp);
  EXPECT_EQ(code({{"t", "5"}, {"x", "4"}}), errc::timestamp);
  EXPECT_EQ(
      code({{"t", "99999999999999999999"}, {"x", "99999999999999999999"}}),
      errc::timestamp);
}

TEST(signature, a_field_that_is_no_tag_list) {
  EXPECT_EQ(parse_signature("hello").error->code, errc::syntax);
  EXPECT_EQ(parse_signature("").error->code, errc::syntax);
  EXPECT_EQ(parse_signature(field({}) + " v=1").error->code,
            errc::duplicate_tag);
}

TEST(signature, claims) {
  const std::string text = field({{"i", "j=3Bo e@Sub.Example.com"},
                                  {"c", "relaxed/simple"},
                                  {"d", "Example.COM"},
                                  {"h", "From : to: TO"},
                                  {"l", "123"},
                                  {"t", "9"},
                                  {"x", "99999999999999999999"}});
  const auto reading = parse_signature(text);
  ASSERT_FALSE(reading.error);
  const signature& s = reading.claims;
  EXPECT_EQ(s.algorithm, "rsa-sha256");
  EXPECT_EQ(s.octets, std::string(8, '\0'));
  EXPECT_EQ(s.octets_start, "AAAAAAAA");
  EXPECT_EQ(text.substr(s.b_offset, s.b_size), "AAAA\r\n AAAAAAA=");
  EXPECT_EQ(s.body_hash, std::string(32, 'x'));
  EXPECT_EQ(s.header, canonicalization::relaxed);
  EXPECT_EQ(s.body, canonicalization::simple);
  EXPECT_EQ(s.domain, "example.com");
  EXPECT_EQ(s.selector, "sel");
  EXPECT_THAT(s.fields, testing::ElementsAre("from", "to", "to"));
  EXPECT_EQ(s.identity, "j;oe@Sub.Example.com");
  EXPECT_EQ(s.identity_domain, "sub.example.com");
  EXPECT_EQ(s.length, 123);
  EXPECT_EQ(s.signed_at, 9);
  EXPECT_EQ(s.expires_at, std::numeric_limits<std::int64_t>::max());
}

TEST(signature, what_can_be_read_is_told_beside_the_error) {
  const auto reading = parse_signature(field({{"v", "2"}}));
  EXPECT_EQ(reading.error->code, errc::version);
  EXPECT_EQ(reading.claims.domain, "example.com");
  EXPECT_EQ(reading.claims.selector, "sel");
  EXPECT_EQ(reading.claims.identity, "@example.com");
  EXPECT_EQ(parse_signature(field({{"i", "@example.org"}})).claims.identity, "")
      << "not the signature's";
}

// What goes into Authentication-Results must not break out of it.
TEST(signature, facts_of_bad_signatures_are_harmless) {
  auto reading =
      parse_signature(field({{"a", "rsa\r\n Subject: x"}, {"b", "A\"(;"}}));
  EXPECT_EQ(reading.claims.algorithm, "");
  EXPECT_EQ(reading.claims.octets_start, "");
  reading = parse_signature(field({{"a", "rsa-md5"}}));
  EXPECT_EQ(reading.claims.algorithm, "rsa-md5");
  EXPECT_EQ(code({{"i", std::string(310, 'x') + "@example.com"}}),
            errc::identity);
}

// RFC 8616 4
TEST(signature, international_names_become_a_labels) {
  const std::string buecher =
      "b\xc3\xbc"
      "cher.example";
  const auto reading = parse_signature(field(
      {{"d", buecher}, {"s", "\xe7\x9b\xae"}, {"i", "j@mail." + buecher}}));
  ASSERT_FALSE(reading.error) << describe(reading.error->code);
  EXPECT_EQ(reading.claims.domain, "xn--bcher-kva.example");
  EXPECT_EQ(reading.claims.selector, "xn--i0y");
  EXPECT_EQ(reading.claims.identity_domain, "mail.xn--bcher-kva.example");
  EXPECT_EQ(code({{"d", "xn--bcher-kva.example"}, {"i", "@" + buecher}}),
            errc::ok);
}

TEST(signature, too_many_signed_fields) {
  std::string names = "from";
  for (int i = 1; i < 1000; ++i) names += ":a";
  EXPECT_EQ(code({{"h", names}}), errc::ok);
  EXPECT_EQ(code({{"h", names + ":a"}}), errc::header_list);
}

}  // namespace
}  // namespace mekiki::dkim

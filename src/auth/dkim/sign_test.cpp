// Properties of signing and verifying together.
#include "auth/dkim/sign.hpp"

#include <string>

#include <gtest/gtest.h>

#include "auth/dkim/test_mail.hpp"

namespace mekiki::dkim {
namespace {

const std::string plain =
    "Received: from mx.example.net\r\n"
    "From: Joe <joe@example.com>\r\n"
    "To: Suzie <suzie@example.net>\r\n"
    "Subject:  Is dinner\r\n  ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n"
    "Message-ID: <20030712040037.46341@example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the  game. \r\n"
    "\r\n"
    "\r\n";

const crypto::private_key& rsa_key() {
  static const auto key = crypto::private_key::generate(crypto::key_type::rsa);
  return *key;
}
const crypto::private_key& ed25519_key() {
  static const auto key =
      crypto::private_key::generate(crypto::key_type::ed25519);
  return *key;
}

text_zone zone_of(const crypto::private_key& key) {
  return text_zone({{"sel._domainkey.example.com", {format_key_record(key)}}});
}

struct shape {
  const char* name;
  const crypto::private_key& (*key)();
  canonicalization header;
  canonicalization body;
};
constexpr auto simple = canonicalization::simple;
constexpr auto relaxed = canonicalization::relaxed;
const shape shapes[] = {
    {"rsa relaxed/relaxed", rsa_key, relaxed, relaxed},
    {"rsa relaxed/simple", rsa_key, relaxed, simple},
    {"rsa simple/relaxed", rsa_key, simple, relaxed},
    {"rsa simple/simple", rsa_key, simple, simple},
    {"ed25519 relaxed/relaxed", ed25519_key, relaxed, relaxed},
    {"ed25519 simple/simple", ed25519_key, simple, simple},
};

TEST(sign, what_is_signed_verifies) {
  for (const shape& s : shapes) {
    SCOPED_TRACE(s.name);
    sign_options options;
    options.header = s.header;
    options.body = s.body;
    options.signed_at = 1'700'000'000;
    options.expires_at = 1'800'000'000;
    options.identity = "jo e;=@sub.example.com";
    const auto field = sign(plain, "example.com", "sel", s.key(), options);
    ASSERT_TRUE(field) << describe(field.error());
    text_zone zone = zone_of(s.key());
    const auto results = verify(*field + plain, zone);
    ASSERT_EQ(results.size(), 1);
    EXPECT_EQ(results[0].code, errc::ok) << results[0].reason;
    EXPECT_EQ(results[0].identity, options.identity);
    EXPECT_EQ(results[0].signed_at, options.signed_at);
    EXPECT_EQ(results[0].expires_at, options.expires_at);
    EXPECT_FALSE(results[0].partial);
    for (std::size_t start = 0, end; start < field->size(); start = end + 2) {
      end = field->find("\r\n", start);
      EXPECT_LE(end - start, 78) << *field;
    }
  }
}

TEST(sign, any_change_of_a_signed_octet_fails) {
  for (const shape& s : shapes) {
    SCOPED_TRACE(s.name);
    sign_options options;
    options.header = s.header;
    options.body = s.body;
    options.fields.push_back("Received");
    const auto field = sign(plain, "example.com", "sel", s.key(), options);
    ASSERT_TRUE(field);
    text_zone zone = zone_of(s.key());
    for (std::size_t i = 0; i < plain.size(); ++i) {
      std::string changed = plain;
      if (!ascii::is_graph(changed[i]))
        continue;
      changed[i] = changed[i] == 'x' ? 'y' : 'x';
      const auto results = verify(*field + changed, zone);
      ASSERT_EQ(results.size(), 1);
      EXPECT_NE(results[0].code, errc::ok) << changed;
    }
  }
}

TEST(sign, relaxed_survives_what_servers_do_to_white_space) {
  const auto field = sign(plain, "example.com", "sel", rsa_key());
  ASSERT_TRUE(field);
  text_zone zone = zone_of(rsa_key());
  std::string changed = *field + plain;
  const auto replace = [&changed](std::string_view from, std::string_view to) {
    changed.replace(changed.find(from), from.size(), to);
  };
  replace("Subject:  Is dinner\r\n  ready?", "SUBJECT : Is \t dinner ready?  ");
  replace("the  game. \r\n\r\n\r\n", "the\tgame.\r\n \t\r\n");
  EXPECT_EQ(verify(changed, zone).at(0).code, errc::ok);
}

TEST(sign, oversigned_fields_cannot_be_added) {
  const auto field = sign(plain, "example.com", "sel", ed25519_key());
  ASSERT_TRUE(field);
  text_zone zone = zone_of(ed25519_key());
  EXPECT_EQ(verify("X-New: x\r\n" + *field + plain, zone).at(0).code, errc::ok);
  for (const char* added :
       {"From: a@example.org\r\n", "Subject: x\r\n", "Cc: x@example.org\r\n",
        "Reply-To: x@example.org\r\n", "Content-Type: text/html\r\n"}) {
    EXPECT_EQ(verify(added + *field + plain, zone).at(0).code, errc::signature)
        << added;
  }
}

TEST(sign, l_covers_the_beginning_of_the_body) {
  sign_options options;
  options.length = 5;
  const auto field = sign(plain, "example.com", "sel", rsa_key(), options);
  ASSERT_TRUE(field);
  text_zone zone = zone_of(rsa_key());
  const auto results = verify(*field + plain + "more\r\n", zone);
  EXPECT_EQ(results.at(0).code, errc::ok);
  EXPECT_TRUE(results[0].partial);
  EXPECT_EQ(results[0].body_covered, 5);
  EXPECT_EQ(results[0].body_octets, 36);
  options.length = 1000;
  EXPECT_EQ(sign(plain, "example.com", "sel", rsa_key(), options).error(),
            errc::body_too_short);
}

TEST(sign, refuses_what_would_not_verify) {
  const auto error = [](std::string_view mail, std::string_view domain,
                        std::string_view selector,
                        const sign_options& options = {}) {
    const auto field = sign(mail, domain, selector, ed25519_key(), options);
    return field ? errc::ok : field.error();
  };
  EXPECT_EQ(error("To: a\r\n\r\n", "example.com", "s"), errc::malformed_mail);
  EXPECT_EQ(error(plain, "example", "s"), errc::domain);
  EXPECT_EQ(error(plain, "example.com", "s;x"), errc::syntax);
  EXPECT_EQ(error(plain, "example.com\r\nX: y", "s"), errc::syntax);
  sign_options options;
  options.identity = "@example.org";
  EXPECT_EQ(error(plain, "example.com", "s", options), errc::identity_outside);
  options = {};
  options.fields = {"Subject"};
  EXPECT_EQ(error(plain, "example.com", "s", options), errc::from_not_signed);
  options = {};
  options.signed_at = 2;
  options.expires_at = 2;
  EXPECT_EQ(error(plain, "example.com", "s", options), errc::timestamp);
}

TEST(sign, international_domain) {
  const auto field = sign(plain,
                          "b\xc3\xbc"
                          "cher.example",
                          "sel", ed25519_key());
  ASSERT_TRUE(field);
  text_zone zone({{"sel._domainkey.xn--bcher-kva.example",
                   {format_key_record(ed25519_key())}}});
  const auto results = verify(*field + plain, zone);
  EXPECT_EQ(results.at(0).code, errc::ok) << results[0].reason;
  EXPECT_EQ(results[0].domain, "xn--bcher-kva.example");
}

}  // namespace
}  // namespace mekiki::dkim

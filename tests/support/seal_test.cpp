// Properties of sealing and validating together.
#include "support/seal.hpp"

#include <string>

#include <gtest/gtest.h>

#include "auth/arc/test_chain.hpp"
#include "auth/dkim/sign.hpp"
#include "base/ascii.hpp"

namespace mekiki::arc {
namespace {

using auth::result;
using dkim::text_zone;

const std::string plain =
    "Received: from mx.example.net\r\n"
    "From: Joe <joe@example.com>\r\n"
    "To: Suzie <suzie@example.net>\r\n"
    "Subject:  Is dinner\r\n  ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the  game. \r\n";

const std::string results = "mx.example.net; spf=pass\r\n smtp.mailfrom=a.b";

const crypto::private_key& rsa_key() {
  static const auto key = crypto::private_key::generate(crypto::key_type::rsa);
  return *key;
}
const crypto::private_key& ed25519_key() {
  static const auto key =
      crypto::private_key::generate(crypto::key_type::ed25519);
  return *key;
}

text_zone both_keys() {
  return text_zone(
      {{"rsa._domainkey.example.net", {dkim::format_key_record(rsa_key())}},
       {"ed._domainkey.example.org",
        {dkim::format_key_record(ed25519_key())}}});
}

/// `mail` with one more set; odd ones by RSA, even ones by Ed25519.
std::string add_set(const std::string& mail, std::size_t instance,
                    result chain = result::pass,
                    const seal_options& options = {}) {
  const bool odd = instance % 2 == 1;
  const auto set =
      seal(mail, chain, results, odd ? "example.net" : "example.org",
           odd ? "rsa" : "ed", odd ? rsa_key() : ed25519_key(), options);
  EXPECT_TRUE(set) << describe(set.error());
  return set ? *set + mail : mail;
}

std::string chain_of(std::size_t sets) {
  std::string mail = plain;
  for (std::size_t i = 1; i <= sets; ++i) mail = add_set(mail, i);
  return mail;
}

TEST(seal, what_is_sealed_validates) {
  text_zone zone = both_keys();
  seal_options options;
  options.sealed_at = 1'700'000'000;
  std::string mail = plain;
  for (std::size_t i = 1; i <= 3; ++i) {
    mail = add_set(mail, i, result::pass, options);
    for (const std::size_t step : {mail.size(), std::size_t{1}}) {
      const chain_result got = validate(mail, zone, {}, dkim::test_time, step);
      EXPECT_EQ(got.code, errc::ok) << got.reason;
      EXPECT_EQ(got.status, result::pass);
      EXPECT_EQ(got.oldest_pass, 0U);
      ASSERT_EQ(got.instances.size(), i);
    }
  }
  const chain_result got = validate(mail, zone);
  const instance_result& second = got.instances.at(1);
  EXPECT_EQ(second.domain, "example.org");
  EXPECT_EQ(second.selector, "ed");
  EXPECT_EQ(second.algorithm, "ed25519-sha256");
  EXPECT_EQ(second.sealed_at, options.sealed_at);
  EXPECT_EQ(second.seal, dkim::errc::ok);
  EXPECT_EQ(second.message, dkim::errc::ok);
  EXPECT_EQ(second.message_domain, "example.org");
  EXPECT_EQ(second.message_selector, "ed");
  EXPECT_EQ(second.signed_fields.front(), "from");
  EXPECT_FALSE(second.partial);
  EXPECT_EQ(second.authentication_results, " " + results);

  for (std::size_t start = 0, end; start < mail.size(); start = end + 2) {
    end = mail.find("\r\n", start);
    EXPECT_LE(end - start, 80U) << mail.substr(start, end - start);
  }
}

// All octets of the ARC sets, and all that the newest signature names.
TEST(seal, any_kept_change_fails) {
  text_zone zone = both_keys();
  const std::string mail = chain_of(2);
  // Some bits of a last base64 digit say nothing.
  const std::size_t last_digit = mail.find("==") - 1;
  const std::size_t received = mail.find("Received:");
  const std::size_t from = mail.find("From:");
  for (std::size_t i = 0; i < mail.size(); ++i) {
    if (!ascii::is_graph(mail[i]) || i == last_digit ||
        (i >= received && i < from)) {
      continue;
    }
    std::string changed = mail;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_NE(validate(changed, zone).status, result::pass)
        << i << ": " << changed;
  }
}

TEST(seal, survives_what_servers_do) {
  text_zone zone = both_keys();
  std::string mail = chain_of(2);
  const auto replace = [&mail](std::string_view from, std::string_view to) {
    mail.replace(mail.find(from), from.size(), to);
  };
  replace("Subject:  Is dinner\r\n  ready?", "SUBJECT : Is \t dinner ready?  ");
  replace("ARC-Seal: i=2;", "arc-seal :\ti=2; ");
  replace("We lost the  game. \r\n", "We lost the game.\r\n\r\n");
  EXPECT_EQ(validate("Received: x\r\n" + mail, zone).code, errc::ok);
}

TEST(seal, oldest_pass_tells_where_the_mail_was_changed) {
  text_zone zone = both_keys();
  std::string mail = chain_of(2);
  mail.replace(mail.find("Is dinner"), 2, "[list] Is");
  mail += "-- \r\nfooter\r\n";
  EXPECT_EQ(validate(mail, zone).code, errc::message_signature);
  mail = add_set(mail, 3);
  EXPECT_EQ(validate(mail, zone).oldest_pass, 3U);
  mail = add_set(mail, 4);
  const chain_result got = validate(mail, zone);
  EXPECT_EQ(got.code, errc::ok) << got.reason;
  EXPECT_EQ(got.oldest_pass, 3U);
  EXPECT_EQ(got.instances.at(2).message, dkim::errc::ok);
  EXPECT_EQ(got.instances.at(1).message, dkim::errc::body_hash);
  EXPECT_EQ(got.instances.at(0).message, std::nullopt);

  dkim::verify_options options;
  options.max_signatures = 1;
  EXPECT_EQ(validate(mail, zone, options).oldest_pass, 4U);
}

TEST(seal, a_broken_chain_is_sealed_once) {
  text_zone zone = both_keys();
  const std::string mail = add_set(chain_of(1), 2, result::fail);
  EXPECT_NE(mail.find("cv=fail"), std::string::npos);
  const chain_result got = validate(mail, zone);
  EXPECT_EQ(got.code, errc::broken_before);
  EXPECT_EQ(got.instances.size(), 2U);
  const auto again =
      seal(mail, result::fail, results, "example.net", "rsa", rsa_key());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), errc::broken_before);
  // A chain without order takes the next number.
  const std::string gap = "ARC-Seal: i=7; cv=none\r\n" + plain;
  EXPECT_NE(add_set(gap, 8, result::temperror).find("ARC-Seal: i=8;"),
            std::string::npos);
}

TEST(seal, fifty_sets_and_no_more) {
  text_zone zone = both_keys();
  const std::string mail = chain_of(50);
  const chain_result got = validate(mail, zone);
  EXPECT_EQ(got.code, errc::ok) << got.reason;
  EXPECT_EQ(zone.asked, 2);
  EXPECT_EQ(got.oldest_pass, 41U);
  const auto more =
      seal(mail, result::pass, results, "example.net", "rsa", rsa_key());
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error(), errc::too_many_sets);
}

TEST(seal, refuses_what_would_not_validate) {
  const auto error = [](std::string_view text, std::string_view domain,
                        std::string_view selector,
                        const seal_options& options = {},
                        const std::string& mail = plain) {
    const auto set = seal(mail, result::pass, text, domain, selector,
                          ed25519_key(), options);
    return set ? errc::ok : set.error();
  };
  EXPECT_EQ(error(results, "example.org", "ed"), errc::ok);
  EXPECT_EQ(error("a; none\r\nX: y", "example.org", "ed"), errc::syntax);
  EXPECT_EQ(error("a; none\r\n\r\nx", "example.org", "ed"), errc::syntax);
  EXPECT_EQ(error(results, "example", "ed"), errc::message_signature);
  EXPECT_EQ(error(results, "example.org", "e;d"), errc::message_signature);
  EXPECT_EQ(error(results, "example.org\r\nX: y", "ed"),
            errc::message_signature);
  EXPECT_EQ(error(results, "example.org", "ed", {}, "ARC-Seal: x\r\n" + plain),
            errc::syntax);
  seal_options options;
  options.fields = {"From", "ARC-Message-Signature"};
  EXPECT_EQ(error(results, "example.org", "ed", options),
            errc::message_signature);
}

}  // namespace
}  // namespace mekiki::arc

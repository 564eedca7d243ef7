#include "auth/dkim/verify.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/dkim/sign.hpp"
#include "auth/dkim/test_mail.hpp"
#include "base/base64.hpp"
#include "base/test_paths.hpp"

namespace mekiki::dkim {
namespace {

std::string read(const std::string& name) {
  std::ifstream in(std::filesystem::path(test_paths::testdata) / "dkim" / name,
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

// RFC 6376 C and RFC 8463 A.2
const text_zone::table rfc_keys{
    {"brisbane._domainkey.example.com",
     {"v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/"
      "DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/"
      "RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDd"
      "QPNUYckcQ2QIDAQAB"}},
    {"brisbane._domainkey.football.example.com",
     {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}},
    {"test._domainkey.football.example.com",
     {"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5"
      "V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/"
      "BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kry"
      "OTIKT+l/K4w3QIDAQAB"}}};

TEST(verify, rfc6376_a2) {
  text_zone zone(rfc_keys);
  const auto results = verify(read("rfc6376-A.2.eml"), zone);
  ASSERT_EQ(results.size(), 1);
  const signature_result& r = results[0];
  EXPECT_EQ(r.status, auth::result::pass) << r.reason;
  EXPECT_EQ(r.domain, "example.com");
  EXPECT_EQ(r.selector, "brisbane");
  EXPECT_EQ(r.identity, "joe@football.example.com");
  EXPECT_EQ(r.algorithm, "rsa-sha256");
  EXPECT_EQ(r.key_bits, 1024);
  EXPECT_EQ(r.signature_start, "AuUoFEfD");
  EXPECT_THAT(r.signed_fields,
              testing::ElementsAre("received", "from", "to", "subject", "date",
                                   "message-id"));
  EXPECT_FALSE(r.partial);
}

TEST(verify, rfc8463_a3) {
  text_zone zone(rfc_keys);
  const std::string mail = read("rfc8463-A.3.eml");
  for (const std::size_t step : {1, 2, 3, 64, 100000}) {
    const auto results = verify(mail, zone, {}, test_time, step);
    ASSERT_EQ(results.size(), 2);
    EXPECT_EQ(results[0].algorithm, "ed25519-sha256");
    EXPECT_EQ(results[0].status, auth::result::pass) << results[0].reason;
    EXPECT_EQ(results[0].signed_at, 1528637909);
    EXPECT_EQ(results[1].algorithm, "rsa-sha256");
    EXPECT_EQ(results[1].status, auth::result::pass) << results[1].reason;
  }
}

// A mail, and a signature of ours under a key of ours.
const std::string body_text = "Hello\r\n";
const std::string unsigned_mail =
    "From: Joe <joe@example.com>\r\nSubject: s\r\n\r\n" + body_text;
const std::string name = "sel._domainkey.example.com";

const crypto::private_key& rsa_key() {
  static const auto key = crypto::private_key::parse(read("rsa1024-pkcs1.pem"));
  return *key;
}
const crypto::private_key& other_key() {
  static const auto key = crypto::private_key::parse(read("ed25519.pem"));
  return *key;
}

std::string signed_mail(const sign_options& options = {},
                        const crypto::private_key& key = rsa_key()) {
  const auto field = sign(unsigned_mail, "example.com", "sel", key, options);
  EXPECT_TRUE(field);
  return *field + unsigned_mail;
}

std::string record() { return format_key_record(rsa_key()); }

signature_result verify_one(const std::string& mail,
                            const std::vector<std::string>& texts,
                            const verify_options& options = {},
                            time_point at = test_time) {
  text_zone zone({{name, texts}});
  const auto results = verify(mail, zone, options, at);
  EXPECT_EQ(results.size(), 1);
  return results.at(0);
}

TEST(verify, key_records) {
  const std::string p = "p=" + base64_encode(rsa_key().public_octets());
  const std::string foreign = format_key_record(other_key());
  const std::string wrong = [] {
    return format_key_record(*crypto::private_key::parse(read("rsa768.pem")));
  }();
  const std::string other_rsa = format_key_record(
      *crypto::private_key::generate(crypto::key_type::rsa, 1024));
  const struct {
    const char* what;
    std::vector<std::string> texts;
    errc expected;
  } cases[] = {
      {"good", {p}, errc::ok},
      {"no record", {}, errc::no_key},
      {"revoked", {"v=DKIM1; p="}, errc::key_revoked},
      {"not a record", {"hello"}, errc::key_syntax},
      {"another version", {"v=DKIM2; " + p}, errc::key_version},
      {"an unknown type", {"k=dsa; " + p}, errc::key_type_unknown},
      {"not a key", {"p=AAAA"}, errc::key_unusable},
      {"another type", {foreign}, errc::key_type_mismatch},
      {"hash allowed", {"h=sha1:sha256; " + p}, errc::ok},
      {"hash not allowed", {"h=sha1; " + p}, errc::key_hash},
      {"no known hash", {"h=sha3; " + p}, errc::key_hash},
      {"for mail", {"s=x:email; " + p}, errc::ok},
      {"not for mail", {"s=tlsrpt; " + p}, errc::key_service},
      {"strict domain", {"t=s; " + p}, errc::ok},
      {"another key", {other_rsa}, errc::signature},
      {"a short key", {wrong}, errc::weak_key},
      // RFC 6376 3.6.2.2
      {"foreign text first", {"v=spf1 -all", "x", p}, errc::ok},
      {"another key first", {other_rsa, p}, errc::ok},
      {"a revoked key first", {"p=", p}, errc::ok},
      {"foreign text does not hide why",
       {"v=spf1 -all", "p="},
       errc::key_revoked},
      {"the first answer of a key stands",
       {other_rsa, "p=", "x"},
       errc::signature},
      {"at most four keys",
       {"p=", "p=AA", "p=AAAA", foreign, p},
       errc::key_revoked},
  };
  std::vector<std::string> crowd(15, "x");
  crowd.push_back(p);
  EXPECT_EQ(verify_one(signed_mail(), crowd).code, errc::ok);
  crowd.insert(crowd.begin(), "x");
  EXPECT_EQ(verify_one(signed_mail(), crowd).code, errc::key_syntax);
  for (const auto& c : cases) {
    text_zone zone({{name, c.texts}});
    const auto results = verify(signed_mail(), zone);
    ASSERT_EQ(results.size(), 1);
    EXPECT_EQ(results[0].code, c.expected)
        << c.what << ": " << results[0].reason;
    EXPECT_EQ(results[0].status, to_result(c.expected));
    EXPECT_FALSE(results[0].reason.empty());
  }
}

TEST(verify, dns_outcomes) {
  const struct {
    dns::status status;
    errc expected;
    auth::result result;
  } cases[] = {
      {dns::status::no_data, errc::no_key, auth::result::permerror},
      {dns::status::nxdomain, errc::no_key, auth::result::permerror},
      {dns::status::timeout, errc::key_unavailable, auth::result::temperror},
      {dns::status::servfail, errc::key_unavailable, auth::result::temperror},
      {dns::status::bogus, errc::key_bogus, auth::result::temperror},
      {dns::status::malformed, errc::key_name, auth::result::permerror},
  };
  for (const auto& c : cases) {
    text_zone zone({});
    zone.fail(name, c.status);
    const auto results = verify(signed_mail(), zone);
    EXPECT_EQ(results.at(0).code, c.expected);
    EXPECT_EQ(results[0].status, c.result);
  }
}

TEST(verify, subdomain_identity_and_strict_key) {
  sign_options options;
  options.identity = "joe@sub.example.com";
  const std::string mail = signed_mail(options);
  EXPECT_EQ(verify_one(mail, {record()}).code, errc::ok);
  EXPECT_EQ(verify_one(mail, {record() + "; t=s"}).code, errc::key_identity);
}

TEST(verify, testing_keys_are_told) {
  const auto r = verify_one(signed_mail(), {record() + "; t=y"});
  EXPECT_EQ(r.code, errc::ok);
  EXPECT_TRUE(r.testing);
  EXPECT_FALSE(verify_one(signed_mail(), {record()}).testing);
}

// RFC 8301
TEST(verify, weak_signatures) {
  verify_options lenient;
  lenient.allow_weak = true;

  sign_options sha1;
  sha1.hash = crypto::hash_algorithm::sha1;
  text_zone zone({{name, {record()}}});
  EXPECT_EQ(verify(signed_mail(sha1), zone).at(0).code, errc::weak_algorithm);
  EXPECT_EQ(zone.asked, 0) << "nothing more is done for it";
  EXPECT_EQ(verify(signed_mail(sha1), zone, lenient).at(0).code, errc::ok);

  const auto short_key = crypto::private_key::parse(read("rsa768.pem"));
  const std::string mail = signed_mail({}, *short_key);
  const auto r = verify_one(mail, {format_key_record(*short_key)});
  EXPECT_EQ(r.code, errc::weak_key);
  EXPECT_EQ(r.status, auth::result::policy);
  EXPECT_EQ(r.key_bits, 768);
  EXPECT_EQ(verify_one(mail, {format_key_record(*short_key)}, lenient).code,
            errc::ok);
}

TEST(verify, keys_that_cost_too_much) {
  verify_options options;
  options.max_rsa_bits = 1023;
  EXPECT_EQ(verify_one(signed_mail(), {record()}, options).code,
            errc::key_unusable);
}

TEST(verify, times) {
  sign_options options;
  options.signed_at = 1'000'000;
  options.expires_at = 2'000'000;
  const std::string mail = signed_mail(options);
  const struct {
    std::int64_t at;
    errc expected;
  } cases[] = {
      {999'699, errc::in_future}, {999'700, errc::ok},
      {1'000'000, errc::ok},      {2'000'300, errc::ok},
      {2'000'301, errc::expired}, {3'000'000, errc::expired},
  };
  for (const auto& c : cases) {
    const time_point at{std::chrono::seconds(c.at)};
    EXPECT_EQ(verify_one(mail, {record()}, {}, at).code, c.expected) << c.at;
  }
}

TEST(verify, changes_on_the_way) {
  const struct {
    const char* what;
    const char* from;
    const char* to;
    errc expected;
  } cases[] = {
      {"body", "Hello", "Hallo", errc::body_hash},
      {"more body", "Hello\r\n", "Hello\r\nfooter\r\n", errc::body_hash},
      {"header", "Subject: s", "Subject: t", errc::signature},
      {"a field taken away", "Subject: s\r\n", "", errc::signature},
      {"a field added", "Subject: s", "Cc: x\r\nSubject: s", errc::signature},
      {"an unsigned field", "Subject: s", "X: x\r\nSubject: s", errc::ok},
      {"empty lines at the end", "Hello\r\n", "Hello\r\n\r\n\r\n", errc::ok},
      {"the signature field", "d=example.com", "d=Example.com",
       errc::signature},
      {"white space in b=", "b=\r\n\t", "b=", errc::ok},
      {"a tag added", "v=1;", "v=1; y=1;", errc::signature},
      {"From taken away", "From: Joe <joe@example.com>\r\n", "",
       errc::malformed_mail},
      {"no author", "Joe <joe@example.com>", "Joe", errc::malformed_mail},
      {"a line that is no field", "Subject: s", "Pay me!\r\nSubject: s",
       errc::malformed_header},
      {"a bare CR", "Subject: s", "X: x\r\rPay me!\r\nSubject: s",
       errc::malformed_header},
      {"an envelope line", "From: Joe", "From joe Mon\r\nFrom: Joe",
       errc::malformed_header},
  };
  for (const auto& c : cases) {
    std::string mail = signed_mail();
    replace(mail, c.from, c.to);
    EXPECT_EQ(verify_one(mail, {record()}).code, c.expected) << c.what;
  }
}

// RFC 6376 6.1.3: bh= is covered by the signature over the header.
TEST(verify, tells_whether_the_domain_signed_another_text) {
  const struct {
    const char* what;
    const char* from;
    const char* to;
    const char* key_flags;
    errc code;
    bool text_was_changed;
  } cases[] = {
      {"as it was signed", "Hello", "Hello", "", errc::ok, false},
      {"another text", "Hello", "Hallo", "", errc::body_hash, true},
      {"more text", "Hello\r\n", "Hello\r\nx\r\n", "", errc::body_hash, true},
      {"a test key", "Hello", "Hallo", "; t=y", errc::body_hash, false},
      {"another subject", "Subject: s", "Subject: t", "", errc::signature,
       false},
  };
  for (const auto& c : cases) {
    std::string mail = signed_mail();
    replace(mail, c.from, c.to);
    const signature_result r = verify_one(mail, {record() + c.key_flags});
    EXPECT_EQ(r.code, c.code) << c.what;
    EXPECT_EQ(r.text_was_changed, c.text_was_changed) << c.what;
    EXPECT_FALSE(r.verifies) << c.what;
  }
  // Whoever only copies the name of the signer.
  for (const auto& [from, to] : {std::pair("Subject: s", "Subject: t"),
                                 std::pair("b=\r\n\t", "b=\r\n\tAAAA")}) {
    std::string mail = signed_mail();
    replace(mail, "Hello", "Hallo");
    replace(mail, from, to);
    const signature_result r = verify_one(mail, {record()});
    EXPECT_EQ(r.code, errc::body_hash) << to;
    EXPECT_FALSE(r.text_was_changed) << to;
  }
  // What was held back for another reason says nothing.
  std::string stray = signed_mail();
  replace(stray, "Hello", "Hallo");
  replace(stray, "Subject: s", "X-Foo bar: x\r\nSubject: s");
  EXPECT_FALSE(verify_one(stray, {record()}).text_was_changed);
}

// They keep a signature from passing, and do not make it a forger's.
TEST(verify, objections_that_leave_it_the_signers) {
  sign_options options;
  options.signed_at = 1'000'000;
  const time_point early{std::chrono::seconds(990'000)};
  const auto what = [](const signature_result& r) {
    return std::pair(r.code, r.verifies);
  };
  const std::string mail = signed_mail(options);
  EXPECT_EQ(what(verify_one(mail, {record()}, {}, early)),
            std::pair(errc::in_future, true));
  EXPECT_EQ(what(verify_one(mail + "x", {record()}, {}, early)),
            std::pair(errc::in_future, false));
  EXPECT_EQ(what(verify_one(mail, {record() + "; t=y"}, {}, early)),
            std::pair(errc::in_future, false));
  std::string stray = signed_mail();
  replace(stray, "Subject: s", "X-Foo bar: x\r\nSubject: s");
  EXPECT_EQ(what(verify_one(stray, {record()})),
            std::pair(errc::malformed_header, true));
  replace(stray, "Subject: s", "Subject: t");
  EXPECT_EQ(what(verify_one(stray, {record()})),
            std::pair(errc::malformed_header, false));
  // A bare CR may end the header, and somebody else's text follow.
  std::string cut = signed_mail();
  replace(cut, "Subject: s", "X: x\r\rPay me!\r\nSubject: s");
  EXPECT_EQ(what(verify_one(cut, {record()})),
            std::pair(errc::malformed_header, false));
}

TEST(verify, an_envelope_line_on_top_is_no_harm) {
  const std::string mail =
      "From joe@example.com Mon Nov 16\r\n" + signed_mail();
  EXPECT_EQ(verify_one(mail, {record()}).code, errc::ok);
}

TEST(verify, l_beyond_the_body) {
  sign_options options;
  options.length = 7;
  std::string mail = signed_mail(options);
  EXPECT_EQ(verify_one(mail, {record()}).code, errc::ok);
  replace(mail, "Hello", "Hell");
  const auto r = verify_one(mail, {record()});
  EXPECT_EQ(r.code, errc::body_too_short);
  EXPECT_EQ(r.status, auth::result::neutral);
}

TEST(verify, a_mail_without_signature) {
  text_zone zone({});
  EXPECT_TRUE(verify(unsigned_mail, zone).empty());
  EXPECT_TRUE(verify("", zone).empty());
}

TEST(verify, a_mail_that_is_only_a_signature) {
  text_zone zone({});
  EXPECT_EQ(verify("DKIM-Signature: v=1", zone).at(0).code, errc::missing_tag);
  EXPECT_EQ(verify("dkim-signature:\r\n", zone).at(0).code, errc::syntax);
}

TEST(verify, signatures_beyond_the_limit_are_counted) {
  std::string mail = unsigned_mail;
  for (int i = 0; i < 25; ++i) mail.insert(0, "DKIM-Signature: x=1\r\n");
  text_zone zone({});
  const auto results = verify(mail, zone);
  ASSERT_EQ(results.size(), 11);
  EXPECT_EQ(results[9].code, errc::missing_tag);
  EXPECT_EQ(results[10].code, errc::too_many);
  EXPECT_EQ(results[10].status, auth::result::policy);
  EXPECT_THAT(results[10].reason, testing::HasSubstr("15 more"));
}

TEST(verify, one_question_for_each_key) {
  const auto field = sign(unsigned_mail, "example.com", "sel", rsa_key());
  const std::string mail = *field + *field + *field + unsigned_mail;
  text_zone zone({{name, {record()}}});
  const auto results = verify(mail, zone);
  ASSERT_EQ(results.size(), 3);
  for (const auto& r : results) EXPECT_EQ(r.code, errc::ok) << r.reason;
  EXPECT_EQ(zone.asked, 1);
  const auto header = message::parse_header(mail);
  const verifier v(header, {});
  EXPECT_EQ(v.questions(), std::vector<dns::question>{{name}});
}

TEST(verify, a_key_name_that_the_dns_cannot_hold) {
  std::string mail = signed_mail();
  const std::string label(60, 'a');
  replace(mail, "s=sel",
          "s=" + label + "." + label + "." + label + "." + label);
  text_zone zone({});
  EXPECT_EQ(verify(mail, zone).at(0).code, errc::key_name);
  EXPECT_EQ(zone.asked, 0);
}

// RFC 6376 5.4.2: of several fields of a name the lowest is signed first.
TEST(verify, repeated_fields_are_taken_from_the_bottom) {
  const std::string mail =
      "X: 1\r\nFrom: a@example.com\r\nX: 2\r\nX: 3\r\n\r\n" + body_text;
  sign_options options;
  options.fields = {"From", "X"};
  options.oversigned = {};
  const auto field = sign(mail, "example.com", "sel", rsa_key(), options);
  ASSERT_TRUE(field);
  EXPECT_EQ(verify_one(*field + mail, {record()}).code, errc::ok);
  EXPECT_EQ(verify_one("X: 0\r\n" + *field + mail, {record()}).code, errc::ok);
  std::string changed = *field + mail;
  replace(changed, "X: 3", "X: 2");
  replace(changed, "X: 2", "X: 3");
  EXPECT_EQ(verify_one(changed, {record()}).code, errc::signature);
}

}  // namespace
}  // namespace mekiki::dkim

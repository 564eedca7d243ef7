#include "auth/dkim/pending.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/dkim/sign.hpp"
#include "auth/dkim/test_mail.hpp"
#include "base/test_conformance.hpp"
#include "dns/zone_resolver.hpp"

namespace mekiki::dkim {
namespace {

namespace fs = std::filesystem;

/// Never gives an answer.
class silent_resolver final : public dns::resolver {
 public:
  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question) override {
    auto out = std::make_shared<dns::answer>();
    out->status = dns::status::timeout;
    co_return out;
  }
};

std::string without_local_part(const std::string& identity) {
  const std::size_t at = identity.rfind('@');
  return at == std::string::npos ? identity : identity.substr(at);
}

void expect_same(const signature_result& a, const signature_result& b) {
  EXPECT_EQ(a.status, b.status) << a.reason << " / " << b.reason;
  EXPECT_EQ(a.code, b.code);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.domain, b.domain);
  EXPECT_EQ(a.selector, b.selector);
  EXPECT_EQ(without_local_part(a.identity), without_local_part(b.identity));
  EXPECT_EQ(a.algorithm, b.algorithm);
  EXPECT_EQ(a.signature_start, b.signature_start);
  EXPECT_EQ(a.signed_fields, b.signed_fields);
  EXPECT_EQ(a.body_octets, b.body_octets);
  EXPECT_EQ(a.body_covered, b.body_covered);
  EXPECT_EQ(a.partial, b.partial);
  EXPECT_EQ(a.signed_at, b.signed_at);
  EXPECT_EQ(a.expires_at, b.expires_at);
  EXPECT_EQ(a.key_bits, b.key_bits);
  EXPECT_EQ(a.testing, b.testing);
  EXPECT_EQ(a.verifies, b.verifies);
  EXPECT_EQ(a.authentic_key, b.authentic_key);
}

/// Runs a coroutine that waits for nothing.
template <typename T>
T run(boost::asio::awaitable<T> what) {
  T out;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, std::move(what),
                        [&out](const std::exception_ptr& e, T value) {
                          if (e)
                            std::rethrow_exception(e);
                          out = std::move(value);
                        });
  io.run();
  return out;
}

/// The mail judged at once, and without DNS first and its signatures later,
/// gives the same. Returns how many signatures were judged later.
std::size_t judge_twice(std::string_view mail, dns::resolver& zone,
                        const verify_options& options, time_point at) {
  const auto direct = verify(mail, zone, options, at);

  const auto header = message::parse_header(mail);
  verifier v(header, options);
  v.body(mail.substr(header.body));
  silent_resolver silent;
  key_cache keys;
  const auto first = run(v.finish(silent, keys, at));
  EXPECT_EQ(first.size(), direct.size());

  std::size_t next = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].status != auth::result::temperror) {
      expect_same(first[i], direct[i]);
      continue;
    }
    EXPECT_LT(next, v.pending().size());
    const std::string kept = format(v.pending().at(next++));
    const auto read = parse_pending_signature(kept);
    EXPECT_TRUE(read) << kept;
    if (!read)
      continue;
    EXPECT_EQ(format(*read), kept);
    expect_same(run(judge_again(*read, zone, keys, options)), direct[i]);
    expect_same(run(judge_again(*read, silent, keys, options)), first[i]);
  }
  EXPECT_EQ(next, v.pending().size());
  return next;
}

TEST(pending, public_suites) {
  if (!fs::exists(conformance::folder())) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << conformance::folder();
  }
  std::size_t judged = 0;
  for (const std::string suite : {"dkim-rfc-examples", "dkim-dkimpy",
                                  "dkim-lieser-a", "dkim-opendkim-a"}) {
    const boost::json::value m = conformance::manifest(suite);
    for (const boost::json::value& c : m.at("cases").as_array()) {
      const boost::json::object& test = c.as_object();
      SCOPED_TRACE(suite + "/" + std::string(test.at("id").as_string()));
      const fs::path folder = conformance::folder() / suite;
      const auto zone =
          dns::load_zone(folder / std::string(test.at("dns").as_string()));
      ASSERT_TRUE(zone) << zone.error();
      verify_options options;
      options.allow_weak = test.contains("weak");
      const boost::json::value& now = test.at("now");
      const time_point at =
          now.is_null()
              ? test_time
              : time_point(std::chrono::seconds(now.to_number<std::int64_t>()));
      judged +=
          judge_twice(conformance::read(
                          folder / std::string(test.at("message").as_string())),
                      **zone, options, at);
    }
  }
  EXPECT_GT(judged, 50);
}

const std::string plain =
    "From: Joe <joe@example.com>\r\n"
    "Subject: a secret\r\n"
    "\r\n"
    "Hi.\r\n"
    "More.\r\n";

TEST(pending, own_mails) {
  const auto key = crypto::private_key::generate(crypto::key_type::ed25519);
  ASSERT_TRUE(key);
  const std::string record = format_key_record(*key);
  sign_options options;
  options.identity = "joe@sub.example.com";
  options.length = 5;
  options.signed_at = 1'700'000'000;
  options.expires_at = 1'800'000'000;
  const auto field = sign(plain, "example.com", "sel", *key, options);
  ASSERT_TRUE(field);
  const std::string mail = *field + plain;
  const std::string name = "sel._domainkey.example.com";
  const struct {
    const char* what;
    std::string mail;
    std::vector<std::string> records;
    errc expected;
  } cases[] = {
      {"good", mail, {record}, errc::ok},
      {"no key", mail, {}, errc::no_key},
      {"identity", mail, {record + "; t=s"}, errc::key_identity},
      {"revoked", mail, {"v=DKIM1; k=ed25519; p="}, errc::key_revoked},
      {"testing", mail, {record + "; t=y"}, errc::ok},
      {"a stray line", "no field\r\n" + mail, {record}, errc::malformed_header},
      {"a stray line, testing",
       "no field\r\n" + mail,
       {record + "; t=y"},
       errc::malformed_header},
      {"a stray line, no key",
       "no field\r\n" + mail,
       {},
       errc::malformed_header},
      {"header",
       *field + "X: y\r\nSubject: b\r\n" + plain,
       {record},
       errc::signature},
      {"body",
       *field + "From: Joe <joe@example.com>\r\n\r\nno\r\nno\r\n",
       {record},
       errc::body_hash},
      {"short",
       *field + "From: Joe <joe@example.com>\r\n\r\na\r\n",
       {record},
       errc::body_too_short},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    text_zone zone({{name, c.records}});
    if (c.records.empty())
      zone = text_zone({});
    EXPECT_EQ(verify(c.mail, zone).at(0).code, c.expected);
    EXPECT_EQ(judge_twice(c.mail, zone, {}, test_time), 1);
  }
}

TEST(pending, keeps_no_text_of_the_mail) {
  const auto key = crypto::private_key::generate(crypto::key_type::ed25519);
  sign_options options;
  options.identity = "joe@example.com";
  const auto field = sign(plain, "example.com", "sel", *key, options);
  ASSERT_TRUE(field);
  std::string mail = *field + plain;
  mail.insert(mail.find("\th="), " z=Subject:a=20secret;");
  const auto header = message::parse_header(mail);
  verifier v(header, {});
  v.body(mail.substr(header.body));
  silent_resolver silent;
  key_cache keys;
  run(v.finish(silent, keys, test_time));
  ASSERT_EQ(v.pending().size(), 1);
  const std::string kept = format(v.pending()[0]);
  EXPECT_EQ(kept.find("secret"), std::string::npos) << kept;
  EXPECT_EQ(kept.find("joe"), std::string::npos) << kept;
  EXPECT_EQ(v.pending()[0].claims.identity, "@example.com");
}

TEST(pending, rules_are_those_of_the_day_it_is_judged) {
  const auto key = crypto::private_key::generate(crypto::key_type::rsa);
  sign_options how;
  how.hash = crypto::hash_algorithm::sha1;
  const auto field = sign(plain, "example.com", "sel", *key, how);
  ASSERT_TRUE(field);
  const std::string mail = *field + plain;
  const auto header = message::parse_header(mail);
  verifier v(header, {.allow_weak = true});
  v.body(std::string_view(mail).substr(header.body));
  silent_resolver silent;
  key_cache keys;
  run(v.finish(silent, keys, test_time));
  ASSERT_EQ(v.pending().size(), 1);
  text_zone zone({{"sel._domainkey.example.com", {format_key_record(*key)}}});
  const pending_signature& p = v.pending()[0];
  EXPECT_EQ(run(judge_again(p, zone, keys, {})).code, errc::weak_algorithm);
  EXPECT_EQ(run(judge_again(p, zone, keys, {.allow_weak = true})).code,
            errc::ok);
}

TEST(pending, refuses_what_was_not_written_by_us) {
  const auto key = crypto::private_key::generate(crypto::key_type::ed25519);
  const auto field = sign(plain, "example.com", "sel", *key);
  const std::string mail = *field + plain;
  const auto header = message::parse_header(mail);
  verifier v(header, {});
  v.body(mail.substr(header.body));
  silent_resolver silent;
  key_cache keys;
  run(v.finish(silent, keys, test_time));
  const std::string good = format(v.pending().at(0));
  ASSERT_TRUE(parse_pending_signature(good));
  for (std::size_t end = 0; end + 1 < good.size(); ++end)
    EXPECT_FALSE(parse_pending_signature(good.substr(0, end))) << end;
  EXPECT_FALSE(parse_pending_signature(good + "\n"));
  EXPECT_FALSE(parse_pending_signature(good + std::string(64 << 10, '0')));
}

}  // namespace
}  // namespace mekiki::dkim

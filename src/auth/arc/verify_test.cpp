// What the public suite does not ask.
#include "auth/arc/verify.hpp"

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "auth/arc/test_chain.hpp"
#include "auth/dkim/body_hash.hpp"
#include "auth/dkim/pending.hpp"
#include "auth/dkim/sign.hpp"
#include "support/seal.hpp"

namespace mekiki::arc {
namespace {

using auth::result;
using dkim::text_zone;

const std::string plain =
    "From: Joe <joe@example.com>\r\n"
    "Subject: Is dinner ready?\r\n"
    "\r\n"
    "Hi.\r\n";

const crypto::private_key& test_key() {
  static const auto key =
      crypto::private_key::generate(crypto::key_type::ed25519);
  return *key;
}

std::string name_of_key(const std::string& domain) {
  return "s._domainkey." + domain;
}

text_zone zone_of(const std::vector<std::string>& domains) {
  text_zone::table records;
  for (const std::string& d : domains)
    records[name_of_key(d)] = {dkim::format_key_record(test_key())};
  return text_zone(std::move(records));
}

std::string add_set(const std::string& mail, const std::string& domain,
                    const seal_options& options = {}) {
  const auto set = seal(mail, result::pass, "mx.example; none", domain, "s",
                        test_key(), options);
  EXPECT_TRUE(set) << describe(set.error());
  return set ? *set + mail : mail;
}

/// The whole field that begins with `start`.
std::string cut(std::string& mail, const std::string& start) {
  const std::size_t begin = mail.find(start);
  std::size_t end = mail.find("\r\n", begin) + 2;
  while (ascii::is_wsp(mail.at(end))) end = mail.find("\r\n", end) + 2;
  const std::string out = mail.substr(begin, end - begin);
  mail.erase(begin, end - begin);
  return out;
}

TEST(verify, structure) {
  text_zone zone = zone_of({"a.example", "b.example"});
  const std::string good = add_set(add_set(plain, "a.example"), "b.example");
  ASSERT_EQ(validate(good, zone).code, errc::ok);

  const auto without = [&good](const std::string& start) {
    std::string mail = good;
    cut(mail, start);
    return mail;
  };
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string mail = good;
    mail.replace(mail.find(from), from.size(), to);
    return mail;
  };
  std::string twice = good;
  const std::string again = cut(twice, "ARC-Message-Signature: i=1");
  twice = again + again + twice;
  std::string moved = good;
  const std::string first = cut(moved, "ARC-Seal: i=1");
  moved.insert(moved.find("From:"), first);

  const struct {
    std::string name, mail;
    errc code;
  } rows[] = {
      {"order is free", moved, errc::ok},
      {"no chain", plain, errc::no_chain},
      {"no seal 2", without("ARC-Seal: i=2"), errc::incomplete},
      {"no seal 1", without("ARC-Seal: i=1"), errc::incomplete},
      {"no signature", without("ARC-Message-Signature: i=1"), errc::incomplete},
      {"no results", without("ARC-Authentication-Results: i=2"),
       errc::incomplete},
      {"a field twice", twice, errc::duplicate_instance},
      {"a gap", with("ARC-Seal: i=1;", "ARC-Seal: i=3;"), errc::incomplete},
      {"i=51", "ARC-Seal: i=51;\r\n" + good, errc::instance},
      {"i=051", "ARC-Seal: i=051; cv=pass\r\n" + good, errc::instance},
      {"i=0", "ARC-Authentication-Results: i=0; a; none\r\n" + good,
       errc::instance},
      {"open comment", "ARC-Authentication-Results: (i=1; a\r\n" + good,
       errc::instance},
      {"cv=none in the second", with("cv=pass", "cv=none"), errc::chain_status},
      {"cv=pass in the first", with("cv=none", "cv=pass"), errc::chain_status},
      {"cv=fail below", with("cv=none", "cv=fail"), errc::chain_status},
      {"cv=fail on top", with("cv=pass", "cv=fail"), errc::broken_before},
      {"h= in a seal", with("cv=none", "h=from; cv=none"),
       errc::seal_header_list},
      {"too large",
       good.substr(0, good.find("From:")) + "ARC-Seal: i=3;\r\n " +
           std::string(256 << 10, 'x') + "\r\n" + plain,
       errc::too_large},
  };
  for (const auto& r : rows) {
    SCOPED_TRACE(r.name);
    const chain_result got = validate(r.mail, zone);
    EXPECT_EQ(got.code, r.code) << got.reason;
    EXPECT_EQ(got.status, to_result(r.code));
  }

  std::string many = plain;
  for (int i = 0; i < 51; ++i) many.insert(0, "ARC-Seal: i=1\r\n");
  EXPECT_EQ(validate(many, zone).code, errc::too_many_sets);
}

// Nothing that a sender does without a sealer's key makes a chain pass.
TEST(verify, a_chain_cannot_be_borrowed) {
  text_zone zone = zone_of({"a.example", "evil.example"});
  const std::string good = add_set(plain, "a.example");
  const std::string sets = good.substr(0, good.find("From:"));

  // The sets of one mail on another, and a footer or fields added.
  EXPECT_EQ(validate(sets + "From: x@y.z\r\n\r\nHi.\r\n", zone).code,
            errc::message_signature);
  EXPECT_EQ(validate(good + "more\r\n", zone).code, errc::message_signature);
  // A set of the attacker's own on top has only the attacker's seal to show.
  std::string own = sets + "From: x@y.z\r\n\r\nHi.\r\n";
  own = add_set(own, "evil.example");
  const chain_result got = validate(own, zone);
  EXPECT_EQ(got.code, errc::ok);
  EXPECT_EQ(got.oldest_pass, 2U);
  EXPECT_EQ(got.instances.at(1).domain, "evil.example");
  // What the trusted sealer said cannot be changed below it.
  std::string changed = own;
  changed.replace(changed.rfind("mx.example; none"), 16, "mx.example; spf=");
  EXPECT_EQ(validate(changed, zone).code, errc::seal);
}

TEST(verify, keys) {
  const std::string mail = add_set(add_set(plain, "a.example"), "b.example");
  {
    text_zone zone = zone_of({"a.example"});
    const chain_result got = validate(mail, zone);
    EXPECT_EQ(got.code, errc::message_signature);
    EXPECT_EQ(got.instances.at(1).message, dkim::errc::no_key);
  }
  {
    text_zone zone = zone_of({"b.example"});
    const chain_result got = validate(mail, zone);
    EXPECT_EQ(got.code, errc::seal);
    EXPECT_EQ(got.instances.at(0).seal, dkim::errc::no_key);
    EXPECT_EQ(got.oldest_pass, std::nullopt);
  }
  for (const auto status :
       {dns::status::timeout, dns::status::servfail, dns::status::bogus}) {
    text_zone zone = zone_of({"a.example", "b.example"});
    zone.fail(name_of_key("a.example"), status);
    const chain_result got = validate(mail, zone);
    EXPECT_EQ(got.code, errc::key_unavailable);
    EXPECT_EQ(got.status, result::temperror);
  }
}

/// What is kept of a chain, judged with this zone.
std::vector<result> judge_again(const chain_result& chain,
                                dns::resolver& resolver) {
  std::vector<result> out;
  dkim::key_cache keys;
  for (const dkim::pending_signature& p : chain.pending) {
    auto kept = dkim::parse_pending_signature(dkim::format(p));
    EXPECT_TRUE(kept) << dkim::format(p);
    if (!kept)
      continue;
    boost::asio::io_context io;
    boost::asio::co_spawn(
        io, dkim::judge_again(std::move(*kept), resolver, keys, {}),
        [&](const std::exception_ptr&, const dkim::signature_result& r) {
          out.push_back(r.status);
        });
    io.run();
  }
  return out;
}

TEST(verify, keeps_what_keys_without_an_answer_leave_open) {
  const std::vector<std::string> domains = {"a.example", "b.example",
                                            "c.example"};
  std::string good = plain;
  for (const std::string& d : domains) good = add_set(good, d);
  text_zone whole = zone_of(domains);
  const auto other_key =
      crypto::private_key::generate(crypto::key_type::ed25519);
  text_zone::table other_keys;
  for (const std::string& d : domains)
    other_keys[name_of_key(d)] = {dkim::format_key_record(*other_key)};
  text_zone others(std::move(other_keys));
  std::string changed = good + "More.\r\n";
  std::string other_results = good;
  // Of the oldest set: a field above the mail that the two others have seen.
  const std::size_t at = other_results.rfind("mx.example; none");
  other_results.replace(at, 2, "my");
  for (unsigned silent = 1; silent < 8; ++silent) {
    text_zone zone = zone_of(domains);
    for (std::size_t i = 0; i < domains.size(); ++i) {
      if ((silent >> i & 1U) != 0)
        zone.fail(name_of_key(domains[i]), dns::status::timeout);
    }
    const chain_result got = validate(good, zone);
    EXPECT_EQ(got.code, errc::key_unavailable) << silent;
    std::vector<std::string> open;
    for (const dkim::pending_signature& p : got.pending)
      open.push_back(p.claims.domain);
    // The newest message signature, and then the seals from the newest on.
    std::vector<std::string> expected;
    if ((silent & 4U) != 0)
      expected = {"c.example", "c.example"};
    if ((silent & 2U) != 0)
      expected.emplace_back("b.example");
    if ((silent & 1U) != 0)
      expected.emplace_back("a.example");
    EXPECT_EQ(open, expected) << silent;
    EXPECT_EQ(judge_again(got, whole),
              std::vector<result>(open.size(), result::pass));
    EXPECT_EQ(judge_again(got, others),
              std::vector<result>(open.size(), result::fail));

    // No answer makes these pass.
    const chain_result body = validate(changed, zone);
    EXPECT_EQ(body.code, errc::message_signature) << silent;
    EXPECT_TRUE(body.pending.empty());
    if ((silent & 4U) == 0) {
      EXPECT_EQ(validate(other_results, zone).code, errc::seal) << silent;
      EXPECT_TRUE(validate(other_results, zone).pending.empty());
    }
  }
  // A seal that is known to be wrong stands, whatever is open above it.
  text_zone zone = zone_of({"a.example", "b.example", "c.example"});
  zone.fail(name_of_key("c.example"), dns::status::timeout);
  EXPECT_EQ(validate(other_results, zone).code, errc::seal);
}

TEST(verify, keeps_twenty_signatures_at_most) {
  std::string mail = plain;
  for (std::size_t sets = 1; sets <= max_pending; ++sets) {
    mail = add_set(mail, "a.example");
    text_zone zone = zone_of({});
    zone.fail(name_of_key("a.example"), dns::status::timeout);
    const chain_result got = validate(mail, zone);
    EXPECT_EQ(got.status, result::temperror);
    EXPECT_EQ(got.pending.size(), sets < max_pending ? sets + 1 : 0) << sets;
  }
}

TEST(verify, asks_for_twenty_keys_at_most) {
  std::vector<std::string> domains;
  std::string mail = plain;
  for (int i = 1; i <= 20; ++i) {
    domains.push_back("d" + std::to_string(i) + ".example");
    mail = add_set(mail, domains.back());
  }
  text_zone zone = zone_of(domains);
  EXPECT_EQ(validate(mail, zone).code, errc::ok);
  EXPECT_EQ(zone.asked, 20);
  mail = add_set(mail, "d1.example");
  EXPECT_EQ(validate(mail, zone).code, errc::ok);
  mail = add_set(mail, "more.example");
  zone.asked = 0;
  const chain_result got = validate(mail, zone);
  EXPECT_EQ(got.code, errc::too_many_keys);
  EXPECT_EQ(got.standing.size(), 1U);  // the newest has no key
  EXPECT_EQ(zone.asked, static_cast<int>(max_standing));
}

TEST(verify, times) {
  text_zone zone = zone_of({"a.example"});
  seal_options options;
  options.sealed_at = 1'790'000'301;
  const std::string mail = add_set(plain, "a.example", options);
  const chain_result got = validate(mail, zone);
  EXPECT_EQ(got.code, errc::message_signature);
  EXPECT_EQ(got.instances.at(0).message, dkim::errc::in_future);
  EXPECT_EQ(
      validate(mail, zone, {}, dkim::test_time + std::chrono::seconds(1)).code,
      errc::ok);
}

TEST(verify, shares_body_hashes_with_dkim) {
  const auto signature = dkim::sign(plain, "a.example", "s", test_key(), {});
  ASSERT_TRUE(signature);
  const std::string mail = add_set(*signature + plain, "a.example");
  const auto header = message::parse_header(mail);
  text_zone zone = zone_of({"a.example"});
  dkim::body_hasher body;
  dkim::verifier signatures(header, {}, &body);
  verifier chain(header, {}, &body);
  body.write(std::string_view(mail).substr(header.body));
  body.finish();

  dkim::key_cache keys;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, signatures.finish(zone, keys, dkim::test_time),
                        [](const std::exception_ptr&,
                           const std::vector<dkim::signature_result>& got) {
                          ASSERT_EQ(got.size(), 1U);
                          EXPECT_EQ(got[0].code, dkim::errc::ok);
                        });
  boost::asio::co_spawn(io, chain.finish(zone, keys, dkim::test_time),
                        [](const std::exception_ptr&, const chain_result& got) {
                          EXPECT_EQ(got.code, errc::ok) << got.reason;
                        });
  io.run();
}

}  // namespace
}  // namespace mekiki::arc

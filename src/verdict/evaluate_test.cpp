#include "verdict/evaluate.hpp"

#include <exception>
#include <stdexcept>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/sign.hpp"
#include "crypto/private_key.hpp"

namespace mekiki::verdict {
namespace {

// Sat, 21 Nov 2026 12:00:00 +0000
constexpr std::int64_t now_seconds = 1'795'262'400;

// One key, at the name where it is looked for.
class one_key final : public dns::resolver {
 public:
  explicit one_key(std::string text) : text_(std::move(text)) {}

  void prefetch(const dns::question& q) override { prefetched += q.name + ' '; }
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    if (broken)
      throw std::runtime_error("broken");
    auto answer = std::make_shared<dns::answer>();
    answer->status = dns::status::nxdomain;
    if (q.name == "sel._domainkey.example.com") {
      answer->status = dns::status::success;
      answer->texts = {text_};
    }
    co_return answer;
  }

  bool broken = false;
  std::string prefetched;

 private:
  std::string text_;
};

class evaluation_test : public testing::Test {
 protected:
  crypto::private_key key =
      std::move(*crypto::private_key::generate(crypto::key_type::ed25519));
  one_key resolver{dkim::format_key_record(key)};
  settings limits;

  std::string signed_mail(const std::string& mail,
                          const dkim::sign_options& options = {}) {
    return *dkim::sign(mail, "example.com", "sel", key, options) + mail;
  }

  judgement judge(std::string_view mail,
                  std::size_t piece = std::string_view::npos) {
    const manual_clock clock{time_point(std::chrono::seconds(now_seconds))};
    dkim::key_cache keys;
    evaluation e(limits, {resolver, keys, clock});
    for (std::size_t at = 0; at < mail.size();) {
      const std::string_view octets = mail.substr(at, piece);
      e.write(octets);
      at += octets.size();
    }
    evaluation moved(std::move(e));
    boost::asio::io_context io;
    judgement v;
    boost::asio::co_spawn(io, moved.finish(),
                          [&](const std::exception_ptr& error, judgement got) {
                            EXPECT_FALSE(error);
                            v = std::move(got);
                          });
    io.run();
    return v;
  }
};

const std::string mail =
    "From: A <a@example.com>\r\nSubject: Hello\r\n\r\nHello\r\n";

TEST_F(evaluation_test, judges_in_any_pieces) {
  const std::string good = signed_mail(mail);
  const std::string bad = good + "more\r\n";
  for (std::size_t piece = 1; piece < good.size() + 2; ++piece) {
    const judgement v = judge(good, piece);
    EXPECT_EQ(v.result.what, level::new_);
    EXPECT_EQ(format(v.result.why),
              "aligned-dkim author=example.com signer=example.com "
              "selector=sel");
    EXPECT_EQ(v.dkim_check, auth::result::pass);
    EXPECT_EQ(v.known.header.author, "a@example.com");
    EXPECT_EQ(v.known.header.author_domain, "example.com");
    EXPECT_EQ(v.known.header.author_count, 1U);

    const judgement w = judge(bad, piece);
    EXPECT_EQ(w.result.what, level::unverified);
    EXPECT_EQ(format(w.result.why), "dkim-fail signer=example.com");
    EXPECT_EQ(w.dkim_check, auth::result::fail);
  }
}

TEST_F(evaluation_test, asks_as_soon_as_the_header_is_complete) {
  const std::string good = signed_mail(mail);
  const manual_clock clock{time_point(std::chrono::seconds(now_seconds))};
  dkim::key_cache keys;
  evaluation e(limits, {resolver, keys, clock});
  const std::size_t end = good.find("\r\n\r\n") + 4;
  e.write(good.substr(0, end - 1));
  EXPECT_EQ(resolver.prefetched, "");
  e.write(good.substr(end - 1, 1));
  EXPECT_TRUE(resolver.prefetched.starts_with(
      "_dmarc.example.com _dmarc.com sel._domainkey.example.com "))
      << resolver.prefetched;
}

TEST_F(evaluation_test, a_mail_of_any_shape_has_a_verdict) {
  for (const std::string shape :
       {"", "\r\n", "From: a@example.com", "From: a@example.com\r\n", "\r",
        "garbage\r\n", " \r\n\r\n", "DKIM-Signature: \r\n\r\n"}) {
    const judgement v = judge(shape);
    EXPECT_EQ(v.result.what, level::unverified) << shape;
    EXPECT_EQ(v.dkim_check, auth::result::none) << shape;
    EXPECT_FALSE(v.result.why.code.empty()) << shape;
  }
}

TEST_F(evaluation_test, a_header_over_its_limit_is_judged_by_what_fits) {
  const std::string good = signed_mail(mail);
  const std::size_t header = good.find("\r\n\r\n") + 4;
  limits.header.octets = header;
  EXPECT_EQ(judge(good).result.what, level::new_);
  limits.header.octets = header - 1;
  const std::string digest = judge(good).digest;
  for (const std::size_t piece : {1UL, 100UL, good.size()}) {
    const judgement v = judge(good, piece);
    EXPECT_EQ(v.result.what, level::unverified);
    EXPECT_EQ(v.dkim_check, auth::result::pass);
    EXPECT_TRUE(format(v.result.why).starts_with("header-too-long "));
    EXPECT_TRUE(v.is_judged());
    EXPECT_FALSE(v.proven.is_proven);
    EXPECT_EQ(v.digest, digest);
  }
  EXPECT_EQ(judge("From: a@b.test\r\n\r\n").result.why.code, "no-signature");
  limits.header = {.fields = 2};
  EXPECT_TRUE(format(judge(good).result.why).starts_with("header-too-long "));
  EXPECT_EQ(judge(good + "more").dkim_check, auth::result::fail)
      << "the body begins where it does";
}

TEST_F(evaluation_test, old_mail_is_judged_in_its_time) {
  const dkim::sign_options options{.signed_at = now_seconds - 1000,
                                   .expires_at = now_seconds - 500};
  const std::string expired = signed_mail(mail, options);
  const struct {
    const char* received;
    auth::result expected;
  } rows[] = {
      {"", auth::result::none},
      {"Received: by x; Sat, 21 Nov 2026 11:50:00 +0000\r\n",
       auth::result::pass},
      {"Received: by x; Sat, 21 Nov 2026 11:58:00 +0000\r\n",
       auth::result::none},
      {"Received: by x; Sat, 21 Nov 2026 11:58:00 +0000\r\n"
       "Received: by y; Sat, 21 Nov 2026 11:50:00 +0000\r\n",
       auth::result::none},
      {"Received: by x; sometime\r\n"
       "Received: by y; Sat, 21 Nov 2026 11:50:00 +0000\r\n",
       auth::result::none},
      {"Received: by x; Sat, 1 Jan 9999 00:00:00 +0000\r\n",
       auth::result::none},
  };
  for (const auto& r : rows) {
    // The default grace of five minutes would hide the difference.
    limits.dkim.clock_skew = std::chrono::seconds(0);
    EXPECT_EQ(judge(r.received + expired).dkim_check, r.expected) << r.received;
  }
  EXPECT_EQ(judge(expired).known.dkim[0].reason,
            "the signature has expired, and when the mail was received is not "
            "known");
  EXPECT_EQ(judge(rows[2].received + expired).known.dkim[0].reason,
            "the signature had expired when the mail was received");
}

TEST_F(evaluation_test, what_breaks_within_is_a_verdict) {
  resolver.broken = true;
  const judgement v = judge(signed_mail(mail));
  EXPECT_EQ(v.result.what, level::unverified);
  EXPECT_EQ(v.dkim_check, auth::result::none);
  EXPECT_EQ(format(v.result.why), "not-judged cause=checks-failed");
  EXPECT_EQ(v.not_judged_because, "checks-failed");
}

}  // namespace
}  // namespace mekiki::verdict

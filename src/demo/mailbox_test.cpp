#include "demo/mailbox.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "auth/dkim/key_cache.hpp"
#include "cli/report.hpp"
#include "dns/zone_resolver.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/evaluate.hpp"

namespace mekiki::demo {
namespace {

const time_point now{std::chrono::seconds(1'772'323'200)};  // 2026-03-01

verdict::judgement judge(std::string_view mail, dns::resolver& resolver,
                         const clock& clock) {
  dkim::key_cache keys;
  const verdict::settings settings = demo_verdict_settings();
  const verdict::correspondents watched(settings.watched);
  verdict::empty_history past;
  verdict::evaluation evaluation(settings,
                                 verdict::services{.resolver = resolver,
                                                   .keys = keys,
                                                   .clock = clock,
                                                   .history = &past,
                                                   .watched = &watched},
                                 {.account = "demo%localhost:110",
                                  .login = "demo",
                                  .upstream = "localhost"});
  evaluation.write(mail);
  boost::asio::io_context io;
  verdict::judgement answer;
  boost::asio::co_spawn(io, evaluation.finish(),
                        [&](const std::exception_ptr& e, verdict::judgement v) {
                          EXPECT_EQ(e, nullptr);
                          answer = std::move(v);
                        });
  io.run();
  return answer;
}

/// The mails are made once: good keys take their time.
class demo_mails : public testing::Test {
 protected:
  static const demo_mailbox& box() {
    static const auto made = make_demo_mails(now);
    if (!made)
      throw std::runtime_error(made.error());
    return *made;
  }
  void SetUp() override {
    auto zone = dns::parse_zone(box().zone);
    ASSERT_TRUE(zone) << zone.error();
    resolver_ = std::move(*zone);
  }

  manual_clock clock_{now};
  std::unique_ptr<dns::resolver> resolver_;
};

TEST_F(demo_mails, are_judged_as_they_say) {
  EXPECT_EQ(box().mails.size(), 15U);
  for (const demo_mail& mail : box().mails) {
    const verdict::judgement v = judge(mail.octets, *resolver_, clock_);
    EXPECT_EQ(v.dkim_check, mail.expected)
        << mail.name << ": " << cli::text_line("", v);
    EXPECT_EQ(v.known.header.author_count, 1U) << mail.name;
    EXPECT_EQ(to_string(v.result.what), to_string(mail.verdict))
        << mail.name << ": " << format(v.result.why);
  }
}

TEST_F(demo_mails, hold_what_they_are_named_for) {
  struct {
    std::string_view name;
    std::vector<std::pair<std::string_view, auth::result>> signatures;
  } const cases[] = {
      {"good-rsa", {{"rsa-sha256", auth::result::pass}}},
      {"good-ed25519", {{"ed25519-sha256", auth::result::pass}}},
      {"good-two-signatures",
       {{"ed25519-sha256", auth::result::pass},
        {"rsa-sha256", auth::result::pass}}},
      {"tampered-body", {{"rsa-sha256", auth::result::fail}}},
      {"unsigned", {}},
      {"forged-fields", {}},
  };
  for (const auto& c : cases) {
    const auto mail = std::ranges::find(box().mails, c.name, &demo_mail::name);
    ASSERT_NE(mail, box().mails.end()) << c.name;
    const verdict::judgement v = judge(mail->octets, *resolver_, clock_);
    ASSERT_EQ(v.known.dkim.size(), c.signatures.size()) << c.name;
    for (std::size_t i = 0; i < v.known.dkim.size(); ++i) {
      EXPECT_EQ(v.known.dkim[i].algorithm, c.signatures[i].first) << c.name;
      EXPECT_EQ(v.known.dkim[i].status, c.signatures[i].second) << c.name;
    }
  }
}

TEST_F(demo_mails, are_mails_as_on_the_wire) {
  for (const demo_mail& mail : box().mails) {
    EXPECT_TRUE(mail.octets.ends_with("\r\n")) << mail.name;
    for (std::size_t i = 0; i < mail.octets.size(); ++i) {
      if (mail.octets[i] != '\n')
        continue;
      ASSERT_TRUE(i > 0 && mail.octets[i - 1] == '\r') << mail.name;
    }
  }
}

}  // namespace
}  // namespace mekiki::demo

#include "verdict/signer_resolver.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/limited_resolver.hpp"
#include "dns/test_name_server.hpp"
#include "dns/unbound_resolver.hpp"

namespace mekiki::verdict {
namespace {

namespace asio = boost::asio;
using dns::answer_ptr;
using dns::question;
using dns::status;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

question key(int selector, const std::string& domain) {
  return {fmt::format("s{}._domainkey.{}", selector, domain),
          dns::record_type::txt};
}

question policy(const std::string& domain) {
  return {"_dmarc." + domain, dns::record_type::txt};
}

answer_ptr answer_of(status s) {
  dns::answer a;
  a.status = s;
  return std::make_shared<const dns::answer>(std::move(a));
}

/// Answers when it is told to.
class patient_resolver final : public dns::resolver {
 public:
  void prefetch(const question& q) override { prefetched.push_back(q.name); }
  asio::awaitable<answer_ptr> resolve(question q) override {
    asked.push_back(q.name);
    if (const auto at = known.find(q.name); at != known.end())
      co_return answer_of(at->second);
    // One for each that waits.
    const one_shot_event answered = events_[q.name].emplace_back();
    co_await answered.wait_always();
    co_return answer_of(known.at(q.name));
  }
  void tell(const question& q, status s) {
    known[q.name] = s;
    for (const one_shot_event& waits : events_[q.name]) waits.set();
  }

  std::vector<std::string> prefetched, asked;
  std::map<std::string, status> known;

 private:
  std::map<std::string, std::vector<one_shot_event>> events_;
};

class signers : public testing::Test {
 protected:
  std::unique_ptr<signer_resolver> mail_of(const std::string& author,
                                           dns::resolver& by) {
    auto made = std::make_unique<signer_resolver>(by, by, by, clock, &silent);
    made->add_author(author);
    return made;
  }
  std::unique_ptr<signer_resolver> mail_of(const std::string& author) {
    return mail_of(author, dns);
  }

  static void rethrow(const std::exception_ptr& error) {
    if (error)
      std::rethrow_exception(error);
  }

  void start(signer_resolver& r) {
    const std::size_t beside = r.strangers_to_ask();
    for (std::size_t i = 0; i < beside; ++i)
      asio::co_spawn(io, r.ask_strangers(), rethrow);
    poll();
  }

  static asio::awaitable<void> ask_into(signer_resolver& r, question q,
                                        std::optional<answer_ptr>& out) {
    out = co_await r.resolve(std::move(q));
  }
  void begin(signer_resolver& r, const question& q,
             std::optional<answer_ptr>& out) {
    asio::co_spawn(io, ask_into(r, q, out), rethrow);
    poll();
  }
  void poll() {
    io.restart();
    io.poll();
  }
  /// Runs until it is there.
  answer_ptr ask(signer_resolver& r, const question& q) {
    std::optional<answer_ptr> out;
    begin(r, q, out);
    io.restart();
    while (!out && io.run_one() > 0) {
    }
    return out ? *out : answer_of(status::malformed);
  }

  asio::io_context io;
  patient_resolver dns;
  manual_clock clock{time_point{}};
  silent_signers silent;
};

TEST_F(signers, the_author_s_are_asked_first_and_three_strangers_at_a_time) {
  const auto mail = mail_of("news.bank.test");
  for (int i = 0; i < 5; ++i)
    mail->prefetch(key(i, fmt::format("stranger{}.test", i)));
  mail->prefetch(key(7, "bank.test"));
  mail->prefetch(key(8, "mail.bank.test"));
  EXPECT_THAT(dns.prefetched, ElementsAre("s7._domainkey.bank.test",
                                          "s8._domainkey.mail.bank.test"));
  EXPECT_THAT(dns.asked, IsEmpty());
  EXPECT_EQ(mail->strangers_to_ask(), 3U);
  start(*mail);
  EXPECT_THAT(dns.asked, ElementsAre("s0._domainkey.stranger0.test",
                                     "s1._domainkey.stranger1.test",
                                     "s2._domainkey.stranger2.test"));
  // Whoever wants the answer of one that waits, waits for its turn.
  std::optional<answer_ptr> fifth;
  begin(*mail, key(4, "stranger4.test"), fifth);
  EXPECT_EQ(dns.asked.size(), 3U);
  dns.tell(key(1, "stranger1.test"), status::success);
  poll();
  EXPECT_EQ(dns.asked.size(), 4U);
  EXPECT_FALSE(fifth);
  dns.tell(key(0, "stranger0.test"), status::nxdomain);
  poll();
  dns.tell(key(4, "stranger4.test"), status::success);
  poll();
  ASSERT_TRUE(fifth);
  EXPECT_EQ((*fifth)->status, status::success);
  // The author's need no turn.
  dns.tell(key(7, "bank.test"), status::success);
  EXPECT_EQ(ask(*mail, key(7, "bank.test"))->status, status::success);
  for (const int i : {2, 3})
    dns.tell(key(i, fmt::format("stranger{}.test", i)), status::success);
  poll();
}

TEST_F(signers, once_a_stranger_was_silent_no_more_are_asked) {
  const auto mail = mail_of("bank.test");
  for (int i = 0; i < 10; ++i)
    mail->prefetch(key(i, fmt::format("stranger{}.test", i)));
  start(*mail);
  for (const int i : {0, 1, 2})
    dns.tell(key(i, fmt::format("stranger{}.test", i)), status::timeout);
  poll();
  EXPECT_EQ(dns.asked.size(), 3U);
  EXPECT_EQ(ask(*mail, key(9, "stranger9.test"))->status, status::timeout);
  // What was asked already is joined.
  EXPECT_EQ(ask(*mail, key(2, "stranger2.test"))->status, status::timeout);
  EXPECT_EQ(dns.asked.size(), 4U);
  // Which says nothing of who was not asked.
  const auto next = mail_of("bank.test");
  dns.tell(key(9, "stranger9.test"), status::success);
  EXPECT_EQ(ask(*next, key(9, "stranger9.test"))->status, status::success);
}

TEST_F(signers, who_hands_over_mail_is_no_stranger) {
  const auto mail = mail_of("bank.test");
  dns.tell(key(0, "stranger.test"), status::timeout);
  dns.tell(key(1, "list.test"), status::success);
  EXPECT_EQ(ask(*mail, key(0, "stranger.test"))->status, status::timeout);
  EXPECT_EQ(ask(*mail, key(1, "list.test"))->status, status::timeout);
  mail->add_mediator("list.test");
  EXPECT_EQ(ask(*mail, key(1, "list.test"))->status, status::success);
}

// Of 8 s, by a clock that is moved by hand.
TEST_F(signers, a_slow_stranger_is_as_good_as_a_silent_one) {
  const auto mail = mail_of("bank.test");
  std::optional<answer_ptr> first;
  begin(*mail, key(0, "slow.test"), first);
  clock.advance(seconds(8));
  dns.tell(key(0, "slow.test"), status::success);
  poll();
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)->status, status::success);
  const auto next = mail_of("bank.test");
  next->prefetch(key(1, "other.slow.test"));
  EXPECT_EQ(next->strangers_to_ask(), 0U);
  EXPECT_EQ(ask(*next, key(1, "other.slow.test"))->status, status::timeout);
  EXPECT_EQ(dns.asked.size(), 1U);
  clock.advance(silent_signers::remembered_for);
  dns.tell(key(1, "other.slow.test"), status::success);
  EXPECT_EQ(ask(*next, key(1, "other.slow.test"))->status, status::success);
}

TEST_F(signers, a_refusal_costs_no_time_and_is_not_remembered) {
  const auto mail = mail_of("bank.test");
  for (int i = 0; i < 10; ++i) {
    dns.tell(key(i, "refusing.test"), status::servfail);
    EXPECT_EQ(ask(*mail, key(i, "refusing.test"))->status, status::servfail);
  }
  EXPECT_EQ(dns.asked.size(), 10U);
}

// What a resolver that asks another one hears of silent name servers.
TEST_F(signers, a_failure_that_takes_its_time_is_silence) {
  const auto mail = mail_of("bank.test");
  for (int i = 0; i < 10; ++i)
    mail->prefetch(key(i, fmt::format("stranger{}.test", i)));
  start(*mail);
  clock.advance(milliseconds(2500));
  dns.tell(key(0, "stranger0.test"), status::servfail);
  poll();
  EXPECT_EQ(ask(*mail, key(9, "stranger9.test"))->status, status::timeout);
  EXPECT_EQ(dns.asked.size(), 3U);
  const auto next = mail_of("bank.test");
  EXPECT_EQ(ask(*next, key(1, "stranger0.test"))->status, status::timeout);
  EXPECT_EQ(dns.asked.size(), 3U);
}

// Somebody can name a part of the author's zone whose servers are silent. That
// takes nothing from the author's own keys.
TEST_F(signers, a_lame_part_of_the_author_s_zone_hides_no_key_of_its) {
  const auto mail = mail_of("bank.test");
  dns.tell(key(0, "lame.bank.test"), status::timeout);
  ask(*mail, key(0, "lame.bank.test"));
  const auto next = mail_of("bank.test");
  dns.tell(key(1, "bank.test"), status::success);
  dns.tell(policy("bank.test"), status::success);
  EXPECT_EQ(ask(*next, key(1, "bank.test"))->status, status::success);
}

// While an author whose policy cannot be had either costs no time again.
TEST_F(signers, an_author_of_whom_nothing_can_be_had_is_asked_once) {
  const auto mail = mail_of("slow.test");
  dns.tell(key(0, "slow.test"), status::timeout);
  dns.tell(policy("slow.test"), status::timeout);
  ask(*mail, key(0, "slow.test"));
  const auto next = mail_of("slow.test");
  next->prefetch(key(1, "slow.test"));
  EXPECT_EQ(ask(*next, key(1, "slow.test"))->status, status::timeout);
  EXPECT_THAT(dns.prefetched, IsEmpty());
  EXPECT_THAT(dns.asked,
              ElementsAre("s0._domainkey.slow.test", "_dmarc.slow.test"));
}

TEST_F(signers, what_is_remembered_is_bounded) {
  const dns::answer none = *answer_of(status::timeout);
  for (std::size_t i = 0; i <= silent_signers::most; ++i)
    silent.note(fmt::format("d{}.test", i), none, {}, clock.steady());
  EXPECT_FALSE(silent.is_silent("d0.test", clock.steady()));
  EXPECT_TRUE(silent.is_silent("d1.test", clock.steady()));
  // A limit of ours is nobody's silence.
  dns::answer ours = none;
  ours.detail = "the time for one mail's questions is over";
  silent.note("other.test", ours, {}, clock.steady());
  EXPECT_FALSE(silent.is_silent("other.test", clock.steady()));
}

// Through libunbound, to a server that is silent about one domain, holds the
// answers of another back until the mail is over, and refuses a third.
TEST_F(signers, five_mails_with_silent_signers_cost_the_time_of_one) {
  dns::test::name_server server(io);
  dns::unbound_options options;
  options.resolvers = {server.address()};
  options.hosts = "/nonexistent";
  options.validation = dns::dnssec::off;
  options.deadline = milliseconds(100);
  auto resolver = make_unbound_resolver(io, options, clock);
  ASSERT_TRUE(resolver) << resolver.error();

  const auto count = [&](const std::string& domain) {
    int n = 0;
    for (const auto& [q, times] : server.asked)
      n += q.name.ends_with(domain) ? 1 : 0;
    return n;
  };
  for (int m = 0; m < 5; ++m) {
    std::vector<question> all;
    for (int i = 0; i < 8; ++i)
      all.push_back(key(100 * m + i, fmt::format("d{}.silent.test", i)));
    all.push_back(key(100 * m + 8, "held.test"));
    all.push_back(key(100 * m + 9, "refusing.test"));
    for (const question& q : all) {
      auto& reply = server.replies[q];
      reply.silent = q.name.ends_with("silent.test");
      reply.held = q.name.ends_with("held.test");
      reply.rcode = q.name.ends_with("refusing.test") ? 5 : 0;
    }
    const question own = key(m, "bank.test");
    server.replies[own].rdata = {dns::test::wire_text({"v=DKIM1; p="})};
    all.push_back(own);

    dns::limited_resolver limited(**resolver);
    const auto mail = mail_of("bank.test", limited);
    for (const question& q : all) mail->prefetch(q);
    start(*mail);
    // In the order of the fields, the author's last.
    std::vector<status> got;
    for (const question& q : all) got.push_back(ask(*mail, q)->status);
    EXPECT_EQ(got.back(), status::success) << m;
    for (int i = 0; i < 8; ++i) EXPECT_EQ(got[i], status::timeout) << m;
    io.restart();
    io.poll();
  }
  // Three of the first mail; of the others none.
  EXPECT_EQ(count("silent.test"), 3);
  server.release();
  server.close();
}

}  // namespace
}  // namespace mekiki::verdict

// What is computed in a pool gives the answers that it gives elsewhere.
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/authres/format.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/sign.hpp"
#include "base/test_held_job.hpp"
#include "crypto/private_key.hpp"
#include "dns/zone_resolver.hpp"
#include "support/seal.hpp"
#include "verdict/evaluate.hpp"

namespace mekiki::verdict {
namespace {

namespace asio = boost::asio;

std::string lines(std::size_t n, std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += line;
  return out;
}

struct kept final : octet_source {
  explicit kept(const std::string& m) : mail(m) {}
  std::size_t size() const override { return mail.size(); }
  std::optional<std::string> read() override { return mail; }
  const std::string& mail;
};

class pool_test : public testing::Test {
 protected:
  pool_test() {
    const std::string record = dkim::format_key_record(key);
    zone = std::move(*dns::parse_zone(fmt::format(
        R"({{"s._domainkey.sender.example": {{"TXT": ["{0}"]}},
             "s._domainkey.list.example": {{"TXT": ["{0}"]}},
             "_dmarc.sender.example": {{"TXT": ["v=DMARC1; p=reject"]}},
             "provider.example": {{"MX": [[10, "mx.provider.example"]]}},
             "mx.provider.example": {{"A": ["198.51.100.1"]}}}})",
        record)));
  }

  /// They outlive the pools, whose threads are at times still about to leave a
  /// loop when it has ended.
  std::list<asio::io_context> loops;
  manual_clock now{time_point(std::chrono::seconds(1'795'262'400))};
  crypto::private_key key =
      std::move(*crypto::private_key::generate(crypto::key_type::ed25519));
  std::unique_ptr<dns::zone_resolver> zone;
  settings limits;
  dkim::key_cache keys;
  source from{.account = "taro@provider.example",
              .login = "taro@provider.example",
              .upstream = "pop.provider.example"};

  static constexpr std::string_view top =
      "Return-Path: <x@sender.example>\r\n"
      "Received: from mail.sender.example (unknown [192.0.2.1])\r\n"
      "\tby mx.provider.example (Postfix) with ESMTPS id 2\r\n"
      "\tfor <taro@provider.example>; Sat, 21 Nov 2026 11:59:30 +0000\r\n";

  std::string mail(std::string_view fields, std::string_view body) const {
    return fmt::format(
        "{}From: Hanako <hanako@sender.example>\r\n"
        "Subject: Hello\r\nDate: Sat, 21 Nov 2026 11:59:00 "
        "+0000\r\n\r\n{}",
        fields, body);
  }
  static std::string top_of(const std::string& m) {
    return std::string(top) + m;
  }
  std::string sign(const std::string& m) const {
    return *dkim::sign(m, "sender.example", "s", key, {});
  }

  services with(asio::io_context& io, compute_pool* pool) {
    return {.resolver = *zone,
            .keys = keys,
            .clock = now,
            .start =
                [&io](asio::awaitable<void> work) {
                  asio::co_spawn(io, std::move(work),
                                 [](const std::exception_ptr& e) {
                                   EXPECT_EQ(e, nullptr);
                                 });
                },
            .pool = pool};
  }

  /// All that was found out, as a text.
  std::string judge(const std::string& m, compute_pool* pool,
                    std::size_t piece) {
    asio::io_context& io = loops.emplace_back();
    evaluation e(limits, with(io, pool), from);
    for (std::size_t at = 0; at < m.size(); at += piece) {
      e.write(std::string_view(m).substr(at, piece));
      io.poll();
      io.restart();  // it may have run out of work
    }
    kept again(m);
    judgement v;
    asio::co_spawn(io, e.finish(&again),
                   [&](const std::exception_ptr& error, judgement got) {
                     EXPECT_EQ(error, nullptr);
                     v = std::move(got);
                   });
    io.run();
    std::string out = fmt::format(
        "{} {} {}\n{}\n", v.digest, to_string(v.result.what),
        format(v.result.why), authres::format_value("us.example", v.results));
    for (const auto& r : v.known.dkim) out += r.reason + "\n";
    for (const auto& k : v.keys) out += k.name + "\n";
    if (v.known.changed) {
      for (const auto& s : v.known.changed->steps) out += s + "\n";
    }
    return out;
  }
};

TEST_F(pool_test, judges_as_the_loop_does) {
  const std::string large = lines(5000, "a line of the body\r\n");
  const std::string text = mail("", "Hello\r\n");
  const std::string much = mail("", large);
  const std::string many = mail(lines(200, "X-A: b\r\n"), "Hello\r\n");
  const std::string sealed = *arc::seal(
      much, auth::result::none, "list.example; none", "list.example", "s", key);
  const struct {
    std::string_view name;
    std::string mail;
    bool is_in_pool = true;
  } rows[] = {
      {"small", top_of(sign(text) + text), false},
      {"large", top_of(sign(much) + much)},
      {"many fields", top_of(sign(many) + many)},
      {"a long header",
       top_of(mail("X-A: " + lines(20'000, "b\r\n c") + "\r\n", "Hello\r\n"))},
      {"sealed", top_of(sealed + much)},
      {"with a footer", top_of(sign(text) + text + "-- \r\nthe list\r\n")},
      {"large, with a footer",
       top_of(sign(much) + much + "-- \r\nthe list\r\n")},
      {"broken", top_of(sign(text) + mail("", "Other\r\n"))},
      {"no body", top_of("From: x@sender.example\r\n"), false},
      {"no body, many fields",
       top_of(lines(200, "X-A: b\r\n") + "From: x@sender.example\r\n")},
      {"header above its limits", top_of(lines(200'000, "X-A: b\r\n"))},
      {"nothing", "", false},
  };
  for (const auto& r : rows) {
    for (const std::size_t piece : {1000, 65'536, 10'000'000}) {
      SCOPED_TRACE(fmt::format("{}, {}", r.name, piece));
      const std::string& m = r.mail;
      const std::string expected = judge(m, nullptr, piece);
      asio::io_context io;
      compute_pool pool(2, now);
      EXPECT_EQ(judge(m, &pool, piece), expected);
      test::held_job next;
      next.occupy(io, pool, "next");
      EXPECT_EQ(pool.running().at(0).number > 1, r.is_in_pool);
      next.release();
    }
  }
}

TEST_F(pool_test, takes_no_more_than_it_can_compute) {
  asio::io_context io;
  compute_pool pool(1, now);
  test::held_job busy;
  busy.occupy(io, pool, from.account);
  evaluation e(limits, with(io, &pool), from);
  const std::string m = mail("", lines(50'000, "a line of the body\r\n"));
  std::vector<bool> caught_up;
  const auto look = [&](std::chrono::milliseconds most) {
    asio::co_spawn(
        io, e.caught_up(most),
        [&](const std::exception_ptr&, bool is) { caught_up.push_back(is); });
    io.poll();
  };
  e.write(std::string_view(m).substr(0, 100'000));
  look(std::chrono::milliseconds(0));
  EXPECT_EQ(caught_up, std::vector<bool>{true});
  e.write(std::string_view(m).substr(100'000));
  look(std::chrono::hours(1));
  EXPECT_EQ(caught_up.size(), 1U) << "it waits";
  busy.release();
  while (caught_up.size() < 2) io.run_one();
  EXPECT_TRUE(caught_up[1]);
}

// One address with many accounts does not get ahead of another one.
TEST_F(pool_test, has_the_turn_of_its_client_address) {
  asio::io_context io;
  compute_pool pool(1, now);
  test::held_job busy;
  busy.occupy(io, pool, "somebody", "held", "192.0.2.1");
  from.client = "192.0.2.1";
  evaluation e(limits, with(io, &pool), from);
  e.write(mail("", lines(10'000, "a line of the body\r\n")));
  io.poll();
  EXPECT_EQ(pool.waiting(), 1U);
  std::size_t waiting_behind = 0;
  asio::co_spawn(io,
                 pool.run({.client = "192.0.2.2",
                           .owner = "other",
                           .about = "",
                           .work = [&] { waiting_behind = pool.waiting(); }}),
                 [](const std::exception_ptr&) {});
  io.poll();
  busy.release();
  io.run();
  EXPECT_EQ(waiting_behind, 1U) << "the mail was first";
}

TEST_F(pool_test, ends_soon_where_nobody_waits) {
  for (const bool by_dropping : {false, true}) {
    asio::io_context io;
    compute_pool pool(1, now);
    test::held_job busy;
    busy.occupy(io, pool, from.account);
    const std::string m = mail("", lines(50'000, "a line of the body\r\n"));
    std::optional<evaluation> e(std::in_place, limits, with(io, &pool), from);
    e->write(m);
    std::optional<judgement> v;
    asio::co_spawn(io, e->finish(),
                   [&](const std::exception_ptr& error, judgement got) {
                     EXPECT_EQ(error, nullptr);
                     v = std::move(got);
                   });
    io.poll();
    if (by_dropping)
      e.reset();
    else
      e->abandon();
    busy.release();
    io.run();
    ASSERT_TRUE(v);
    EXPECT_FALSE(v->is_judged());
  }
}

// What came before was computed, and more comes after it.
TEST_F(pool_test, goes_on_after_it_had_caught_up) {
  const std::string m = mail("", lines(20'000, "a line of the body\r\n"));
  const std::string expected = judge(m, nullptr, m.size());
  asio::io_context io;
  compute_pool pool(1, now);
  evaluation e(limits, with(io, &pool), from);
  constexpr std::size_t piece = 100'000;
  for (std::size_t at = 0; at < m.size(); at += piece) {
    e.write(std::string_view(m).substr(at, piece));
    if (at + piece < m.size()) {
      io.run();  // until nothing is left to do
      io.restart();
    }
  }
  std::optional<judgement> v;
  asio::co_spawn(io, e.finish(),
                 [&](const std::exception_ptr& error, judgement got) {
                   EXPECT_EQ(error, nullptr);
                   v = std::move(got);
                 });
  io.run();
  ASSERT_TRUE(v);
  EXPECT_TRUE(v->is_judged());
  EXPECT_TRUE(expected.starts_with(v->digest));
}

// The pool goes first, then the loop: a mail in between does no harm.
TEST_F(pool_test, may_end_with_a_mail_on_its_way) {
  asio::io_context io;
  std::optional<compute_pool> pool(std::in_place, 1, now);
  evaluation e(limits, with(io, &*pool), from);
  e.write(mail("", lines(50'000, "a line of the body\r\n")));
  io.poll();
  e.write("more\r\n");
  pool.reset();
}

}  // namespace
}  // namespace mekiki::verdict

// A mail arrives, is judged, recorded and goes out: with neither socket nor
// store.
#include <exception>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/dkim/key_cache.hpp"
#include "base/clock.hpp"
#include "base/compute_pool.hpp"
#include "base/log.hpp"
#include "base/one_shot_event.hpp"
#include "base/test_held_job.hpp"
#include "delivery/desk.hpp"
#include "delivery/outgoing_mail.hpp"
#include "dns/zone_resolver.hpp"

namespace mekiki::delivery {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using verdict::level;

constexpr std::string_view original =
    "X-DKIM-Check: pass\r\n"
    "Received: from a by b; Sat, 28 Nov 2026 00:00:00 +0000\r\n"
    "From: Taro <taro@example.jp>\r\n"
    "Subject: hello\r\n"
    "Content-Type: text/plain\r\n"
    "\r\n"
    "one\r\n.two\r\nthree\r\n";

struct nobody final : wait_observer {
  asio::awaitable<bool> on_wait() override { co_return true; }
};

class house {
 public:
  house() {
    static const bool started = (log::start("off", log::format::text), true);
    static_cast<void>(started);
    settings_.notify = {.authserv_id = "mekiki.test"};
  }

  delivery::settings settings_;
  recipient taro{.from = {.account = "taro%pop.example.jp",
                          .login = "hanako@example.jp",
                          .upstream = "pop.example.jp"},
                 .choice = {},
                 .recent = {}};

  desk& at() {
    if (!desk_)
      desk_.emplace(settings_, services{.verdict = {*zone_, keys_, clock_}});
    return *desk_;
  }

  void record(arriving_mail& mail, const judged_mail& j) {
    const mail_id id{.session = 1, .number = 1, .uidl = "u"};
    asio::co_spawn(io_, at().record(taro, mail, j, id),
                   [](const std::exception_ptr& e) { EXPECT_FALSE(e); });
    io_.restart();
    io_.run();
  }

  judged_mail judge(const std::shared_ptr<arriving_mail>& mail) {
    std::optional<judged_mail> got;
    nobody observer;
    asio::co_spawn(
        io_, at().judge(mail, taro, observer),
        [&](const std::exception_ptr& e, std::optional<judged_mail> j) {
          if (e)
            std::rethrow_exception(e);
          got = std::move(j);
        });
    io_.restart();
    io_.run();
    EXPECT_TRUE(got);
    return std::move(*got);
  }

  std::shared_ptr<arriving_mail> arrive(std::string_view octets) {
    const auto mail = at().begin(taro);
    for (std::size_t i = 0; i < octets.size(); i += 7)
      EXPECT_TRUE(mail->take(octets.substr(i, 7)));
    return mail;
  }

 private:
  asio::io_context io_{1};
  manual_clock clock_{std::chrono::system_clock::now()};
  dkim::key_cache keys_;
  std::unique_ptr<dns::resolver> zone_ = std::move(*dns::parse_zone("{}"));
  std::optional<desk> desk_;
};

std::string all_of(outgoing_mail& out) {
  std::string octets;
  while (!out.ended()) {
    const auto piece = out.read();
    EXPECT_TRUE(piece);
    if (!piece)
      break;
    octets += *piece;
  }
  octets += out.finish();
  return octets;
}

/// What each judgement makes of a mail, whoever made it.
judged_mail as(level what, house& h) {
  judged_mail j = h.at().unjudged("test", h.taro);
  j.judgement.result.what = what;
  j.fields = notify::annotate(j.judgement, h.settings_.notify, h.taro.labels);
  return j;
}

TEST(outgoing_mail, is_the_mail_with_our_fields) {
  house h;
  const auto mail = h.arrive(original);
  const judged_mail j = as(level::genuine, h);
  outgoing_mail out(*mail, h.at().settings(), h.taro, std::nullopt);
  out.set_judged(j, h.at().random());
  const std::string got = all_of(out);
  EXPECT_THAT(got, StartsWith("X-DKIM-Check: none\r\n"));
  EXPECT_THAT(got, HasSubstr("X-Mekiki-Verdict: genuine\r\n"));
  EXPECT_THAT(got, Not(HasSubstr("X-DKIM-Check: pass")));
  EXPECT_TRUE(got.ends_with(original.substr(original.find("Received:"))));
}

TEST(outgoing_mail, says_how_much_is_left) {
  house h;
  const auto mail = h.arrive(original);
  const judged_mail j = as(level::new_, h);
  outgoing_mail out(*mail, h.at().settings(), h.taro, std::nullopt);
  out.set_judged(j, h.at().random());
  EXPECT_EQ(out.left(), std::nullopt);
  std::string got;
  while (!out.left()) got += *out.read();
  const std::size_t left = *out.left();
  const std::size_t before = got.size();
  got += all_of(out);
  EXPECT_EQ(got.size() - before, left);
}

TEST(outgoing_mail, gives_the_header_and_so_many_lines) {
  house h;
  const struct {
    std::uint32_t lines;
    std::string_view body;
  } rows[] = {{0, ""},
              {1, "one\r\n"},
              {2, "one\r\n.two\r\n"},
              {99, "one\r\n.two\r\nthree\r\n"}};
  for (const auto& row : rows) {
    const auto mail = h.arrive(original);
    const judged_mail j = as(level::unverified, h);
    outgoing_mail out(*mail, h.at().settings(), h.taro, row.lines);
    out.set_judged(j, h.at().random());
    const std::string got = all_of(out);
    EXPECT_TRUE(got.ends_with("\r\n\r\n" + std::string(row.body)))
        << row.lines << got;
  }
}

// A recipient who waits gets lines that no edit concerns, then lines of ours,
// and the mail is the same but for the place of our fields.
TEST(outgoing_mail, gives_lines_to_a_reader_who_waits) {
  house h;
  const auto mail = h.at().begin(h.taro);
  outgoing_mail out(*mail, h.at().settings(), h.taro, std::nullopt);
  EXPECT_FALSE(out.has_begun());
  std::string got = out.early_line();
  EXPECT_EQ(got, "X-Mekiki-Wait:\r\n");
  EXPECT_TRUE(out.has_begun());
  EXPECT_TRUE(mail->take(original));
  got += out.early_line();
  EXPECT_TRUE(
      got.ends_with("\r\nReceived: from a by b; Sat, 28 Nov 2026 "
                    "00:00:00 +0000\r\n"));
  got += out.early_line();
  EXPECT_TRUE(got.ends_with("\r\nFrom: Taro <taro@example.jp>\r\n"));
  EXPECT_EQ(out.early_line(), "X-Mekiki-Wait:\r\n");

  const judged_mail j = as(level::forged, h);
  out.set_judged(j, h.at().random());
  got += all_of(out);
  EXPECT_THAT(got, HasSubstr("X-Mekiki-Verdict: forged\r\nX-Mekiki-Reason: "));
  EXPECT_THAT(got, HasSubstr("\r\nSubject: hello\r\nContent-Type: text/plain"
                             "\r\n\r\none\r\n.two\r\nthree\r\n"));
  EXPECT_THAT(got, Not(HasSubstr("X-DKIM-Check: pass")));
}

TEST(outgoing_mail, hands_on_what_found_no_room) {
  house h;
  h.settings_.spool.octets = 40;
  const auto mail = h.at().begin(h.taro);
  EXPECT_TRUE(mail->take("Subject: a\r\nX-Mekiki-"));
  EXPECT_FALSE(mail->take("Verdict: genuine\r\n\r\n.text\r\n"));
  const judged_mail j = h.at().unjudged("no-room", h.taro);
  outgoing_mail out(*mail, h.at().settings(), h.taro, std::nullopt);
  out.set_judged(j, h.at().random());
  std::string got;
  while (!out.ended()) got += *out.read();
  got += out.pass("Verdict: genuine\r\n\r\n.text\r\n");
  got += out.finish();
  EXPECT_THAT(got, HasSubstr("X-Mekiki-Reason: not-judged cause=no-room\r\n"));
  EXPECT_THAT(got, Not(HasSubstr("genuine")));
  EXPECT_TRUE(got.ends_with("Subject: a\r\n\r\n.text\r\n"));
}

TEST(arriving_mail, is_judged_when_it_is_complete) {
  house h;
  const judged_mail j = h.judge(h.arrive(original));
  EXPECT_TRUE(j.judgement.is_judged());
  EXPECT_EQ(j.judgement.result.what, level::unverified);
  EXPECT_EQ(j.judgement.known.header.author, "taro@example.jp");
}

// A part of a mail proves nothing, accuses nobody and teaches nothing.
TEST(arriving_mail, is_not_judged_where_it_may_be_a_part) {
  house h;
  const auto mail = h.arrive(original);
  mail->doubt_completeness("part-by-top");
  const judged_mail j = h.judge(mail);
  EXPECT_FALSE(j.judgement.is_judged());
  EXPECT_EQ(j.judgement.result.what, level::unverified);
  EXPECT_THAT(j.fields, HasSubstr("cause=part-by-top"));
  EXPECT_FALSE(j.actions.rewrite || j.actions.warn || j.actions.mark);
}

// What was taken for the mail's last line turned out to be none of it.
TEST(arriving_mail, is_judged_without_what_was_no_part_of_it) {
  house h;
  const judged_mail whole = h.judge(h.arrive("Subject: a\n\ntext\n"));
  const auto mail = h.arrive("Subject: a\n\ntext\n.\r\n");
  mail->drop_end(3);
  EXPECT_EQ(mail->size(), 17U);
  EXPECT_EQ(h.judge(mail).judgement.digest, whole.judgement.digest);
}

TEST(desk, counts_what_it_records) {
  house h;
  const auto mail = h.arrive(original);
  const judged_mail j = h.judge(mail);
  h.record(*mail, j);
  const auto& counts = h.at().counts();
  EXPECT_EQ(counts.mails.at({level::unverified, auth::result::none}), 1U);
  EXPECT_EQ(counts.checks.at({"dkim", "none"}), 1U);
  EXPECT_EQ(h.taro.recent.mails, 1U);
}

/// Answers when it is told to.
class held_resolver final : public dns::resolver {
 public:
  one_shot_event go_on;
  void prefetch(const dns::question&) override {}
  asio::awaitable<dns::answer_ptr> resolve(dns::question) override {
    co_await go_on.wait(std::chrono::hours(1));
    co_return std::make_shared<dns::answer>();
  }
};

struct gone final : wait_observer {
  asio::awaitable<bool> on_wait() override { co_return false; }
};

// Its octets go at once, not when the DNS has answered.
TEST(desk, lets_a_mail_go_that_nobody_waits_for) {
  asio::io_context io{1};
  const manual_clock clock{std::chrono::system_clock::now()};
  dkim::key_cache keys;
  held_resolver resolver;
  delivery::settings settings;
  compute_pool pool(1, clock);
  desk d(settings, {.verdict = {.resolver = resolver,
                                .keys = keys,
                                .clock = clock,
                                .start =
                                    [&io](asio::awaitable<void> work) {
                                      asio::co_spawn(
                                          io, std::move(work),
                                          [](const std::exception_ptr&) {});
                                    },
                                .pool = &pool}});
  const recipient taro{.from = {.account = "taro", .login = "taro@example.jp"},
                       .choice = {},
                       .recent = {}};
  std::string octets(original);
  octets += std::string(200'000, 'x') + "\r\n";
  const auto mail = d.begin(taro);
  EXPECT_TRUE(mail->take(octets));
  gone observer;
  bool has_ended = false;
  asio::co_spawn(
      io, d.judge(mail, taro, observer),
      [&](const std::exception_ptr& e, const std::optional<judged_mail>& j) {
        EXPECT_EQ(e, nullptr);
        EXPECT_FALSE(j);
        has_ended = true;
      });
  while (!has_ended) io.run_one();
  EXPECT_EQ(mail->size(), 0U);
  EXPECT_EQ(pool.running().size() + pool.waiting(), 0U);
  resolver.go_on.set();
  io.run();
}

TEST(desk, computes_in_the_turn_of_the_client_address) {
  asio::io_context io{1};
  const manual_clock clock{std::chrono::system_clock::now()};
  dkim::key_cache keys;
  held_resolver resolver;
  delivery::settings settings;
  compute_pool pool(1, clock);
  desk d(
      settings,
      {.verdict = {
           .resolver = resolver, .keys = keys, .clock = clock, .pool = &pool}});
  const recipient taro{.from = {.account = "taro",
                                .login = "taro@example.jp",
                                .upstream = "pop.example.jp",
                                .client = "192.0.2.1"},
                       .choice = {},
                       .recent = {}};
  const auto mail = d.begin(taro);
  test::held_job busy;
  busy.occupy(io, pool, "hanako", "held", "192.0.2.1");
  std::string order;
  const auto note = [](const std::exception_ptr& e) { EXPECT_EQ(e, nullptr); };
  asio::co_spawn(io, d.compute(taro, *mail, [&] { order += "taro "; }), note);
  compute_pool::job other{
      .client = "192.0.2.2", .owner = "jiro", .about = "", .work = [&] {
        order += "jiro ";
      }};
  asio::co_spawn(io, pool.run(std::move(other)), note);
  io.poll();
  busy.release();
  io.run();
  EXPECT_EQ(order, "jiro taro ");
}

// What is computed elsewhere reads the same octets, also after a part of them
// turned out to be none of the mail's.
TEST(arriving_mail, is_read_again_in_order) {
  house h;
  std::string octets(original);
  octets += std::string(300'000, 'x') + "\n";
  const judged_mail whole = h.judge(h.arrive(octets));
  const auto mail = h.arrive(octets + ".\r\n");
  mail->drop_end(3);
  EXPECT_EQ(h.judge(mail).judgement.digest, whole.judgement.digest);
}

}  // namespace
}  // namespace mekiki::delivery

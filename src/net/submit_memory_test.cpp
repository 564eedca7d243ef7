// Submission through streams in memory: failures, deadlines and a server that
// speaks out of turn. submit_test.cpp has real sockets and TLS.
#include <map>
#include <memory>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "dns/zone_resolver.hpp"
#include "net/submit.hpp"
#include "net/test_stream.hpp"

namespace mekiki::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using outcome = expected<void, submit_failure>;

constexpr std::string_view mail =
    "From: mekiki@example.jp\r\nSubject: test\r\n\r\n.hello\r\n";

/// What a server says, by the first word of a command, "." for the end of the
/// mail; without the final CRLF. A reply that is not here is good.
using replies = std::map<std::string, std::string>;

/// Streams in memory do not look at it; making one takes long.
tls_context* any_context() {
  static const auto context = *tls_context::make_client({});
  return context.get();
}

/// A server at the other end, good unless `says` differs.
class server {
 public:
  explicit server(replies says) : says_(std::move(says)) {}

  boost::asio::awaitable<void> serve(stream& client, submit_tls with) {
    if (with == submit_tls::tls) {
      const std::error_code error = co_await client.start_tls(*tls_, "", 1h);
      if (error)
        co_return;
    }
    bool goes_on = co_await answer(client, "greeting", "220 mx.example.jp");
    while (goes_on) {
      const auto line = co_await read_line(client);
      if (!line)
        co_return;
      if (in_mail_) {
        goes_on = co_await take_mail_line(client, *line);
        continue;
      }
      (client.is_tls() ? secure : clear).push_back(*line);
      goes_on = co_await obey(client, line->substr(0, line->find(' ')));
    }
  }

  std::vector<std::string> clear;
  std::vector<std::string> secure;
  std::string mail;       // with its dots still doubled
  bool accepted = false;  // it has said 2xx to all of the mail

 private:
  boost::asio::awaitable<bool> obey(stream& client, const std::string& verb) {
    bool goes_on = true;
    if (verb == "EHLO") {
      const std::string hello = client.is_tls()
                                    ? "250-mx\r\n250-SIZE\r\n250 AUTH PLAIN"
                                    : "250-mx\r\n250-SIZE\r\n250 STARTTLS";
      goes_on = co_await answer(client, verb, hello);
    } else if (verb == "STARTTLS") {
      goes_on = co_await answer(client, verb, "220 go on");
      if (!goes_on)
        co_return false;
      const std::error_code error = co_await client.start_tls(*tls_, "", 1h);
      goes_on = !error;
    } else if (verb == "AUTH") {
      goes_on = co_await answer(client, verb, "235 welcome");
    } else if (verb == "DATA") {
      goes_on = co_await answer(client, verb, "354 go on");
      in_mail_ = true;
    } else if (verb == "QUIT") {
      co_await answer(client, verb, "221 bye");
      goes_on = false;
    } else {
      goes_on = co_await answer(client, verb, "250 Ok");
    }
    co_return goes_on;
  }

  boost::asio::awaitable<bool> take_mail_line(stream& client,
                                              const std::string& line) {
    if (line != ".") {
      mail += line + "\r\n";
      co_return true;
    }
    in_mail_ = false;
    accepted = !says_.contains(".") || says_["."].starts_with('2');
    const bool goes_on = co_await answer(client, ".", "250 2.0.0 queued");
    co_return goes_on;
  }

  boost::asio::awaitable<bool> answer(stream& client, const std::string& to,
                                      const std::string& usual) {
    const auto found = says_.find(to);
    const std::string octets =
        (found == says_.end() ? usual : found->second) + "\r\n";
    const std::error_code error = co_await client.write(octets, 1h);
    co_return !error;
  }

  boost::asio::awaitable<std::optional<std::string>> read_line(stream& client) {
    std::size_t end = received_.find("\r\n");
    while (end == std::string::npos) {
      std::array<char, 512> buffer{};
      const read_result got = co_await client.read_some(buffer, 1h);
      if (got.error || got.octets == 0)
        co_return std::nullopt;
      received_.append(buffer.data(), got.octets);
      end = received_.find("\r\n");
    }
    std::string line = received_.substr(0, end);
    received_.erase(0, end + 2);
    co_return line;
  }

  replies says_;
  std::string received_;
  bool in_mail_ = false;
  tls_context* tls_ = any_context();
};

smarthost host(submit_tls with) {
  smarthost out;
  out.host = "127.0.0.1";
  out.with = with;
  out.own_name = "proxy.example.jp";
  if (with != submit_tls::clear) {
    out.tls = *tls_context::make_client({});
    out.user = "mekiki";
    out.password = secret("geheim");
  }
  return out;
}

/// The sending end. The other one is whatever holds the peer of `mine`.
class sending {
 public:
  sending(test::simulated_time& time, smarthost to, test::end mine,
          std::string octets = std::string(mail))
      : time_(time),
        to_(std::move(to)),
        stream_(std::move(mine.stream)),
        octets_(std::move(octets)) {
    boost::asio::co_spawn(
        time_.io(), submit(to_, "taro@example.jp", octets_, with_, observe_),
        [this](const std::exception_ptr& error, outcome sent) {
          if (error)
            std::rethrow_exception(error);
          result_ = std::move(sent);
        });
    time_.settle();
  }

  /// Lets time pass until it is over.
  const outcome& finish() {
    for (int i = 0; i < 100 && !result_; ++i) time_.pass(10s);
    if (!result_)
      throw std::runtime_error("it hangs");
    return *result_;
  }
  bool is_over() const { return result_.has_value(); }

 private:
  boost::asio::awaitable<expected<stream_ptr, connect_error>> dial() {
    co_return std::move(stream_);
  }

  test::simulated_time& time_;
  smarthost to_;
  stream_ptr stream_;
  std::string octets_;
  dns::zone_resolver zone_{{}};
  submit_observer observe_;
  submit_services with_{
      .resolver = zone_,
      .clock = time_,
      .connect = [this](dns::resolver&, const address_rules&,
                        const connect_request&) { return dial(); }};
  std::optional<outcome> result_;
};

/// A whole conversation with `server`, whose end and fault may be set up.
struct conversation {
  explicit conversation(submit_tls way, replies says = {},
                        std::string octets = std::string(mail))
      : there(std::move(says)), with(way), content(std::move(octets)) {}

  const outcome& run() {
    boost::asio::co_spawn(time.io(), there.serve(*pair.right.stream, with),
                          [](const std::exception_ptr& error) {
                            if (error)
                              std::rethrow_exception(error);
                          });
    here.emplace(time, host(with), std::move(pair.left), content);
    return here->finish();
  }

  test::simulated_time time;
  test::memory_pair pair{time};
  server there;
  submit_tls with;
  std::string content;
  std::shared_ptr<test::end_plan> plan = pair.left.plan;
  std::optional<sending> here;
};

TEST(submit_memory, octet_for_octet_and_into_a_slow_server) {
  for (const auto with :
       {submit_tls::starttls, submit_tls::tls, submit_tls::clear}) {
    conversation c(with);
    c.plan->piece = 1;
    c.pair.right.plan->room = 3;
    const outcome& sent = c.run();
    ASSERT_TRUE(sent) << sent.error().reason;
    EXPECT_TRUE(c.there.accepted);
    EXPECT_THAT(c.there.mail, HasSubstr("\r\n..hello\r\n"));
  }
}

// Whatever breaks wherever: nothing is called sent that was not accepted,
// nothing that was not refused is given up, and nothing secret goes in clear.
TEST(submit_memory, fails_at_every_operation) {
  const std::error_code kinds[] = {
      std::make_error_code(std::errc::connection_reset),
      std::make_error_code(std::errc::timed_out),
      {}};
  for (const auto with : {submit_tls::starttls, submit_tls::tls}) {
    for (const std::error_code& kind : kinds) {
      std::size_t n = 1;
      std::size_t sent_all_the_same = 0;
      for (;; ++n) {
        conversation c(with);
        c.plan->fault->at = n;
        c.plan->fault->error = kind;
        const outcome& sent = c.run();
        if (c.plan->fault->operations < n) {
          EXPECT_TRUE(sent);
          break;
        }
        if (sent) {
          ++sent_all_the_same;
          EXPECT_TRUE(c.there.accepted) << n << ' ' << kind.message();
        } else {
          EXPECT_FALSE(sent.error().permanent) << n << ' ' << kind.message();
          EXPECT_THAT(sent.error().reason, HasSubstr("127.0.0.1")) << n;
        }
        for (const std::string& line : c.there.clear) {
          EXPECT_TRUE(line.starts_with("EHLO ") || line == "STARTTLS") << line;
        }
        ASSERT_LT(n, 100U);
      }
      EXPECT_GT(n, 15U);
      // The farewell: a write and a read; and the look for what was said before
      // the mail's end, which finds nothing in time.
      EXPECT_EQ(sent_all_the_same, kind == std::errc::timed_out ? 3U : 2U)
          << kind.message();
    }
  }
}

TEST(submit_memory, the_loop_may_go_away_at_every_operation) {
  std::size_t n = 1;
  for (;; ++n) {
    conversation c(submit_tls::starttls);
    c.plan->fault->at = n;
    c.plan->fault->error = std::make_error_code(std::errc::timed_out);
    boost::asio::co_spawn(c.time.io(),
                          c.there.serve(*c.pair.right.stream, c.with),
                          [](const std::exception_ptr&) {});
    c.here.emplace(c.time, host(c.with), std::move(c.pair.left), c.content);
    c.time.pass(0s);
    if (c.plan->fault->operations < n)
      break;
    ASSERT_LT(n, 100U);
  }
  EXPECT_GT(n, 15U);
}

// ------------------------------------------------ a server worked by hand

struct by_hand {
  explicit by_hand(submit_tls with = submit_tls::clear,
                   std::string octets = std::string(mail))
      : here(time, host(with), std::move(mine), std::move(octets)) {}

  /// What came since, and the next thing that the server says.
  std::string ask(std::string_view reply) {
    time.settle();
    std::string said = peer.take();
    peer.put(reply);
    time.settle();
    return said;
  }

  test::simulated_time time;
  test::end mine;
  test::hand peer{time, mine};
  sending here;
};

TEST(submit_memory, nothing_is_sent_before_the_end_of_the_mail) {
  struct {
    std::string early;
    std::string reason;
    bool permanent;
  } const cases[] = {
      {"250 queued\r\n", "127.0.0.1 does not speak SMTP on port 587", false},
      {"250-not yet ended", "127.0.0.1, port 587, did not answer in time",
       false},
      {"421 4.3.2 shutting down\r\n",
       "127.0.0.1 refused the mail: 421 4.3.2 shutting down", false},
      {"552 too large\r\n", "127.0.0.1 refused the mail: 552 too large", true},
      {"nonsense\r\n", "127.0.0.1 does not speak SMTP on port 587", false},
  };
  for (const auto& c : cases) {
    for (const bool with_the_go_ahead : {true, false}) {
      by_hand t(submit_tls::clear, std::string(40'000, 'x'));
      t.peer.set_room(1000);
      t.ask("220 mx\r\n");
      t.ask("250 mx\r\n");
      t.ask("250 Ok\r\n");
      t.ask("250 Ok\r\n");
      EXPECT_EQ(t.ask(with_the_go_ahead ? "354 go on\r\n" + c.early
                                        : "354 go on\r\n"),
                "DATA\r\n");
      if (!with_the_go_ahead)
        t.ask(c.early);
      std::string octets;
      while (!t.peer.has_ended() && octets.size() < 39'000) {
        octets += t.peer.take();
        t.time.settle();
      }
      t.peer.set_room(1'000'000);
      octets += t.ask("");
      const outcome& sent = t.here.finish();
      octets += t.ask("");
      ASSERT_FALSE(sent) << c.early;
      EXPECT_EQ(sent.error().reason, c.reason) << c.early;
      EXPECT_EQ(sent.error().permanent, c.permanent) << c.early;
      EXPECT_FALSE(octets.ends_with("\r\n.\r\n")) << c.early;
      EXPECT_TRUE(t.peer.is_broken()) << c.early;
    }
  }
}

TEST(submit_memory, what_comes_before_a_command_is_no_answer_to_it) {
  for (int turn = 0; turn < 4; ++turn) {
    by_hand t;
    const std::string_view replies[] = {"220 mx\r\n", "250 mx\r\n",
                                        "250 sender\r\n", "250 recipient\r\n"};
    for (int i = 0; i <= turn; ++i) {
      t.ask(i == turn ? std::string(replies[i]) + "250 more\r\n"
                      : std::string(replies[i]));
    }
    ASSERT_TRUE(t.here.is_over()) << turn;
    const outcome& sent = t.here.finish();
    ASSERT_FALSE(sent) << turn;
    EXPECT_FALSE(sent.error().permanent);
    EXPECT_EQ(sent.error().reason, "127.0.0.1 does not speak SMTP on port 587");
    EXPECT_EQ(t.ask(""), "") << turn;
  }
}

// CVE-2011-0411
TEST(submit_memory, octets_behind_the_go_ahead_for_tls) {
  for (const bool at_once : {true, false}) {
    by_hand t(submit_tls::starttls);
    t.ask("220 mx\r\n");
    EXPECT_EQ(t.ask("250-mx\r\n250 STARTTLS\r\n"), "EHLO proxy.example.jp\r\n");
    EXPECT_EQ(t.ask(at_once ? "220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n"
                            : "220 go\r\n"),
              "STARTTLS\r\n");
    if (!at_once)
      t.ask("250-mx\r\n250 AUTH PLAIN\r\n");
    ASSERT_TRUE(t.here.is_over());
    const outcome& sent = t.here.finish();
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().reason,
              at_once ? "127.0.0.1 does not speak SMTP on port 587"
                      : "no secure connection to 127.0.0.1, port 587: the peer "
                        "does not speak TLS");
    EXPECT_EQ(t.ask(""), "");
  }
}

TEST(submit_memory, one_deadline_for_it_all) {
  by_hand t;
  t.ask("220 mx\r\n");
  for (int line = 0; line < 8; ++line) {
    t.time.pass(37s);
    EXPECT_FALSE(t.here.is_over());
    t.ask("250-mx\r\n");
  }
  t.time.pass(5s);  // 301 s
  ASSERT_TRUE(t.here.is_over());
  EXPECT_EQ(t.here.finish().error().reason,
            "127.0.0.1, port 587, did not answer in time");
}

TEST(submit_memory, tls_has_a_deadline_of_its_own) {
  by_hand t(submit_tls::tls);
  t.time.pass(29s);
  EXPECT_FALSE(t.here.is_over());
  t.time.pass(1s);
  ASSERT_TRUE(t.here.is_over());
  EXPECT_EQ(t.here.finish().error().reason,
            "no secure connection to 127.0.0.1, port 587: the TLS handshake "
            "was not finished in time");
}

TEST(submit_memory, helo_where_nothing_more_is_needed) {
  by_hand t;
  t.ask("220 mx\r\n");
  EXPECT_EQ(t.ask("502 what?\r\n"), "EHLO proxy.example.jp\r\n");
  EXPECT_EQ(t.ask("250-mx\r\n250 SIZE\r\n"), "HELO proxy.example.jp\r\n");
  EXPECT_EQ(t.ask("250 Ok\r\n"), "MAIL FROM:<>\r\n");

  struct {
    submit_tls with;
    std::string hello;
  } const refusals[] = {
      {submit_tls::starttls, "502 what?"},
      {submit_tls::clear, "421 4.3.2 not now"},
  };
  for (const auto& c : refusals) {
    by_hand u(c.with);
    u.ask("220 mx\r\n");
    u.ask(c.hello + "\r\n");
    EXPECT_EQ(u.ask("221 bye\r\n"), "QUIT\r\n");
    ASSERT_TRUE(u.here.is_over());
    EXPECT_EQ(u.here.finish().error().reason,
              "127.0.0.1 refused our greeting: " + c.hello);
  }
}

TEST(submit_memory, what_mail_says) {
  struct {
    std::string hello;
    std::string octets;
    std::string expected;
  } const cases[] = {
      {"250 mx", "a\r\n", "MAIL FROM:<>\r\n"},
      {"250-mx\r\n250 SIZE", "a\r\n", "MAIL FROM:<> SIZE=3\r\n"},
      {"250-mx\r\n250 SIZE", ".a", "MAIL FROM:<> SIZE=4\r\n"},
      {"250-mx\r\n250 8BITMIME", "a\r\n", "MAIL FROM:<>\r\n"},
      {"250-mx\r\n250 8BITMIME", "\xc3\xa4\r\n",
       "MAIL FROM:<> BODY=8BITMIME\r\n"},
      {"250 mx", "\xc3\xa4\r\n", "MAIL FROM:<>\r\n"},
  };
  for (const auto& c : cases) {
    by_hand t(submit_tls::clear, c.octets);
    t.ask("220 mx\r\n");
    t.ask(c.hello + "\r\n");
    EXPECT_EQ(t.ask(""), c.expected);
  }
}

// RFC 4954 4: a line of 512 octets at most.
TEST(submit_memory, a_long_password_goes_in_a_line_of_its_own) {
  test::simulated_time time;
  test::memory_pair pair(time);
  server there({{"AUTH", "334 "}});
  smarthost to = host(submit_tls::starttls);
  const std::string password(600, 'p');
  to.password = secret(std::string(password));
  boost::asio::co_spawn(time.io(),
                        there.serve(*pair.right.stream, submit_tls::starttls),
                        [](const std::exception_ptr&) {});
  sending here(time, std::move(to), std::move(pair.left));
  EXPECT_TRUE(here.finish());
  ASSERT_GT(there.secure.size(), 3U);
  EXPECT_EQ(there.secure[1], "AUTH PLAIN");
  EXPECT_EQ(there.secure[2],
            base64_encode(std::string("\0mekiki\0", 8) + password));
}

// It is neither asked for more secrets nor told QUIT as if it were one.
TEST(submit_memory, a_login_that_never_ends) {
  conversation c(submit_tls::starttls, {{"AUTH", "334 more"}});
  const outcome& sent = c.run();
  ASSERT_FALSE(sent);
  EXPECT_FALSE(sent.error().permanent);
  EXPECT_EQ(sent.error().reason, "127.0.0.1 refused the login: 334 more");
  EXPECT_THAT(c.there.secure, ElementsAre("EHLO proxy.example.jp",
                                          "AUTH PLAIN AG1la2lraQBnZWhlaW0="));
}

}  // namespace
}  // namespace mekiki::net

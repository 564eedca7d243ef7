// The contract of net::stream, held against the real sockets and against the
// streams in memory that stand in for them; then what only those can do.
#include "net/test_stream.hpp"

#include <functional>
#include <optional>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <gtest/gtest.h>

#include "net/test_pair.hpp"
#include "net/tls.hpp"

namespace mekiki::net::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

const std::error_code timed_out = std::make_error_code(std::errc::timed_out);

tls_context& client_side() {
  static const auto context = tls_context::make_client({});
  return **context;
}

/// The two ends that a case is held against.
struct ends {
  stream& left;
  stream& right;
};

asio::awaitable<read_result> read_one(stream& from, duration timeout) {
  char octet = 0;
  const read_result r =
      co_await from.read_some(std::span<char>(&octet, 1), timeout);
  co_return r;
}

// ------------------------------------------------------------ the contract

asio::awaitable<void> octets_arrive_in_order(ends e) {
  std::error_code error = co_await e.left.write("hello, ", ample);
  EXPECT_FALSE(error);
  error = co_await e.left.write("world", ample);
  EXPECT_FALSE(error);
  error = co_await e.right.wait_readable(ample);
  EXPECT_FALSE(error);
  const std::string got = co_await read_octets(e.right, 12);
  EXPECT_EQ(got, "hello, world");
  EXPECT_FALSE(e.left.is_tls());
  EXPECT_EQ(format(e.left.local()), format(e.right.peer()));
  EXPECT_EQ(format(e.left.peer()), format(e.right.local()));
}

asio::awaitable<void> close_is_the_end(ends e) {
  std::error_code error = co_await e.left.write("x", ample);
  EXPECT_FALSE(error);
  e.left.close();
  read_result r = co_await read_one(e.right, ample);
  EXPECT_EQ(r.octets, 1U);
  error = co_await e.right.wait_readable(ample);
  EXPECT_FALSE(error);
  for (int i = 0; i < 2; ++i) {
    r = co_await read_one(e.right, ample);
    EXPECT_EQ(r.octets, 0U);
    EXPECT_FALSE(r.error);
  }
}

asio::awaitable<void> abort_is_a_reset(ends e) {
  const std::error_code error = co_await e.left.write("cut mai", ample);
  EXPECT_FALSE(error);
  e.left.abort();
  char buffer[64];
  read_result r = co_await e.right.read_some(buffer, ample);
  while (r.octets > 0) r = co_await e.right.read_some(buffer, ample);
  EXPECT_EQ(r.error, std::errc::connection_reset);
}

asio::awaitable<void> waits_run_out_and_may_be_tried_again(ends e) {
  for (int i = 0; i < 3; ++i) {
    const std::error_code error = co_await e.right.wait_readable(brief);
    EXPECT_EQ(error, timed_out);
    const read_result r = co_await read_one(e.right, brief);
    EXPECT_EQ(r.error, timed_out);
  }
  const std::error_code error = co_await e.left.write("x", ample);
  EXPECT_FALSE(error);
  const read_result r = co_await read_one(e.right, ample);
  EXPECT_EQ(r.octets, 1U);
}

asio::awaitable<void> a_stalled_reader_stops_the_writer(ends e) {
  const std::string much(32 << 20, 'x');
  const std::error_code error = co_await e.left.write(much, brief);
  EXPECT_EQ(error, timed_out);
}

asio::awaitable<void> expect_that_writing_fails(stream& s) {
  std::error_code error;
  const std::string much(1 << 20, 'x');
  for (int i = 0; i < 3 && !error; ++i) error = co_await s.write(much, ample);
  EXPECT_TRUE(error == std::errc::broken_pipe ||
              error == std::errc::connection_reset)
      << error.message();
}

asio::awaitable<void> writing_to_the_gone_is_an_error(ends e) {
  e.right.abort();
  co_await expect_that_writing_fails(e.left);
}

asio::awaitable<void> writing_to_the_closed_is_an_error(ends e) {
  e.right.close();
  co_await expect_that_writing_fails(e.left);
}

asio::awaitable<void> a_closed_stream_does_nothing_more(ends e) {
  e.left.close();
  e.left.close();
  e.left.abort();
  std::error_code error = co_await e.left.write("x", ample);
  EXPECT_TRUE(error);
  error = co_await e.left.wait_readable(ample);
  EXPECT_FALSE(error);  // the read says it
  const read_result r = co_await read_one(e.left, ample);
  EXPECT_TRUE(r.error);
}

asio::awaitable<void> a_cancelled_wait_is_cancelled(ends e) {
  using namespace asio::experimental::awaitable_operators;
  // The left has an octet to read, so that its wait ends and cancels the other.
  std::error_code error = co_await e.right.write("x", ample);
  EXPECT_FALSE(error);
  const auto first =
      co_await (e.left.wait_readable(ample) || e.right.wait_readable(ample));
  EXPECT_EQ(first.index(), 0U);
  // It may be used again.
  error = co_await e.right.wait_readable(brief);
  EXPECT_EQ(error, timed_out);
}

asio::awaitable<void> octets_in_clear_spoil_a_handshake(ends e) {
  const std::error_code sent = co_await e.right.write("-ERR no\r\n", ample);
  EXPECT_FALSE(sent);
  const std::error_code error =
      co_await e.left.start_tls(client_side(), "pop.example.jp", ample);
  EXPECT_EQ(error, tls_errc::protocol);
  EXPECT_FALSE(e.left.tls_detail().empty());
  const std::error_code after = co_await e.left.write("x", ample);
  EXPECT_TRUE(after);
}

asio::awaitable<void> a_handshake_that_nobody_answers_runs_out(ends e) {
  const std::error_code error =
      co_await e.left.start_tls(client_side(), "pop.example.jp", brief);
  EXPECT_EQ(error, timed_out);
}

asio::awaitable<void> a_handshake_with_the_gone_fails(ends e) {
  e.right.close();
  const std::error_code error =
      co_await e.left.start_tls(client_side(), "pop.example.jp", ample);
  EXPECT_TRUE(error);
}

asio::awaitable<void> write_much(stream& to, std::string octets) {
  const std::error_code error = co_await to.write(octets, ample);
  EXPECT_FALSE(error) << error.message();
  to.close();
}

asio::awaitable<void> a_large_write_arrives_whole(ends e) {
  using namespace asio::experimental::awaitable_operators;
  std::string much;
  for (int i = 0; much.size() < 600'000; ++i) much += std::to_string(i);
  const std::string got = co_await (write_much(e.left, much) &&
                                    read_octets(e.right, much.size() + 1));
  EXPECT_EQ(got == much, true);
}

struct contract_case {
  const char* name;
  asio::awaitable<void> (*run)(ends);
};

const contract_case contract[] = {
    {"octets_arrive_in_order", octets_arrive_in_order},
    {"close_is_the_end", close_is_the_end},
    {"abort_is_a_reset", abort_is_a_reset},
    {"waits_run_out_and_may_be_tried_again",
     waits_run_out_and_may_be_tried_again},
    {"a_stalled_reader_stops_the_writer", a_stalled_reader_stops_the_writer},
    {"writing_to_the_gone_is_an_error", writing_to_the_gone_is_an_error},
    {"writing_to_the_closed_is_an_error", writing_to_the_closed_is_an_error},
    {"a_closed_stream_does_nothing_more", a_closed_stream_does_nothing_more},
    {"a_cancelled_wait_is_cancelled", a_cancelled_wait_is_cancelled},
    {"octets_in_clear_spoil_a_handshake", octets_in_clear_spoil_a_handshake},
    {"a_handshake_that_nobody_answers_runs_out",
     a_handshake_that_nobody_answers_runs_out},
    {"a_handshake_with_the_gone_fails", a_handshake_with_the_gone_fails},
    {"a_large_write_arrives_whole", a_large_write_arrives_whole},
};

TEST(test_stream, sockets_keep_the_contract) {
  for (const contract_case& c : contract) {
    SCOPED_TRACE(c.name);
    asio::io_context io;
    pair p(io);
    spawn(io, c.run({*p.left, *p.right}));
    io.run();
  }
}

/// Runs `work` to its end, and lets as much time pass as it takes.
void run(simulated_time& time, asio::awaitable<void> work) {
  bool done = false;
  asio::co_spawn(time.io(), std::move(work), [&](std::exception_ptr error) {
    done = true;
    if (error)
      std::rethrow_exception(error);
  });
  time.settle();
  while (!done && time.next_deadline())
    time.pass(*time.next_deadline() - time.steady());
  EXPECT_TRUE(done) << "it hangs";
}

TEST(test_stream, streams_in_memory_keep_the_contract) {
  for (const std::size_t piece : {SIZE_MAX, std::size_t{1}, std::size_t{7}}) {
    for (const contract_case& c : contract) {
      SCOPED_TRACE(c.name);
      simulated_time time;
      memory_pair p(time);
      p.right.plan->piece = piece;
      run(time, c.run({*p.left.stream, *p.right.stream}));
    }
  }
}

// ------------------------------------------------- what only they can do

asio::awaitable<void> read_for(stream& from, duration timeout,
                               std::optional<std::error_code>& ended) {
  const read_result r = co_await read_one(from, timeout);
  ended = r.error;
}

TEST(test_stream, a_deadline_passes_when_the_test_says_so) {
  simulated_time time;
  memory_pair p(time);
  std::optional<std::error_code> ended;
  spawn(time.io(), read_for(*p.left.stream, 15s, ended));
  time.pass(14s);
  EXPECT_FALSE(ended);
  time.pass(1s);
  EXPECT_EQ(ended, timed_out);
}

asio::awaitable<void> beat(simulated_time& time, std::vector<steady_point>& at,
                           duration every) {
  for (int i = 0; i < 3; ++i) {
    co_await time.sleep(every);
    at.push_back(time.steady());
  }
}

TEST(test_stream, deadlines_pass_in_their_order_and_at_their_time) {
  simulated_time time;
  std::vector<steady_point> at;
  const steady_point begin = time.steady();
  spawn(time.io(), beat(time, at, 2s));
  spawn(time.io(), beat(time, at, 5s));
  time.pass(1min);
  EXPECT_EQ(at,
            (std::vector<steady_point>{begin + 2s, begin + 4s, begin + 5s,
                                       begin + 6s, begin + 10s, begin + 15s}));
  EXPECT_EQ(time.steady(), begin + 1min);
}

asio::awaitable<void> write_until_it_fails(stream& to, std::string octets,
                                           duration timeout,
                                           std::optional<std::error_code>& e) {
  const std::error_code error = co_await to.write(octets, timeout);
  e = error;
}

TEST(test_stream, a_slow_reader_is_waited_for_from_its_last_read_on) {
  simulated_time time;
  memory_pair p(time);
  p.right.plan->room = 10;
  std::optional<std::error_code> ended;
  spawn(time.io(),
        write_until_it_fails(*p.left.stream, std::string(25, 'x'), 10s, ended));
  for (int i = 0; i < 2; ++i) {
    time.pass(9s);
    EXPECT_FALSE(ended);
    spawn(time.io(), [](stream& s) -> asio::awaitable<void> {
      char buffer[3];
      const read_result r = co_await s.read_some(buffer, ample);
      EXPECT_EQ(r.octets, 3U);
    }(*p.right.stream));
  }
  time.pass(9s);
  EXPECT_FALSE(ended);
  time.pass(1s);
  EXPECT_EQ(ended, timed_out);
}

/// Four operations, and what became of each: "r1" is one octet read.
asio::awaitable<void> four(stream& s, std::string& story) {
  std::error_code error = co_await s.wait_readable(ample);
  story += error ? "w- " : "w ";
  for (int i = 0; i < 2; ++i) {
    const read_result r = co_await read_one(s, ample);
    story += r.error ? "r- " : r.octets == 0 ? "r0 " : "r1 ";
  }
  error = co_await s.write("abcd", ample);
  story += error ? "W-" : "W";
}

TEST(test_stream, the_chosen_operation_fails) {
  struct {
    std::size_t at = 0;
    std::error_code failure;
    const char* story = nullptr;
    const char* peer =
        nullptr;  // what it reads, and then: "-" an error, "." the end
  } const cases[] = {
      {0, std::make_error_code(std::errc::connection_reset), "w r1 r1 W",
       "abcd."},
      {1, std::make_error_code(std::errc::connection_reset), "w r- r- W-", "-"},
      {2, std::make_error_code(std::errc::connection_reset), "w r1 r- W-", "-"},
      {3, std::make_error_code(std::errc::connection_reset), "w r1 r1 W-", "-"},
      {4, std::make_error_code(std::errc::connection_reset), "w r1 r1 W-",
       "ab-"},
      {5, std::make_error_code(std::errc::connection_reset), "w r1 r1 W",
       "abcd."},
      {1, {}, "w r0 r0 W-", "."},
      {3, {}, "w r1 r1 W-", "."},
      {4, {}, "w r1 r1 W-", "ab."},
      {1, timed_out, "w- r1 r1 W", "abcd."},
      {2, timed_out, "w r- r1 W", "abcd."},
      {4, timed_out, "w r1 r1 W-", "."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.at);
    SCOPED_TRACE(c.failure.message());
    simulated_time time;
    memory_pair p(time);
    p.left.plan->fault->at = c.at;
    p.left.plan->fault->error = c.failure;
    std::optional<std::error_code> sent;
    spawn(time.io(), write_until_it_fails(*p.right.stream, "xyz", ample, sent));
    std::string story;
    run(time, four(*p.left.stream, story));
    EXPECT_EQ(story, c.story);
    p.left.stream->close();
    std::string peer;
    run(time, [](stream& s, std::string& out) -> asio::awaitable<void> {
      for (;;) {
        char octet = 0;
        const read_result r =
            co_await s.read_some(std::span<char>(&octet, 1), ample);
        if (r.octets == 0) {
          out += r.error ? '-' : '.';
          co_return;
        }
        out += octet;
      }
    }(*p.right.stream, peer));
    EXPECT_EQ(peer, c.peer);
    EXPECT_EQ(p.left.plan->fault->operations, 4U);
  }
}

asio::awaitable<void> shake_hands(stream& s, tls_context& with,
                                  std::string first, std::string& got) {
  const std::error_code error = co_await s.start_tls(with, "", ample);
  EXPECT_FALSE(error);
  EXPECT_TRUE(s.is_tls());
  const std::error_code sent = co_await s.write(first, ample);
  EXPECT_FALSE(sent);
  got = co_await read_octets(s, 3);
}

TEST(test_stream, tls_is_up_once_both_ends_want_it) {
  simulated_time time;
  memory_pair p(time);
  std::string left;
  std::string right;
  spawn(time.io(), shake_hands(*p.left.stream, client_side(), "abc", left));
  time.settle();
  run(time, shake_hands(*p.right.stream, client_side(), "xyz", right));
  time.settle();
  EXPECT_EQ(left, "xyz");
  EXPECT_EQ(right, "abc");
}

TEST(test_stream, a_hand_may_be_the_peer) {
  simulated_time time;
  end e;
  hand h(time, e);
  h.put("xy");
  std::optional<std::error_code> sent;
  h.set_room(3);
  spawn(time.io(), write_until_it_fails(*e.stream, "abcdef", ample, sent));
  time.settle();
  EXPECT_EQ(h.take(1), "a");
  time.settle();
  EXPECT_EQ(h.take(), "bcd");
  time.settle();
  EXPECT_EQ(sent, std::error_code());
  std::string got;
  run(time, [](stream& s, std::string& out) -> asio::awaitable<void> {
    out = co_await read_octets(s, 2);
  }(*e.stream, got));
  EXPECT_EQ(got, "xy");
  e.stream->close();
  EXPECT_FALSE(h.has_ended());
  EXPECT_TRUE(h.is_alone());
  EXPECT_EQ(h.take(), "ef");
  EXPECT_TRUE(h.has_ended());
  EXPECT_FALSE(h.is_broken());
}

TEST(test_stream, the_loop_may_go_away_under_waits) {
  std::optional<memory_pair> p;
  std::optional<std::error_code> ended;
  {
    simulated_time time;
    p.emplace(time);
    spawn(time.io(), read_for(*p->left.stream, 15s, ended));
    time.settle();
    p.reset();
  }
  EXPECT_FALSE(ended);
}

}  // namespace
}  // namespace mekiki::net::test

#include "net/stream.hpp"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/test_pair.hpp"

namespace mekiki::net {
namespace {

namespace asio = boost::asio;

using test::ample;
using test::brief;

const std::error_code timed_out = std::make_error_code(std::errc::timed_out);

TEST(stream, format_endpoint) {
  EXPECT_EQ(format(endpoint{*parse_ip_address("192.0.2.1"), 110}),
            "192.0.2.1:110");
  EXPECT_EQ(format(endpoint{*parse_ip_address("2001:db8::1"), 995}),
            "[2001:db8::1]:995");
}

asio::awaitable<void> talk(test::pair& p) {
  std::error_code error = co_await p.left->write("hello", ample);
  EXPECT_FALSE(error);
  error = co_await p.right->wait_readable(ample);
  EXPECT_FALSE(error);
  const std::string got = co_await test::read_octets(*p.right, 5);
  EXPECT_EQ(got, "hello");
  EXPECT_EQ(format(p.left->local()), format(p.right->peer()));
  EXPECT_EQ(format(p.left->peer()), format(p.right->local()));
  EXPECT_FALSE(p.left->is_tls());

  p.left->close();
  error = co_await p.right->wait_readable(ample);
  EXPECT_FALSE(error);
  char octet = 0;
  const read_result end =
      co_await p.right->read_some(std::span<char>(&octet, 1), ample);
  EXPECT_EQ(end.octets, 0U);
  EXPECT_FALSE(end.error);
}

TEST(stream, octets_and_the_orderly_end_arrive) {
  asio::io_context io;
  test::pair p(io);
  test::spawn(io, talk(p));
  io.run();
}

asio::awaitable<void> time_out_and_go_on(test::pair& p) {
  char octet = 0;
  std::error_code error = co_await p.right->wait_readable(brief);
  EXPECT_EQ(error, timed_out);
  for (int i = 0; i < 3; ++i) {
    const read_result r =
        co_await p.right->read_some(std::span<char>(&octet, 1), brief);
    EXPECT_EQ(r.error, timed_out);
  }
  // A long deadline after short ones, and a short one after a long one.
  error = co_await p.left->write("x", ample);
  const read_result got =
      co_await p.right->read_some(std::span<char>(&octet, 1), ample);
  EXPECT_EQ(got.octets, 1U);
  error = co_await p.right->wait_readable(brief);
  EXPECT_EQ(error, timed_out);
}

TEST(stream, stays_usable_after_a_timeout) {
  asio::io_context io;
  test::pair p(io);
  test::spawn(io, time_out_and_go_on(p));
  io.run();
}

asio::awaitable<void> see_reset(test::pair& p) {
  const std::error_code error = co_await p.left->write("cut mai", ample);
  EXPECT_FALSE(error);
  p.left->abort();
  char buffer[64];
  read_result r = co_await p.right->read_some(buffer, ample);
  if (!r.error)
    r = co_await p.right->read_some(buffer, ample);
  EXPECT_EQ(r.error, std::errc::connection_reset);
}

TEST(stream, abort_is_seen_as_a_reset) {
  asio::io_context io;
  test::pair p(io);
  test::spawn(io, see_reset(p));
  io.run();
}

asio::awaitable<void> see_reset_of_destroyed(test::pair& p) {
  p.left.reset();
  char buffer[64];
  const read_result r = co_await p.right->read_some(buffer, ample);
  EXPECT_EQ(r.error, std::errc::connection_reset);
}

TEST(stream, a_destroyed_stream_is_aborted) {
  asio::io_context io;
  test::pair p(io);
  test::spawn(io, see_reset_of_destroyed(p));
  io.run();
}

asio::awaitable<void> close_with_octets_unread(test::pair& p) {
  // More than the reader's kernel takes at once, so that some is still ours
  // to send at the close; a reset would drop it.
  const std::string words(500'000, 'x');
  std::error_code error = co_await p.right->write("never read", ample);
  EXPECT_FALSE(error);
  error = co_await p.left->write(words, ample);
  EXPECT_FALSE(error);
  p.left->close();
  const std::string got = co_await test::read_octets(*p.right, words.size());
  EXPECT_EQ(got.size(), words.size());
  char octet = 0;
  const read_result r =
      co_await p.right->read_some(std::span<char>(&octet, 1), ample);
  EXPECT_FALSE(r.error) << r.error.message();
  EXPECT_EQ(r.octets, 0U);
}

TEST(stream, closing_with_octets_unread_loses_nothing) {
  asio::io_context io;
  test::pair p(io);
  test::spawn(io, close_with_octets_unread(p));
  io.run();
}

asio::awaitable<void> write_to_nobody(test::pair& p) {
  const std::string much(32 * 1024 * 1024, 'x');
  const std::error_code error = co_await p.left->write(much, brief);
  EXPECT_EQ(error, timed_out);
}

TEST(stream, writing_to_a_stalled_reader_times_out) {
  asio::io_context io;
  test::pair p(io);
  test::spawn(io, write_to_nobody(p));
  io.run();
}

asio::awaitable<void> write_to_the_gone(test::pair& p) {
  p.right->abort();
  const std::string much(1024 * 1024, 'x');
  std::error_code error;
  for (int i = 0; i < 3 && !error; ++i) {
    error = co_await p.left->write(much, ample);
  }
  EXPECT_TRUE(error == std::errc::broken_pipe ||
              error == std::errc::connection_reset)
      << error.message();
  p.left->close();
  error = co_await p.left->write("x", ample);
  EXPECT_TRUE(error);
  error = co_await p.left->wait_readable(ample);
  EXPECT_FALSE(error);  // the read says it
  char octet = 0;
  const read_result r =
      co_await p.left->read_some(std::span<char>(&octet, 1), ample);
  EXPECT_TRUE(r.error);
}

TEST(stream, writing_to_a_vanished_peer_is_an_error_and_no_signal) {
  asio::io_context io;
  test::pair p(io);
  test::spawn(io, write_to_the_gone(p));
  io.run();
}

asio::awaitable<void> write_all(stream& to, std::size_t octets) {
  const std::string text(octets, 'x');
  const std::error_code error = co_await to.write(text, ample);
  EXPECT_FALSE(error) << error.message();
  to.close();
}

asio::awaitable<void> read_all(stream& from, std::size_t& octets) {
  char buffer[10'000];
  while (true) {
    const read_result r = co_await from.read_some(buffer, ample);
    EXPECT_FALSE(r.error);
    if (r.error || r.octets == 0)
      break;
    octets += r.octets;
  }
}

TEST(stream, a_large_write_arrives_whole) {
  asio::io_context io;
  test::pair p(io);
  constexpr std::size_t size = 10'000'000;
  std::size_t got = 0;
  test::spawn(io, write_all(*p.left, size));
  test::spawn(io, read_all(*p.right, got));
  io.run();
  EXPECT_EQ(got, size);
}

asio::awaitable<void> wait_for_nothing(stream& s) {
  const std::error_code error = co_await s.wait_readable(ample);
  ADD_FAILURE() << "ended: " << error.message();
}

TEST(stream, a_loop_may_go_away_under_waiting_streams) {
  std::optional<test::pair> p;
  {
    asio::io_context io;
    p.emplace(io);
    test::spawn(io, wait_for_nothing(*p->left));
    io.poll();
    p.reset();  // while the coroutine waits: only its frame is left
  }
}

}  // namespace
}  // namespace mekiki::net

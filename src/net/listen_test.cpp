#include "net/listen.hpp"

#include <stdexcept>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/test_pair.hpp"

namespace mekiki::net {
namespace {

namespace asio = boost::asio;

using tcp = asio::ip::tcp;
using test::ample;
using testing::HasSubstr;

const endpoint any_port{*parse_ip_address("127.0.0.1"), 0};

std::unique_ptr<listener> listen(asio::io_context& io, std::size_t sessions,
                                 listener::handler serve) {
  auto bound = listener::bind(io, any_port, sessions, std::move(serve));
  if (!bound)
    throw std::runtime_error(bound.error());
  return std::move(*bound);
}

stream_ptr connect_to(asio::io_context& io, const listener& l) {
  tcp::socket socket(io);
  socket.connect(to_asio(l.local()));
  return make_stream(std::make_shared<connection>(std::move(socket)));
}

asio::awaitable<void> echo_once(stream_ptr s) {
  char buffer[64];
  const read_result r = co_await s->read_some(buffer, ample);
  const std::error_code error =
      co_await s->write(std::string_view(buffer, r.octets), ample);
  EXPECT_FALSE(error);
  s->close();
}

asio::awaitable<void> say(stream& s, std::string text, std::string& reply) {
  const std::error_code error = co_await s.write(text, ample);
  EXPECT_FALSE(error);
  reply = co_await test::read_octets(s, text.size());
}

asio::awaitable<void> say_and_stop(stream& s, std::string text,
                                   std::string& reply, listener& l) {
  co_await say(s, std::move(text), reply);
  l.stop();
}

TEST(listener, serves_until_it_is_stopped) {
  asio::io_context io;
  const auto l = listen(io, 10, echo_once);
  EXPECT_NE(l->local().port, 0);
  const stream_ptr a = connect_to(io, *l);
  const stream_ptr b = connect_to(io, *l);
  std::string first;
  std::string second;
  test::spawn(io, say(*a, "one", first));
  test::spawn(io, say_and_stop(*b, "two", second, *l));
  io.run();
  EXPECT_EQ(first, "one");
  EXPECT_EQ(second, "two");
  EXPECT_EQ(l->sessions(), 0U);
}

asio::awaitable<void> idle(stream_ptr s) {
  const std::error_code error = co_await s->wait_readable(ample);
  EXPECT_EQ(error, std::errc::operation_canceled);
  const std::error_code more = co_await s->wait_readable(ample);
  ADD_FAILURE() << "went on: " << more.message();
}

asio::awaitable<void> turned_away(listener& l, stream& first, stream& second) {
  char octet = 0;
  const read_result r =
      co_await second.read_some(std::span<char>(&octet, 1), ample);
  EXPECT_EQ(r.octets, 0U);
  EXPECT_EQ(l.sessions(), 1U);
  l.stop();
  while (l.sessions() > 0) co_await asio::post(asio::use_awaitable);
  EXPECT_EQ(l.sessions(), 0U);
  // The session was cancelled and its stream broken off.
  const read_result end =
      co_await first.read_some(std::span<char>(&octet, 1), ample);
  EXPECT_EQ(end.error, std::errc::connection_reset);
}

TEST(listener, turns_away_too_many_and_cancels_what_runs) {
  asio::io_context io;
  const auto l = listen(io, 1, idle);
  const stream_ptr first = connect_to(io, *l);
  const stream_ptr second = connect_to(io, *l);
  test::spawn(io, turned_away(*l, *first, *second));
  io.run();
}

asio::awaitable<void> fail(stream_ptr /*s*/) {
  throw std::runtime_error("bad session");
  co_return;
}

asio::awaitable<void> see_failure(listener& l, stream& s) {
  char octet = 0;
  const read_result r = co_await s.read_some(std::span<char>(&octet, 1), ample);
  EXPECT_TRUE(r.error);
  l.stop();
}

TEST(listener, a_session_that_throws_ends_alone) {
  asio::io_context io;
  const auto l = listen(io, 10, fail);
  const stream_ptr s = connect_to(io, *l);
  test::spawn(io, see_failure(*l, *s));
  io.run();
  EXPECT_EQ(l->sessions(), 0U);
}

TEST(listener, an_address_in_use_is_named) {
  asio::io_context io;
  const auto l = listen(io, 1, idle);
  const auto again = listener::bind(io, l->local(), 1, idle);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(),
            fmt::format("cannot listen on {}: Address already in use; `ss "
                        "-ltnp sport = :{}` tells what holds the port",
                        format(l->local()), l->local().port));
  // RFC 5737: nobody's.
  const endpoint elsewhere{*parse_ip_address("192.0.2.1"), 0};
  const auto none = listener::bind(io, elsewhere, 1, idle);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error(), HasSubstr("this machine has no such address"));
  EXPECT_THAT(none.error(), testing::Not(HasSubstr("ss -ltnp")));
}

TEST(listener, may_be_destroyed_before_the_loop_ran) {
  asio::io_context io;
  { const auto l = listen(io, 1, idle); }
  io.run();
}

}  // namespace
}  // namespace mekiki::net

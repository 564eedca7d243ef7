// Two ends of a loopback connection, for the tests of this folder.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/connection.hpp"
#include "net/stream.hpp"

namespace mekiki::net::test {

/// Long enough never to pass in a test that works.
constexpr std::chrono::seconds ample{30};
/// For waits that are to run out.
constexpr std::chrono::milliseconds brief{20};

struct pair {
  explicit pair(boost::asio::io_context& io) {
    using tcp = boost::asio::ip::tcp;
    const tcp::endpoint loopback(boost::asio::ip::address_v4::loopback(), 0);
    tcp::acceptor acceptor(io, loopback);
    tcp::socket client(io);
    client.connect(acceptor.local_endpoint());
    left_socket = std::make_shared<connection>(std::move(client));
    right_socket = std::make_shared<connection>(acceptor.accept());
    left = make_stream(left_socket);
    right = make_stream(right_socket);
  }

  std::shared_ptr<connection> left_socket;
  std::shared_ptr<connection> right_socket;
  stream_ptr left;
  stream_ptr right;
};

/// Starts a coroutine whose exceptions are the test's.
inline void spawn(boost::asio::io_context& io,
                  boost::asio::awaitable<void> work) {
  boost::asio::co_spawn(io, std::move(work), [](std::exception_ptr error) {
    if (error)
      std::rethrow_exception(error);
  });
}

/// Reads until `octets` are there, or the end or an error.
inline boost::asio::awaitable<std::string> read_octets(stream& from,
                                                       std::size_t octets) {
  std::string out;
  char buffer[4096];
  while (out.size() < octets) {
    const read_result r = co_await from.read_some(buffer, ample);
    if (r.error || r.octets == 0)
      break;
    out.append(buffer, r.octets);
  }
  co_return out;
}

}  // namespace mekiki::net::test

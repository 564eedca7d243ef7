// A TCP socket with its one timer: what streams, connecting and accepting in
// this folder share. Not for use outside `net`.
#pragma once

#include <chrono>
#include <memory>
#include <system_error>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/stream.hpp"

namespace mekiki::net {

/// A non-blocking socket. Shared only with the handler of its timer, which may
/// run after the owner has released it.
class connection : public std::enable_shared_from_this<connection> {
 public:
  using tcp = boost::asio::ip::tcp;
  using point = std::chrono::steady_clock::time_point;

  explicit connection(tcp::socket socket);

  /// Waits until the socket is readable or writable, or ends with
  /// std::errc::timed_out at `deadline`.
  boost::asio::awaitable<std::error_code> wait(tcp::socket::wait_type what,
                                               point deadline);

  tcp::socket& socket() { return socket_; }
  int fd() { return socket_.native_handle(); }

  /// Closes at once. `reset` breaks the connection off (RST).
  void close();
  void reset();

 private:
  tcp::socket socket_;
  boost::asio::steady_timer timer_;
  bool timed_out_ = false;
};

/// The stream on a connected socket.
stream_ptr make_stream(std::shared_ptr<connection> c);

ip_address from_asio(const boost::asio::ip::address& address);
boost::asio::ip::tcp::endpoint to_asio(const endpoint& e);

}  // namespace mekiki::net

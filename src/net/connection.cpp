#include "net/connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

namespace mekiki::net {

namespace asio = boost::asio;

connection::connection(tcp::socket socket)
    : socket_(std::move(socket)), timer_(socket_.get_executor()) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
}

asio::awaitable<std::error_code> connection::wait(tcp::socket::wait_type what,
                                                  point deadline) {
  timer_.expires_at(deadline);
  timer_.async_wait([self = shared_from_this(),
                     deadline](const boost::system::error_code& error) {
    // A handler that was queued when its wait had ended may not end the next.
    if (error || self->timer_.expiry() != deadline)
      return;
    self->timed_out_ = true;
    boost::system::error_code ignored;
    self->socket_.cancel(ignored);
  });
  const auto [error] =
      co_await socket_.async_wait(what, asio::as_tuple(asio::use_awaitable));
  // No timer is left running: the loop can end while streams are idle.
  timer_.expires_at(point::max());
  if (std::exchange(timed_out_, false)) {
    co_return std::make_error_code(std::errc::timed_out);
  }
  co_return error;
}

void connection::close() {
  boost::system::error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
}

void connection::reset() {
  if (!socket_.is_open())
    return;
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

ip_address from_asio(const asio::ip::address& address) {
  if (address.is_v4())
    return ip_address::v4(address.to_v4().to_bytes());
  return ip_address::v6(address.to_v6().to_bytes());
}

asio::ip::tcp::endpoint to_asio(const endpoint& e) {
  const auto& octets = e.address.octets();
  if (e.address.is_v4()) {
    const asio::ip::address_v4::bytes_type bytes{octets[0], octets[1],
                                                 octets[2], octets[3]};
    return {asio::ip::address_v4(bytes), e.port};
  }
  asio::ip::address_v6::bytes_type bytes;
  std::copy(octets.begin(), octets.end(), bytes.begin());
  return {asio::ip::address_v6(bytes), e.port};
}

}  // namespace mekiki::net

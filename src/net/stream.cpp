#include "net/stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "net/connection.hpp"
#include "net/tls.hpp"
#include "net/tls_session.hpp"

namespace mekiki::net {

namespace asio = boost::asio;

namespace {

using tcp = asio::ip::tcp;
using point = connection::point;

// A peer that is always ready would keep the loop for itself: after so many
// octets without a wait, the others have their turn.
constexpr std::size_t octets_per_turn = 262'144;

// What may lie unread at a close. Closing with unread octets sends a RST and
// drops what has not been sent yet.
constexpr std::size_t max_drained = 65'536;

std::error_code system_error(int number) {
  return {number, std::system_category()};
}

point after(duration timeout) {
  return std::chrono::steady_clock::now() + timeout;
}

class socket_stream final : public stream {
 public:
  explicit socket_stream(std::shared_ptr<connection> c);
  ~socket_stream() override { abort(); }
  socket_stream(const socket_stream&) = delete;
  socket_stream& operator=(const socket_stream&) = delete;

  asio::awaitable<std::error_code> wait_readable(duration timeout) override;
  asio::awaitable<read_result> read_some(std::span<char> buffer,
                                         duration timeout) override;
  asio::awaitable<std::error_code> write(std::string_view octets,
                                         duration timeout) override;
  asio::awaitable<write_result> write_some(std::string_view octets,
                                           duration timeout) override;
  peer_state look() const override;
  asio::awaitable<std::error_code> start_tls(tls_context& context,
                                             std::string host,
                                             duration timeout) override;

  bool is_tls() const override { return ssl_ != nullptr; }
  endpoint local() const override;
  endpoint peer() const override;
  std::string tls_detail() const override { return tls_detail_; }

  void close() override;
  void abort() override;

 private:
  // One try of an operation that does not wait: done, or what to wait for.
  enum class next : std::uint8_t { done, wait_read, wait_write };
  struct attempt {
    next what = next::done;
    std::size_t octets = 0;
    std::error_code error;
  };

  attempt try_read(std::span<char> buffer);
  attempt try_write(std::string_view octets);
  attempt try_peek();
  attempt try_handshake(const std::string& host);
  // What an SSL call that did not succeed wants, or why it failed.
  attempt after_ssl(int result, const std::string& host = {});

  asio::awaitable<std::error_code> wait(next what, point deadline);
  // True when it is the other sessions' turn.
  bool used_up(std::size_t octets);
  asio::awaitable<void> yield();

  void free_ssl();

  std::shared_ptr<connection> connection_;
  ssl_st* ssl_ = nullptr;
  std::size_t since_wait_ = 0;  // octets
  std::string tls_detail_;
};

socket_stream::socket_stream(std::shared_ptr<connection> c)
    : connection_(std::move(c)) {
  // OpenSSL writes to the socket without MSG_NOSIGNAL.
  static const auto ignored = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(ignored);
  boost::system::error_code error;
  connection_->socket().set_option(tcp::no_delay(true), error);
}

asio::awaitable<std::error_code> socket_stream::wait(next what,
                                                     point deadline) {
  since_wait_ = 0;
  const auto type = what == next::wait_read ? tcp::socket::wait_read
                                            : tcp::socket::wait_write;
  co_return co_await connection_->wait(type, deadline);
}

bool socket_stream::used_up(std::size_t octets) {
  since_wait_ += octets;
  return since_wait_ >= octets_per_turn;
}

asio::awaitable<void> socket_stream::yield() {
  since_wait_ = 0;
  co_await asio::post(connection_->socket().get_executor(),
                      asio::use_awaitable);
}

asio::awaitable<std::error_code> socket_stream::wait_readable(
    duration timeout) {
  const point deadline = after(timeout);
  while (true) {
    const attempt a = try_peek();
    if (a.what == next::done)
      co_return a.error;
    const std::error_code error = co_await wait(a.what, deadline);
    // Of a TLS record perhaps only a part has arrived.
    if (error || ssl_ == nullptr)
      co_return error;
  }
}

asio::awaitable<read_result> socket_stream::read_some(std::span<char> buffer,
                                                      duration timeout) {
  point deadline = point::max();
  while (true) {
    const attempt a = try_read(buffer);
    if (a.what == next::done) {
      if (used_up(a.octets))
        co_await yield();
      co_return read_result{a.octets, a.error};
    }
    if (deadline == point::max())
      deadline = after(timeout);
    const std::error_code error = co_await wait(a.what, deadline);
    if (error)
      co_return read_result{0, error};
  }
}

asio::awaitable<std::error_code> socket_stream::write(std::string_view octets,
                                                      duration timeout) {
  const write_result done = co_await write_some(octets, timeout);
  co_return done.error;
}

asio::awaitable<write_result> socket_stream::write_some(std::string_view octets,
                                                        duration timeout) {
  write_result done;
  while (done.octets < octets.size()) {
    const attempt a = try_write(octets.substr(done.octets));
    done.error = a.error;
    if (a.error)
      co_return done;
    done.octets += a.octets;
    if (a.what != next::done) {
      // Writable means that the peer took something: the deadline starts anew.
      done.error = co_await wait(a.what, after(timeout));
      if (done.error)
        co_return done;
    } else if (used_up(a.octets)) {
      co_await yield();
    }
  }
  co_return done;
}

peer_state socket_stream::look() const {
  pollfd p{};
  p.fd = connection_->fd();
  p.events = POLLIN | POLLRDHUP;
  const bool is_quiet = ::poll(&p, 1, 0) <= 0;
  if (!is_quiet && (p.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
    return peer_state::gone;
  if (!is_quiet && (p.revents & POLLRDHUP) != 0)
    return peer_state::ended;
  const bool speaks =
      !is_quiet || (ssl_ != nullptr && SSL_has_pending(ssl_) == 1);
  return speaks ? peer_state::speaks : peer_state::open;
}

asio::awaitable<std::error_code> socket_stream::start_tls(tls_context& context,
                                                          std::string host,
                                                          duration timeout) {
  ERR_clear_error();
  tls_detail_.clear();
  ssl_ = new_tls_session(context, connection_->fd(), host);
  if (ssl_ == nullptr) {
    close();
    tls_detail_ = "TLS could not be set up";
    co_return tls_errc::protocol;
  }
  const point deadline = after(timeout);
  while (true) {
    attempt a = try_handshake(host);
    if (a.what != next::done) {
      a.error = co_await wait(a.what, deadline);
      if (a.error)
        tls_detail_ = "the TLS handshake was not finished in time";
    } else if (!a.error) {
      co_return std::error_code{};
    }
    if (a.error) {
      close();  // nothing may go out in clear now
      co_return a.error;
    }
  }
}

socket_stream::attempt socket_stream::try_read(std::span<char> buffer) {
  if (buffer.empty())
    return {};
  if (ssl_ != nullptr) {
    ERR_clear_error();
    std::size_t octets = 0;
    const int result = SSL_read_ex(ssl_, buffer.data(), buffer.size(), &octets);
    if (result == 1)
      return {next::done, octets, {}};
    return after_ssl(result);
  }
  while (true) {
    const ssize_t n =
        ::recv(connection_->fd(), buffer.data(), buffer.size(), 0);
    if (n >= 0)
      return {next::done, static_cast<std::size_t>(n), {}};
    if (errno == EAGAIN)
      return {next::wait_read, 0, {}};
    if (errno != EINTR)
      return {next::done, 0, system_error(errno)};
  }
}

socket_stream::attempt socket_stream::try_write(std::string_view octets) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    std::size_t written = 0;
    const int result =
        SSL_write_ex(ssl_, octets.data(), octets.size(), &written);
    if (result == 1)
      return {next::done, written, {}};
    attempt a = after_ssl(result);
    // After the peer's close_notify OpenSSL calls every failure the orderly
    // end.
    if (a.what == next::done && !a.error)
      a.error = system_error(EPIPE);
    return a;
  }
  while (true) {
    const ssize_t n =
        ::send(connection_->fd(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (n >= 0)
      return {next::done, static_cast<std::size_t>(n), {}};
    if (errno == EAGAIN)
      return {next::wait_write, 0, {}};
    if (errno != EINTR)
      return {next::done, 0, system_error(errno)};
  }
}

// The end of the stream and its errors count as readable: the read that
// follows reports them.
socket_stream::attempt socket_stream::try_peek() {
  char octet = 0;
  if (ssl_ != nullptr) {
    ERR_clear_error();
    std::size_t octets = 0;
    const int result = SSL_peek_ex(ssl_, &octet, 1, &octets);
    if (result == 1)
      return {};
    attempt a = after_ssl(result);
    a.error.clear();
    return a;
  }
  while (true) {
    const ssize_t n = ::recv(connection_->fd(), &octet, 1, MSG_PEEK);
    if (n >= 0)
      return {};
    if (errno == EAGAIN)
      return {next::wait_read, 0, {}};
    if (errno != EINTR)
      return {};
  }
}

socket_stream::attempt socket_stream::try_handshake(const std::string& host) {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result == 1)
    return {};
  attempt a = after_ssl(result, host);
  if (a.what == next::done && !a.error)
    a.error = tls_errc::truncated;
  return a;
}

socket_stream::attempt socket_stream::after_ssl(int result,
                                                const std::string& host) {
  const int saved_errno = errno;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return {next::wait_read, 0, {}};
    case SSL_ERROR_WANT_WRITE:
      return {next::wait_write, 0, {}};
    case SSL_ERROR_ZERO_RETURN:
      return {};
    case SSL_ERROR_SYSCALL:
      if (saved_errno != 0) {
        return {next::done, 0, system_error(saved_errno)};
      }
      [[fallthrough]];
    default: {
      tls_failure failure = explain_tls_failure(ssl_, host);
      tls_detail_ = std::move(failure.detail);
      return {next::done, 0, failure.code};
    }
  }
}

endpoint socket_stream::local() const {
  boost::system::error_code error;
  const tcp::endpoint e = connection_->socket().local_endpoint(error);
  return {from_asio(e.address()), e.port()};
}

endpoint socket_stream::peer() const {
  boost::system::error_code error;
  const tcp::endpoint e = connection_->socket().remote_endpoint(error);
  return {from_asio(e.address()), e.port()};
}

void socket_stream::close() {
  if (!connection_->socket().is_open())
    return;
  if (ssl_ != nullptr) {
    ERR_clear_error();
    SSL_shutdown(ssl_);  // fails harmlessly where the handshake did
    free_ssl();
  }
  const int fd = connection_->fd();
  ::shutdown(fd, SHUT_WR);
  std::array<char, 4096> unread{};
  for (std::size_t drained = 0; drained < max_drained;) {
    const ssize_t n = ::recv(fd, unread.data(), unread.size(), MSG_DONTWAIT);
    if (n <= 0)
      break;
    drained += static_cast<std::size_t>(n);
  }
  connection_->close();
}

void socket_stream::abort() {
  free_ssl();
  connection_->reset();
}

void socket_stream::free_ssl() {
  SSL_free(std::exchange(ssl_, nullptr));
  ERR_clear_error();
}

}  // namespace

std::string format(const endpoint& e) {
  const std::string address = format(e.address);
  if (e.address.is_v6())
    return fmt::format("[{}]:{}", address, e.port);
  return fmt::format("{}:{}", address, e.port);
}

stream_ptr make_stream(std::shared_ptr<connection> c) {
  return std::make_unique<socket_stream>(std::move(c));
}

}  // namespace mekiki::net

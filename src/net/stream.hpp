// A connection as everyone above `net` sees it: octets, TLS, deadlines.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <boost/asio/awaitable.hpp>

#include "base/ip_address.hpp"

namespace mekiki::net {

using duration = std::chrono::steady_clock::duration;

struct endpoint {
  ip_address address;
  std::uint16_t port = 0;
};
/// "192.0.2.1:110", "[2001:db8::1]:110"
std::string format(const endpoint& e);

/// How many octets were read, or why none. No octets without an error is the
/// peer's orderly end of the stream.
struct read_result {
  std::size_t octets = 0;
  std::error_code error;
};

/// How many octets the peer's side took, or why not all of them.
struct write_result {
  std::size_t octets = 0;
  std::error_code error;
};

/// The state of a peer, seen without reading.
enum class peer_state : std::uint8_t {
  open,
  speaks,  // there is something to read
  ended,   // it sends no more than what can be read; it may still read
  gone,    // the connection is broken
};

class tls_context;  // net/tls.hpp: one side's certificates and rules

/// One TCP connection, plain or TLS. One operation at a time. Every wait has a
/// deadline; when it passes, the operation ends with std::errc::timed_out and
/// a read may be tried again. Writes that failed, and handshakes, may not.
/// Cancelling the coroutine ends a wait with
/// std::errc::operation_canceled. A stream that
/// is destroyed without `close` is aborted. The first stream makes the process
/// ignore SIGPIPE.
class stream {
 public:
  virtual ~stream() = default;

  /// Waits until there is something to read (an octet, the end, an error)
  /// without holding a buffer: what an idle session awaits.
  virtual boost::asio::awaitable<std::error_code> wait_readable(
      duration timeout) = 0;

  virtual boost::asio::awaitable<read_result> read_some(std::span<char> buffer,
                                                        duration timeout) = 0;

  /// Writes all of `octets`; the deadline counts from the last time that the
  /// peer took something, so a slow reader is not cut off while it reads.
  virtual boost::asio::awaitable<std::error_code> write(std::string_view octets,
                                                        duration timeout) = 0;

  /// Writes what the peer takes, and ends with timed_out when it took nothing
  /// for `timeout`: then it may be tried again with the octets that are left.
  virtual boost::asio::awaitable<write_result> write_some(
      std::string_view octets, duration timeout) = 0;

  /// Does not wait, and takes nothing.
  virtual peer_state look() const = 0;

  /// TLS handshake on the connection as it is, within `timeout` in all. `host`
  /// is the name (A-labels) or address that the peer's certificate must carry
  /// (client side only). On failure the connection is closed; the error is a
  /// `tls_errc` (net/tls.hpp) or the network's, and `tls_detail` says why.
  ///
  /// Octets in clear that were not read yet are never handed out later: they
  /// come where the handshake must begin, and it fails. The caller must discard
  /// those that it has read (RFC 2595 4).
  virtual boost::asio::awaitable<std::error_code> start_tls(
      tls_context& context, std::string host, duration timeout) = 0;

  virtual bool is_tls() const = 0;
  virtual endpoint local() const = 0;
  virtual endpoint peer() const = 0;
  /// Why the last TLS operation failed, for people; may be empty.
  virtual std::string tls_detail() const = 0;

  /// Ends the connection: close_notify where TLS is up, then close. Does not
  /// wait.
  virtual void close() = 0;
  /// Ends the connection so that the peer sees it was broken off (no
  /// close_notify; RST): for a mail that could not be finished.
  virtual void abort() = 0;
};

using stream_ptr = std::unique_ptr<stream>;

}  // namespace mekiki::net

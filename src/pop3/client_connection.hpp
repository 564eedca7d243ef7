// The client's connection: command lines in, answers out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "delivery/wait_observer.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "pop3/codec.hpp"
#include "pop3/counters.hpp"

namespace mekiki::pop3 {

/// Answers are written to the client once that many octets have gathered.
constexpr std::size_t flush_size = 64 << 10;

class client_connection final : public delivery::wait_observer {
 public:
  /// `count` outlives it.
  client_connection(net::stream_ptr stream, std::size_t line_limit,
                    net::duration idle_timeout, octet_counts& count)
      : stream_(std::move(stream)),
        lines_(line_limit),
        idle_timeout_(idle_timeout),
        count_(count) {}

  /// Answers gather here, and go out when no further command waits or when
  /// `flush_size` are together.
  std::string out;
  /// Called while the client reads slowly; may be null.
  delivery::wait_observer* while_slow = nullptr;

  enum class event : std::uint8_t { line, too_long, gone };
  /// The next command line, within `patience` if that is shorter than the idle
  /// timeout. Writes `out` before it waits.
  boost::asio::awaitable<event> next_line(std::string& line,
                                          net::duration patience);
  /// False if the client is gone.
  boost::asio::awaitable<bool> flush();
  boost::asio::awaitable<bool> flush_if_large();

  /// Octets that the client sent before are discarded: an attacker may have
  /// inserted them (RFC 2595 4).
  boost::asio::awaitable<std::error_code> start_tls(net::tls_context& context,
                                                    net::duration timeout);

  /// While a server is waited for: what gathered goes out, and what the client
  /// says meanwhile is read. False if it is gone, or has sent its end and wants
  /// nothing more.
  boost::asio::awaitable<bool> on_wait() override;
  /// The same, but true for a client that has sent its end: whether it is still
  /// there shows when something is sent.
  boost::asio::awaitable<bool> poll();
  bool has_ended() const { return stream_->look() == net::peer_state::ended; }
  bool wants_more() const { return !has_ended() || has_line(); }

  /// A further command has come.
  bool has_line() const { return lines_.has_line(); }
  /// The mails of the RETRs that have come already, in a row; at most `most`.
  std::vector<std::uint32_t> next_retrievals(std::size_t most) const;

  net::stream& stream() { return *stream_; }
  const net::stream& stream() const { return *stream_; }

 private:
  boost::asio::awaitable<bool> receive(net::duration patience);
  boost::asio::awaitable<bool> take(net::duration patience);

  net::stream_ptr stream_;
  line_buffer lines_;
  net::duration idle_timeout_;
  octet_counts& count_;
};

}  // namespace mekiki::pop3

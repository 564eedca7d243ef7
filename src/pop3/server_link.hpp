// The connection to the server after login: lines out, octets in, and how it
// was lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "delivery/arriving_mail.hpp"
#include "pop3/upstream.hpp"

namespace mekiki::pop3 {

class server_link {
 public:
  /// `rules` outlive it.
  server_link(std::unique_ptr<upstream> connection, const upstream_rules& rules)
      : connection_(std::move(connection)), rules_(rules) {}

  /// Called while the server is waited for; it outlives this, or is replaced.
  void observe(delivery::wait_observer& o) { connection_->observer = &o; }
  /// Called when the server did not answer in time.
  std::function<void()> on_silence;

  /// False if the server is lost.
  boost::asio::awaitable<bool> send(std::string command);

  enum class fill_result : std::uint8_t {
    filled,
    silent,
    lost,
    abandoned,  // the observer gave up; lost, too
  };
  /// Octets are waited for at most so long: `silent` has lost nothing yet.
  boost::asio::awaitable<fill_result> fill(net::duration patience);
  /// Octets are waited for, and the server is lost where none come in time.
  boost::asio::awaitable<fill_result> fill();
  /// Waits where a mail arrives faster than it is computed. False if the
  /// observer gave up; then the server is lost.
  boost::asio::awaitable<bool> wait_for(delivery::arriving_mail& mail);
  /// The next line of a response. Nothing if the server is lost.
  boost::asio::awaitable<std::optional<std::string>> next_line();

  std::string_view buffered() const { return connection_->buffered(); }
  void consume(std::size_t octets) { connection_->consume(octets); }
  /// True if the buffer holds octets that nobody asked for, other than line
  /// breaks, which do no harm.
  bool has_stray_octets();

  upstream& connection() { return *connection_; }
  bool is_waiting() const { return connection_->is_filling(); }
  net::duration patience() const { return rules_.silence_timeout; }

  /// Breaks the connection off and returns false. The first reason is kept as
  /// `why_lost`.
  bool lose(std::string why);
  const std::string& why_lost() const { return why_lost_; }
  void close() { connection_->connection().close(); }

 private:
  std::unique_ptr<upstream> connection_;
  const upstream_rules& rules_;
  std::string why_lost_;
};

}  // namespace mekiki::pop3

// Accepts connections, and starts one coroutine for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/expected.hpp"
#include "net/stream.hpp"

namespace mekiki::net {

/// Where to listen: an address, or a local socket (unix(7)).
struct place {
  endpoint at;
  std::filesystem::path path;  // of the local socket; empty: `at` counts
};
/// "127.0.0.1:8892", "[::1]:8892", "unix:/run/mekiki/milter.sock"
std::string format(const place& p);

/// 127.0.0.0/8 and ::1.
std::vector<ip_network> loopback_networks();

/// Accepts connections on one address and runs `serve` for each, until it is
/// stopped. All of it runs on the loop's one thread. Errors of a session are
/// logged, never thrown further. A connection beyond `max_sessions` is accepted
/// and closed at once. While the process has no descriptors left, accepting
/// pauses for a moment.
class listener {
 public:
  using handler = std::function<boost::asio::awaitable<void>(stream_ptr)>;

  /// Binds at once; `where.port` 0 takes a free one. The reason of a failure
  /// is a sentence that names the address.
  static expected<std::unique_ptr<listener>, std::string> bind(
      boost::asio::io_context& io, endpoint where, std::size_t max_sessions,
      handler serve);
  /// On a local socket. One that a process left behind is replaced, one that
  /// somebody answers at is not. Its mode is 0660: its group may use it, which
  /// is that of the folder where that has the setgid bit. To be called while
  /// there is one thread.
  static expected<std::unique_ptr<listener>, std::string> bind(
      boost::asio::io_context& io, const std::filesystem::path& where,
      std::size_t max_sessions, handler serve);
  /// On a socket that listens already, which becomes the listener's.
  static expected<std::unique_ptr<listener>, std::string> adopt(
      boost::asio::io_context& io, int descriptor, std::size_t max_sessions,
      handler serve);
  /// Of such a socket; port 0 if it is none.
  static endpoint address_of(int descriptor);
  /// As `stop`. Sessions may still run: who owns what they use runs `io` to its
  /// end first.
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// The address; nothing of a local socket.
  endpoint local() const;
  /// No more connections; running sessions go on.
  void close();
  /// And running sessions are cancelled: what they wait for ends with
  /// std::errc::operation_canceled, and the next co_await throws.
  void stop();
  std::size_t sessions() const;

 private:
  struct state;
  explicit listener(std::shared_ptr<state> s);
  static std::unique_ptr<listener> begin(std::shared_ptr<state> s);
  std::shared_ptr<state> state_;
};

}  // namespace mekiki::net

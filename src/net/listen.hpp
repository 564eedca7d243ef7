// Accepting connections, and the one loop everything runs on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/expected.hpp"
#include "net/stream.hpp"

namespace mekiki::net {

/// Accepts connections on one address and runs `serve` for each, until it is
/// stopped. Errors of a session are logged, never thrown further.
class listener {
 public:
  using handler = std::function<boost::asio::awaitable<void>(stream_ptr)>;

  /// Binds at once; `where.port` 0 takes a free one. The reason of a failure
  /// is a sentence that names the address.
  static expected<std::unique_ptr<listener>, std::string> bind(
      boost::asio::io_context& io, endpoint where, std::size_t max_sessions,
      handler serve);
  ~listener();

  endpoint local() const;
  /// No more connections; running sessions are cancelled.
  void stop();
  std::size_t sessions() const;

 private:
  struct state;
  explicit listener(std::shared_ptr<state> s);
  std::shared_ptr<state> state_;
};

}  // namespace mekiki::net

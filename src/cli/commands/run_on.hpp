// Runs a coroutine to its end, for commands that have nothing else to do.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace mekiki::cli {

/// `io` is the one that the resolver works on; it can be used again. Throws
/// what the coroutine throws.
template <class T>
T run_on(boost::asio::io_context& io, boost::asio::awaitable<T> work) {
  std::optional<T> out;
  boost::asio::co_spawn(io, std::move(work),
                        [&](const std::exception_ptr& e, T result) {
                          // The resolver waits for the network as long as it
                          // lives.
                          io.stop();
                          if (e)
                            std::rethrow_exception(e);
                          out = std::move(result);
                        });
  io.run();
  io.restart();
  return std::move(*out);
}

}  // namespace mekiki::cli

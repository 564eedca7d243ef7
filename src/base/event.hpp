// Something that happens once, and that one coroutine waits for.
//
// With dns/unbound_resolver and net the only user of more of Asio than
// awaitable: other modules wait through it for a thread, or for a coroutine
// that runs beside theirs.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>

namespace mekiki {

/// Copies mean the same event.
class event {
 public:
  event();

  /// It has happened. From any thread, and more than once.
  void set() const;
  bool is_set() const;

  /// Until it happens, or `most` has passed. False if it did not happen in
  /// time. By one coroutine at a time.
  boost::asio::awaitable<bool> wait(std::chrono::milliseconds most) const;

  /// Until it happens, even if whoever waits is cancelled meanwhile: he is told
  /// so at his next wait. By one coroutine at a time.
  boost::asio::awaitable<void> wait_always() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Lets all others go on that the loop has work for.
boost::asio::awaitable<void> give_way();

/// Starts coroutines that run beside the one that calls this, on its executor.
/// `failed` is told where one ends by an exception.
boost::asio::awaitable<std::function<void(boost::asio::awaitable<void>)>>
beside_me(std::function<void()> failed);

}  // namespace mekiki

// Something that happens once, and that one coroutine waits for.
//
// Below `net`, only this file and the resolver of `dns` use more of Asio than
// `awaitable`. Other modules use it to wait for a thread, or for a coroutine
// that runs beside their own.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>

namespace mekiki {

/// Copies mean the same event.
class one_shot_event {
 public:
  one_shot_event();

  /// Marks the event as happened. May be called from any thread, and more than
  /// once.
  void set() const;
  bool is_set() const;

  /// Waits until the event happens, at most for `most`. False if it did not
  /// happen in that time. One coroutine may wait at a time.
  boost::asio::awaitable<bool> wait(std::chrono::milliseconds most) const;

  /// Waits until the event happens, even if the waiting coroutine is cancelled
  /// meanwhile; its next wait reports the cancellation. One coroutine may wait
  /// at a time.
  boost::asio::awaitable<void> wait_always() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Yields: all other handlers that are ready on the loop run first.
boost::asio::awaitable<void> yield_to_others();

/// Starts coroutines that run beside the one that calls this, on its executor.
/// `failed` is called if one ends with an exception.
boost::asio::awaitable<std::function<void(boost::asio::awaitable<void>)>>
make_spawner(std::function<void()> failed);

}  // namespace mekiki

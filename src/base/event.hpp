// Something that happens once, and that one coroutine waits for.
//
// With dns/unbound_resolver and net the only user of more of Asio than
// awaitable: other modules wait through it for a thread, or for a coroutine
// that runs beside theirs.
#pragma once

#include <chrono>
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

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mekiki

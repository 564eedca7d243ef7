// Failed logins slow down the next ones, for each client's network and account.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"

namespace mekiki::pop3 {

/// After a refused login the next one has to wait: one second (or what is
/// set), and twice as long with each further failure, up to 30 seconds. Logins
/// tried at the same time wait one after another. A client without failures
/// never waits. A key is forgotten after 15 minutes without a failure; beyond
/// 10,000 keys, those with the oldest failures are forgotten.
class throttle {
 public:
  using duration = std::chrono::steady_clock::duration;

  throttle(duration first, const clock& clock) : first_(first), clock_(clock) {}

  /// A login for `key` wants to begin: how long it has to wait for its turn.
  duration attempt(const std::string& key);
  void failed(const std::string& key);
  void succeeded(const std::string& key) { entries_.erase(key); }

 private:
  struct entry {
    int failures = 0;
    steady_point last;  // failure
    steady_point next;  // the next login's turn
  };
  duration gap(const entry& e) const;
  bool is_old(const entry& e) const;
  void make_room();

  duration first_;
  const clock& clock_;
  std::unordered_map<std::string, entry> entries_;
};

}  // namespace mekiki::pop3

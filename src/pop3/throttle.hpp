// Failed logins slow down the next ones, for each client and account.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"

namespace mekiki::pop3 {

/// Doubles the delay with each failure, up to 30 seconds, and forgets after 15
/// quiet minutes. Remembers at most 10,000 keys: beyond that the ones that
/// have been quiet longest are forgotten first.
class throttle {
 public:
  using duration = std::chrono::steady_clock::duration;

  throttle(duration first, const clock& clock) : first_(first), clock_(clock) {}

  /// A login for `key` begins: how long it has to wait. It counts as failed
  /// from now on, so that many tried at once do not pass as one.
  duration attempt(const std::string& key);
  /// It came to nothing for another reason than name or password.
  void undecided(const std::string& key);
  void succeeded(const std::string& key) { entries_.erase(key); }

 private:
  duration delay(const std::string& key) const;
  struct entry {
    int failures = 0;
    steady_point last;
  };
  bool is_old(const entry& e) const;
  void make_room();

  duration first_;
  const clock& clock_;
  std::unordered_map<std::string, entry> entries_;
};

}  // namespace mekiki::pop3

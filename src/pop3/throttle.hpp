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

  /// How long the next login for `key` has to wait.
  duration delay(const std::string& key) const;
  void failed(const std::string& key);
  void succeeded(const std::string& key) { entries_.erase(key); }

 private:
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

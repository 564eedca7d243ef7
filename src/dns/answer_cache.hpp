// Answers kept for as long as the DNS says, within limits of ours.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>

#include "base/clock.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dns {

struct cache_limits {
  std::size_t octets = 16'777'216;         // about; the oldest used go first
  std::chrono::seconds min{10};            // so that a prefetch serves its mail
  std::chrono::seconds max{86'400};        // RFC 8767 4 allows seven days
  std::chrono::seconds max_negative{900};  // RFC 2308 5 recommends 1 to 3 hours
  std::chrono::seconds failure{10};        // timeout, servfail, bogus
  std::chrono::seconds silence{60};  // timeout, while others were answered
};

class answer_cache {
 public:
  answer_cache(const cache_limits& limits, const mekiki::clock& clock)
      : limits_(limits), clock_(clock) {}

  /// The cached answer, or null if there is none or it has expired.
  answer_ptr find(const question& q);

  /// `silent`: others were answered while this one was waited for, so that it
  /// is the asked domain's servers that say nothing, and not the network.
  void insert(const question& q, answer_ptr a, bool silent = false);

  void clear();

  std::size_t size() const { return entries_.size(); }

 private:
  struct entry {
    answer_ptr answer;
    steady_point end;
    std::size_t octets = 0;
    std::list<const question*>::iterator use;
  };
  using map = std::map<question, entry>;

  void erase(map::iterator at);

  cache_limits limits_;
  const mekiki::clock& clock_;
  map entries_;
  std::list<const question*> uses_;  // the last used first
  std::size_t octets_ = 0;
};

}  // namespace mekiki::dns

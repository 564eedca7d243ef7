// Whoever waits while something else works for him.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace mekiki::delivery {

/// Told while something is waited for, so that whoever else waits does not give
/// up.
class wait_observer {
 public:
  virtual ~wait_observer() = default;
  /// At least once a second. False: there is nobody to wait for any more.
  virtual boost::asio::awaitable<bool> on_wait() = 0;
};

}  // namespace mekiki::delivery

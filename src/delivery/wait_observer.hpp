// An observer that is called during a long wait.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace mekiki::delivery {

/// Called during a wait, so that it can keep other waiting parties (the client)
/// from giving up.
class wait_observer {
 public:
  virtual ~wait_observer() = default;
  /// Called at least once a second. False: nobody waits for the result any
  /// more.
  virtual boost::asio::awaitable<bool> on_wait() = 0;
};

}  // namespace mekiki::delivery

// Sleeping in a coroutine.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "net/stream.hpp"

namespace mekiki::net {

/// Resumes after `time`, or sooner when the coroutine is cancelled.
boost::asio::awaitable<void> sleep(duration time);

}  // namespace mekiki::net

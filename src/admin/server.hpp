// One connection to the administration's pages: the coroutine that joins
// socket, requests and pages.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "admin/http.hpp"
#include "admin/router.hpp"
#include "base/clock.hpp"
#include "base/ip_address.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"

namespace mekiki::admin {

struct server_settings {
  /// A whole request must arrive within this time after the answer to the one
  /// before; an answer must be sent within the same time.
  net::duration deadline = std::chrono::seconds(10);
  std::size_t requests = 100;  // on one connection
  request_limits limits;
  net::tls_context* tls = nullptr;  // not null: HTTPS
  /// Whose X-Forwarded-For is believed.
  std::vector<ip_network> proxies;
};

/// Answers requests in order, until the client closes, is late, or sends a
/// request that cannot be parsed. `pages` and `clock` outlive it.
boost::asio::awaitable<void> serve(net::stream_ptr client, const router& pages,
                                   server_settings settings,
                                   const mekiki::clock& clock);

}  // namespace mekiki::admin

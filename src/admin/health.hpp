// What a running Mekiki says of itself: for /healthz, and for the dashboard.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "admin/router.hpp"

namespace mekiki::admin {

struct health_item {
  enum class state : std::uint8_t {
    ok,
    warn,  // mail is served, and something is missing
    bad,   // mail cannot be served
  };
  std::string name;  // "border", "resolver", ...
  state how = state::ok;
  /// Which of the name's conditions it is, and the number in it: for pages,
  /// which have words of their own. "good": all is well.
  std::string code = "good";
  std::int64_t number = 0;
  std::string text;  // a sentence that says nothing secret
};
/// "ok", "warn", "bad"
std::string_view to_string(health_item::state s);

/// text/plain: the worst state, then a line for each item. 503 where one is
/// bad, else 200.
page health_page(
    std::function<boost::asio::awaitable<std::vector<health_item>>()> look);

}  // namespace mekiki::admin

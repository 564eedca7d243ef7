#include "admin/health.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace mekiki::admin {

namespace {

using look_up =
    std::function<boost::asio::awaitable<std::vector<health_item>>()>;

boost::asio::awaitable<response> tell_health(look_up look) {
  const std::vector<health_item> items = co_await look();
  auto worst = health_item::state::ok;
  std::string lines;
  for (const health_item& i : items) {
    worst = std::max(worst, i.how);
    lines += fmt::format("{}: {}, {}\n", i.name, to_string(i.how), i.text);
  }
  response r;
  r.status = worst == health_item::state::bad ? 503 : 200;
  r.body = fmt::format("{}\n{}", to_string(worst), lines);
  co_return r;
}

}  // namespace

std::string_view to_string(health_item::state s) {
  switch (s) {
    case health_item::state::ok:
      return "ok";
    case health_item::state::warn:
      return "warn";
    case health_item::state::bad:
      return "bad";
  }
  return "bad";
}

page health_page(look_up look) {
  return [look = std::move(look)](const request& /*asked*/) {
    return tell_health(look);
  };
}

}  // namespace mekiki::admin

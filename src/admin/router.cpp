#include "admin/router.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "base/log.hpp"
#include "net/connect.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;

namespace {

void complain(const request& r, const std::exception& e) {
  log::error("admin: {} cannot be shown: {}", r.path, log::quoted(e.what()));
}

asio::awaitable<response> ready(response made) { co_return made; }

}  // namespace

page at_once(std::function<response(const request&)> make) {
  return [make = std::move(make)](const request& r) { return ready(make(r)); };
}

bool router::is_ours(std::string_view host, const ip_address& local) const {
  if (const auto address = parse_ip_address(host)) {
    return net::is_loopback(*address) ||
           address->unmapped() == local.unmapped();
  }
  return host == "localhost" || std::ranges::find(names_, host) != names_.end();
}

expected<const page*, response> router::find(const request& r,
                                             const ip_address& local) const {
  if (r.host && !is_ours(*r.host, local))
    return unexpected(make_error(421));
  const auto found = pages_.find(r.path);
  if (found == pages_.end())
    return unexpected(make_error(404));
  const auto& [get, post] = found->second;
  if (get && (r.method == "GET" || r.method == "HEAD"))
    return &get;
  if (post && r.method == "POST")
    return &post;
  response refused = make_error(405);
  refused.fields = {{"Allow", !post ? "GET, HEAD"
                              : get ? "GET, HEAD, POST"
                                    : "POST"}};
  return unexpected(std::move(refused));
}

asio::awaitable<response> router::answer(const request& r,
                                         const ip_address& local) const {
  auto found = find(r, local);
  if (!found)
    co_return found.error();
  try {
    response made = co_await (**found)(r);
    co_return made;
  } catch (const boost::system::system_error& e) {
    if (e.code() == asio::error::operation_aborted)
      throw;  // the server is stopping
    complain(r, e);
  } catch (const std::exception& e) {
    complain(r, e);
  }
  co_return make_error(500);
}

}  // namespace mekiki::admin

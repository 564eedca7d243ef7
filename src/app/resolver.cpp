#include "app/resolver.hpp"

#include <utility>

#include "dns/zone_resolver.hpp"

namespace mekiki::app {

expected<std::unique_ptr<dns::resolver>, std::string> make_resolver(
    boost::asio::io_context& /*io*/, const config& /*settings*/,
    const std::filesystem::path& zone) {
  if (zone.empty()) {
    return unexpected(std::string("only --dns FILE works so far"));
  }
  auto loaded = dns::load_zone(zone);
  if (!loaded)
    return unexpected(loaded.error());
  return std::unique_ptr<dns::resolver>(std::move(*loaded));
}

}  // namespace mekiki::app

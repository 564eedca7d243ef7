#include "dns/open_resolver.hpp"

#include "dns/zone_resolver.hpp"

namespace mekiki::dns {

expected<std::unique_ptr<resolver>, std::string> open_resolver(
    boost::asio::io_context& io, const resolver_options& options,
    const clock& clock) {
  if (options.zone_file.empty()) {
    return make_unbound_resolver(io, options.unbound, clock);
  }
  auto zone = load_zone(options.zone_file);
  if (!zone)
    return unexpected(zone.error());
  return std::move(*zone);
}

}  // namespace mekiki::dns

#include "daemon/resolver.hpp"

#include <utility>

#include <fmt/format.h>

#include "dns/open_resolver.hpp"

namespace mekiki::daemon {
namespace {

// As libunbound writes it: address@port.
std::string server(const net::endpoint& e) {
  return fmt::format("{}@{}", mekiki::format(e.address), e.port);
}

}  // namespace

expected<std::unique_ptr<dns::resolver>, std::string> make_resolver(
    boost::asio::io_context& io, const config::settings& settings,
    const std::filesystem::path& zone, dns::lookup_counts* counts,
    file_reader read) {
  // How long answers hold is a matter of real time, whatever --at says.
  static const system_clock clock;
  dns::resolver_options options;
  options.zone_file = zone;
  dns::unbound_options& unbound = options.unbound;
  for (const net::endpoint& e : settings.dns.resolvers) {
    unbound.resolvers.push_back(server(e));
  }
  for (const config::stub_zone& stub : settings.dns.stubs) {
    for (const net::endpoint& e : stub.servers) {
      unbound.stubs.push_back({stub.zone, server(e)});
    }
  }
  unbound.validation = settings.dns.validation;
  unbound.trust_anchors = settings.dns.trust_anchors;
  unbound.trust_anchor_files = settings.dns.trust_anchor_files;
  unbound.deadline = settings.dns.deadline;
  unbound.counts = counts;
  unbound.read = std::move(read);
  return dns::open_resolver(io, options, clock);
}

}  // namespace mekiki::daemon

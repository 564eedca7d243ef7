// connect.hpp: which addresses and ports may be connected to.
#include <algorithm>
#include <vector>

#include "net/connect.hpp"

namespace mekiki::net {
namespace {

// From the IANA registries of special-purpose addresses: what is not globally
// reachable, and what no mail server can live on.
const std::vector<ip_network>& special_v4() {
  static const auto networks = ip_networks({
      "0.0.0.0/8",        // this network
      "10.0.0.0/8",       // private
      "100.64.0.0/10",    // shared by carriers
      "127.0.0.0/8",      // loopback
      "169.254.0.0/16",   // link-local, cloud metadata
      "172.16.0.0/12",    // private
      "192.0.0.0/24",     // IETF protocol assignments
      "192.0.2.0/24",     // documentation
      "192.88.99.0/24",   // 6to4 relays, withdrawn
      "192.168.0.0/16",   // private
      "198.18.0.0/15",    // benchmarks
      "198.51.100.0/24",  // documentation
      "203.0.113.0/24",   // documentation
      "224.0.0.0/4",      // multicast
      "240.0.0.0/4",      // reserved, broadcast
  });
  return networks;
}

// Within 2000::/3, the only space that is handed out as global unicast.
const std::vector<ip_network>& special_v6() {
  static const auto networks = ip_networks({
      "2001::/23",      // IETF protocol assignments, Teredo, ORCHID
      "2001:db8::/32",  // documentation
      "3fff::/20",      // documentation
  });
  return networks;
}

bool is_in(const ip_address& address, const char* network) {
  return parse_ip_network(network)->contains(address);
}

// The IPv4 address that begins at the octet `at` of an IPv6 address.
ip_address embedded(const ip_address& address, std::size_t at) {
  const auto& o = address.octets();
  return ip_address::v4({o[at], o[at + 1], o[at + 2], o[at + 3]});
}

}  // namespace

ip_address innermost(const ip_address& address) {
  const ip_address a = address.unmapped();
  if (is_in(a, "64:ff9b::/96"))
    return embedded(a, 12);  // NAT64
  if (is_in(a, "2002::/16"))
    return embedded(a, 2);  // 6to4
  return a;
}

bool is_public(const ip_address& address) {
  const ip_address a = innermost(address);
  if (a.is_v4())
    return !any_contains(special_v4(), a);
  return is_in(a, "2000::/3") && !any_contains(special_v6(), a);
}

bool is_loopback(const ip_address& address) {
  return is_in(address.unmapped(), "127.0.0.0/8") || is_in(address, "::1");
}

bool address_rules::allows_port(std::uint16_t port) const {
  return (high_ports && port >= 1024) ||
         std::find(ports.begin(), ports.end(), port) != ports.end();
}

bool address_rules::allows(const ip_address& address) const {
  const ip_address a = address.unmapped();
  return is_public(a) || any_contains(allowed, a);
}

}  // namespace mekiki::net

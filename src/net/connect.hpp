// Connecting to an upstream: resolve, apply the address rules, connect.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/expected.hpp"
#include "base/ip_address.hpp"
#include "dns/resolver.hpp"
#include "net/stream.hpp"

namespace mekiki::net {

/// Where connections may go. Without any `allowed` network only public
/// addresses of other machines may be connected to (docs/design.md, "No open
/// door").
struct address_rules {
  std::vector<ip_network> allowed;  // private or our own, in addition
  std::vector<std::uint16_t> ports{110, 995};
  bool high_ports = true;     // ports from 1024 on
  std::vector<endpoint> own;  // our listeners: never connected to

  bool allows_port(std::uint16_t port) const;
  bool allows(const ip_address& address) const;
};

/// True for addresses of the public Internet (not private, loopback,
/// link-local, multicast, reserved, unspecified; IANA special-purpose
/// registries, RFC 6890). An IPv6 address that carries an IPv4 one (mapped,
/// NAT64, 6to4) is public if that one is; Teredo and local NAT64 never are.
bool is_public(const ip_address& address);

/// The IPv4 address that `address` carries (mapped, NAT64, 6to4), else itself.
ip_address innermost(const ip_address& address);

/// 127.0.0.0/8, ::1, and the first as an IPv6 address.
bool is_loopback(const ip_address& address);

enum class connect_errc {
  bad_name,         // not a host name or address
  port_refused,     // the port is not allowed
  address_refused,  // it resolves only to addresses that are not allowed
  self,             // it would be ourselves
  not_found,        // the name does not exist or has no address
  dns_failed,       // the DNS gave no answer; try later
  refused,          // the host refused the connection
  unreachable,      // no route, network down, ...
  timed_out,        // no connection within the deadline
};

struct connect_error {
  connect_errc code;
  std::string detail;  // one sentence for people
};
/// True where another try may succeed.
bool is_temporary(connect_errc code);

struct connect_request {
  /// Name (U-labels allowed), IPv4, or IPv6 without brackets. A name with a
  /// final dot is complete.
  std::string host;
  std::uint16_t port = 0;
  duration timeout = std::chrono::seconds(20);  // for all addresses together
};

/// A name with fewer dots than `resolver.search()` asks for is looked up as it
/// is, and if it has no address, below each domain of that list in turn, while
/// there is time. The bare name comes first, unlike in resolv.conf(5): so names
/// in /etc/hosts are found, and a search list that a network handed out cannot
/// hide a name. Certificates are compared with the name as it was written.
///
/// Tries the addresses of `host` (IPv6 and IPv4 in turn, 8 at most) until one
/// connects; each gets its share of the time that is left. The rules are
/// applied to each address that is connected to, after resolving, and so are
/// the tests that it is not one of our own listeners, and no address of this
/// machine that is not among the allowed.
boost::asio::awaitable<expected<stream_ptr, connect_error>> connect(
    dns::resolver& resolver, const address_rules& rules,
    connect_request request);

}  // namespace mekiki::net

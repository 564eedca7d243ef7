// IPv4 and IPv6 addresses as octets, without sockets.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki {

class ip_address {
 public:
  ip_address() = default;  // 0.0.0.0

  static ip_address v4(const std::array<std::uint8_t, 4>& octets);
  static ip_address v6(const std::array<std::uint8_t, 16>& octets);

  bool is_v4() const { return v4_; }
  bool is_v6() const { return !v4_; }
  /// Network order: 4 octets used for IPv4, 16 for IPv6.
  const std::array<std::uint8_t, 16>& octets() const { return octets_; }

  /// An IPv4-mapped IPv6 address (::ffff:a.b.c.d) as the IPv4 address it
  /// carries; any other address unchanged.
  ip_address unmapped() const;

  auto operator<=>(const ip_address&) const = default;

 private:
  bool v4_ = true;
  std::array<std::uint8_t, 16> octets_{};
};

/// "192.0.2.1" or "2001:db8::1", no brackets, no zone, no leading zeros.
std::optional<ip_address> parse_ip_address(std::string_view text);
std::string format(const ip_address& address);

/// What a provider gives to a customer at the least (RFC 6177 2), who can have
/// every address in it: all of an IPv4 address, the first 64 bits of an IPv6
/// address, the others 0.
ip_address network_of_client(const ip_address& address);

/// A prefix such as 192.0.2.0/24. Host bits are ignored in `contains`.
struct ip_network {
  ip_address address;
  int prefix_length = 0;  // bits

  bool contains(const ip_address& other) const;
};

/// "192.0.2.0/24", or a bare address for a single host.
std::optional<ip_network> parse_ip_network(std::string_view text);
/// "192.0.2.0/24", with the length also where it is one address.
std::string format(const ip_network& network);

/// Each of them, all written right: for lists that stand in the code.
std::vector<ip_network> ip_networks(std::initializer_list<const char*> texts);

bool any_contains(std::span<const ip_network> networks,
                  const ip_address& address);

}  // namespace mekiki

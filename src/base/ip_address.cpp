#include "base/ip_address.hpp"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/ascii.hpp"

namespace mekiki {

ip_address ip_address::v4(const std::array<std::uint8_t, 4>& octets) {
  ip_address a;
  std::copy(octets.begin(), octets.end(), a.octets_.begin());
  return a;
}

ip_address ip_address::v6(const std::array<std::uint8_t, 16>& octets) {
  ip_address a;
  a.v4_ = false;
  a.octets_ = octets;
  return a;
}

ip_address ip_address::unmapped() const {
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0,    0,
                                                0, 0, 0, 0, 0xff, 0xff};
  if (v4_ || !std::equal(mapped.begin(), mapped.end(), octets_.begin())) {
    return *this;
  }
  return v4({octets_[12], octets_[13], octets_[14], octets_[15]});
}

ip_address network_of_client(const ip_address& address) {
  const ip_address unmapped = address.unmapped();
  if (unmapped.is_v4())
    return unmapped;
  constexpr std::size_t prefix = 8;  // octets
  std::array<std::uint8_t, 16> octets{};
  std::copy_n(unmapped.octets().begin(), prefix, octets.begin());
  return ip_address::v6(octets);
}

std::optional<ip_address> parse_ip_address(std::string_view text) {
  // inet_pton wants a final NUL; a longer text cannot be an address.
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (text.empty() || text.size() >= buffer.size())
    return std::nullopt;
  if (text.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::copy(text.begin(), text.end(), buffer.begin());

  std::array<std::uint8_t, 4> octets4{};
  if (inet_pton(AF_INET, buffer.data(), octets4.data()) == 1) {
    return ip_address::v4(octets4);
  }
  std::array<std::uint8_t, 16> octets6{};
  if (inet_pton(AF_INET6, buffer.data(), octets6.data()) == 1) {
    return ip_address::v6(octets6);
  }
  return std::nullopt;
}

std::string format(const ip_address& address) {
  const auto& octets = address.octets();
  if (address.is_v4()) {  // inet_ntop takes ten times as long
    std::string out;
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0)
        out += '.';
      if (octets[i] >= 100)
        out += static_cast<char>('0' + octets[i] / 100);
      if (octets[i] >= 10)
        out += static_cast<char>('0' + octets[i] / 10 % 10);
      out += static_cast<char>('0' + octets[i] % 10);
    }
    return out;
  }
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(AF_INET6, octets.data(), buffer.data(), buffer.size());
  return buffer.data();
}

bool ip_network::contains(const ip_address& other) const {
  if (address.is_v4() != other.is_v4())
    return false;
  const auto whole = static_cast<std::size_t>(prefix_length / 8);
  const auto& a = address.octets();
  const auto& b = other.octets();
  if (!std::equal(a.begin(), a.begin() + whole, b.begin()))
    return false;
  const int rest = prefix_length % 8;
  if (rest == 0)
    return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (a[whole] & mask) == (b[whole] & mask);
}

std::optional<ip_network> parse_ip_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address)
    return std::nullopt;
  const int most = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos)
    return ip_network{*address, most};

  const std::string_view digits = text.substr(slash + 1);
  if (digits.empty() || digits.size() > 3)
    return std::nullopt;
  int length = 0;
  for (const char c : digits) {
    if (!ascii::is_digit(c))
      return std::nullopt;
    length = length * 10 + (c - '0');
  }
  if (length > most || (digits.size() > 1 && digits[0] == '0')) {
    return std::nullopt;
  }
  return ip_network{*address, length};
}

std::vector<ip_network> ip_networks(std::initializer_list<const char*> texts) {
  std::vector<ip_network> out;
  for (const char* text : texts) out.push_back(*parse_ip_network(text));
  return out;
}

bool any_contains(std::span<const ip_network> networks,
                  const ip_address& address) {
  return std::ranges::any_of(networks, [&address](const ip_network& n) {
    return n.contains(address);
  });
}

std::string format(const ip_network& network) {
  return fmt::format("{}/{}", format(network.address), network.prefix_length);
}

}  // namespace mekiki

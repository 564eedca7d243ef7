#include "admin/forwarded.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace mekiki::admin {

namespace {

constexpr std::size_t longest_port = 5;  // digits

/// "" or ":" port
bool is_port_or_nothing(std::string_view text) {
  if (text.empty())
    return true;
  const std::string_view digits = text.substr(1);
  return text.front() == ':' && !digits.empty() &&
         digits.size() <= longest_port &&
         std::ranges::all_of(digits, ascii::is_digit);
}

std::optional<ip_address> parse_entry(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos ||
        !is_port_or_nothing(text.substr(end + 1)))
      return std::nullopt;
    const auto address = parse_ip_address(text.substr(1, end - 1));
    return address && address->is_v6() ? address : std::nullopt;
  }
  if (const auto address = parse_ip_address(text))
    return address;
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto address = parse_ip_address(text.substr(0, colon));
  return is_port_or_nothing(text.substr(colon)) ? address : std::nullopt;
}

}  // namespace

std::optional<ip_address> find_client(
    const ip_address& peer, const std::optional<std::string>& forwarded_for,
    std::span<const ip_network> proxies) {
  if (!forwarded_for || !any_contains(proxies, peer.unmapped()))
    return peer;
  std::optional<ip_address> client;
  std::string_view left = *forwarded_for;
  while (!left.empty()) {
    const std::size_t comma = left.rfind(',');
    const bool is_first = comma == std::string_view::npos;
    const std::string_view entry =
        ascii::trim(is_first ? left : left.substr(comma + 1));
    left = is_first ? std::string_view() : left.substr(0, comma);
    if (entry.empty())
      continue;
    client = parse_entry(entry);
    if (!client)
      return std::nullopt;
    client = client->unmapped();
    if (!any_contains(proxies, *client))
      break;
  }
  return client;
}

}  // namespace mekiki::admin

// Who asks, where a reverse proxy stands between.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ip_address.hpp"

namespace mekiki::admin {

/// `peer`, or, where that is one of our `proxies`, what `forwarded_for` tells:
/// the last address of X-Forwarded-For that is none of theirs; the first, if
/// all are. What stands in front of that address anybody may have written, and
/// it is not looked at. Nothing: what a proxy of ours passed on cannot be read.
///
/// An entry is an address, an IPv6 address also in brackets, each with a port
/// or without; empty ones are skipped (RFC 9110 5.6.1.2). Several fields are
/// one, joined by commas. RFC 7239's Forwarded is not read.
std::optional<ip_address> find_client(
    const ip_address& peer, const std::optional<std::string>& forwarded_for,
    std::span<const ip_network> proxies);

}  // namespace mekiki::admin

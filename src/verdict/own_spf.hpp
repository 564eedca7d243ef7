// Whether the provider's own SPF record (RFC 7208) lets a client send: then it
// is a host of the provider, or one that relays for its customers, and nobody
// can say that it came from outside.
//
// Stricter than check_host, as it must not depend on what others publish or
// senders write: only ip4, ip6, a and mx that allow, and include and redirect
// to names at or below the provider's own domains. Macros, ptr, exists and all
// never match, nor do networks of half the Internet (ip4 shorter than 8 bits,
// ip6 shorter than 16).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/ip_address.hpp"
#include "dns/resolver.hpp"

namespace mekiki::verdict {

enum class own_spf : std::uint8_t {
  silent,   // no record names the client
  allows,   // one does
  unknown,  // the DNS could not answer for now
};

/// Asks for the records of these domains (normalized), and at most 30 questions
/// in all; what would need more is not looked at.
boost::asio::awaitable<own_spf> ask_own_spf(std::vector<std::string> domains,
                                            ip_address client,
                                            dns::resolver& resolver);

}  // namespace mekiki::verdict

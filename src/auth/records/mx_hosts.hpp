// The hosts that take a domain's mail, and the reverse names of their addresses
// (RFC 5321 5.1, RFC 7505, RFC 1912 2.1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/records/finding.hpp"
#include "base/ip_address.hpp"
#include "dns/resolver.hpp"

namespace mekiki::records {

/// What the reverse DNS says of an address.
struct reverse_name_facts {
  ip_address address;
  std::vector<std::string> names;
  /// Whether one of the names leads back to the address; none: not known.
  std::optional<bool> confirmed;
};

struct mx_host {
  std::uint16_t preference = 0;
  std::string name;
  bool is_address = false;  // a name that is written like an address
  bool is_alias = false;    // it has a CNAME (RFC 2181 10.3)
  dns::status status = dns::status::success;  // of its addresses
  std::vector<reverse_name_facts> addresses;
};

struct mx_facts {
  dns::status status = dns::status::success;  // of the question for MX
  /// Whether the domain itself has an address, which stands in for MX.
  bool implicit = false;
  bool null = false;           // ".": the domain takes no mail (RFC 7505)
  std::vector<mx_host> hosts;  // by preference

  bool receives() const { return !hosts.empty() || (implicit && !null); }
};

/// Looks at the first 10 hosts, and at 4 addresses and 4 names of each. A zone
/// that holds no part of the reverse tree says nothing of reverse names.
/// `domain` is normalized.
boost::asio::awaitable<mx_facts> read_mx(std::string domain,
                                         dns::resolver& resolver);

std::vector<finding> judge_mx(const std::string& domain, const mx_facts& mx);

}  // namespace mekiki::records

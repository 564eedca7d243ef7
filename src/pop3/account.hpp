// Login names: which mailbox at which upstream is meant, by the name
// alone or by the routes of the settings (docs/design.md, "Account names").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"

namespace mekiki::pop3 {

/// How a connection to an upstream is protected.
enum class protection {
  tls,    // TLS from the first octet (port 995)
  stls,   // STLS before anything else (port 110)
  clear,  // none; only to hosts that the settings allow
};
std::string_view to_string(protection p);

/// A rule of the settings for login names that match `pattern`, where "*"
/// stands for any octets. A pattern without "%" never matches a name with one,
/// so that "*" cannot catch names that say their host themselves.
struct route {
  std::string pattern;
  std::string host;  // empty: the host in the name
  std::optional<std::uint16_t> port;
  std::optional<protection> with;
  bool local_part_only = false;  // log in as what stands before the "@"
};

/// How the client came: it decides how the upstream is reached.
enum class client_leg {
  clear,         // the POP3 port, without TLS
  stls,          // the POP3 port, STLS was used
  implicit_tls,  // the POP3S port
};

/// One mailbox, and how to reach it.
struct target {
  std::string user;
  std::string host;  // lower-case name, IPv4 or IPv6 address without brackets
  std::uint16_t port = 0;
  protection with = protection::tls;
  /// The host was named with a final dot: the search list is ignored.
  bool host_is_complete = false;
};

/// The account's name however the login was spelled (verdict::mailbox_name),
/// and whether the client came over TLS or not: "user%host", with ":port" if
/// that is not 110 or 995.
std::string account_id(const target& t);

/// USER%HOST[:PORT], split at the last "%"; HOST may be [IPv6]. A name without
/// "%" needs a route. The error is a sentence for the user that shows the
/// right form. CR, LF and NUL are refused.
expected<target, std::string> find_target(std::string_view login,
                                          client_leg leg,
                                          const std::vector<route>& routes);

}  // namespace mekiki::pop3

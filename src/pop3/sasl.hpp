// The SASL mechanisms that can pass through a proxy (RFC 5034): the client's
// message is read, its name rewritten, and the rest handed on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/secret.hpp"

namespace mekiki::pop3 {

enum class mechanism {
  plain,        // RFC 4616: a name and a password
  xoauth2,      // Google's: a name and a bearer token
  oauthbearer,  // RFC 7628: a name and a bearer token
};
std::optional<mechanism> parse_mechanism(std::string_view name);
std::string_view to_string(mechanism m);

/// What a client logs in with. With `plain` (and after USER and PASS) the
/// secret is the password; otherwise it is the whole decoded client message,
/// whose name `rewrite` replaces.
struct credentials {
  mechanism how = mechanism::plain;
  std::string login;  // as the client wrote it, with its %HOST
  mekiki::secret secret;
  bool by_auth = false;  // the client said AUTH, and not USER and PASS
  /// The network that the client comes from: what its logins make us remember
  /// of servers is bounded for each. Set where a session is known.
  std::string client = {};
};

/// Decodes a client's message. Refused with a sentence: bad base64, a name
/// that is missing, CR, LF or NUL in name, password or token, and an
/// authorization identity that is not the name itself (acting for another
/// mailbox). (RFC 7628 3.1 allows CR and LF in values; no client sends them.)
expected<credentials, std::string> parse_sasl(mechanism how,
                                              std::string_view base64);

/// The client's message for the upstream, in base64, with `user` as its name.
secret with_user(const credentials& c, std::string_view user);

}  // namespace mekiki::pop3

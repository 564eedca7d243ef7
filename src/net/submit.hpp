// One mail to one recipient, handed to a smarthost: SMTP submission (RFC 6409)
// over TLS (RFC 3207, RFC 8314) with a login (RFC 4954), by libcurl.
//
// The return path is empty (RFC 5321 4.5.5): nobody wants a bounce of a
// warning. A login goes over verified TLS only, by PLAIN or LOGIN only. No
// proxy, .netrc or other protocol of libcurl's is ever used; names are resolved
// by the system, not by our resolver.
//
// What libcurl does not do: it never says BODY=8BITMIME (RFC 6152), so a mail
// should be ASCII. Octets above 0x7f go out as they are.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/secret.hpp"
#include "net/tls.hpp"

namespace mekiki::net {

enum class submit_tls {
  starttls,  // and nothing without it
  tls,       // from the first octet
  clear,     // for a relay on the same machine: to a loopback address alone
};

struct smarthost {
  std::string host;  // name, IPv4, or IPv6 without brackets
  std::uint16_t port = 587;
  submit_tls with = submit_tls::starttls;
  /// Whose authorities vouch for the host. Null only with `clear`.
  std::unique_ptr<tls_context> tls;

  std::string own_name;  // for EHLO: a host name
  std::string user;      // empty: no login
  secret password;       // libcurl's copy of it is freed, but not wiped

  std::chrono::milliseconds connect_timeout{std::chrono::seconds(30)};
  std::chrono::milliseconds timeout{std::chrono::minutes(5)};  // for it all
};

struct submit_failure {
  /// The server refused this mail or recipient permanently (5xx), or Mekiki
  /// did. Whatever an administrator can mend (the network, TLS, the login, a
  /// server that refuses every mail of ours) is temporary.
  bool permanent = false;
  std::string reason;  // a sentence without final stop, printable ASCII
};

/// local-part@domain in at most 320 graphic ASCII characters without < and >:
/// what can stand in a command.
bool is_recipient(std::string_view text);

/// Called after each step, with a sentence like `reason`.
using submit_observer = std::function<void(std::string_view step)>;

/// Sends `mail`, octets with lines that end in CRLF and nothing else. Blocks;
/// for a worker thread. Setting `stop` ends it within about a second, unless
/// the mail was accepted already. SIGPIPE must be ignored.
///
/// What is not is_recipient is refused before anything is sent.
expected<void, submit_failure> submit(const smarthost& to,
                                      std::string_view recipient,
                                      std::string_view mail,
                                      const std::atomic<bool>& stop,
                                      const submit_observer& observe = {});

}  // namespace mekiki::net

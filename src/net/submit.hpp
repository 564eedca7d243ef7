// One mail to one recipient, handed to a smarthost: SMTP submission (RFC 6409)
// over TLS (RFC 3207, RFC 8314) with a login (RFC 4954).
//
// The return path is empty (RFC 5321 4.5.5): nobody wants a bounce of a
// warning. A login goes over verified TLS only, by PLAIN or LOGIN only.
//
// What it does not do: PIPELINING (RFC 2920), and SMTPUTF8 (RFC 6531), which
// addresses and header fields in ASCII do not need. Where the server does not
// list 8BITMIME (RFC 6152), octets above 0x7f go out as they are.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "base/secret.hpp"
#include "dns/resolver.hpp"
#include "net/connect.hpp"
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
  secret password;

  /// For the connection, and for the TLS handshake.
  std::chrono::milliseconds connect_timeout{std::chrono::seconds(30)};
  std::chrono::milliseconds timeout{std::chrono::minutes(5)};  // for it all
};

struct submit_failure {
  /// The server refused this mail or this recipient for good (5xx), or we did.
  /// Whatever an administrator can mend (the network, TLS, the login, a server
  /// that refuses every mail of ours) is temporary. So is a connection that is
  /// lost while the server may already have the mail: sent again, it may arrive
  /// twice.
  bool permanent = false;
  std::string reason;  // a sentence without final stop, printable ASCII
};

/// local-part@domain in at most 320 graphic ASCII characters without < and >:
/// what can stand in a command.
bool is_recipient(std::string_view text);

/// Told each step that is done, as a sentence like `reason`.
using submit_observer = std::function<void(std::string_view step)>;

struct submit_services {
  dns::resolver& resolver;
  const mekiki::clock& clock;
  /// In tests what stands in for it.
  std::function<boost::asio::awaitable<expected<stream_ptr, connect_error>>(
      dns::resolver& resolver, const address_rules& rules,
      connect_request request)>
      connect = net::connect;
};

/// Sends `mail`, octets with lines that end in CRLF and nothing else, and says
/// so only after the server's 2xx to all of it. Cancelling the coroutine ends
/// it, unless the mail was accepted already. All arguments outlive it.
///
/// What is not is_recipient is refused before anything is sent.
boost::asio::awaitable<expected<void, submit_failure>> submit(
    const smarthost& to, std::string_view recipient, std::string_view mail,
    const submit_services& with, const submit_observer& observe);

}  // namespace mekiki::net

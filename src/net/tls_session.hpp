// One TLS session on a socket, and OpenSSL's words for what went wrong in it
// made into sentences. Not for use outside `net`.
#pragma once

#include <string>
#include <system_error>

#include "net/tls.hpp"

struct ssl_st;
struct stack_st_X509;

namespace mekiki::net {

/// A new session on a connected socket. On the client side the peer must
/// carry `host`, a name (A-labels) or address. Null if that cannot be set.
ssl_st* new_tls_session(const tls_context& context, int fd,
                        const std::string& host);

struct tls_failure {
  tls_errc code;
  std::string detail;  // one sentence for people, printable ASCII, no dot
};

/// Why the last call on `ssl` failed; reads OpenSSL's error queue. `host` is
/// the name that was asked for, or "".
tls_failure explain_tls_failure(const ssl_st* ssl, const std::string& host);

/// Why the certificates that the peer of `host` showed, its own first, do not
/// verify, as tls_failure::detail. `verify_result` is an X509_V_ERR_*.
std::string explain_certificate(const stack_st_X509* chain, long verify_result,
                                const std::string& host);

}  // namespace mekiki::net

// TLS for both sides, and the certificates it needs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/expected.hpp"

struct ssl_ctx_st;

namespace mekiki::net {

/// Why a handshake, or reading and writing after it, failed. The sentence for
/// people is in `stream::tls_detail`.
enum class tls_errc {
  certificate = 1,  // the peer's certificate is not what it must be
  refused,          // the peer does not accept our certificate
  protocol,         // anything else: no TLS there, no version in common, ...
  truncated,        // the connection ended without close_notify
};
std::error_code make_error_code(tls_errc e);

/// A PEM file, or its text where somebody else has read it; the name is for the
/// reasons of failures. The text outlives this.
struct pem_source {
  pem_source(std::filesystem::path name,  // NOLINT: implicit
             std::optional<std::string_view> octets = {})
      : file(std::move(name)), text(octets) {}
  std::filesystem::path file;
  std::optional<std::string_view> text;  // nothing: that of the file
};

/// One side's certificates and rules, shared by its connections, which keep
/// what they need of it. TLS 1.2 and newer; no session resumption (it would
/// hold memory for every client), no renegotiation.
class tls_context {
 public:
  enum class side { client, server };

  /// For listeners: certificate chain and key.
  static expected<std::unique_ptr<tls_context>, std::string> make_server(
      const pem_source& chain, const pem_source& key);

  /// For upstreams: the peer's certificate must chain to the system's
  /// authorities, or to those of `extra_ca` (a PEM file; may be empty), and
  /// carry the host's name.
  static expected<std::unique_ptr<tls_context>, std::string> make_client(
      const std::filesystem::path& extra_ca);
  static expected<std::unique_ptr<tls_context>, std::string> make_client_with(
      const std::vector<pem_source>& authorities);

  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// Connections that begin from now on use the other's certificates and
  /// rules; running ones keep theirs.
  void take_from(tls_context& other) { std::swap(context_, other.context_); }

  ssl_ctx_st* native() const { return context_; }
  side which() const { return side_; }
  /// Until when its own certificate is valid (Unix seconds); nothing where it
  /// has none.
  std::optional<std::int64_t> valid_until() const;
  /// Whether both have the same certificate of their own.
  bool has_certificate_of(const tls_context& other) const;

 private:
  tls_context(ssl_ctx_st* context, side s) : context_(context), side_(s) {}
  ssl_ctx_st* context_;
  side side_;
};

/// The file and the folder of the system's authorities, as OpenSSL finds them;
/// make_client's contexts look into the folder whenever a peer is verified.
std::vector<std::filesystem::path> system_authorities();

/// Our own certificate authority and server certificate in `directory`
/// (mode 0700): ca.pem, ca-key.pem, server.pem, server-key.pem. Made when
/// absent; the server certificate is renewed from the same authority when it
/// is about to expire or lacks one of the names.
///
/// The authority signs for servers only, and only for the names and addresses
/// that were known when it was made (RFC 5280 4.2.1.10): whoever steals its key
/// can be no other host to those who trust it. One that an earlier version made
/// has no such bounds and goes on working.
struct own_certificates {
  std::filesystem::path ca;     // what clients import
  std::filesystem::path chain;  // server certificate and CA
  std::filesystem::path key;
  std::string ca_sha256;    // fingerprint, "AB:CD:..."
  bool is_bounded = false;  // the authority: see above
  /// Of this host: the authority may not vouch for them, as it was made when
  /// they were others. The certificate does without.
  std::vector<std::string> left_out;
};

/// Host names (A-labels) and IP addresses.
struct host_names {
  /// In the certificate where the authority may vouch for them.
  std::vector<std::string> own;
  /// Not in it; a new authority may vouch for them later on.
  std::vector<std::string> possible;
};

/// `names` are host names (A-labels) and IP addresses for the subjectAltName,
/// of which each must be possible. The authority is made anew 13 months before
/// its end, and then has to be imported again; it is never replaced because it
/// cannot be read. The reason of a failure is a sentence.
expected<own_certificates, std::string> ensure_certificates(
    const std::filesystem::path& directory,
    const std::vector<std::string>& names, const clock& clock,
    const host_names& host = {});

/// Removes the authority and what it issued, so that ensure_certificates makes
/// another.
expected<void, std::string> forget_certificates(
    const std::filesystem::path& directory);

}  // namespace mekiki::net

template <>
struct std::is_error_code_enum<mekiki::net::tls_errc> : std::true_type {};

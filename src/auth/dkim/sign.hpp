// Signing (RFC 6376 section 5), and the key record that goes with it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dkim/canonical.hpp"
#include "auth/dkim/errc.hpp"
#include "base/expected.hpp"
#include "crypto/digest.hpp"
#include "crypto/private_key.hpp"
#include "message/header.hpp"

namespace mekiki::dkim {

struct sign_options {
  canonicalization header = canonicalization::relaxed;
  canonicalization body = canonicalization::relaxed;
  /// RSA only; Ed25519 always takes SHA-256. SHA-1 is for tests.
  crypto::hash_algorithm hash = crypto::hash_algorithm::sha256;

  /// Fields to sign where the mail has them, each as often as it occurs.
  std::vector<std::string> fields{"From",
                                  "Reply-To",
                                  "Subject",
                                  "Date",
                                  "To",
                                  "Cc",
                                  "Message-ID",
                                  "In-Reply-To",
                                  "References",
                                  "MIME-Version",
                                  "Content-Type",
                                  "Content-Transfer-Encoding",
                                  "List-Id",
                                  "List-Unsubscribe",
                                  "List-Unsubscribe-Post"};
  /// Fields to name once more than they occur, so that none can be added; Date
  /// and Message-ID only where the mail has them.
  std::vector<std::string> oversigned{"From", "Reply-To", "Subject",     "Date",
                                      "To",   "Cc",       "Content-Type"};

  std::optional<std::uint64_t> length;     // l=
  std::optional<std::int64_t> signed_at;   // t=, Unix seconds
  std::optional<std::int64_t> expires_at;  // x=
  std::string identity;                    // i=, not encoded; empty: none
};

/// One mail whose octets arrive in pieces (as on the wire, lines ending in
/// CRLF), for any number of signatures: its body is hashed once.
class mail_signer {
 public:
  explicit mail_signer(sign_options options);
  ~mail_signer();
  mail_signer(mail_signer&&) noexcept;
  mail_signer& operator=(mail_signer&&) noexcept;

  void write(std::string_view octets);
  /// After the last octet, before the first `sign`.
  void finish();

  /// Fields of that name are not signed by what `sign` makes from now on, as
  /// somebody will change them on the way.
  void leave_out(std::string_view name);

  /// The header; empty if it is longer than a signature can be made for.
  const message::header_view& header() const;

  /// A DKIM-Signature field, with its name and final CRLF: to be put on top.
  /// Errors are those of a signature that would not verify: `domain`,
  /// `selector`, `identity`, `timestamp`, ...; `malformed_mail` for a mail
  /// without From or with a header that is too long, `body_too_short` for an
  /// l= beyond the body, `key_unusable`.
  expected<std::string, errc> sign(std::string_view domain,
                                   std::string_view selector,
                                   const crypto::private_key& key) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The same for a mail that is there as a whole.
expected<std::string, errc> sign(std::string_view mail, std::string_view domain,
                                 std::string_view selector,
                                 const crypto::private_key& key,
                                 const sign_options& options = {});

/// The text to publish as a TXT record at SELECTOR._domainkey.DOMAIN.
std::string format_key_record(const crypto::private_key& key);

}  // namespace mekiki::dkim

// Sealing (RFC 8617 5.1): the next ARC set of a mail.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/arc/errc.hpp"
#include "auth/result.hpp"
#include "base/expected.hpp"
#include "crypto/private_key.hpp"

namespace mekiki::arc {

struct seal_options {
  /// Fields to sign where the mail has them, each as often as it occurs. None
  /// may be of ARC (4.1.2).
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
                                  "List-Unsubscribe-Post",
                                  "DKIM-Signature"};
  std::optional<std::int64_t> sealed_at;  // t=, Unix seconds
};

/// The fields of the next set for `mail` (octets as on the wire, lines ending
/// in CRLF), newest on top: to be put before it. `chain` is what validating
/// the mail gave; cv= becomes none if it has no set yet, pass if `chain` is
/// that, else fail. `results` is the value of an Authentication-Results field
/// that holds all of our results, folds and all.
///
/// Errors: `broken_before` if the newest seal has said so already (nothing may
/// be added to such a chain), `too_many_sets`; `syntax` for results that are
/// not one field; `message_signature` or `seal` if that one could not be read
/// back (domain, selector, field names) or made; and for a chain that is said
/// to pass, what is wrong with its structure.
expected<std::string, errc> seal(std::string_view mail, auth::result chain,
                                 std::string_view results,
                                 std::string_view domain,
                                 std::string_view selector,
                                 const crypto::private_key& key,
                                 const seal_options& options = {});

}  // namespace mekiki::arc

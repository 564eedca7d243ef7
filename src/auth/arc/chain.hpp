// The ARC sets of a header, and the rules of their structure (RFC 8617 4.1,
// 5.2 steps 1 to 3).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/arc/errc.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/signature.hpp"
#include "auth/result.hpp"
#include "crypto/digest.hpp"
#include "message/header.hpp"

namespace mekiki::arc {

constexpr std::size_t max_sets = 50;           // RFC 8617 4.2.1
constexpr std::size_t max_octets = 256 << 10;  // of all ARC fields

/// The three fields of one instance. Borrows the header.
struct set_view {
  const message::field_view* results = nullptr;  // ARC-Authentication-Results
  const message::field_view* message = nullptr;  // ARC-Message-Signature
  const message::field_view* seal = nullptr;     // ARC-Seal

  std::string_view results_text;  // of `results`, what follows "i=N;"
  dkim::signature_reading message_claims;
  dkim::signature_reading seal_claims;
  std::optional<auth::result> chain_status;  // cv=: none, pass or fail
};

struct chain_view {
  errc code = errc::ok;      // `no_chain`, or what is wrong with the structure
  std::size_t instance = 0;  // at which it is wrong; 0 if that is not known
  std::size_t newest = 0;    // the highest i= of any field
  /// In order of instances, 1 first; only if each is there and complete.
  std::vector<set_view> sets;
  /// Else the newest one that is complete, behind those that its seal covers:
  /// none if it is the first or says cv=fail. Empty if one of these is not
  /// complete.
  std::vector<set_view> last;

  /// The sets whose newest seal can be checked, whatever is wrong.
  const std::vector<set_view>& standing() const {
    return sets.empty() ? last : sets;
  }
};

/// Linear in the fields read. What a signature field says is not judged here:
/// see the `error` in its claims.
chain_view read_chain(const dkim::field_index& fields);

/// The octets that the seals of a chain cover (5.1.1), canonical, made once.
/// Borrows the sets.
class sealed_octets {
 public:
  explicit sealed_octets(const std::vector<set_view>& sets);

  /// What the seal of set `index` (0 for i=1) signs: all sets up to its own,
  /// or its own alone if it says cv=fail (5.1.2).
  crypto::digest hash(std::size_t index) const;

 private:
  struct range {
    std::size_t begin = 0;  // of the set
    std::size_t seal = 0;   // of its seal
  };

  const std::vector<set_view>& sets_;
  std::string octets_;
  std::vector<range> ranges_;
};

}  // namespace mekiki::arc

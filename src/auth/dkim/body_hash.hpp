// All hashes of one body that a mail's signatures ask for, taken in one pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "auth/dkim/canonical.hpp"
#include "crypto/digest.hpp"

namespace mekiki::dkim {

/// A signature's demand: c=, the hash of a=, and l= (RFC 6376 3.7).
struct body_hash_request {
  canonicalization mode = canonicalization::simple;
  crypto::hash_algorithm algorithm = crypto::hash_algorithm::sha256;
  std::uint64_t length = std::numeric_limits<std::uint64_t>::max();  // whole
};

/// One canonicalization for each mode that is asked for, one running hash for
/// each mode and algorithm; for each length, the running hash's value at that
/// point is noted. So the work does not grow with the number of signatures.
class body_hasher {
 public:
  /// To be called before the first octet.
  void request(const body_hash_request& wanted);

  void write(std::string_view octets);
  void finish();

  // After `finish`, for what was requested.

  /// Nothing if the canonical body is shorter than the length asked for.
  std::optional<crypto::digest> hash(const body_hash_request& wanted) const;
  /// Octets of the canonical body.
  std::uint64_t octets(canonicalization mode) const;

 private:
  struct note {
    std::uint64_t length = 0;
    std::optional<crypto::digest> hash;
  };

  struct running_hash {
    crypto::hash_algorithm algorithm;
    crypto::hasher hasher;
    std::vector<note> notes;  // by length, without repetition
    std::size_t next = 0;     // the first note that is not yet taken
  };

  /// One mode's canonical octets.
  class canonical_body final : public octet_sink {
   public:
    explicit canonical_body(canonicalization mode) : canonicalizer(mode) {}
    void write(std::string_view octets) override;
    void finish();

    body_canonicalizer canonicalizer;
    std::vector<running_hash> hashes;
    std::uint64_t octets = 0;
  };

  // simple, relaxed
  std::array<std::optional<canonical_body>, 2> bodies_;
};

}  // namespace mekiki::dkim

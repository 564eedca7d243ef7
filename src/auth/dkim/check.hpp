// What key records say about a signature (RFC 6376 6.1.2, 6.1.3), for DKIM and
// ARC alike. Decides only; the answers of the DNS are in hand.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "auth/dkim/body_hash.hpp"
#include "auth/dkim/errc.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/signature.hpp"
#include "auth/dkim/verify.hpp"
#include "base/clock.hpp"
#include "crypto/digest.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dkim {

/// One key's answer to a signature.
struct key_outcome {
  errc code = errc::no_key;
  std::string detail;
  int bits = 0;
  bool testing = false;
  bool header_fits = false;  // signed_hashes::header_anyway
};

/// What a signature covers, taken at most once and only if a key is at hand.
struct signed_hashes {
  std::function<errc()> body;  // ok, or what is wrong with the body
  std::function<crypto::digest()> header;
  /// Also verifies the signature over the header where the hash of the body
  /// does not fit (6.1.3 asks for no order). That makes nothing pass, and costs
  /// what a signature costs whose body fits: no sender gains by it.
  bool header_anyway = false;
};

/// RFC 6376 3.5, t= and x=: `ok`, `in_future` or `expired`.
errc check_time(const signature& claims, time_point at, time_point now,
                std::chrono::seconds skew);

/// RFC 6376 6.1.3, bh=: `ok`, `body_hash` or `body_too_short`. The hash must
/// have been requested, and the body finished.
errc check_body_hash(const signature& claims, const body_hasher& body);

/// The outcome of the first key that verifies the signature, or else of the
/// first that was meant to be a key.
key_outcome check_keys(const signature& claims, const dns::answer& answer,
                       key_cache& keys, const verify_options& options,
                       const signed_hashes& hashes);

/// The octets of all key records: a measure of the cost of trying them.
std::size_t octets_of_keys(const dns::answer& answer);

/// Makes the result of a DKIM signature. `body_octets` is the length of the
/// canonical body, where it was hashed.
signature_result conclude(signature claims, const key_outcome& outcome,
                          bool authentic_key,
                          std::optional<std::uint64_t> body_octets);

}  // namespace mekiki::dkim

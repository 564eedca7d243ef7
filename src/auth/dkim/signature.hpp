// The DKIM-Signature field (RFC 6376 3.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dkim/body_hash.hpp"
#include "auth/dkim/canonical.hpp"
#include "auth/dkim/tag_list.hpp"
#include "crypto/digest.hpp"
#include "crypto/public_key.hpp"

namespace mekiki::dkim {

/// The tags of a signature, decoded.
struct signature {
  // a=
  std::string algorithm;  // lower case; empty if it is no word
  crypto::key_type key_type = crypto::key_type::rsa;
  crypto::hash_algorithm hash = crypto::hash_algorithm::sha256;

  std::string octets;        // b=
  std::string octets_start;  // the first 8 characters of b= (RFC 6008)
  std::size_t b_offset = 0;  // where the text of b= begins in the field's value
  std::size_t b_size = 0;    // and how long it is, white space included

  std::string body_hash;                               // bh=
  canonicalization header = canonicalization::simple;  // c=
  canonicalization body = canonicalization::simple;
  std::string domain;               // d=, A-labels in lower case
  std::string selector;             // s=, A-labels in lower case
  std::vector<std::string> fields;  // h=, lower case, in order
  std::string identity;         // i=, decoded, or "@" and d=; empty if wrong
  std::string identity_domain;  // its domain, A-labels in lower case
  std::optional<std::uint64_t> length;     // l=
  std::optional<std::int64_t> signed_at;   // t=
  std::optional<std::int64_t> expires_at;  // x=

  /// The body hash that bh= is compared with.
  body_hash_request body_hash_wanted() const;
};

/// A field's value, read as far as it can be.
struct signature_reading {
  signature claims;
  /// The first thing that is wrong, version first (RFC 6376 6.1.1). What is
  /// right is in `claims` even so.
  std::optional<parse_error> error;
};

/// Which field a signature stands in, and so which tags it has: those of
/// DKIM-Signature, of ARC-Message-Signature (RFC 8617 4.1.2: no v=, i= is no
/// identity, h= need not name From and may be empty, relaxed/relaxed where c=
/// is absent), or of ARC-Seal (4.1.3: a=, b=, d=, s=, t=). Of the two latter
/// i= and cv= are left to the caller.
enum class signature_kind : std::uint8_t { dkim, arc_message, arc_seal };

/// Reads the value of a DKIM-Signature field. Limit: 1,000 names in h=. Large
/// numbers in l=, t= and x= stand for the largest that the type holds.
signature_reading parse_signature(std::string_view field_value);

/// The same for the tags of any kind of signature, read from `field_value`.
signature_reading read_signature(std::string_view field_value,
                                 const tag_list_view& tags,
                                 signature_kind kind);

}  // namespace mekiki::dkim

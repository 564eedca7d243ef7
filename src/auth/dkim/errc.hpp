// Everything that can be said about one signature, and the word of RFC 8601
// that it means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auth/result.hpp"

namespace mekiki::dkim {

enum class errc : std::uint8_t {
  /// The signature verified.
  ok,

  // The signature field (RFC 6376 3.5, 6.1.1).
  /// Not a tag list (3.2), or longer than a limit allows.
  syntax,
  /// A tag occurs twice.
  duplicate_tag,
  /// A required tag is missing.
  missing_tag,
  /// v= is not 1.
  version,
  /// a= names an algorithm that is not known.
  algorithm,
  /// b= or bh= is not base64, or bh= has another length than the hash.
  encoding,
  /// c= is not one of the canonicalizations.
  canonicalization,
  /// d= is not a domain name.
  domain,
  /// h= is empty, or holds something that is not a field name.
  header_list,
  /// h= does not name From.
  from_not_signed,
  /// i= is not an identity.
  identity,
  /// The domain of i= is neither d= nor below it.
  identity_outside,
  /// l= is not a number of octets.
  length,
  /// q= has no query method that is known.
  query_method,
  /// s= is not a selector.
  selector,
  /// t= or x= is not a time, or x= is not after t=.
  timestamp,

  // The mail and the rules of the receiver.
  /// From is missing, or holds no address (3.8).
  malformed_mail,
  /// The header holds a line that is no field, or a bare CR: some clients end
  /// it there and show what follows as the text of the mail (RFC 6376 3.8).
  malformed_header,
  /// More signatures than are looked at.
  too_many,
  /// rsa-sha1 (RFC 8301 3.1).
  weak_algorithm,
  /// The RSA key is shorter than 1024 bits (RFC 8301 3.2).
  weak_key,
  /// t= lies in the future.
  in_future,
  /// x= has passed.
  expired,

  // The key (6.1.2).
  /// There is no key record.
  no_key,
  /// The name of the key cannot be asked for.
  key_name,
  /// The DNS gave no answer for now.
  key_unavailable,
  /// The answer failed DNSSEC validation.
  key_bogus,
  /// The key record cannot be understood.
  key_syntax,
  /// v= of the key record is not DKIM1.
  key_version,
  /// v= is not the first tag of the record.
  key_version_place,
  /// p= is empty: the key is revoked.
  key_revoked,
  /// k= is not a type of key that is known.
  key_type_unknown,
  /// p= is not a key, or none that can be used.
  key_unusable,
  /// The key is of another type than a= says.
  key_type_mismatch,
  /// h= of the key does not allow the hash of a=.
  key_hash,
  /// s= of the key does not allow e-mail.
  key_service,
  /// t=s, and the domain of i= is not d=.
  key_identity,

  // The hashes (6.1.3).
  /// The body is shorter than l= says.
  body_too_short,
  /// The body is not the one that was signed.
  body_hash,
  /// The header is not the one that was signed, or the key not the signer's.
  signature,
};

/// How many enumerators there are.
constexpr std::size_t errc_count =
    static_cast<std::size_t>(errc::signature) + 1;

/// The code for other programs: the enumerator's name.
std::string_view to_string(errc e);
/// What it means in the words of RFC 8601 2.7.1.
auth::result to_result(errc e);
/// One English sentence without final stop, for people.
std::string_view describe(errc e);

}  // namespace mekiki::dkim

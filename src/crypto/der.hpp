// As much DER (X.690) as an RSA public key needs: SEQUENCE, INTEGER,
// BIT STRING, OBJECT IDENTIFIER, definite lengths.
#pragma once

#include <optional>
#include <string_view>

namespace mekiki::crypto {

/// The numbers of an RSA public key, big-endian without leading zeros. Views
/// into the octets they were read from.
struct rsa_numbers_view {
  std::string_view modulus;
  std::string_view exponent;
};

/// Reads an RSAPublicKey (RFC 8017 A.1.1), bare or within a
/// SubjectPublicKeyInfo (RFC 5280 4.1): RFC 6376 3.6.1 names the first, the
/// world publishes the second. Nothing for anything else: another algorithm,
/// a length that is not the shortest form, a negative number, octets left
/// over.
std::optional<rsa_numbers_view> read_rsa_public_key(std::string_view der);

}  // namespace mekiki::crypto

// Keys that verify: RSA (PKCS #1 v1.5, RFC 8017 8.2.2) and Ed25519 (RFC 8032).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/expected.hpp"
#include "crypto/digest.hpp"

struct evp_pkey_st;
struct evp_pkey_ctx_st;

namespace mekiki::crypto {

enum class key_type : std::uint8_t { rsa, ed25519 };

enum class key_errc : std::uint8_t {
  malformed,    // not the encoding of such a key
  bad_numbers,  // an RSA modulus or exponent that no real key has
  too_long,     // an RSA key that costs too much to check
  unsupported,  // a private key that is neither RSA nor Ed25519
  failed,       // the library could not make or use the key
};
/// One English phrase for people.
std::string_view describe(key_errc e);

/// Ready to verify as often as wanted. Not for use by several threads at once.
class public_key {
 public:
  /// RSA from DER: SubjectPublicKeyInfo or bare RSAPublicKey. Refuses a
  /// modulus of more than 16384 bits, and public exponents that are even, 1,
  /// or longer than 64 bits (the cost of a check grows with them; real keys
  /// have 3 or 65537).
  static expected<public_key, key_errc> rsa(std::string_view der);
  /// Ed25519 from its 32 octets.
  static expected<public_key, key_errc> ed25519(std::string_view octets);

  ~public_key();
  public_key(public_key&& other) noexcept;
  public_key& operator=(public_key&& other) noexcept;

  key_type type() const { return type_; }
  /// The modulus of an RSA key; 256 for Ed25519.
  int bits() const { return bits_; }

  /// True if `signature` was made over a message with this hash. For Ed25519
  /// the hash itself is the signed message (RFC 8463 3).
  bool verify(hash_algorithm algorithm, const digest& hash,
              std::string_view signature);

 private:
  public_key() = default;

  key_type type_ = key_type::rsa;
  int bits_ = 0;
  evp_pkey_st* key_ = nullptr;
  evp_pkey_ctx_st* context_ = nullptr;  // set up for context_algorithm_
  hash_algorithm context_algorithm_ = hash_algorithm::sha256;
  std::array<unsigned char, 32> ed25519_{};
};

}  // namespace mekiki::crypto

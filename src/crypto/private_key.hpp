// Keys that sign: RSA (PKCS #1 v1.5) and Ed25519.
#pragma once

#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"
#include "crypto/public_key.hpp"

namespace mekiki::crypto {

class private_key {
 public:
  /// Reads an unencrypted PEM file (PKCS #1 or PKCS #8 for RSA, PKCS #8 for
  /// Ed25519) or the 32 octets of an Ed25519 seed in base64, as dkimpy keeps
  /// them.
  static expected<private_key, key_errc> parse(std::string_view text);

  /// A new key. `bits` is for RSA: 1024 to 8192.
  static expected<private_key, key_errc> generate(key_type type,
                                                  int bits = 2048);

  ~private_key();
  private_key(private_key&& other) noexcept;
  private_key& operator=(private_key&& other) noexcept;

  key_type type() const { return type_; }

  /// The signature over a message with this hash (see public_key::verify).
  expected<std::string, key_errc> sign(hash_algorithm algorithm,
                                       const digest& hash) const;

  /// PKCS #8 in PEM.
  secret to_pem() const;

  /// What p= of a key record holds: SubjectPublicKeyInfo in DER for RSA, the
  /// 32 octets for Ed25519 (RFC 8463 4.2).
  std::string public_octets() const;

 private:
  explicit private_key(evp_pkey_st* key, key_type type)
      : key_(key), type_(type) {}

  evp_pkey_st* key_;
  key_type type_;
};

}  // namespace mekiki::crypto

#include "crypto/public_key.hpp"

#include <algorithm>
#include <bit>
#include <memory>
#include <sodium.h>
#include <string>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "crypto/der.hpp"

namespace mekiki::crypto {
namespace {

constexpr int max_modulus_bits = OPENSSL_RSA_MAX_MODULUS_BITS;
constexpr std::size_t max_exponent_octets = 8;

struct context_deleter {
  void operator()(EVP_PKEY_CTX* c) const { EVP_PKEY_CTX_free(c); }
};
using context_ptr = std::unique_ptr<EVP_PKEY_CTX, context_deleter>;

const unsigned char* bytes(std::string_view octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

int bit_length(std::string_view number) {
  if (number.empty())
    return 0;
  const auto top = static_cast<std::uint8_t>(number.front());
  return static_cast<int>(8 * (number.size() - 1)) + std::bit_width(top);
}

bool is_odd(std::string_view number) {
  return !number.empty() && (number.back() & 1) != 0;
}

/// Made of the numbers themselves: OpenSSL's decoders take twenty times as
/// long.
EVP_PKEY* make_rsa(const rsa_numbers_view& numbers) {
  // OSSL_PARAM wants numbers in the machine's order of octets.
  std::string n(numbers.modulus);
  std::string e(numbers.exponent);
  if constexpr (std::endian::native == std::endian::little) {
    std::reverse(n.begin(), n.end());
    std::reverse(e.begin(), e.end());
  }
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N,
                              reinterpret_cast<unsigned char*>(n.data()),
                              n.size()),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E,
                              reinterpret_cast<unsigned char*>(e.data()),
                              e.size()),
      OSSL_PARAM_construct_end(),
  };
  const context_ptr context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) !=
          1) {
    return nullptr;
  }
  return key;
}

EVP_PKEY_CTX* make_context(EVP_PKEY* key, hash_algorithm algorithm) {
  context_ptr context(EVP_PKEY_CTX_new(key, nullptr));
  const EVP_MD* md =
      algorithm == hash_algorithm::sha1 ? EVP_sha1() : EVP_sha256();
  if (!context || EVP_PKEY_verify_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), md) != 1) {
    return nullptr;
  }
  return context.release();
}

}  // namespace

std::string_view describe(key_errc e) {
  switch (e) {
    case key_errc::malformed:
      return "the key data is not a key of this type";
    case key_errc::bad_numbers:
      return "the key has a modulus or exponent that no real key has";
    case key_errc::too_long:
      return "the key is too long to be checked";
    case key_errc::unsupported:
      return "the key is neither RSA nor Ed25519";
    case key_errc::failed:
      return "the key cannot be used";
  }
  return "";
}

expected<public_key, key_errc> public_key::rsa(std::string_view der) {
  const auto numbers = read_rsa_public_key(der);
  if (!numbers)
    return unexpected(key_errc::malformed);
  const auto& [modulus, exponent] = *numbers;
  if (bit_length(modulus) > max_modulus_bits)
    return unexpected(key_errc::too_long);
  if (!is_odd(modulus) || !is_odd(exponent) || exponent == "\x01" ||
      exponent.size() > max_exponent_octets) {
    return unexpected(key_errc::bad_numbers);
  }
  public_key out;
  out.bits_ = bit_length(modulus);
  out.key_ = make_rsa(*numbers);
  if (out.key_ != nullptr) {
    out.context_ = make_context(out.key_, out.context_algorithm_);
  }
  ERR_clear_error();
  if (out.context_ == nullptr)
    return unexpected(key_errc::failed);
  return out;
}

expected<public_key, key_errc> public_key::ed25519(std::string_view octets) {
  public_key out;
  if (octets.size() != out.ed25519_.size()) {
    return unexpected(key_errc::malformed);
  }
  out.type_ = key_type::ed25519;
  out.bits_ = 256;
  std::copy_n(bytes(octets), octets.size(), out.ed25519_.begin());
  return out;
}

public_key::~public_key() {
  EVP_PKEY_CTX_free(context_);
  EVP_PKEY_free(key_);
}

public_key::public_key(public_key&& other) noexcept : public_key() {
  *this = std::move(other);
}

public_key& public_key::operator=(public_key&& other) noexcept {
  std::swap(type_, other.type_);
  std::swap(bits_, other.bits_);
  std::swap(key_, other.key_);
  std::swap(context_, other.context_);
  std::swap(context_algorithm_, other.context_algorithm_);
  std::swap(ed25519_, other.ed25519_);
  return *this;
}

bool public_key::verify(hash_algorithm algorithm, const digest& hash,
                        std::string_view signature) {
  if (type_ == key_type::ed25519) {
    return signature.size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(bytes(signature), bytes(hash.octets()),
                                       hash.octets().size(),
                                       ed25519_.data()) == 0;
  }
  if (algorithm != context_algorithm_) {
    EVP_PKEY_CTX* other = make_context(key_, algorithm);
    if (other == nullptr)
      return false;
    EVP_PKEY_CTX_free(std::exchange(context_, other));
    context_algorithm_ = algorithm;
  }
  const bool verified =
      EVP_PKEY_verify(context_, bytes(signature), signature.size(),
                      bytes(hash.octets()), hash.octets().size()) == 1;
  if (!verified)
    ERR_clear_error();
  return verified;
}

}  // namespace mekiki::crypto

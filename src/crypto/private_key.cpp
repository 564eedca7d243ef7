#include "crypto/private_key.hpp"

#include <memory>
#include <new>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/base64.hpp"

namespace mekiki::crypto {
namespace {

constexpr std::size_t seed_octets = 32;
constexpr std::size_t ed25519_signature_octets = 64;

struct deleter {
  void operator()(BIO* b) const { BIO_free_all(b); }
  void operator()(EVP_PKEY_CTX* c) const { EVP_PKEY_CTX_free(c); }
  void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};
template <class T>
using owned = std::unique_ptr<T, deleter>;

const unsigned char* bytes(std::string_view octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}
unsigned char* bytes(std::string& octets) {
  return reinterpret_cast<unsigned char*>(octets.data());
}

/// Refuses to ask the terminal for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

EVP_PKEY* read_pem(std::string_view text) {
  const owned<BIO> in(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!in)
    throw std::bad_alloc();
  return PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr);
}

EVP_PKEY* read_seed(std::string_view text) {
  auto seed = base64_decode(text);
  if (!seed)
    return nullptr;
  EVP_PKEY* key = nullptr;
  if (seed->size() == seed_octets) {
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(*seed),
                                       seed->size());
  }
  wipe(seed->data(), seed->size());
  return key;
}

}  // namespace

expected<private_key, key_errc> private_key::parse(std::string_view text) {
  constexpr std::size_t longest = 64 << 10;
  if (text.size() > longest)
    return unexpected(key_errc::malformed);
  EVP_PKEY* key = text.find("-----BEGIN") != std::string_view::npos
                      ? read_pem(text)
                      : read_seed(text);
  ERR_clear_error();
  if (key == nullptr)
    return unexpected(key_errc::malformed);
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return private_key(key, key_type::rsa);
    case EVP_PKEY_ED25519:
      return private_key(key, key_type::ed25519);
    default:
      EVP_PKEY_free(key);
      return unexpected(key_errc::unsupported);
  }
}

expected<private_key, key_errc> private_key::generate(key_type type, int bits) {
  if (type == key_type::rsa && (bits < 1024 || bits > 8192)) {
    return unexpected(key_errc::bad_numbers);
  }
  EVP_PKEY* key = type == key_type::rsa
                      ? EVP_RSA_gen(static_cast<unsigned int>(bits))
                      : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  ERR_clear_error();
  if (key == nullptr)
    return unexpected(key_errc::failed);
  return private_key(key, type);
}

private_key::~private_key() { EVP_PKEY_free(key_); }

private_key::private_key(private_key&& other) noexcept
    : key_(std::exchange(other.key_, nullptr)), type_(other.type_) {}

private_key& private_key::operator=(private_key&& other) noexcept {
  std::swap(key_, other.key_);
  std::swap(type_, other.type_);
  return *this;
}

expected<std::string, key_errc> private_key::sign(hash_algorithm algorithm,
                                                  const digest& hash) const {
  const std::string_view message = hash.octets();
  std::string out;
  std::size_t size = 0;
  bool signed_it = false;
  if (type_ == key_type::ed25519) {
    const owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    size = ed25519_signature_octets;
    out.resize(size);
    signed_it = context &&
                EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                                   key_) == 1 &&
                EVP_DigestSign(context.get(), bytes(out), &size, bytes(message),
                               message.size()) == 1;
  } else {
    const owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key_, nullptr));
    const EVP_MD* md =
        algorithm == hash_algorithm::sha1 ? EVP_sha1() : EVP_sha256();
    size = static_cast<std::size_t>(EVP_PKEY_get_size(key_));
    out.resize(size);
    signed_it =
        context && EVP_PKEY_sign_init(context.get()) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(context.get(), md) == 1 &&
        EVP_PKEY_sign(context.get(), bytes(out), &size, bytes(message),
                      message.size()) == 1;
  }
  ERR_clear_error();
  if (!signed_it)
    return unexpected(key_errc::failed);
  out.resize(size);
  return out;
}

secret private_key::to_pem() const {
  const owned<BIO> out(BIO_new(BIO_s_secmem()));
  if (!out || PEM_write_bio_PrivateKey(out.get(), key_, nullptr, nullptr, 0,
                                       nullptr, nullptr) != 1) {
    throw std::bad_alloc();
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return secret(std::string(data, static_cast<std::size_t>(size)));
}

std::string private_key::public_octets() const {
  std::string out;
  if (type_ == key_type::ed25519) {
    std::size_t size = seed_octets;
    out.resize(size);
    EVP_PKEY_get_raw_public_key(key_, bytes(out), &size);
    return out;
  }
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_, &der);
  if (size <= 0)
    throw std::bad_alloc();
  out.assign(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace mekiki::crypto

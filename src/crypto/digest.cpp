#include "crypto/digest.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include <openssl/evp.h>

namespace mekiki::crypto {
namespace {

/// Looking an algorithm up costs more than hashing a header (OpenSSL 3 walks
/// its providers each time), so it is done once and never undone.
const EVP_MD* fetched(hash_algorithm a) {
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return a == hash_algorithm::sha1 ? sha1 : sha256;
}

void restart(EVP_MD_CTX* context, hash_algorithm a) {
  if (EVP_DigestInit_ex(context, fetched(a), nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no SHA-1 or SHA-256");
  }
}

}  // namespace

std::optional<digest> digest::read(hash_algorithm algorithm,
                                   std::string_view octets) {
  if (octets.size() != digest_size(algorithm))
    return std::nullopt;
  digest out;
  out.size_ = octets.size();
  std::copy(octets.begin(), octets.end(), out.octets_.begin());
  return out;
}

hasher::hasher(hash_algorithm algorithm)
    : algorithm_(algorithm), context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr)
    throw std::bad_alloc();
  try {
    restart(context_, algorithm_);
  } catch (...) {
    EVP_MD_CTX_free(context_);
    throw;
  }
}

hasher::~hasher() { EVP_MD_CTX_free(context_); }

hasher::hasher(hasher&& other) noexcept
    : algorithm_(other.algorithm_),
      context_(std::exchange(other.context_, nullptr)) {}

hasher& hasher::operator=(hasher&& other) noexcept {
  std::swap(algorithm_, other.algorithm_);
  std::swap(context_, other.context_);
  return *this;
}

void hasher::update(std::string_view octets) {
  EVP_DigestUpdate(context_, octets.data(), octets.size());
}

digest hasher::peek(std::string_view more) const {
  hasher copy(algorithm_);
  EVP_MD_CTX_copy_ex(copy.context_, context_);
  copy.update(more);
  digest out;
  out.size_ = digest_size(algorithm_);
  EVP_DigestFinal_ex(copy.context_, out.octets_.data(), nullptr);
  return out;
}

digest hasher::finish() {
  digest out;
  out.size_ = digest_size(algorithm_);
  EVP_DigestFinal_ex(context_, out.octets_.data(), nullptr);
  restart(context_, algorithm_);
  return out;
}

digest hash(hash_algorithm algorithm, std::string_view octets) {
  digest out;
  out.size_ = digest_size(algorithm);
  EVP_Digest(octets.data(), octets.size(), out.octets_.data(), nullptr,
             fetched(algorithm), nullptr);
  return out;
}

// RFC 2104 2.
digest hmac_sha256(std::string_view key, std::string_view octets) {
  constexpr std::size_t block = 64;
  const digest short_key = hash(hash_algorithm::sha256, key);
  if (key.size() > block)
    key = short_key.octets();
  std::string inner(block, '\x36');
  std::string outer(block, '\x5c');
  for (std::size_t i = 0; i < key.size(); ++i) {
    inner[i] = static_cast<char>(inner[i] ^ key[i]);
    outer[i] = static_cast<char>(outer[i] ^ key[i]);
  }
  inner += octets;
  outer += hash(hash_algorithm::sha256, inner).octets();
  return hash(hash_algorithm::sha256, outer);
}

}  // namespace mekiki::crypto

// SHA-1 and SHA-256. The algorithms are looked up once for the process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct evp_md_ctx_st;

namespace mekiki::crypto {

enum class hash_algorithm : std::uint8_t { sha1, sha256 };

/// 20 octets for SHA-1, 32 for SHA-256.
constexpr std::size_t digest_size(hash_algorithm a) {
  return a == hash_algorithm::sha1 ? 20 : 32;
}

class digest;
/// The hash of `octets`.
digest hash(hash_algorithm algorithm, std::string_view octets);
/// RFC 2104 with SHA-256; a key of any length.
digest hmac_sha256(std::string_view key, std::string_view octets);

/// A hash value; as many octets as its algorithm has.
class digest {
 public:
  /// The value in `octets`, or nothing if they are not as many as `algorithm`
  /// gives.
  static std::optional<digest> read(hash_algorithm algorithm,
                                    std::string_view octets);

  std::string_view octets() const {
    return {reinterpret_cast<const char*>(octets_.data()), size_};
  }

 private:
  friend class hasher;
  friend digest hash(hash_algorithm algorithm, std::string_view octets);
  std::array<unsigned char, 32> octets_{};
  std::size_t size_ = 0;
};

/// Takes the hash of octets that arrive in pieces.
class hasher {
 public:
  explicit hasher(hash_algorithm algorithm);
  ~hasher();
  hasher(hasher&& other) noexcept;
  hasher& operator=(hasher&& other) noexcept;

  void update(std::string_view octets);

  /// The hash of the octets so far; more may follow.
  digest peek() const { return peek({}); }
  /// The hash of the octets so far and of `more` behind them, which is not
  /// taken.
  digest peek(std::string_view more) const;
  /// The hash of the octets, and a fresh start.
  digest finish();

 private:
  hash_algorithm algorithm_;
  evp_md_ctx_st* context_;
};

}  // namespace mekiki::crypto

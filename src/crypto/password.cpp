#include "crypto/password.hpp"

#include <array>
#include <sodium.h>

namespace mekiki::crypto {

std::string hash_password(const secret& password) {
  std::array<char, crypto_pwhash_argon2id_STRBYTES> out{};
  const std::string_view text = password.reveal();
  if (sodium_init() < 0 ||
      crypto_pwhash_argon2id_str(out.data(), text.data(), text.size(),
                                 crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                                 crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE) !=
          0)
    return {};
  return out.data();
}

bool is_password(const std::string& hash, const secret& password) {
  const std::string_view text = password.reveal();
  return sodium_init() >= 0 && is_password_hash(hash) &&
         crypto_pwhash_argon2id_str_verify(hash.c_str(), text.data(),
                                           text.size()) == 0;
}

bool is_password_hash(std::string_view text) {
  return text.starts_with(crypto_pwhash_argon2id_STRPREFIX) &&
         text.size() < crypto_pwhash_argon2id_STRBYTES &&
         text.find('\0') == std::string_view::npos;
}

}  // namespace mekiki::crypto

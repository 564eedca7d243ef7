// Passwords as they are kept: argon2id (RFC 9106), by libsodium.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace mekiki::crypto {

/// "$argon2id$v=19$m=65536,t=2,p=1$..." with a salt of its own. Takes 64 MiB
/// and about a tenth of a second: not for the thread that serves. Empty where
/// there is no memory.
std::string hash_password(const secret& password);

/// Whether it is the password of that hash. Takes as long.
bool is_password(const std::string& hash, const secret& password);

/// Whether the text has the form of a hash.
bool is_password_hash(std::string_view text);

}  // namespace mekiki::crypto

// Passwords and keys that administrators keep in files.
#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

#include "base/expected.hpp"
#include "base/secret.hpp"
#include "crypto/private_key.hpp"

namespace mekiki::daemon {

/// The first line of a file that nobody but its owner may touch; it may end in
/// CRLF. Refused: modes with any bit for group or others, a line that is empty
/// or above 1000 octets, control characters. The reason is a sentence.
expected<secret, std::string> load_password(const std::filesystem::path& file);

/// The same of the text and the mode of a file that somebody else has opened;
/// the text is wiped.
expected<secret, std::string> password_in(std::string text, mode_t mode,
                                          const std::filesystem::path& file);

/// A private key in PEM, as `mekiki keygen` writes it. The reason is a
/// sentence.
expected<crypto::private_key, std::string> load_key(
    const std::filesystem::path& file);

/// The same; refused are files with any bit for group or others.
expected<crypto::private_key, std::string> load_signing_key(
    const std::filesystem::path& file);

/// The same of the text and the mode of a file that somebody else has opened;
/// the text is wiped.
expected<crypto::private_key, std::string> key_in(
    std::string text, mode_t mode, const std::filesystem::path& file);

}  // namespace mekiki::daemon

// A signing key's public half as the DNS wants it.
#pragma once

#include <string>
#include <string_view>

#include "crypto/private_key.hpp"

namespace mekiki::app {

/// "v=DKIM1; k=rsa; p=..." (RFC 6376 3.6.1, RFC 8463 4).
std::string key_record_text(const crypto::private_key& key);

/// A TXT record's character-strings for a zone file: quoted, each of at most
/// 255 octets (RFC 1035 3.3), separated by spaces. For printable ASCII.
std::string zone_strings(std::string_view record);

}  // namespace mekiki::app

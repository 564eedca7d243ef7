// Header text beyond ASCII (RFC 2047).
#pragma once

#include <string>
#include <string_view>

namespace mekiki::notify {

/// `text` (UTF-8) as encoded words in UTF-8 and base64, each a whole number of
/// characters and at most 75 octets (RFC 2047 2), joined by CRLF and a space:
/// to stand behind "Subject: ".
std::string encode_words(std::string_view text);

}  // namespace mekiki::notify

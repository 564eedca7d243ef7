// Records of ADSP, Author Domain Signing Practices (RFC 5617 4.2). Historic
// since 2013.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mekiki::adsp {

/// What the owner of a domain says about mails by its authors.
enum class practices : std::uint8_t {
  unknown,      // they may be signed
  all,          // they are signed by the domain
  discardable,  // they are, and one that is not may be thrown away
};

/// Reads the text of a TXT record: dkim= first, other tags after it are passed
/// over, another value counts as unknown. Nothing for any other text.
std::optional<practices> parse_record(std::string_view text);

}  // namespace mekiki::adsp

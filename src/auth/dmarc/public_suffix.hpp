// The Public Suffix List. Names are in lower case with A-labels; the list is
// the system's, or the one in libpsl if that is newer, and is read at the first
// call.
#pragma once

#include <string>
#include <string_view>

namespace mekiki::dmarc {

/// True for names under which anybody may register: "jp", "co.jp",
/// "github.io", and any other top-level domain.
bool is_public_suffix(const std::string& domain);

/// True for a label (lower case) under which there are domains: of the list, or
/// reserved for tests and the like (RFC 6761, RFC 2606).
bool is_top_level_domain(std::string_view label);

/// The public suffix of `domain` and one label more (RFC 7489 3.2); a public
/// suffix itself stays as it is.
std::string registered_domain(const std::string& domain);

}  // namespace mekiki::dmarc

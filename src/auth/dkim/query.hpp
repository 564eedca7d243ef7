// Where a signature's key is (RFC 6376 3.6.2), and what its absence means.
#pragma once

#include <optional>
#include <string_view>

#include "auth/dkim/errc.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dkim {

/// The question for the key record. Nothing if the name is too long to be
/// asked for.
std::optional<dns::question> key_question(std::string_view selector,
                                          std::string_view domain);

/// What a lookup's outcome means for the signature; `ok` where there are
/// records to look at (RFC 6376 6.1.2 steps 1 to 3).
errc to_errc(dns::status s);

}  // namespace mekiki::dkim

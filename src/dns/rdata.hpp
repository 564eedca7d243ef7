// The data of records as they are on the wire (RFC 1035 3.3, 3.4; RFC 3596).
#pragma once

#include <string_view>

#include "dns/resolver.hpp"

namespace mekiki::dns {

/// Adds one record's data, names uncompressed, to the list of its type. False
/// if it is malformed, or holds a name whose text would be ambiguous (a dot or
/// NUL within a label); `out` is unchanged then.
bool add_rdata(record_type type, std::string_view rdata, answer& out);

}  // namespace mekiki::dns

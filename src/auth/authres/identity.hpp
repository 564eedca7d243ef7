// Whose results an Authentication-Results field claims to be (RFC 8601 5).
#pragma once

#include <string_view>

namespace mekiki::authres {

/// True if the field's value names `authserv_id`, or if some reader might
/// think so: in another case, quoted or escaped, behind or within comments,
/// broken by folds or control octets, without its semicolon, or as a U-label.
/// Errs towards true: octets above 0x7f before the first semicolon are enough.
/// Linear in the value.
bool could_name(std::string_view value, std::string_view authserv_id);

/// True if every reader sees a semicolon end the value's authserv-id, whatever
/// may follow the value.
bool has_whole_id(std::string_view value);

}  // namespace mekiki::authres

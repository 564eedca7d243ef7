// CFWS (RFC 5322 3.2.2): white space, and comments, which nest.
#pragma once

#include <optional>
#include <string_view>

namespace mekiki::message {

/// `text` without the CFWS that it begins with, or nothing where a comment does
/// not end. Only the ends of comments matter: a comment may contain any octet.
std::optional<std::string_view> skip_cfws(std::string_view text);

}  // namespace mekiki::message

// Writing a header field of our own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mekiki::message {

/// "Name: word word" with CRLF, folded before a word where the line would
/// become longer than 78 octets (RFC 5322 2.1.1). A word stays whole: none may
/// be longer than 900 octets or hold a line break.
std::string format_field(std::string_view name,
                         const std::vector<std::string>& words);

}  // namespace mekiki::message

// What an HTML mail says, as plain text.
#pragma once

#include <string>
#include <string_view>

namespace mekiki::mime {

/// The text of `html` (UTF-8) without tags, scripts, styles and comments;
/// blocks and rows on lines of their own. The target of a link stands behind
/// it in angle brackets where the text does not show it, a picture's
/// description in square ones. Text that a client would hide is shown. What is
/// not well-formed is read as far as it goes. Linear.
std::string html_to_text(std::string_view html);

}  // namespace mekiki::mime

// Text of a forged mail made safe to show.
#pragma once

#include <string>
#include <string_view>

namespace mekiki::notify {

/// `text` (UTF-8) with everything that a client could make a link of taken
/// apart so that people can still read it: "hxxp[:]//example[.]com/a",
/// "mailto[:]taro[at]example[.]jp", "[\\]host\share". No host that
/// mime::link_list finds is left. Numbers, dates and times stay as they are.
/// Control characters that end no line, and those that turn the direction of
/// reading, are left out.
std::string make_inert(std::string_view text);

/// `text` (UTF-8) as lines that each begin with "> " and end with CRLF, none
/// wider than 76 columns: a line that a client wraps itself would continue
/// without the quotation mark. Leaves out what make_inert does; whatever any
/// client takes for a line end is one; of several empty lines one is left.
std::string quote(std::string_view text);

}  // namespace mekiki::notify

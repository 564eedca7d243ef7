// Text whose charset may be missing, broken or wrong.
#pragma once

#include <string>
#include <string_view>

namespace mekiki::notify {

/// `octets` as UTF-8, by the charset they say they are in ("" if they do not)
/// unless the octets themselves say another: escapes of ISO-2022-JP without an
/// octet above 0x7f, valid UTF-8 beyond ASCII, or a label that leads nowhere.
/// Then the one of Shift_JIS, EUC-JP and Windows-1252 that reads best. What
/// cannot be read is U+FFFD.
std::string read_text(std::string_view octets, std::string_view label);

}  // namespace mekiki::notify

// Charsets of mails, which may be missing, broken or wrong.
#pragma once

#include <string>
#include <string_view>

namespace mekiki::mime {

/// `octets` in UTF-8; what cannot be read is U+FFFD. A charset that nobody
/// registered is read as ASCII with U+FFFD for the rest; a charset's name may
/// come from a mail.
std::string decode_charset(std::string_view octets, std::string_view charset);

/// `octets` as UTF-8, by the charset they say they are in ("" if they do not)
/// unless the octets themselves say another: escapes of ISO-2022-JP without an
/// octet above 0x7f, valid UTF-8 beyond ASCII, or a label that leads nowhere.
/// Then the one of Shift_JIS, EUC-JP and Windows-1252 that reads best. What
/// cannot be read is U+FFFD.
std::string read_text(std::string_view octets, std::string_view label);

/// True if octets below 0x80 mean the same in it (lower case) as in ASCII,
/// wherever a character starts (ISO-2022-JP: outside of its escape sequences).
bool is_ascii_compatible(std::string_view charset);

}  // namespace mekiki::mime

// Charsets of mails, which may be missing, broken or wrong.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mekiki::mime {

/// `octets` in UTF-8; what cannot be read is U+FFFD. An unknown charset is read
/// as ASCII, with U+FFFD for all other octets. The charset's name may come from
/// a mail.
std::string decode_charset(std::string_view octets, std::string_view charset);

/// Where a text of one charset that comes in pieces is cut.
class cut_finder {
 public:
  explicit cut_finder(std::string_view charset);
  ~cut_finder();
  cut_finder(cut_finder&&) noexcept;
  cut_finder& operator=(cut_finder&&) noexcept;

  /// Whether `octets`, which come after all before, stop within a character of
  /// several octets, or where ISO-2022 has not come back to ASCII: what follows
  /// may belong to it.
  bool is_cut_after(std::string_view octets);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// `octets` as UTF-8. `label` is the declared charset, "" if there is none. The
/// octets overrule it if they have escapes of ISO-2022-JP and nothing above
/// 0x7f, or are valid UTF-8 beyond ASCII. If the label cannot decode all
/// octets, the best fit of the label, Shift_JIS, EUC-JP and Windows-1252 is
/// taken. What cannot be read is U+FFFD.
std::string read_text(std::string_view octets, std::string_view label);

/// True if octets below 0x80 mean the same in it (lower case) as in ASCII,
/// wherever a character starts (ISO-2022-JP: outside of its escape sequences).
bool is_ascii_compatible(std::string_view charset);

}  // namespace mekiki::mime

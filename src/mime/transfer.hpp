// Content transfer encodings (RFC 2045 6), both ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mekiki::mime {

enum class transfer_encoding : std::uint8_t {
  identity,  // 7bit, 8bit, binary, or no field
  quoted_printable,
  base64,
};

/// The octets of a text in an encoding; lines of quoted-printable end with
/// CRLF. Nothing if a decoder would have to guess. Linear.
std::optional<std::string> decode(transfer_encoding encoding,
                                  std::string_view text);

/// The same as far as some client reads it: "=" that begins no octet stands
/// for itself; in base64 other octets are left out, as is a digit too many,
/// and what follows padding is decoded anew.
std::string decode_leniently(transfer_encoding encoding, std::string_view text);

/// Octets that are written as `mark` and two hexadecimal digits: '%' in RFC
/// 2231 and URLs, '=' in RFC 2047. A mark without digits stands for itself.
std::string decode_escapes(std::string_view text, char mark);

/// With lines of at most 76 characters; the line ends of `text` (CRLF) stay.
std::string encode_quoted_printable(std::string_view text);

/// Octets that fill one line of base64 (6.8: 76 characters).
constexpr std::size_t base64_line = 57;

/// Encodes octets that come piece by piece as base64, in lines that end with
/// CRLF.
class base64_encoder {
 public:
  /// Appends the lines that are full to `out`.
  void write(std::string_view octets, std::string& out);
  /// Once, after the last octets: appends the line that is not full.
  void finish(std::string& out);

 private:
  std::string rest_;  // shorter than a line
};

/// The whole of a text in such lines.
std::string encode_base64(std::string_view octets);

/// Every LF becomes CRLF; every CR of `text` is removed.
std::string to_crlf(std::string_view text);

/// The line that starts at `at`, without its line end (LF or CRLF); `at` moves
/// behind it.
std::string_view next_line(std::string_view text, std::size_t& at);

}  // namespace mekiki::mime

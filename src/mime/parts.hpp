// As much of MIME (RFC 2045, 2046) as undoing changes takes. Strict: what
// clients may read in different ways is not read at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "message/header.hpp"

namespace mekiki::mime {

enum class transfer_encoding : std::uint8_t {
  identity,  // 7bit, 8bit, binary, or no field
  quoted_printable,
  base64,
};

/// What the Content- fields of a mail or part say. Names are in lower case.
struct content {
  /// False if a field occurs twice, might be read as another one, or does not
  /// follow the grammar; the rest is then not to be relied on.
  bool clear = true;
  std::string type = "text/plain";
  std::string charset;
  std::string boundary;  // as written
  transfer_encoding encoding = transfer_encoding::identity;
  bool is_file = false;  // it has a name, or is to be shown as an attachment

  bool is_multipart() const { return type.starts_with("multipart/"); }
};

content read_content(const message::header_view& header);

/// The octets of a text in an encoding. Nothing if a decoder would have to
/// guess.
std::optional<std::string> decode(transfer_encoding encoding,
                                  std::string_view text);

/// With lines of at most 76 characters; the line ends of `text` (CRLF) stay.
std::string encode_quoted_printable(std::string_view text);

struct multipart_view {
  bool clear = false;  // delimiters and close delimiter are as they should be
  std::string_view preamble;
  std::vector<std::string_view> parts;  // with header; at most 1,000
  std::string_view epilogue;
};

/// Borrows `body`. Linear.
multipart_view split_parts(std::string_view body, std::string_view boundary);

/// True if `line`, without its line end, is the delimiter of a part.
bool is_delimiter(std::string_view line, std::string_view boundary);
/// True if it is the delimiter after the last part.
bool is_close_delimiter(std::string_view line, std::string_view boundary);

/// The line that starts at `at`, without its line end; `at` moves behind it.
std::string_view next_line(std::string_view text, std::size_t& at);

}  // namespace mekiki::mime

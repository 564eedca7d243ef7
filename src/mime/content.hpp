// The MIME fields that describe the body of a mail or part (RFC 2045 5, 2183,
// 2231).
#pragma once

#include <string>

#include "message/header.hpp"
#include "mime/transfer.hpp"

namespace mekiki::mime {

/// Read as leniently as some client might. Where a field occurs twice the
/// first one counts.
struct content {
  /// True if all clients read the same: each field occurs at most once, cannot
  /// be taken for another one, and follows the grammar, without what not all
  /// clients know (RFC 2231 for charset and boundary).
  bool clear = true;

  std::string type = "text/plain";  // lower case, at most 100 octets
  std::string charset;              // lower case
  std::string boundary;             // as written
  transfer_encoding encoding = transfer_encoding::identity;

  std::string name;  // UTF-8, one line, at most 100 characters; may be empty
  bool is_attachment = false;  // it says so
  bool is_file = false;  // it has a name, or is not to be shown where it stands

  bool is_multipart() const { return type.starts_with("multipart/"); }
};

/// Linear; of a field the first 100 parameters are read.
content read_content(const message::header_view& header);

}  // namespace mekiki::mime

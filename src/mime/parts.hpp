// The parts of a multipart (RFC 2046 5.1) whose octets are all at hand.
// mail_text.hpp reads those that stream by.
#pragma once

#include <string_view>
#include <vector>

namespace mekiki::mime {

struct multipart_view {
  bool clear = false;  // delimiters and close delimiter are as they should be
  std::string_view preamble;
  std::vector<std::string_view> parts;  // with header; at most 1,000
  std::string_view epilogue;
};

/// Borrows `body`. Empty if there are more than 1,000 parts. Linear.
multipart_view split_parts(std::string_view body, std::string_view boundary);

/// True if `line`, without its line end, is the delimiter of a part.
bool is_delimiter(std::string_view line, std::string_view boundary);
/// True if it is the delimiter after the last part.
bool is_close_delimiter(std::string_view line, std::string_view boundary);

}  // namespace mekiki::mime

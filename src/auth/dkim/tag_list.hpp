// Tag lists, the form of signatures and key records (RFC 6376 3.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "auth/dkim/errc.hpp"
#include "base/expected.hpp"

namespace mekiki::dkim {

/// Why a text could not be read, and where.
struct parse_error {
  errc code = errc::syntax;
  std::size_t offset = 0;  // octets from the start of the text
};

/// One "name=value".
struct tag_view {
  std::string_view name;
  /// Without the white space around it, but with what folding left inside.
  std::string_view value;
  /// All that stands between "=" and ";" or the end.
  std::string_view raw;
};

/// The tags of a text, in order. Borrows the text.
class tag_list_view {
 public:
  /// nullptr if there is no such tag. Names are case-sensitive.
  const tag_view* find(std::string_view name) const;

  std::vector<tag_view> tags;
};

/// Key records in the wild have empty elements (";;"), signatures do not.
enum class empty_elements : std::uint8_t { refused, ignored };

/// Limits: 64 KB of text and 64 tags, each far over what is met. Errors:
/// `syntax`, and `duplicate_tag` where a tag occurs twice. Octets above 0x7f
/// are taken in values (RFC 8616).
expected<tag_list_view, parse_error> parse_tag_list(std::string_view text,
                                                    empty_elements empty);

/// What stands between the colons of a value such as h=, without the white
/// space around each. One empty element for an empty value.
std::vector<std::string_view> split_elements(std::string_view value);

}  // namespace mekiki::dkim

// Reading Authentication-Results fields (RFC 8601 2.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authres/format.hpp"
#include "base/expected.hpp"

namespace mekiki::authres {

enum class parse_errc : std::uint8_t {
  /// The field, or a part of it, is longer than a limit allows.
  too_long,
  /// A comment does not end.
  comment,
  /// A quoted string does not end, or holds what it may not.
  quoted_string,
  /// There is no authserv-id, or what follows it is neither version nor
  /// results.
  authserv_id,
  /// Not "method=result", "method/version=result" or "none".
  method,
  /// The method does not have this result (strict only).
  result,
  /// Not "reason=value".
  reason,
  /// Not "ptype.property=value".
  property,
};

/// Why a field could not be read, and where.
struct parse_error {
  parse_errc code = parse_errc::method;
  std::size_t offset = 0;  // octets from the start of the value
};

/// strict: the grammar, and for dkim, spf and dmarc their result words.
///
/// relaxed: what large providers really send. Words in any case, values with
/// "/" and "=" in them, properties without ptype ("action=none"), results
/// without an authserv-id (it is then empty), empty elements, an empty field;
/// an element that is no result is passed over. Comments and quoted strings
/// must still be whole: they decide where an element ends.
enum class parse_mode : std::uint8_t { strict, relaxed };

/// One "method=result" with what belongs to it.
struct reported_result {
  std::string method;  // lower case
  unsigned version = 1;
  std::string result;  // lower case
  std::string reason;
  std::vector<property> properties;   // ptype and name in lower case
  std::vector<std::string> comments;  // text within the outer parentheses

  /// The first value of "ptype.name" (lower case), or nullptr.
  const std::string* find(std::string_view ptype, std::string_view name) const;
};

struct parsed_field {
  std::string authserv_id;  // unquoted, as written
  unsigned version = 1;
  std::vector<reported_result> results;
};

/// Reads the value of a field, or what ARC-Authentication-Results has after
/// its instance. Octets above 0x7f count as letters in values (RFC 6532).
/// Limits: 64 KB, 100 results, 50 properties and 20
/// comments of each (of comments the rest is dropped). Linear.
expected<parsed_field, parse_error> parse(std::string_view field_value,
                                          parse_mode mode = parse_mode::strict);

}  // namespace mekiki::authres

// Authentication-Results fields as we write them (RFC 8601 2.2).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/result.hpp"

namespace mekiki::authres {

/// "header.d=example.org": ptype, property, value.
struct property {
  std::string ptype;
  std::string name;
  std::string value;
};

struct method_result {
  std::string method;
  auth::result result = auth::result::none;
  std::string reason;  // left out if empty
  std::vector<property> properties;
  /// Written in place of `result` where the method has words of its own.
  std::string_view own_word = {};
};

/// The field with its CRLF, folded. Methods and property names are ours and
/// written as they are. Reasons and values may come from anywhere: octets
/// outside of 0x20..0x7e become '?', at most 320 octets are kept, and what is
/// not a token or an address of tokens is quoted. No results at all are
/// written as "none".
std::string format(std::string_view authserv_id,
                   const std::vector<method_result>& results);

/// The value of that field on one line.
std::string format_value(std::string_view authserv_id,
                         const std::vector<method_result>& results);

}  // namespace mekiki::authres

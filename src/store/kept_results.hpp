// The results of a mail's checks, as the history keeps them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/authres/format.hpp"

namespace mekiki::store {

/// One check. Reason and values are printable ASCII of at most 320 octets, as
/// in Authentication-Results.
struct kept_result {
  std::string method;
  std::string result;  // a word of RFC 8601 2.7, or of the method's own
  std::string reason;  // may be empty
  std::vector<std::pair<std::string, std::string>> properties;  // "header.d"

  bool operator==(const kept_result&) const = default;
};

std::vector<kept_result> kept_results_of(
    const std::vector<authres::method_result>& results);

/// A JSON array of objects; "" for no results. Those that would not fit into
/// `most` octets are left out, the last ones first.
std::string encode(const std::vector<kept_result>& results, std::size_t most);

/// Reads what `encode` wrote, or what earlier versions kept: the value of our
/// Authentication-Results field. No results where it is neither.
std::vector<kept_result> decode_results(std::string_view kept);

/// Removes what stands before the @ of an address from reasons and values, and
/// the whole of a text that may be an address cut short.
void take_out_local_parts(std::vector<kept_result>& results);

}  // namespace mekiki::store

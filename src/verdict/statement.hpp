// What a host that received the mail says of its client and of the envelope
// sender, outside of its Received field: Received-SPF (RFC 7208 9.1),
// Authentication-Results (RFC 8601), and fields that hold an address alone.
//
// Whose field it is, its place tells: above the border it is the provider's.
// The envelope sender in it is written as the client said it, often without
// quotes: where it was made to look like more of the field, several addresses
// are found, and one that is right outweighs all others.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "message/header.hpp"

namespace mekiki::verdict {

struct statement {
  std::size_t field = 0;            // its index in header_view::fields
  std::vector<ip_address> clients;  // as it names them
  /// All addresses in its text, in comments and quotes, too.
  std::vector<ip_address> mentioned;
  /// Of the envelope sender (parse_reverse_path), "@example.jp" where only its
  /// domain is told.
  std::optional<std::string> mail_from;

  bool names(const ip_address& client) const;
  bool mentions(const ip_address& client) const;
};

/// Nothing if the field is no such one, or tells neither client nor envelope
/// sender. Linear.
std::optional<statement> read_statement(const message::field_view& field,
                                        std::size_t index);

}  // namespace mekiki::verdict

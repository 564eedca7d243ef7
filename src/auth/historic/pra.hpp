// The Purported Responsible Address (RFC 4407 2): who is responsible for this
// mail being sent, according to its header. Historic: what is said here proves
// nothing to anybody, and is for people who ask.
#pragma once

#include <optional>
#include <string>

#include "message/address.hpp"
#include "message/header.hpp"

namespace mekiki::historic {

struct responsible {
  std::string field;  // it was found in, lower case
  message::mailbox mailbox;
};

/// Nothing if the header names none: no field of the four, several of the one
/// that counts, or one that does not hold exactly one address with a domain
/// name; nor if the header was too long to be read to its end.
std::optional<responsible> find_responsible(const message::header_view& header);

}  // namespace mekiki::historic

// What was found of a mail, as Authentication-Results tells it (RFC 8601).
#pragma once

#include <string>
#include <vector>

#include "auth/authres/format.hpp"
#include "verdict/facts.hpp"

namespace mekiki::verdict {

/// An entry for each check that was made, dkim first, of at most 20 signatures.
/// A check that was not made has none: each word that RFC 8601 2.7 knows would
/// say something of the sender. Nothing in it that a sender wrote reads as a
/// result of ours.
std::vector<authres::method_result> results_of(const facts& known);

/// Why DMARC came to its outcome, without claiming more than the verdict
/// believes: a pass at a border that proves nothing, and a key in test mode.
std::string dmarc_reason(const facts& known);

}  // namespace mekiki::verdict

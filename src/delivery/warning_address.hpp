// Where the warnings of an account may be sent.
#pragma once

#include <string>

#include "verdict/evaluate.hpp"

namespace mekiki::delivery {

/// The mailbox's own address, if it certainly belongs to this upstream: its
/// domain is the one in the provider's rule, or the registered domain of the
/// upstream's host name. Otherwise "": somebody with a server of their own
/// could log in there under a stranger's address, and have warnings sent to
/// that stranger.
std::string warning_address(const verdict::source& from,
                            const verdict::provider_rule& rule);

}  // namespace mekiki::delivery

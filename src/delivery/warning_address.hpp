// Where the warnings of an account may be sent.
#pragma once

#include <string>

#include "verdict/evaluate.hpp"

namespace mekiki::delivery {

/// The mailbox's own address, if it is certain that it is of this upstream: its
/// domain is the one that the provider's rule names, or the one that the
/// upstream's name stands in. Else "": whoever runs a server for himself could
/// log in there under the address of somebody else, and have mail sent to him.
std::string warning_address(const verdict::source& from,
                            const verdict::provider_rule& rule);

}  // namespace mekiki::delivery

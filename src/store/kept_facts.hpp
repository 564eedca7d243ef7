// Which facts of a reason are kept where texts are not.
#pragma once

#include "verdict/reason.hpp"

namespace mekiki::store {

/// Removes the facts that count as texts (text_retention). What is left is what
/// sentences need: domains, numbers and words of our own.
void keep_domains(verdict::reason& why);

}  // namespace mekiki::store

// Rules as they are spelled in the database and on the command line.
#pragma once

#include <optional>
#include <string_view>

#include "verdict/history.hpp"

namespace mekiki::store {

/// "author", "signer", "list", "forwarder"
std::string_view to_string(verdict::rule::kind k);
/// "trust", "distrust"
std::string_view to_string(verdict::rule::effect e);

/// A rule of this kind and effect; nothing for words that are none.
std::optional<verdict::rule> read_rule(std::string_view kind,
                                       std::string_view effect);

}  // namespace mekiki::store

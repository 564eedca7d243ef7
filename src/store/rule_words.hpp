// Rules as they are spelled in the database and on the command line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "verdict/history.hpp"

namespace mekiki::store {

/// "author", "signer", "list", "forwarder"
std::string_view to_string(verdict::rule::kind k);
/// "trust", "distrust"
std::string_view to_string(verdict::rule::effect e);

/// A rule of this kind and effect; std::nullopt for other words.
std::optional<verdict::rule> read_rule(std::string_view kind,
                                       std::string_view effect);

struct rule_error {
  std::string sentence;  // without a final stop
  std::string text;      // that it is about; may be empty
};

/// What people write into a rule, in the form that is compared: domains in
/// A-labels ("spf:" may stand before a signer's), authors' patterns with the
/// domain so. `signer` is for author rules only and may be empty. Refused is
/// what could never apply, and trust in everybody.
expected<verdict::rule, rule_error> parse_rule(verdict::rule with_kind_effect,
                                               std::string_view pattern,
                                               std::string_view signer);

}  // namespace mekiki::store

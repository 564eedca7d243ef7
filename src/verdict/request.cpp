#include "verdict/request.hpp"

#include "base/pattern.hpp"

namespace mekiki::verdict {

const provider_rule& rule_for(const settings& s, std::string_view upstream) {
  static const provider_rule none;
  for (const provider_rule& rule : s.providers) {
    if (matches_host_pattern(rule.upstream, upstream))
      return rule;
  }
  return none;
}

}  // namespace mekiki::verdict

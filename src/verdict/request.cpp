#include "verdict/request.hpp"

namespace mekiki::verdict {
namespace {

/// "*.example.jp" matches what lies below example.jp.
bool matches(std::string_view pattern, std::string_view host) {
  if (pattern.starts_with("*."))
    return host.size() > pattern.size() - 1 &&
           host.ends_with(pattern.substr(1));
  return pattern == host;
}

}  // namespace

const provider_rule& rule_for(const settings& s, std::string_view upstream) {
  static const provider_rule none;
  for (const provider_rule& rule : s.providers) {
    if (matches(rule.upstream, upstream))
      return rule;
  }
  return none;
}

}  // namespace mekiki::verdict

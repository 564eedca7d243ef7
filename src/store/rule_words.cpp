#include "store/rule_words.hpp"

namespace mekiki::store {

using verdict::rule;

std::string_view to_string(rule::kind k) {
  switch (k) {
    case rule::kind::author:
      return "author";
    case rule::kind::signer:
      return "signer";
    case rule::kind::list:
      return "list";
    case rule::kind::forwarder:
      return "forwarder";
  }
  return "author";
}

std::string_view to_string(rule::effect e) {
  return e == rule::effect::trust ? "trust" : "distrust";
}

std::optional<rule> read_rule(std::string_view kind, std::string_view effect) {
  for (const auto k : {rule::kind::author, rule::kind::signer, rule::kind::list,
                       rule::kind::forwarder}) {
    for (const auto e : {rule::effect::trust, rule::effect::distrust}) {
      if (kind == to_string(k) && effect == to_string(e)) {
        rule r;
        r.what = k;
        r.does = e;
        return r;
      }
    }
  }
  return std::nullopt;
}

}  // namespace mekiki::store

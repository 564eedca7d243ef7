#include "verdict/rule_match.hpp"

#include <algorithm>
#include <string>

#include "base/pattern.hpp"
#include "dns/name.hpp"

namespace mekiki::verdict {
namespace {

bool names_author(const rule& r, const header_facts& header) {
  const std::string local =
      header.author.substr(0, header.author.rfind('@') + 1);
  return matches_glob(r.pattern, header.author_domain) ||
         matches_glob(r.pattern, local + header.author_domain) ||
         matches_glob(r.pattern, header.author);
}

template <class Predicate>
const rule* find_rule(const facts& f, rule::kind what, rule::effect does,
                      Predicate applies) {
  const auto at = std::ranges::find_if(f.history.rules, [&](const rule& r) {
    return r.what == what && r.does == does && applies(r);
  });
  return at == f.history.rules.end() ? nullptr : &*at;
}

}  // namespace

const rule* rule_covering(const facts& f, rule::kind what, rule::effect does,
                          std::string_view domain) {
  if (domain.empty())
    return nullptr;
  return find_rule(f, what, does, [&](const rule& r) {
    return dns::is_subdomain_of(domain, r.pattern);
  });
}

const rule* rule_about(const facts& f, rule::effect does,
                       std::string_view signer) {
  std::string_view domain = signer;
  if (domain.starts_with("spf:"))
    domain.remove_prefix(4);
  const rule* by_author =
      find_rule(f, rule::kind::author, does, [&](const rule& r) {
        return (r.signer.empty() || r.signer == signer) &&
               names_author(r, f.header);
      });
  if (by_author != nullptr)
    return by_author;
  return find_rule(f, rule::kind::signer, does,
                   [&](const rule& r) { return r.pattern == domain; });
}

}  // namespace mekiki::verdict

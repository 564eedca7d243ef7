#include "store/kept_facts.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "dns/name.hpp"

namespace mekiki::store {
namespace {

/// Facts that are a domain, a number or a word of our own, as what else is
/// kept; never a name or an address that somebody wrote.
bool is_of_domains(const std::pair<std::string, std::string>& fact) {
  constexpr std::array<std::string_view, 12> names = {
      "author",   "signer", "list",   "forwarder", "provider", "domain",
      "reporter", "days",   "proven", "rule",      "field",    "cause"};
  const auto& [name, value] = fact;
  return std::ranges::find(names, name) != names.end() &&
         (dns::is_hostname(value) ||
          std::ranges::all_of(value, ascii::is_digit));
}

}  // namespace

void keep_domains(verdict::reason& why) {
  std::erase_if(why.facts, [](const auto& f) { return !is_of_domains(f); });
}

}  // namespace mekiki::store

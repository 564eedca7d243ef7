#include "auth/authres/trust.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "dns/name.hpp"

namespace mekiki::authres {
namespace {

/// An id need not be a domain name.
std::string normal(std::string_view id) {
  return dns::to_a_labels(id).value_or(ascii::to_lower(id));
}

}  // namespace

bool is_trusted(std::string_view authserv_id,
                const std::vector<std::string>& ids) {
  if (authserv_id.empty())
    return false;
  const std::string id = normal(authserv_id);
  return std::any_of(ids.begin(), ids.end(), [&id](std::string_view rule) {
    return rule.starts_with('@')
               ? dns::is_subdomain_of(id, normal(rule.substr(1)))
               : id == normal(rule);
  });
}

std::vector<trusted_field> trusted_fields(const message::header_view& header,
                                          const trust_rule& rule) {
  std::vector<trusted_field> out;
  const std::size_t end = std::min(rule.end, header.fields.size());
  bool first = true;
  for (std::size_t i = 0; i < end; ++i) {
    const message::field_view& field = header.fields[i];
    if (!ascii::iequals(field.name, "authentication-results"))
      continue;
    const bool is_first = std::exchange(first, false);
    auto content = parse(field.value, rule.mode);
    if (!content)
      continue;
    const std::string& id = content->authserv_id;
    if (is_trusted(id, rule.ids) ||
        (is_first && (is_trusted(id, rule.first_ids) ||
                      (id.empty() && rule.first_without_id))))
      out.push_back({i, std::move(*content)});
  }
  return out;
}

}  // namespace mekiki::authres

// Whether an Authentication-Results field agrees with itself.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authres/format.hpp"
#include "auth/dmarc/public_suffix.hpp"
#include "dns/name.hpp"

namespace mekiki::verdict::test {

inline std::string value_of(const authres::method_result& r,
                            std::string_view ptype, std::string_view name) {
  for (const authres::property& p : r.properties) {
    if (p.ptype == ptype && p.name == name)
      return p.value;
  }
  return {};
}

/// What stands behind the last "@", if there is one.
inline std::string domain_in(const std::string& identity) {
  return dns::to_a_labels(identity.substr(identity.rfind('@') + 1))
      .value_or("");
}

/// What is told of them cannot be true together; "" if all can. `org`: the
/// author's organizational domain, where its own DNS says so.
inline std::string contradiction_in(
    const std::vector<authres::method_result>& all,
    const std::string& org = {}) {
  using auth::result;
  const auto belongs = [&org](const std::string& domain,
                              const std::string& author) {
    if (domain.empty())
      return false;
    return dmarc::registered_domain(domain) ==
               dmarc::registered_domain(author) ||
           (!org.empty() && dns::is_subdomain_of(domain, org));
  };
  for (const char* once : {"spf", "arc", "dmarc", "iprev"}) {
    if (std::ranges::count(all, once, &authres::method_result::method) > 1)
      return std::string("twice: ") + once;
  }
  const auto signatures =
      std::ranges::count(all, "dkim", &authres::method_result::method);
  for (const authres::method_result& r : all) {
    if (r.method == "dkim") {
      if (r.result == result::none && signatures > 1)
        return "dkim=none beside a signature";
      const std::string i = value_of(r, "header", "i");
      const std::string d = value_of(r, "header", "d");
      if (r.result == result::pass && d.empty())
        return "dkim=pass of nobody";
      if (!i.empty() && !dns::is_subdomain_of(domain_in(i), d))
        return "header.i=" + i + " outside of header.d=" + d;
    }
    if (r.method != "dmarc" || r.result != result::pass)
      continue;
    const std::string author = value_of(r, "header", "from");
    const bool has_proof = std::ranges::any_of(all, [&](const auto& other) {
      if (other.result != result::pass)
        return false;
      if (other.method == "dkim")
        return belongs(domain_in(value_of(other, "header", "d")), author);
      return other.method == "spf" &&
             (belongs(domain_in(value_of(other, "smtp", "mailfrom")), author) ||
              belongs(domain_in(value_of(other, "smtp", "helo")), author));
    });
    if (!has_proof)
      return "dmarc=pass header.from=" + author + " without a pass of it";
  }
  return {};
}

}  // namespace mekiki::verdict::test

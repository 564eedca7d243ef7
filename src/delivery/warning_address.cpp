#include "delivery/warning_address.hpp"

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "notify/mail/own_mail.hpp"
#include "verdict/lookups.hpp"

namespace mekiki::delivery {

std::string warning_address(const verdict::source& from,
                            const verdict::provider_rule& rule) {
  std::string address = verdict::own_address(from, rule);
  if (!notify::is_plain_address(address))
    return {};
  const std::string domain = address.substr(address.find('@') + 1);
  const bool is_named =
      !rule.mail_domain.empty() && ascii::iequals(domain, rule.mail_domain);
  const bool is_upstreams =
      dns::is_hostname(from.upstream) &&
      !dmarc::is_public_suffix(from.upstream) &&
      ascii::iequals(domain, dmarc::registered_domain(from.upstream));
  return is_named || is_upstreams ? address : std::string();
}

}  // namespace mekiki::delivery

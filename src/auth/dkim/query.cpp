#include "auth/dkim/query.hpp"

#include <string>
#include <utility>

#include "dns/name.hpp"

namespace mekiki::dkim {

std::optional<dns::question> key_question(std::string_view selector,
                                          std::string_view domain) {
  std::string name(selector);
  name += "._domainkey.";
  name += domain;
  auto normal = dns::normalize(name);
  if (!normal)
    return std::nullopt;
  return dns::question{std::move(*normal), dns::record_type::txt};
}

errc to_errc(dns::status s) {
  switch (s) {
    case dns::status::success:
      return errc::ok;
    case dns::status::no_data:
    case dns::status::nxdomain:
      return errc::no_key;
    case dns::status::bogus:
      return errc::key_bogus;
    case dns::status::malformed:
      return errc::key_name;
    case dns::status::timeout:
    case dns::status::servfail:
      break;
  }
  return errc::key_unavailable;
}

}  // namespace mekiki::dkim

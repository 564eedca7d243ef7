#include "config/own_names.hpp"

#include <unistd.h>

#include "base/ascii.hpp"
#include "base/ip_address.hpp"
#include "config/units.hpp"

namespace mekiki::config {

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || !is_host(name)) {
    return "localhost";
  }
  return ascii::to_lower(name);
}

std::string authserv_id(const settings& c) {
  return c.authserv_id.empty() ? host_name() : c.authserv_id;
}

std::string own_host_name(const settings& c) {
  const std::string id = authserv_id(c);
  return is_host(id) && !parse_ip_address(id) ? id : host_name();
}

std::string own_address(const settings& c) {
  return c.smtp.from.empty() ? "mekiki@" + own_host_name(c) : c.smtp.from;
}

bool is_ours_alone(std::string_view own_address) {
  const std::string local(own_address.substr(0, own_address.rfind('@')));
  return ascii::to_lower(local).find("mekiki") != std::string::npos;
}

}  // namespace mekiki::config

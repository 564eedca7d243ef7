#include "app/config_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "net/connect.hpp"

namespace mekiki::app {
namespace {

bool is_loopback(const ip_address& address) {
  static const ip_network v4{ip_address::v4({127, 0, 0, 0}), 8};
  static const ip_network v6 = *parse_ip_network("::1");
  return v4.contains(address.unmapped()) || v6.contains(address);
}

void check_listeners(const config& c, config_findings& out) {
  if (c.listen.pop3.empty() && c.listen.pop3s.empty()) {
    out.errors.push_back({.key = "listen.pop3",
                          .text = "nothing to listen on: listen.pop3 and "
                                  "listen.pop3s are both empty"});
  }
  std::vector<std::string> seen;
  const auto check_list = [&](const std::vector<net::endpoint>& list,
                              std::string_view key) {
    for (const net::endpoint& e : list) {
      std::string text = net::format(e);
      if (e.port != 0 && std::ranges::find(seen, text) != seen.end()) {
        out.errors.push_back(
            {.key = std::string(key),
             .text = fmt::format("{} is listened on twice", text)});
      }
      seen.push_back(std::move(text));
    }
  };
  check_list(c.listen.pop3, "listen.pop3");
  check_list(c.listen.pop3s, "listen.pop3s");

  if (!c.listen.clear_logins)
    return;
  for (const net::endpoint& e : c.listen.pop3) {
    if (is_loopback(e.address))
      continue;
    out.warnings.push_back(
        {.key = "listen.clear_logins",
         .text = fmt::format("passwords may cross the network in clear to {}",
                             net::format(e))});
  }
}

void check_routes(const config& c, config_findings& out) {
  for (std::size_t i = 0; i < c.routes.size(); ++i) {
    const pop3::route& r = c.routes[i];
    const auto key = [&](std::string_view name) {
      return fmt::format("route[{}].{}", i + 1, name);
    };
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      const std::string& pattern = c.routes[earlier].pattern;
      if (pattern != "*" && !ascii::iequals(pattern, r.pattern))
        continue;
      out.errors.push_back(
          {.key = key("pattern"),
           .text = fmt::format("never reached: route {} has \"{}\"",
                               earlier + 1, pattern)});
      break;
    }
    if (r.host.empty() && r.pattern.find('%') == std::string::npos) {
      out.errors.push_back(
          {.key = key("host"),
           .text = "must be given, as the pattern names no host"});
      continue;
    }
    const bool clear_allowed =
        r.host.empty() ||
        std::ranges::any_of(c.upstream.clear_hosts, [&](const auto& host) {
          return ascii::iequals(host, r.host);
        });
    if (r.with == pop3::protection::clear && !clear_allowed) {
      out.errors.push_back({.key = key("tls"),
                            .text = fmt::format("\"clear\" needs \"{}\" in "
                                                "upstream.clear_hosts",
                                                r.host)});
    }
    const net::address_rules rules{.allowed = c.upstream.networks,
                                   .ports = c.upstream.ports,
                                   .high_ports = c.upstream.high_ports,
                                   .own = {}};
    if (r.port && !rules.allows_port(*r.port)) {
      out.errors.push_back(
          {.key = key("port"),
           .text = fmt::format("port {} is not in upstream.ports", *r.port)});
    }
    const auto address = parse_ip_address(r.host);
    if (address && !rules.allows(*address)) {
      out.errors.push_back(
          {.key = key("host"),
           .text = fmt::format("{} is not a public address and not in "
                               "upstream.networks",
                               r.host)});
    }
  }
}

}  // namespace

config_findings check(const config& c) {
  config_findings out;
  check_listeners(c, out);
  if (c.tls.certificate.empty() && !c.tls.key.empty()) {
    out.errors.push_back(
        {.key = "tls.key", .text = "given without tls.certificate"});
  }
  if (!c.tls.certificate.empty() && c.tls.key.empty()) {
    out.errors.push_back(
        {.key = "tls.certificate", .text = "given without tls.key"});
  }
  if (!c.tls.certificate.empty() && !c.tls.names.empty()) {
    out.warnings.push_back(
        {.key = "tls.names",
         .text = "has no effect, as tls.certificate is given"});
  }
  if (c.dns.validation == dns::dnssec::off &&
      !(c.dns.trust_anchors.empty() && c.dns.trust_anchor_files.empty())) {
    out.warnings.push_back({.key = "dns.trust_anchors",
                            .text = "has no effect, as dns.dnssec is off"});
  }
  check_routes(c, out);
  return out;
}

}  // namespace mekiki::app

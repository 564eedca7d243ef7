#include "daemon/upstream.hpp"

#include <string>
#include <utility>
#include <vector>

#include "base/ip_address.hpp"
#include "config/own_names.hpp"
#include "daemon/resolver.hpp"
#include "daemon/state.hpp"
#include "dns/name.hpp"

namespace mekiki::daemon {
namespace {

/// In the form that a login's host has (pop3::target).
std::string plain_host(const std::string& host) {
  if (const auto address = parse_ip_address(host))
    return format(*address);
  return dns::to_a_labels(host).value_or(host);
}

std::vector<std::string> reachable_hosts(const config::settings& settings) {
  std::vector<std::string> out;
  if (settings.upstream.hosts.empty())
    return out;  // any
  for (const std::string& host : settings.upstream.hosts)
    out.push_back(host.starts_with("*.") ? host : plain_host(host));
  for (const pop3::route& route : settings.routes)
    if (!route.host.empty())
      out.push_back(plain_host(route.host));
  return out;
}

}  // namespace

pop3::proxy_settings proxy_settings(const config::settings& settings) {
  pop3::proxy_settings p;
  p.routes = settings.routes;

  const auto& up = settings.upstream;
  p.upstream.addresses.allowed = up.networks;
  p.upstream.addresses.ports = up.ports;
  p.upstream.addresses.high_ports = up.high_ports;
  p.upstream.hosts = reachable_hosts(settings);
  p.upstream.clear_hosts = up.clear_hosts;
  p.upstream.connect_timeout = up.connect_timeout;
  p.upstream.silence_timeout = up.silence_timeout;
  p.upstream.line_limit = settings.limits.line;

  p.clear_logins = settings.listen.clear_logins;
  p.idle_timeout = settings.client.idle_timeout;
  p.login_timeout = settings.client.login_timeout;
  p.transfer.first_lines = settings.client.first_lines;
  p.transfer.top_whole = settings.mail.top_whole;
  p.failed_login_delay = settings.client.failed_login_delay;
  p.sessions_per_client = settings.limits.sessions_per_client;
  p.line_limit = settings.limits.line;

  p.ahead.mode = settings.prefetch.mode;
  p.ahead.whom = settings.prefetch.whom;
  p.ahead.commands = settings.prefetch.commands;
  p.ahead.octets = settings.prefetch.octets;

  delivery::settings& m = p.mail;
  m.spool.memory = settings.mail.memory;
  m.spool.octets = settings.mail.largest;
  m.verdict = settings.verdict;
  m.notify.authserv_id = config::authserv_id(settings);
  m.notify.keep_original = settings.users.keep_original;
  m.choice = settings.users.standard;
  m.limits = settings.users.limits;
  m.warnings.in_listing = settings.warnings.by == config::warning_way::listing;
  m.warnings.from = config::own_address(settings);
  m.warnings.tell_administrators = settings.warnings.at_once;
  // Of "own" too they would take most of the room, and of each mail's time.
  m.all_stories = settings.history.keep == store::text_retention::of_all;
  return p;
}

expected<upstream_parts, std::string> make_upstream_parts(
    boost::asio::io_context& io, const config::settings& settings,
    const std::filesystem::path& zone, const std::filesystem::path& state,
    const clock& clock, file_reader read) {
  auto lookups = std::make_unique<dns::lookup_counts>();
  auto resolver =
      make_resolver(io, settings, zone, lookups.get(), std::move(read));
  if (!resolver)
    return unexpected(resolver.error());
  auto tls = net::tls_context::make_client(settings.upstream.extra_ca);
  if (!tls)
    return unexpected(tls.error());
  return upstream_parts{.lookups = std::move(lookups),
                        .resolver = std::move(*resolver),
                        .tls = std::move(*tls),
                        .seen_tls = pop3::tls_memory(state / "tls-hosts"),
                        .hosts = pop3::host_memory(state / "servers", clock)};
}

}  // namespace mekiki::daemon

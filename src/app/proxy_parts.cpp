#include "app/proxy_parts.hpp"

#include <utility>

#include "app/resolver.hpp"
#include "app/state.hpp"

namespace mekiki::app {
namespace {

pop3::protection protection_of(upstream_tls tls) {
  switch (tls) {
    case upstream_tls::tls:
      return pop3::protection::tls;
    case upstream_tls::stls:
      return pop3::protection::stls;
    case upstream_tls::clear:
      return pop3::protection::clear;
  }
  return pop3::protection::tls;
}

pop3::prefetch prefetch_of(prefetch_mode mode) {
  switch (mode) {
    case prefetch_mode::off:
      return pop3::prefetch::off;
    case prefetch_mode::on:
      return pop3::prefetch::on;
    case prefetch_mode::force:
      return pop3::prefetch::force;
  }
  return pop3::prefetch::off;
}

}  // namespace

pop3::proxy_settings proxy_settings(const config& settings) {
  pop3::proxy_settings p;
  for (const route& r : settings.routes) {
    pop3::route to{.pattern = r.pattern,
                   .host = r.host,
                   .with = protection_of(r.tls),
                   .local_part_only = r.user == route_user::local_part};
    if (r.port != 0)
      to.port = r.port;
    p.routes.push_back(std::move(to));
  }

  const auto& up = settings.upstream;
  p.upstream.addresses.allowed = up.networks;
  p.upstream.addresses.ports = up.ports;
  p.upstream.addresses.high_ports = up.high_ports;
  p.upstream.clear_hosts = up.clear_hosts;
  p.upstream.connect_timeout = up.connect_timeout;
  p.upstream.silence_timeout = up.silence_timeout;
  p.upstream.line_limit = settings.limits.line;

  p.clear_logins = settings.listen.clear_logins;
  p.idle_timeout = settings.client.idle_timeout;
  p.first_lines = settings.client.first_lines;
  p.failed_login_delay = settings.client.failed_login_delay;
  p.sessions_per_client = settings.limits.sessions_per_client;
  p.line_limit = settings.limits.line;

  p.ahead = prefetch_of(settings.prefetch.mode);
  p.ahead_commands = settings.prefetch.commands;
  p.ahead_octets = settings.prefetch.octets;

  p.top_whole = settings.mail.top_whole;
  p.spool.memory = settings.mail.memory;
  p.spool.octets = settings.mail.largest;
  p.verdict.dkim = settings.dkim;
  p.notify.authserv_id = authserv_id(settings);
  return p;
}

expected<upstream_parts, std::string> make_upstream_parts(
    boost::asio::io_context& io, const config& settings,
    const std::filesystem::path& zone, const std::filesystem::path& state) {
  auto resolver = make_resolver(io, settings, zone);
  if (!resolver)
    return unexpected(resolver.error());
  auto tls = net::tls_context::make_client(settings.upstream.extra_ca);
  if (!tls)
    return unexpected(tls.error());
  return upstream_parts{.resolver = std::move(*resolver),
                        .tls = std::move(*tls),
                        .seen_tls = pop3::tls_memory(state / "tls-hosts")};
}

}  // namespace mekiki::app

#include "config/check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "auth/authres/trust.hpp"
#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "config/own_names.hpp"
#include "dns/name.hpp"
#include "net/connect.hpp"

namespace mekiki::config {
namespace {

void check_listeners(const settings& c, findings& out) {
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
  check_list(c.admin.listen, "admin.listen");

  for (const net::endpoint& e : c.admin.listen) {
    if (net::is_loopback(e.address) || !c.admin.clear)
      continue;
    out.warnings.push_back(
        {.key = "admin.clear",
         .text = fmt::format("passwords may cross the network in clear to {}",
                             net::format(e))});
  }
  if (!c.listen.clear_logins)
    return;
  for (const net::endpoint& e : c.listen.pop3) {
    if (net::is_loopback(e.address))
      continue;
    out.warnings.push_back(
        {.key = "listen.clear_logins",
         .text = fmt::format("passwords may cross the network in clear to {}",
                             net::format(e))});
  }
}

// Whoever can connect could reach any server in this machine's name, guess
// passwords there and look behind its firewall. The dashboard logs in, too.
void check_hosts(const settings& c, findings& out) {
  for (const auto* list : {&c.listen.pop3, &c.listen.pop3s, &c.admin.listen}) {
    if (std::string why = why_hosts_are_needed(c, *list); !why.empty()) {
      out.errors.push_back({.key = "upstream.hosts", .text = std::move(why)});
      return;
    }
  }
}

void check_routes(const settings& c, findings& out) {
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

// Whether every host that `later` stands for is one of `earlier`.
bool covers(const std::string& earlier, const std::string& later) {
  return earlier == later ||
         (earlier.starts_with("*.") && later.ends_with(earlier.substr(1)));
}

// More than any provider has: the whole of IPv4 is 256 times as large.
bool is_too_wide(const ip_network& n) {
  return n.prefix_length < (n.address.is_v4() ? 8 : 16);
}

void check_provider(const verdict::provider_rule& p, const std::string& own_id,
                    const std::string& prefix, findings& out) {
  const auto refuse = [&](std::string_view name, std::string text) {
    out.errors.push_back(
        {.key = prefix + std::string(name), .text = std::move(text)});
  };
  if (std::ranges::any_of(p.networks, is_too_wide)) {
    refuse("networks",
           "a network this wide holds strangers, whose word would count as the "
           "provider's");
  }
  if (!p.host_domain.empty() && dmarc::is_public_suffix(p.host_domain)) {
    refuse("host_domain",
           fmt::format("anybody can have a name below \"{}\"", p.host_domain));
  }
  for (const std::string& id : p.authserv_ids) {
    if (id.starts_with('@') && dmarc::is_public_suffix(id.substr(1))) {
      refuse("authserv_ids",
             fmt::format("anybody can have a name below \"{}\"", id.substr(1)));
    } else if (authres::is_trusted(own_id, {id})) {
      refuse("authserv_ids",
             fmt::format("\"{}\" stands for our own name, {}, which nobody "
                         "else may use",
                         id, own_id));
    }
  }
  if (p.networks.empty() && p.mail_domain.empty() && p.host_domain.empty() &&
      p.authserv_ids.empty() && !p.shares_history && !p.mail_only) {
    out.warnings.push_back({.key = prefix + "upstream",
                            .text = "has no effect, as nothing else is said "
                                    "of this provider"});
  }
}

void check_providers(const settings& c, findings& out) {
  const std::string own_id = authserv_id(c);
  const auto& providers = c.verdict.providers;
  for (std::size_t i = 0; i < providers.size(); ++i) {
    const std::string prefix = fmt::format("provider[{}].", i + 1);
    const auto before = providers.begin() + static_cast<std::ptrdiff_t>(i);
    const auto earlier = std::find_if(
        providers.begin(), before,
        [&](const auto& e) { return covers(e.upstream, before->upstream); });
    if (earlier != before) {
      out.errors.push_back(
          {.key = prefix + "upstream",
           .text = fmt::format("never reached: provider {} has \"{}\"",
                               earlier - providers.begin() + 1,
                               earlier->upstream)});
    }
    check_provider(providers[i], own_id, prefix, out);
  }
}

// Whether a signature of `signer` speaks for `author` (RFC 7489 3.1.1, relaxed,
// as far as the names alone tell).
bool speaks_for(std::string_view signer, std::string_view author) {
  return dns::is_subdomain_of(author, signer) ||
         dns::is_subdomain_of(signer, author);
}

void check_autoconfigs(const settings& c, findings& out) {
  for (std::size_t i = 0; i < c.autoconfigs.size(); ++i) {
    const admin::client_setup& s = c.autoconfigs[i];
    const auto key = [&](std::string_view name) {
      return fmt::format("autoconfig[{}].{}", i + 1, name);
    };
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (ascii::iequals(c.autoconfigs[earlier].domain, s.domain)) {
        out.errors.push_back(
            {.key = key("domain"),
             .text = fmt::format("never reached: autoconfig {} has \"{}\"",
                                 earlier + 1, s.domain)});
        break;
      }
    }
    const std::string login = "somebody@" + s.domain;
    if (s.server.empty() &&
        !pop3::find_target(login, pop3::client_leg::implicit_tls, c.routes)) {
      out.errors.push_back(
          {.key = key("server"),
           .text =
               fmt::format("must be given, as no [[route]] takes {}", login)});
    }
  }
}

/// Mailboxes with reports are named as mail clients log in.
void check_reports(const settings& c, findings& out) {
  std::vector<std::string> seen;
  const auto check = [&](const std::string& login, const std::string& key) {
    const auto where =
        pop3::find_target(login, pop3::client_leg::implicit_tls, c.routes);
    if (!where)
      out.errors.push_back({.key = key, .text = where.error()});
    return where ? pop3::account_id(*where) : std::string();
  };
  for (const std::string& login : c.domains.report_accounts)
    check(login, "domains.report_accounts");
  for (std::size_t i = 0; i < c.report_mailboxes.size(); ++i) {
    const report_mailbox& m = c.report_mailboxes[i];
    const std::string prefix = fmt::format("reports[{}].", i + 1);
    const std::string account = check(m.account, prefix + "account");
    if (!account.empty() && std::ranges::find(seen, account) != seen.end()) {
      out.errors.push_back(
          {.key = prefix + "account", .text = "this mailbox is named twice"});
    }
    seen.push_back(account);
    if (m.password_file.empty())
      out.errors.push_back(
          {.key = prefix + "password_file", .text = "must be given"});
  }
}

void check_smtp(const settings& c, findings& out) {
  const auto& s = c.smtp;
  const auto refuse = [&](std::string_view name, std::string text) {
    out.errors.push_back(
        {.key = fmt::format("smtp.{}", name), .text = std::move(text)});
  };
  const auto warn = [&](std::string_view name, std::string text) {
    out.warnings.push_back(
        {.key = fmt::format("smtp.{}", name), .text = std::move(text)});
  };
  if (s.host.empty() && !s.user.empty())
    warn("user", "has no effect, as smtp.host is empty");
  if (!s.user.empty() && s.password_file.empty())
    refuse("user", "given without smtp.password_file");
  if (s.user.empty() && !s.password_file.empty())
    refuse("password_file", "given without smtp.user");
  if (s.tls == net::submit_tls::clear) {
    const auto address = parse_ip_address(s.host);
    if (!s.host.empty() && (!address || !net::is_loopback(*address))) {
      refuse("tls", fmt::format("\"clear\" is for a relay on this machine, and "
                                "\"{}\" is neither 127.0.0.1 nor ::1",
                                s.host));
    }
    if (!s.user.empty())
      refuse("user", "a password is never sent without TLS");
  }
  if (s.tls == net::submit_tls::starttls && s.port == 465) {
    warn("port", "servers expect TLS at once on port 465: smtp.tls = \"tls\"");
  }
  const bool some =
      !s.dkim_domain.empty() || !s.dkim_selector.empty() || !s.dkim_key.empty();
  const bool all =
      !s.dkim_domain.empty() && !s.dkim_selector.empty() && !s.dkim_key.empty();
  if (some && !all) {
    const std::string_view given = !s.dkim_domain.empty()     ? "dkim_domain"
                                   : !s.dkim_selector.empty() ? "dkim_selector"
                                                              : "dkim_key";
    refuse(given,
           "smtp.dkim_domain, smtp.dkim_selector and smtp.dkim_key go "
           "together");
  }
  const std::string from = own_address(c);
  const std::string author = ascii::to_lower(from.substr(from.rfind('@') + 1));
  if (all && !speaks_for(s.dkim_domain, author)) {
    warn(
        "dkim_domain",
        fmt::format("its signature proves nothing of {}, the sender of our own "
                    "mails (smtp.from)",
                    from));
  }
}

void check_warnings(const settings& c, findings& out) {
  const auto& w = c.warnings;
  const auto refuse = [&](std::string_view name, std::string_view text) {
    out.errors.push_back(
        {.key = fmt::format("warnings.{}", name), .text = std::string(text)});
  };
  if (c.smtp.host.empty()) {
    if (w.by == warning_way::smtp)
      refuse("by", "\"smtp\" needs smtp.host");
    if (!w.administrators.empty())
      refuse("administrators", "their mails need smtp.host");
  }
  if (!w.administrators.empty()) {
    if (!w.at_once && w.digest == notify::period::off &&
        c.domains.watch.empty()) {
      out.warnings.push_back(
          {.key = "warnings.administrators",
           .text =
               "they get nothing: set warnings.at_once or warnings.digest"});
    }
    return;
  }
  if (w.at_once)
    refuse("at_once", "given without warnings.administrators");
  if (w.digest != notify::period::off)
    refuse("digest", "given without warnings.administrators");
}

}  // namespace

std::string why_hosts_are_needed(const settings& c,
                                 const std::vector<net::endpoint>& listeners) {
  const auto open = std::ranges::find_if(listeners, [](const net::endpoint& e) {
    return !net::is_loopback(e.address);
  });
  if (!c.upstream.hosts.empty() || open == listeners.end())
    return {};
  std::vector<std::string> hosts;
  for (const pop3::route& r : c.routes) {
    if (!r.host.empty() && std::ranges::find(hosts, r.host) == hosts.end())
      hosts.push_back(r.host);
  }
  if (hosts.empty())
    hosts.emplace_back("pop.example.jp");
  for (std::string& host : hosts) host = fmt::format("\"{}\"", host);
  return fmt::format(
      "must name the mail servers of your users, as others than this machine "
      "can connect to {}; add to the settings, with your servers: "
      "upstream.hosts = [{}]",
      net::format(*open), fmt::join(hosts, ", "));
}

findings check(const settings& c) {
  findings out;
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
  check_hosts(c, out);
  check_routes(c, out);
  check_providers(c, out);
  check_autoconfigs(c, out);
  check_reports(c, out);
  check_smtp(c, out);
  check_warnings(c, out);
  const verdict::policy& decision = c.verdict.decision;
  if (decision.senders == verdict::sender_class::off &&
      !decision.bulk_senders.empty()) {
    out.warnings.push_back(
        {.key = "verdict.bulk_senders",
         .text = "has no effect, as verdict.senders is off"});
  }
  const notify::methods& chosen = c.users.standard.methods;
  if (const auto may = chosen & c.users.limits.allowed; may != chosen) {
    out.warnings.push_back(
        {.key = "users.methods",
         .text = fmt::format("of {}, only {} is in users.allowed",
                             notify::format(chosen), notify::format(may))});
  }
  return out;
}

}  // namespace mekiki::config

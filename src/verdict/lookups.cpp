#include "verdict/lookups.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "auth/spf/macro.hpp"
#include "base/ip_address.hpp"
#include "base/unix_time.hpp"
#include "dns/name.hpp"
#include "verdict/mailbox_name.hpp"

namespace mekiki::verdict {
namespace {

using boost::asio::awaitable;

/// The registered domain of a host, where it is one; of an address none.
std::string domain_of_host(const std::string& host) {
  if (!dns::is_hostname(host) || dmarc::is_public_suffix(host))
    return {};
  return dmarc::registered_domain(host);
}

awaitable<history_answer> ask_history(const lookup_request& r) {
  history_question q;
  q.account = r.from.account;
  q.upstream = r.from.upstream;
  q.author = r.facts.author;
  q.author_domain = r.facts.author_domain;
  q.list_id = r.facts.list_id;
  for (const dns::question& key : r.keys) q.key_names.push_back(key.name);
  history_answer answer = co_await r.with.past->ask(std::move(q));
  co_return answer;
}

/// The hosts that take mail for a domain (RFC 5321 5.1), which is one itself if
/// it names none. Nothing if the DNS gave no answer.
awaitable<std::optional<std::vector<std::string>>> mx_hosts(
    std::string domain, dns::resolver& resolver) {
  std::vector<std::string> hosts;
  if (domain.empty())
    co_return hosts;
  const dns::question q{domain, dns::record_type::mx};
  const dns::answer_ptr answer = co_await resolver.resolve(q);
  if (dns::is_temporary(answer->status))
    co_return std::nullopt;
  for (const dns::mail_exchange& mx : answer->exchanges) {
    if (!mx.host.empty())
      hosts.push_back(mx.host);
  }
  if (answer->status == dns::status::no_data)
    hosts.push_back(std::move(domain));
  co_return hosts;
}

awaitable<std::vector<resolved_name>> find_addresses(
    std::vector<std::string> names, dns::resolver& resolver) {
  constexpr std::array types = {dns::record_type::a, dns::record_type::aaaa};
  for (const std::string& name : names) {
    for (const dns::record_type type : types) resolver.prefetch({name, type});
  }
  std::vector<resolved_name> out;
  for (std::string& name : names) {
    resolved_name& found = out.emplace_back();
    for (const dns::record_type type : types) {
      const dns::question q{name, type};
      const dns::answer_ptr answer = co_await resolver.resolve(q);
      if (dns::is_temporary(answer->status))
        found.known = false;
      found.addresses.insert(found.addresses.end(), answer->addresses.begin(),
                             answer->addresses.end());
    }
    found.name = std::move(name);
  }
  co_return out;
}

void add_domain(provider& p, std::string domain) {
  if (!domain.empty() &&
      std::ranges::find(p.domains, domain) == p.domains.end())
    p.domains.push_back(std::move(domain));
}

awaitable<border> border_of(const lookup_request& r) {
  // Owned by the steps that are computed elsewhere, too.
  struct search {
    provider p;
    trace t;
    std::vector<std::string> names;
    std::vector<resolved_name> addresses;
    border found;
  };
  const auto s = std::make_shared<search>();
  const provider_rule& rule = rule_for(r.limits, r.from.upstream);
  const std::string& upstream = r.from.upstream;
  provider& p = s->p;
  p.networks = rule.networks;
  if (const auto address = parse_ip_address(upstream)) {
    p.networks.push_back({*address, address->is_v4() ? 32 : 128});
  } else if (dns::is_hostname(upstream)) {
    p.upstream = upstream;
  }
  p.mail_only = rule.mail_only;
  add_domain(p, rule.host_domain.empty() ? domain_of_host(upstream)
                                         : rule.host_domain);
  auto hosts = co_await mx_hosts(mail_domain(r.from, rule), r.resolver);
  if (!hosts) {
    s->found.status = border_status::dns_unavailable;
    co_return s->found;
  }
  p.mx_hosts = std::move(*hosts);
  for (const std::string& host : p.mx_hosts)
    add_domain(p, domain_of_host(host));
  p.known = known_providers(p.mx_hosts);
  for (const known_provider* k : p.known)
    p.mail_only = p.mail_only || is_listed(k->upstream, p.upstream);
  std::function<void()> step = [s, &header = r.header] {
    s->t = trace_of(header);
    s->names = names_to_confirm(s->t, s->p);
  };
  co_await r.compute(std::move(step));
  s->addresses = co_await find_addresses(std::move(s->names), r.resolver);
  step = [s] { s->found = find_border(s->t, s->p, s->addresses); };
  co_await r.compute(std::move(step));
  // The address that we fetched from says nothing of the hosts that receive.
  s->found.provider_unknown =
      rule.networks.empty() && p.mx_hosts.empty() && p.domains.empty();
  co_return s->found;
}

/// When the border took the mail, if that is not still to come. Compared as
/// numbers: the year 9999 has no place in a time_point.
time_point time_at(const border& b, time_point now) {
  return b.time && *b.time < unix_seconds(now) ? at_unix_seconds(*b.time) : now;
}

/// What SPF is asked with. Nothing is certain without a border.
spf_facts spf_facts_of(const lookup_request& r,
                       const std::optional<border>& entered) {
  spf_facts f;
  f.asked.at = r.with.clock.now();
  if (r.given) {
    f.source = spf_source::given;
    f.asked.ip = r.given->ip;
    f.asked.mail_from = r.given->mail_from;
    f.asked.helo = r.given->helo;
  } else if (entered && entered->status == border_status::found) {
    f.source = spf_source::border;
    f.asked.ip = entered->client;
    f.asked.mail_from = entered->mail_from.value_or("");
    f.asked.helo = entered->helo;
    f.path_known = entered->mail_from.has_value();
    f.asked.at = time_at(*entered, f.asked.at);
  }
  f.by_helo = f.asked.mail_from.empty();
  return f;
}

/// RFC 8601 3: the client's name, confirmed forward.
awaitable<iprev_facts> check_iprev(ip_address client, dns::resolver& resolver) {
  iprev_facts out;
  out.client = client;
  const dns::question reverse{spf::reverse_name(client), dns::record_type::ptr};
  const dns::answer_ptr answer = co_await resolver.resolve(reverse);
  out.status = dns::is_temporary(answer->status) ? auth::result::temperror
                                                 : auth::result::permerror;
  if (answer->status != dns::status::success)
    co_return out;
  constexpr std::size_t most_names = 10;
  std::vector<std::string> names = answer->names;
  names.resize(std::min(names.size(), most_names));
  const std::vector<resolved_name> found =
      co_await find_addresses(std::move(names), resolver);
  out.status = auth::result::fail;
  for (const resolved_name& name : found) {
    if (std::ranges::find(name.addresses, client) != name.addresses.end()) {
      out.status = auth::result::pass;
      out.name = name.name;
      co_return out;
    }
    if (!name.known)
      out.status = auth::result::temperror;
  }
  co_return out;
}

}  // namespace

std::string mail_domain(const source& from, const provider_rule& rule) {
  const std::string mailbox = mailbox_name(from.login);
  if (const auto at = mailbox.rfind('@'); at != std::string::npos) {
    if (auto name = dns::to_a_labels(mailbox.substr(at + 1)))
      return *name;
  }
  return rule.mail_domain.empty() ? domain_of_host(from.upstream)
                                  : rule.mail_domain;
}

std::string own_address(const source& from, const provider_rule& rule) {
  std::string mailbox = mailbox_name(from.login);
  if (mailbox.empty() || mailbox.find('@') != std::string::npos)
    return mailbox;
  const std::string domain = mail_domain(from, rule);
  return domain.empty() ? domain : mailbox + '@' + domain;
}

awaitable<lookups> look_up(lookup_request r) {
  lookups out;
  if (r.with.past != nullptr)
    out.past = co_await ask_history(r);
  if (!r.given)
    out.entered = co_await border_of(r);
  out.spf = spf_facts_of(r, out.entered);
  if (out.spf.source == spf_source::left_out)
    co_return out;

  const spf::request& asked = out.spf.asked;
  const spf::options how;
  out.spf.outcome = co_await spf::check_host(asked, r.resolver, how);
  if (r.limits.senderid) {
    out.senderid =
        co_await historic::check_sender_id(r.header, asked, r.resolver, how);
    if (out.spf.path_known) {
      out.senderid_mfrom = co_await historic::check_sender_id_host(
          asked, historic::sender_id_scope::mfrom, r.resolver, how);
    }
  }
  if (r.limits.iprev)
    out.iprev = co_await check_iprev(asked.ip, r.resolver);
  co_return out;
}

}  // namespace mekiki::verdict

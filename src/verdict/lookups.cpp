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
#include "verdict/evidence.hpp"
#include "verdict/mailbox_name.hpp"
#include "verdict/own_spf.hpp"
#include "verdict/signer_resolver.hpp"

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
  if (r.facts.author_count == 1)  // of several nobody knows who it is
    q.author = r.facts.author;
  q.author_domain = r.facts.author_domain;
  q.list_id = r.facts.list_id;
  for (const dns::question& key : r.keys) q.key_names.push_back(key.name);
  history_answer answer = co_await r.with.history->ask(std::move(q));
  co_return answer;
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
  if (answer->status == dns::status::no_data) {
    std::vector<std::string> names(1, domain);
    const auto itself = co_await find_addresses(std::move(names), resolver);
    if (!itself.front().known)
      co_return std::nullopt;
    if (!itself.front().addresses.empty())
      hosts.push_back(std::move(domain));
  }
  co_return hosts;
}

void add_domain(provider& p, std::string domain) {
  if (!domain.empty() &&
      std::ranges::find(p.domains, domain) == p.domains.end())
    p.domains.push_back(std::move(domain));
}

constexpr std::size_t most_own_records = 3;

/// The SPF records of the provider's first domains.
std::vector<std::string> own_records_of(
    const std::vector<std::string>& domains) {
  return {domains.begin(),
          domains.begin() + static_cast<std::ptrdiff_t>(
                                std::min(domains.size(), most_own_records))};
}

/// Those that the built-in table has for its MX hosts.
std::vector<std::string> listed_records_of(const provider& p) {
  std::vector<std::string> out;
  for (const known_provider* k : p.known) {
    if (!k->spf.empty() && out.size() < most_own_records)
      out.emplace_back(k->spf);
  }
  return out;
}

/// Takes the border from a view that the trace fits, where the walk ended at
/// the same field or above: what it passed as the provider's stays so.
void use_views(border& found, const trace& t,
               const std::vector<border_place>& places,
               const std::vector<border_view>& views) {
  const border_place* place = fitting_place(places, views);
  if (place == nullptr || !found.field)
    return;
  const std::size_t field = t.hops[place->hop].field;
  const bool is_same = field == *found.field;
  // At the same field, a client with a name of the provider is its relay or its
  // customer, and the DNS may answer the next time: no view helps there. Nor
  // does one where the provider's own fields contradict the border.
  const bool may_be =
      found.status == border_status::no_entry ||
      (is_same ? found.status == border_status::found
               : found.status != border_status::found &&
                     found.status != border_status::contradicted &&
                     found.status != border_status::dns_unavailable);
  if (field < *found.field || !may_be)
    return;
  const auto view = std::ranges::find(views, place->view, &border_view::view);
  // A border by a person's answer accuses, and proves nothing.
  const bool is_strong = is_same && found.status == border_status::no_entry &&
                         !found.by_domain_only && !found.through_loopback &&
                         !view->confirmed;
  border told = border_at(t, place->hop);
  told.inside = std::move(found.inside);
  for (const hop& h : t.hops) {
    if (h.field >= *found.field && h.field < field)
      told.inside.push_back({h.field, inside_by::view});
  }
  told.door = entry_reason::view;
  told.by_view = !is_strong;
  told.table_refuted = found.table_refuted;
  found = std::move(told);
}

std::string mx_set_of(std::vector<std::string> hosts) {
  std::ranges::sort(hosts);
  std::string out;
  for (const std::string& host : hosts) out += host + '\n';
  return out;
}

/// What proven mail may teach of the border: where the trace alone does not
/// show it, and where only the built-in table says so. And what it has taught.
struct learned_views {
  border_candidates search;
  std::vector<border_view> views;
};

awaitable<std::optional<learned_views>> ask_learned_views(
    const lookup_request& r, const provider& p, const trace& t,
    const border& found_border) {
  const bool is_certain =
      can_accuse(found_border) && !is_by_table(found_border);
  if (is_certain || r.with.history == nullptr || r.from.account.empty())
    co_return std::nullopt;
  learned_views out;
  border_candidates& s = out.search;
  s.places = border_places(t, r.header);
  if (s.places.empty())
    co_return std::nullopt;
  s.mx_set = mx_set_of(p.mx_hosts);
  s.provider_domains = p.domains;
  if (!t.return_paths.empty() &&
      t.return_paths.front().field < t.hops.front().field)
    s.mail_from = t.return_paths.front().path.value_or("");
  border_question q{.account = r.from.account,
                    .upstream = r.from.upstream,
                    .mx_set = s.mx_set};
  out.views = co_await r.with.history->ask(std::move(q));
  co_return out;
}

/// Whether earlier mails with such a trace entered at another hop than the
/// built-in table says. A hop further below does not count if independent
/// senders' mails entered above it: it may be a forwarder's, or invented. Nor
/// does a person's answer count against the table.
bool refutes_table(const learned_views& l, const trace& t,
                   const border& found_border) {
  constexpr std::size_t independent = 3;
  const border_place* place = fitting_place(l.search.places, l.views);
  if (place == nullptr)
    return false;
  const auto view = std::ranges::find(l.views, place->view, &border_view::view);
  if (view->above >= independent || view->confirmed)
    return false;
  const std::size_t field = t.hops[place->hop].field;
  const bool is_inside =
      std::ranges::any_of(found_border.inside, [&](const inside_hop& h) {
        return h.why == inside_by::table && h.field >= field;
      });
  return is_inside ||
         (found_border.status == border_status::found &&
          !found_border.table.empty() && found_border.field != field);
}

/// The same walk, which ends without a border.
border refused(border found, border_status why) {
  border out;
  out.status = why;
  out.field = found.field;
  out.inside = std::move(found.inside);
  out.table_refuted = found.table_refuted;
  return out;
}

/// Drops a border that only names suggest if proven mail entered elsewhere.
void refuse_door(border& b, const learned_views& l, const trace& t) {
  const border_place* place = fitting_place(l.search.places, l.views);
  if (b.status != border_status::found || place == nullptr ||
      t.hops[place->hop].field == *b.field)
    return;
  b = refused(std::move(b), border_status::no_entry);
}

/// Drops a border whose client the provider's own SPF record lets send: that is
/// a host of the provider, or relays for a customer. Not asked if the built-in
/// table lists the border's host as one that takes mail from strangers. The
/// records of the table itself say nothing of an MX host: beside those of the
/// table's provider it takes mail from its customers, too.
awaitable<void> refuse_own_senders(border& b, const trace& t, const provider& p,
                                   dns::resolver& resolver) {
  const bool may_be_outside =
      b.status == border_status::found || b.status == border_status::no_entry;
  if (!may_be_outside || !b.table.empty())
    co_return;
  std::vector<std::string> records = own_records_of(p.domains);
  if (b.door != entry_reason::mx_host) {
    for (std::string& name : listed_records_of(p))
      records.push_back(std::move(name));
  }
  if (records.empty())
    co_return;
  const auto at = std::ranges::find(t.hops, *b.field, &hop::field);
  const own_spf said =
      co_await ask_own_spf(std::move(records), *at->address, resolver);
  if (said == own_spf::silent)
    co_return;
  b = refused(std::move(b), said == own_spf::allows
                                ? border_status::own_sender
                                : border_status::dns_unavailable);
}

/// Drops a border if the provider's newest field names a recipient of another
/// domain than we take for the mailbox's, whose mail hosts of somebody else
/// take in: these stand further below.
awaitable<void> refuse_other_recipients(border& b, const trace& t,
                                        const provider& p,
                                        const std::string& domain,
                                        dns::resolver& resolver) {
  if (b.status != border_status::found || !b.table.empty() ||
      b.door == entry_reason::network)
    co_return;
  const auto told = std::ranges::find_if(
      t.hops, [](const hop& h) { return !h.recipient_domain.empty(); });
  if (told == t.hops.end() || told->field > *b.field ||
      told->recipient_domain == domain)
    co_return;
  const auto at = std::ranges::find(t.hops, *b.field, &hop::field);
  auto hosts = co_await mx_hosts(told->recipient_domain, resolver);
  bool answered = hosts.has_value();
  if (answered) {
    const bool is_ours = std::ranges::any_of(*hosts, [&](const auto& host) {
      return std::ranges::any_of(p.domains, [&](const std::string& own) {
        return dns::is_subdomain_of(host, own);
      });
    });
    if (hosts->empty() || is_ours)
      co_return;
    hosts->insert(hosts->begin(), at->by);
    const auto found = co_await find_addresses(std::move(*hosts), resolver);
    const resolved_name& host = found.front();
    const bool takes_its_mail =
        std::any_of(found.begin() + 1, found.end(), [&](const auto& mx) {
          return mx.name == host.name ||
                 std::ranges::find_first_of(mx.addresses, host.addresses) !=
                     mx.addresses.end();
        });
    if (takes_its_mail)
      co_return;
    answered = std::ranges::all_of(found, &resolved_name::known);
  }
  b = refused(std::move(b), answered ? border_status::no_entry
                                     : border_status::dns_unavailable);
}

struct found_border {
  border found_border;
  std::optional<border_candidates> search;
  std::vector<std::string> provider_domains;
};

awaitable<found_border> border_of(const lookup_request& r) {
  // Owned by the steps that are computed elsewhere, too.
  struct search {
    provider p;
    trace t;
    std::vector<std::string> names;
    std::vector<resolved_name> addresses;
    border found;
  };
  found_border out;
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
  auto hosts = co_await mx_hosts(mail_domain(r.from, rule), r.border_resolver);
  if (!hosts) {
    out.found_border.status = border_status::dns_unavailable;
    co_return out;
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
  s->addresses =
      co_await find_addresses(std::move(s->names), r.border_resolver);
  step = [s] { s->found = find_border(s->t, s->p, s->addresses); };
  co_await r.compute(step);
  border& found = s->found;
  co_await refuse_own_senders(found, s->t, p, r.border_resolver);
  const std::string domain = mail_domain(r.from, rule);
  co_await refuse_other_recipients(found, s->t, p, domain, r.border_resolver);
  // The address that we fetched from says nothing of the hosts that receive.
  const bool is_unknown =
      rule.networks.empty() && p.mx_hosts.empty() && p.domains.empty();
  found.provider_unknown = is_unknown;
  const std::optional<learned_views> learned =
      co_await ask_learned_views(r, p, s->t, found);
  if (learned && refutes_table(*learned, s->t, found)) {
    p.known.clear();
    p.mail_only = rule.mail_only;
    co_await r.compute(std::move(step));
    refuse_door(found, *learned, s->t);
    found.table_refuted = true;
    found.provider_unknown = is_unknown;
    co_await refuse_own_senders(found, s->t, p, r.border_resolver);
    co_await refuse_other_recipients(found, s->t, p, domain, r.border_resolver);
  }
  if (learned) {
    out.search = learned->search;
    const std::optional<std::size_t> field = found.field;
    if (!can_accuse(found))
      use_views(found, s->t, learned->search.places, learned->views);
    if (found.field != field)
      co_await refuse_own_senders(found, s->t, p, r.border_resolver);
  }
  out.found_border = std::move(found);
  out.provider_domains = std::move(p.domains);
  co_return out;
}

/// The time of the border, or `now` if that lies in the future. Compared as
/// numbers: the year 9999 does not fit into a time_point.
time_point time_at(const border& b, time_point now) {
  return b.time && *b.time < unix_seconds(now) ? at_unix_seconds(*b.time) : now;
}

/// The inputs of SPF. None are certain without a border.
spf_facts spf_facts_of(const lookup_request& r,
                       const std::optional<border>& found_border) {
  spf_facts f;
  f.asked.at = r.with.clock.now();
  if (r.given) {
    if (!r.given->ip)
      return f;
    f.source = r.given->received ? spf_source::session : spf_source::given;
    f.asked.ip = *r.given->ip;
    f.asked.mail_from = r.given->mail_from;
    f.asked.helo = r.given->helo;
  } else if (found_border && found_border->status == border_status::found) {
    f.source = spf_source::border;
    f.asked.ip = found_border->client;
    const auto& path =
        r.from.mail_from ? r.from.mail_from : found_border->mail_from;
    f.asked.mail_from = path.value_or("");
    f.asked.helo = found_border->helo;
    f.path_known = path.has_value();
    f.asked.at = time_at(*found_border, f.asked.at);
  }
  f.by_helo = f.asked.mail_from.empty();
  return f;
}

/// Whether it hands mail over by the user's rules or by experience. Then it is
/// asked even if a name of its did not answer lately, which a stranger may have
/// chosen, as long as its policy can be had.
awaitable<bool> is_mediator_there(const lookup_request& r,
                                  const history_answer& history,
                                  const std::string& domain) {
  facts f;
  f.header = r.facts;
  f.history = history;
  if (!may_mediate(domain, f))
    co_return false;
  dns::question q{"_dmarc." + dmarc::registered_domain(domain),
                  dns::record_type::txt};
  const dns::answer_ptr policy = co_await r.resolver.resolve(std::move(q));
  co_return !dns::is_temporary(policy->status);
}

/// SPF, but for the domain of a stranger whose name servers did not answer
/// lately: it proves no author, and the mail is judged again.
awaitable<spf::check_result> check_spf(const lookup_request& r,
                                       const history_answer& history,
                                       const spf::request& asked,
                                       const spf::options& how) {
  const std::size_t at = asked.mail_from.rfind('@');
  const std::string& name = asked.mail_from.empty() || at == std::string::npos
                                ? asked.helo
                                : asked.mail_from.substr(at + 1);
  const auto domain = dns::to_a_labels(name);
  const std::string organization =
      domain ? dmarc::registered_domain(*domain) : std::string();
  const bool is_authors = std::ranges::any_of(
      r.facts.author_domains, [&](const std::string& author) {
        return dmarc::registered_domain(author) == organization;
      });
  const bool is_strangers =
      r.with.silent != nullptr && !organization.empty() && !is_authors;
  const steady_point began = r.with.clock.steady();
  spf::check_result out;
  bool is_left_out =
      is_strangers && r.with.silent->is_silent(organization, began);
  if (is_left_out) {
    const bool is_there = co_await is_mediator_there(r, history, *domain);
    is_left_out = !is_there;
  }
  if (is_left_out) {
    out.status = auth::result::temperror;
    out.code = spf::errc::dns_unavailable;
    out.reason = "its name servers did not answer lately";
    out.domain = *domain;
    co_return out;
  }
  out = co_await spf::check_host(asked, r.resolver, how);
  const steady_point now = r.with.clock.steady();
  if (is_strangers && out.status == auth::result::temperror &&
      !out.by_senders_words)
    r.with.silent->note(organization, now - began, now);
  co_return out;
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

/// SPF of one domain for the clients of all places.
struct spf_of_places {
  std::vector<auth::result> results;
  std::vector<std::string> terms;  // that decided
};

awaitable<spf_of_places> check_places(const std::vector<border_place>& places,
                                      std::string domain, time_point now,
                                      dns::resolver& resolver) {
  spf_of_places out;
  const spf::options how;
  for (const border_place& place : places) {
    const spf::request asked{.ip = place.client,
                             .mail_from = "postmaster@" + domain,
                             .helo = domain,
                             .receiver = {},
                             .at = now};
    const spf::check_result found =
        co_await spf::check_host(asked, resolver, how);
    out.results.push_back(found.status);
    // Of networks and includes the term says whose they are.
    out.terms.push_back(found.mechanism.find(':') == std::string::npos
                            ? found.mechanism + ' ' + found.record_domain
                            : found.mechanism);
  }
  co_return out;
}

}  // namespace

awaitable<std::optional<border_vote>> vote_on_border(
    const border_candidates& search, const std::string& author_domain,
    const dkim::signature_result& signature, time_point now,
    dns::resolver& resolver) {
  border_vote vote;
  vote.organization = dmarc::registered_domain(author_domain);
  const bool is_own = std::ranges::any_of(
      search.provider_domains, [&](const std::string& domain) {
        return dmarc::registered_domain(domain) == vote.organization;
      });
  if (is_own)
    co_return std::nullopt;
  std::vector<std::string> domains{author_domain};
  const std::size_t at = search.mail_from.rfind('@');
  if (at != std::string::npos) {
    if (auto envelope = dns::to_a_labels(search.mail_from.substr(at + 1)))
      domains.push_back(std::move(*envelope));
  }
  for (const std::string& domain : domains) {
    const spf_of_places said =
        co_await check_places(search.places, domain, now, resolver);
    const std::optional<std::size_t> chosen = voted_place(said.results);
    if (!chosen)
      continue;
    const own_spf own =
        co_await ask_own_spf(own_records_of(search.provider_domains),
                             search.places[*chosen].client, resolver);
    if (own != own_spf::silent)
      co_return std::nullopt;
    for (std::size_t i = 0; i <= *chosen; ++i) {
      const border_place& place = search.places[i];
      vote.places.push_back({place.view, format(place.client)});
    }
    vote.signature = signature.domain + ' ' + signature.signature_start;
    vote.authority = said.terms[*chosen];
    vote.at = unix_seconds(now);
    co_return vote;
  }
  co_return std::nullopt;
}

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
  if (r.with.history != nullptr)
    out.history = co_await ask_history(r);
  if (r.given) {
    if (!r.given->ip)
      out.found_border.emplace().status = border_status::no_address;
  } else {
    found_border found = co_await border_of(r);
    out.found_border = std::move(found.found_border);
    out.search = std::move(found.search);
    out.provider_domains = std::move(found.provider_domains);
  }
  out.spf = spf_facts_of(r, out.found_border);
  if (out.spf.source == spf_source::left_out)
    co_return out;

  const spf::request& asked = out.spf.asked;
  const spf::options how{.clock = &r.with.clock};
  out.spf.outcome = co_await check_spf(r, out.history, asked, how);
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

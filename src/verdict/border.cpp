#include "verdict/border.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "base/split.hpp"
#include "dns/name.hpp"
#include "message/reverse_path.hpp"

namespace mekiki::verdict {
namespace {

constexpr std::size_t most_hops = 30;
constexpr std::size_t most_return_paths = 10;
constexpr std::size_t most_statements = 20;
constexpr std::size_t most_names = 20;

using message::transport;

std::string name_of(std::string_view written) {
  return dns::normalize(written).value_or("");
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_below(const std::string& name, const std::string& domain) {
  return !name.empty() && !domain.empty() && dns::is_subdomain_of(name, domain);
}

bool is_of_provider(const std::string& name, const provider& p) {
  return std::ranges::any_of(p.domains, [&](const std::string& domain) {
    return is_below(name, domain);
  });
}

std::string_view first_label(std::string_view name) {
  return name.substr(0, name.find('.'));
}

// Whether mail for `domain` may go by an MX host of the public DNS: not where
// it is an address or one label, nor with special-use names (RFC 6761, 6762,
// 7686, 8375, 9476) and what hosts call themselves.
bool is_public_domain(const std::string& domain) {
  constexpr std::array<std::string_view, 8> local = {
      ".alt",   ".home.arpa", ".internal",    ".invalid",
      ".local", ".localhost", ".localdomain", ".onion"};
  return dns::is_hostname(domain) && domain.find('.') != domain.npos &&
         std::ranges::none_of(local, [&](std::string_view suffix) {
           return domain.ends_with(suffix);
         });
}

hop hop_of(std::size_t index, std::string_view value) {
  hop h;
  h.field = index;
  const auto read = message::parse_received(value);
  if (!read)
    return h;
  h.readable = true;
  h.has_from = read->has_from;
  h.within_host = read->within_host;
  h.authenticated = read->authenticated;
  h.tls = read->tls;
  h.with = read->with;
  h.address = read->address;
  h.helo = read->helo;
  h.reverse_name = name_of(read->reverse_name);
  std::string_view by = read->by;
  if (by.size() > 2 && by.starts_with('[') && by.ends_with(']'))
    by = by.substr(1, by.size() - 2);
  h.by = name_of(by);
  h.time = read->time;
  if (!read->envelope_from.empty())
    h.mail_from = message::parse_reverse_path(read->envelope_from);
  if (const auto at = read->for_path.rfind('@'); at != read->for_path.npos) {
    std::string domain = name_of(read->for_path.substr(at + 1));
    if (is_public_domain(domain))
      h.recipient_domain = std::move(domain);
  }
  return h;
}

// A host that calls itself by address is the provider's if the address is one
// that only the provider can mean (Google).
bool is_internal(const std::string& by, const provider& p) {
  const auto address = parse_ip_address(by);
  if (!address)
    return false;
  return any_contains(p.networks, *address) ||
         client_kind_of(*address) == client_kind::site;
}

// No DNS has such names.
bool is_site_name(const std::string& name) {
  return name.ends_with(".internal") || name.ends_with(".local");
}

// What the walk comes to at one field.
enum class place : std::uint8_t { inside, outside, stop };

class walk {
 public:
  walk(const trace& t, const provider& p,
       const std::vector<resolved_name>& names)
      : trace_(t), provider_(p), names_(names) {}

  border at(const hop& h) {
    out_.field = h.field;
    return found(h);
  }

  border run() {
    for (const hop& h : trace_.hops) {
      out_.field = h.field;
      out_.by = h.by;
      switch (look_at(h)) {
        case place::inside:
          break;
        case place::outside:
          return found(h);
        case place::stop:
          return out_;
      }
    }
    if (trace_.more_hops)
      out_.status = border_status::too_many_hops;
    return out_;
  }

 private:
  place stop(border_status why) {
    out_.status = why;
    return place::stop;
  }

  place look_at(const hop& h) {
    if (!h.readable)
      return stop(border_status::unreadable);
    if (h.within_host)
      return count(h, inside_by::same_host);
    if (!h.has_from && h.with != transport::other &&
        is_internal(h.by, provider_)) {
      return count(h, inside_by::own_address);
    }
    if (unproven_ != nullptr && !may_follow(h))
      return stop(border_status::broken_chain);
    if (!next_.empty() && first_label(h.by) != next_)
      return stop(border_status::broken_chain);
    next_.clear();
    if (is_inside_by_table(h))
      return inside(h, inside_by::table);
    if (!h.has_from)
      return stop(border_status::local_program);
    if (!h.address) {
      // Through a socket of the host: nobody takes LMTP from strangers.
      if (h.with == transport::lmtp)
        return seems_inside(h, inside_by::local_socket);
      return stop(border_status::no_address);
    }
    if (any_contains(provider_.networks, *h.address)) {
      is_listed_ = true;
      return inside(h, inside_by::network);
    }
    if (h.authenticated)
      return stop(border_status::submitted);
    switch (client_kind_of(*h.address)) {
      case client_kind::loopback:
        return by_loopback(h);
      case client_kind::site:
        return is_mx(h.by) ? stop(border_status::unusable_address)
                           : seems_inside(h, inside_by::private_net);
      case client_kind::unusable:
        return stop(border_status::unusable_address);
      case client_kind::outside:
        return by_name(h);
    }
    return stop(border_status::unreadable);
  }

  place by_loopback(const hop& h) {
    // What came by HTTP or from a program is no mail that a filter passes on.
    if (h.with == transport::other)
      return stop(border_status::local_program);
    out_.through_loopback = out_.through_loopback || !provider_.mail_only;
    return seems_inside(h, inside_by::loopback);
  }

  place by_name(const hop& h) {
    bool answered = true;
    const known_provider* known = entry_of(h.by, &known_provider::doors);
    const bool is_of_mx_host = is_of_mx(*h.address, answered);
    const bool is_upstream = !is_of_mx_host && !provider_.upstream.empty() &&
                             confirms(provider_.upstream, *h.address, answered);
    // The walk ends at a host that the table lists as taking outside mail: its
    // client may be a relay for other customers.
    if (known != nullptr &&
        (is_of_mx_host || is_upstream || is_in_networks(*known, *h.address)))
      return stop(border_status::provider_or_customer);
    if (is_of_mx_host)
      return inside(h, inside_by::mx_host);
    if (is_upstream)
      return inside(h, inside_by::upstream);
    const bool confirmed = is_of_provider(h.reverse_name, provider_) &&
                           confirms(h.reverse_name, *h.address, answered);
    if (!answered)
      return stop(border_status::dns_unavailable);
    if (confirmed) {
      if (known != nullptr || is_mx(h.by))
        return stop(border_status::provider_or_customer);
      out_.by_domain_only = true;
      return seems_inside(h, inside_by::name);
    }
    if (h.with != transport::smtp && h.with != transport::unstated)
      return stop(border_status::not_smtp);
    if (known != nullptr)
      out_.table = known->name;
    out_.door = known != nullptr ? entry_reason::table : door_of(h);
    return out_.door == entry_reason::none ? stop(border_status::no_entry)
                                           : place::outside;
  }

  place count(const hop& h, inside_by why) {
    out_.inside.push_back({h.field, why});
    return place::inside;
  }

  place inside(const hop& h, inside_by why) {
    unproven_ = nullptr;
    return count(h, why);
  }

  // As far as the address tells.
  place seems_inside(const hop& h, inside_by why) {
    unproven_ = &h;
    return count(h, why);
  }

  // The entry of the table that lists the name there.
  const known_provider* entry_of(const std::string& name,
                                 std::string_view known_provider::*list) const {
    const auto found = std::ranges::find_if(
        provider_.known,
        [&](const known_provider* k) { return is_listed(k->*list, name); });
    return found == provider_.known.end() ? nullptr : *found;
  }

  static bool is_in_networks(const known_provider& k, const ip_address& a) {
    return std::ranges::any_of(
        split(k.networks, ' '), [&](std::string_view word) {
          const auto network = parse_ip_network(word);
          return network && any_contains(std::vector{*network}, a);
        });
  }

  bool is_inside_by_table(const hop& h) {
    if (!h.has_from || h.authenticated)
      return false;
    if (entry_of(h.by, &known_provider::relays) != nullptr)
      return true;
    const known_provider* k = entry_of(h.by, &known_provider::stores);
    const std::string client = name_of(h.helo);
    if (k == nullptr || !h.address || !is_listed(k->clients, client))
      return false;
    const bool is_itself = h.with == transport::other &&
                           client_kind_of(*h.address) == client_kind::loopback;
    if (!is_itself && !is_in_networks(*k, *h.address))
      return false;
    // A mail that the store gives to itself was written by another one.
    if (h.with != transport::other || first_label(client) != first_label(h.by))
      next_ = first_label(client);
    return true;
  }

  const resolved_name* resolved(const std::string& name) const {
    const auto found =
        std::find_if(names_.begin(), names_.end(),
                     [&](const resolved_name& n) { return n.name == name; });
    return found == names_.end() || !found->known ? nullptr : &*found;
  }

  // Whether strangers reach the host of that name: it is an MX host, or has
  // the address of one, as where one host does all for many domains, or the
  // DNS cannot tell.
  bool is_mx(const std::string& name) const {
    if (contains(provider_.mx_hosts, name))
      return true;
    const resolved_name* host = resolved(name);
    if (host == nullptr)
      return false;
    bool answered = true;
    return std::any_of(host->addresses.begin(), host->addresses.end(),
                       [&](const ip_address& a) {
                         return is_of_mx(a, answered) || !answered;
                       });
  }

  bool is_of_mx(const ip_address& address, bool& answered) const {
    for (const std::string& name : provider_.mx_hosts) {
      if (confirms(name, address, answered))
        return true;
    }
    return false;
  }

  // Why strangers may reach the host that wrote the field.
  entry_reason door_of(const hop& h) const {
    if (entry_of(h.by, &known_provider::stores) != nullptr)
      return entry_reason::none;
    if (is_mx(h.by))
      return entry_reason::mx_host;
    if (is_listed_)
      return entry_reason::network;
    // A name alone is also that of a host which only others of the provider
    // reach. Of such a one the next field is by the provider, too.
    if (is_followed_by_provider(h))
      return entry_reason::none;
    if (is_of_provider(h.by, provider_))
      return entry_reason::domain;
    return is_related(h.by, provider_.upstream) ? entry_reason::upstream
                                                : entry_reason::none;
  }

  bool is_followed_by_provider(const hop& h) const {
    const auto below = std::ranges::find_if(
        trace_.hops, [&](const hop& other) { return other.field > h.field; });
    if (below == trace_.hops.end() || below->by.empty())
      return false;
    return is_of_provider(below->by, provider_) || is_related(below->by, h.by);
  }

  // Clears `answered` if the DNS was not heard on `name`.
  bool confirms(const std::string& name, const ip_address& address,
                bool& answered) const {
    const resolved_name* found = resolved(name);
    if (found == nullptr) {
      answered = false;
      return false;
    }
    return std::find(found->addresses.begin(), found->addresses.end(),
                     address) != found->addresses.end();
  }

  // Whether the client of the hop above can have written this field: its "by"
  // has to be a name related to the provider. That proves nothing; but if it is
  // not, the seeming inside host was an address translator or a tunnel, and the
  // sender wrote the field.
  bool may_follow(const hop& h) const {
    const std::string& by = h.by;
    if (by.empty())
      return false;
    if (by == "localhost")
      return !unproven_->address ||
             client_kind_of(*unproven_->address) == client_kind::loopback;
    if (const auto address = parse_ip_address(by))
      return address == unproven_->address || is_internal(by, provider_);
    for (const std::string* name :
         {&unproven_->by, &unproven_->reverse_name, &provider_.upstream}) {
      if (is_related(by, *name))
        return true;
    }
    if (is_of_provider(by, provider_) ||
        entry_of(by, &known_provider::doors) != nullptr) {
      return true;
    }
    return std::any_of(provider_.mx_hosts.begin(), provider_.mx_hosts.end(),
                       [&](const auto& mx) { return is_related(by, mx); });
  }

  static bool is_related(const std::string& by, const std::string& name) {
    if (name.empty())
      return false;
    if (by.find('.') == std::string::npos ||
        name.find('.') == std::string::npos) {
      return first_label(by) == first_label(name);
    }
    if (is_site_name(by) && is_site_name(name))
      return true;
    return dmarc::registered_domain(by) == dmarc::registered_domain(name);
  }

  border found(const hop& h) {
    for (const statement& s : trace_.statements) {
      if (s.field >= h.field || s.clients.empty() || s.names(*h.address))
        continue;
      if (!s.mentions(*h.address)) {
        out_.status = border_status::contradicted;
        return out_;
      }
      out_.is_doubted = true;
    }
    out_.status = border_status::found;
    out_.client = *h.address;
    out_.helo = h.helo;
    out_.reverse_name = h.reverse_name;
    out_.by = h.by;
    out_.tls = h.tls;
    out_.time = h.time;
    read_envelope(h);
    return out_;
  }

  void read_envelope(const hop& h) {
    bool agree = true;
    for (const return_path& r : trace_.return_paths) {
      if (r.field > h.field)
        break;
      if (!out_.mail_from_field) {
        out_.mail_from_field = r.field;
        out_.mail_from = r.path;
      }
      agree = agree && r.path && r.path == out_.mail_from;
    }
    if (!agree) {
      out_.mail_from.reset();
      out_.mail_from_field.reset();
    }
    if (is_own_daemon(out_.mail_from))
      out_.mail_from = "";
    if (is_told(out_.mail_from))
      return;
    for (const statement& s : trace_.statements) {
      if (s.field < h.field && is_told(s.mail_from))
        return set_envelope(s.field, s.mail_from);
    }
    if (is_told(h.mail_from))
      set_envelope(h.field, h.mail_from);
  }

  /// The null path, or a path with a domain.
  static bool is_told(const std::optional<std::string>& path) {
    return path && path != "@";
  }

  /// How a host of the provider calls the null path: with its own domain behind
  /// MAILER-DAEMON. Whoever sends so from outside might send the null path,
  /// too.
  bool is_own_daemon(const std::optional<std::string>& path) const {
    constexpr std::string_view daemon = "mailer-daemon@";
    return path && ascii::istarts_with(*path, daemon) &&
           is_of_provider(name_of(path->substr(daemon.size())), provider_);
  }

  void set_envelope(std::size_t field, const std::optional<std::string>& path) {
    out_.mail_from_field = field;
    out_.mail_from = path;
  }

  const trace& trace_;
  const provider& provider_;
  const std::vector<resolved_name>& names_;
  // A hop above came from a network of the settings: so did this field.
  bool is_listed_ = false;
  // The first label of the host that must have written the next field.
  std::string next_;
  // The hop above, if it only seems to be inside.
  const hop* unproven_ = nullptr;
  border out_;
};

}  // namespace

std::string_view to_string(border_status s) {
  switch (s) {
    case border_status::found:
      return "found";
    case border_status::no_outside_hop:
      return "no-outside-hop";
    case border_status::unreadable:
      return "unreadable";
    case border_status::no_address:
      return "no-address";
    case border_status::local_program:
      return "local-program";
    case border_status::submitted:
      return "submitted";
    case border_status::not_smtp:
      return "not-smtp";
    case border_status::unusable_address:
      return "unusable-address";
    case border_status::provider_or_customer:
      return "provider-or-customer";
    case border_status::own_sender:
      return "own-sender";
    case border_status::no_entry:
      return "no-door";
    case border_status::broken_chain:
      return "broken-chain";
    case border_status::contradicted:
      return "contradicted";
    case border_status::dns_unavailable:
      return "dns-unavailable";
    case border_status::too_many_hops:
      return "too-many-hops";
  }
  return "unknown";
}

std::string_view to_string(inside_by why) {
  switch (why) {
    case inside_by::same_host:
      return "same-host";
    case inside_by::own_address:
      return "own-address";
    case inside_by::local_socket:
      return "local-socket";
    case inside_by::network:
      return "network";
    case inside_by::table:
      return "table";
    case inside_by::mx_host:
      return "mx-host";
    case inside_by::upstream:
      return "upstream";
    case inside_by::name:
      return "name";
    case inside_by::private_net:
      return "private-net";
    case inside_by::loopback:
      return "loopback";
    case inside_by::view:
      return "view";
  }
  return "unknown";
}

std::string_view to_string(entry_reason why) {
  switch (why) {
    case entry_reason::none:
      return "none";
    case entry_reason::table:
      return "table";
    case entry_reason::mx_host:
      return "mx-host";
    case entry_reason::network:
      return "network";
    case entry_reason::domain:
      return "domain";
    case entry_reason::upstream:
      return "upstream";
    case entry_reason::view:
      return "view";
  }
  return "unknown";
}

client_kind client_kind_of(const ip_address& address) {
  static const auto loopback = ip_networks({"127.0.0.0/8", "::1"});
  static const auto site =
      ip_networks({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                   "169.254.0.0/16", "100.64.0.0/10", "fe80::/10", "fc00::/7",
                   // 6to4 of 10.0.0.0/8, with which Google counts its hosts
                   "2002:a00::/24"});
  static const auto unusable =
      ip_networks({"0.0.0.0/8", "224.0.0.0/3", "::/128", "ff00::/8"});
  if (any_contains(loopback, address))
    return client_kind::loopback;
  if (any_contains(site, address))
    return client_kind::site;
  return any_contains(unusable, address) ? client_kind::unusable
                                         : client_kind::outside;
}

trace trace_of(const message::header_view& header) {
  trace t;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const message::field_view& field = header.fields[i];
    if (ascii::iequals(field.name, "received")) {
      t.more_hops = t.hops.size() == most_hops;
      if (t.more_hops)
        break;
      t.hops.push_back(hop_of(i, field.value));
    } else if (ascii::iequals(field.name, "return-path") &&
               t.return_paths.size() < most_return_paths) {
      t.return_paths.push_back({i, message::parse_reverse_path(field.value)});
    } else if (t.statements.size() < most_statements) {
      if (auto s = read_statement(field, i))
        t.statements.push_back(std::move(*s));
    }
  }
  return t;
}

std::vector<std::string> names_to_confirm(const trace& t, const provider& p) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && names.size() < most_names && !contains(names, name))
      names.push_back(name);
  };
  for (const hop& h : t.hops) {
    if (!h.address || any_contains(p.networks, *h.address) ||
        client_kind_of(*h.address) != client_kind::outside) {
      continue;
    }
    if (names.empty()) {
      for (const std::string& name : p.mx_hosts) add(name);
      add(p.upstream);
      // Of this field only: the sender may have written all that follow, and
      // would name hosts whose DNS is slow.
      if (dns::is_hostname(h.by) && !is_of_provider(h.by, p))
        add(h.by);
    }
    if (is_of_provider(h.reverse_name, p))
      add(h.reverse_name);
  }
  return names;
}

bool is_by_table(const border& b) {
  return !b.table.empty() ||
         std::ranges::find(b.inside, inside_by::table, &inside_hop::why) !=
             b.inside.end();
}

border border_at(const trace& t, std::size_t hop) {
  const provider nobody;
  const std::vector<resolved_name> no_names;
  return walk(t, nobody, no_names).at(t.hops.at(hop));
}

border find_border(const trace& t, const provider& p,
                   const std::vector<resolved_name>& names) {
  return walk(t, p, names).run();
}

}  // namespace mekiki::verdict

// The border: the host of the receiving provider that took the mail from
// outside, found by walking the Received fields (RFC 5321 4.4) from the top.
// Asks nobody: `trace_of`, then `names_to_confirm`, whose addresses the caller
// looks up, then `find_border`.
//
// Every field down to the border was written by the provider; what lies below
// it may be forged. So a field counts as the provider's only while the client
// that the field above recorded is the provider's, by its address.
//
// A border may accuse a mail and prove one. Any program of a host can speak to
// its loopback address, a customer's web script too, and invent all fields
// below: so a border behind such a hop accuses, but proves nothing, unless the
// settings say that nobody else's programs run there.
//
// Limit: mail that reaches a host of the provider through a private network
// (from a filter, but also from a tunnel or a NAT) counts as inside if the next
// field agrees with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hpp"
#include "message/header.hpp"
#include "message/received.hpp"
#include "verdict/known_provider.hpp"
#include "verdict/statement.hpp"

namespace mekiki::verdict {

/// What is known about the provider that the mail was fetched from. Names are
/// normalized (dns/name.hpp).
struct provider {
  std::vector<ip_network> networks;   // all hosts in them are the provider's
  std::vector<std::string> mx_hosts;  // of the account's domain
  std::string upstream;               // the host fetched from; may be empty
  /// Domains below which confirmed names are the provider's.
  std::vector<std::string> domains;
  bool mail_only = false;  // no program of a customer runs on its mail hosts
  std::vector<const known_provider*> known;  // built-in, for its MX hosts
};

/// The addresses of a name, from its A and AAAA records.
struct resolved_name {
  std::string name;
  std::vector<ip_address> addresses;
  bool known = true;  // false: the DNS had no answer for now
};

/// One Received field, owning what is used of it.
struct hop {
  std::size_t field = 0;  // its index in header_view::fields
  bool readable = false;  // if not, nothing below is known
  bool has_from = false;
  bool within_host = false;
  bool authenticated = false;
  bool tls = false;
  message::transport with = message::transport::unstated;
  std::optional<ip_address> address;  // of the client
  std::string helo;
  std::string reverse_name;  // normalized, or empty
  std::string by;            // normalized, or empty
  std::optional<std::int64_t> time;
  std::optional<std::string> mail_from;  // as the field itself tells it
  /// Of its "for", normalized; empty if no MX host can take mail for it.
  std::string recipient_domain;
};

struct return_path {
  std::size_t field = 0;
  /// "" is the null reverse-path; nothing: unreadable.
  std::optional<std::string> path;
};

struct trace {
  std::vector<hop> hops;  // from the top, at most 30
  bool more_hops = false;
  std::vector<return_path> return_paths;  // from the top, at most 10
  std::vector<statement> statements;      // from the top, at most 20
};

trace trace_of(const message::header_view& header);

/// What an address says of the client that has it.
enum class client_kind : std::uint8_t {
  loopback,
  site,      // private, link-local, shared
  unusable,  // no client has such an address
  outside,   // all others, documentation networks among them
};
client_kind client_kind_of(const ip_address& address);

/// The names whose addresses `find_border` wants: MX hosts, the upstream, the
/// host that recorded the first public client, and reverse names below the
/// provider's domains. At most 20, in the order of need; none if no field
/// records an address to be looked for.
std::vector<std::string> names_to_confirm(const trace& t, const provider& p);

enum class border_status : std::uint8_t {
  found,
  /// There is no Received field, or all of them record hosts inside.
  no_outside_hop,
  /// A field of the provider cannot be read for sure.
  unreadable,
  /// A field of the provider does not record its client's address.
  no_address,
  /// The mail came from a program on a host of the provider.
  local_program,
  /// The client logged in: it is a user of the provider, not a mail server.
  submitted,
  /// The client used a protocol that mail servers do not (POP3, HTTP, ...).
  not_smtp,
  /// An address that says nothing: multicast, reserved, or a private one where
  /// the MX host records it, as one behind a NAT would.
  unusable_address,
  /// The client of the MX host has a confirmed name below a domain of the
  /// provider: it may be a relay of the provider, or one of its customers.
  provider_or_customer,
  /// The provider's own SPF record lets the client send (verdict/own_spf.hpp):
  /// it may be a host of the provider. `find_border` itself never answers so.
  own_sender,
  /// Nothing shows that strangers reach the host that recorded an unknown
  /// client: the client may be a host of the provider's own.
  no_entry,
  /// A field records an inside host as its client, but that host did not write
  /// the next field.
  broken_chain,
  /// A field of the provider names another client than the border's: it is
  /// not the border.
  contradicted,
  /// The DNS could not answer for now.
  dns_unavailable,
  /// More hops inside than are looked at.
  too_many_hops,
};
/// "no-outside-hop", ...
std::string_view to_string(border_status s);

/// Why a field above the border counted as written inside.
enum class inside_by : std::uint8_t {
  same_host,     // the host gave the mail to itself
  own_address,   // "by" an address that only the provider can mean
  local_socket,  // LMTP without an address
  network,       // the client is in a network of the settings
  table,         // by the built-in table
  mx_host,       // the client has an address of an MX host
  upstream,      // the client has an address of the host fetched from
  name,          // the client's confirmed name lies below the domain
  private_net,   // the client has a private address
  loopback,      // the client is the host itself
  view,          // proven mails came by such a host
};
/// "same-host", ...
std::string_view to_string(inside_by why);

/// Why strangers are thought to reach the border's host.
enum class entry_reason : std::uint8_t {
  none,      // nothing was asked: not found
  table,     // the built-in table lists it
  mx_host,   // it is an MX host, or has an address of one
  network,   // a host in a network of the settings got the mail from it
  domain,    // its name lies below a domain of the provider
  upstream,  // it belongs to the host fetched from
  view,      // proven mails came in there
};
/// "none", ...
std::string_view to_string(entry_reason why);

struct inside_hop {
  std::size_t field = 0;
  inside_by why = inside_by::same_host;
};

struct border {
  border_status status = border_status::no_outside_hop;
  /// The field that decided; nothing if there was none.
  std::optional<std::size_t> field;
  std::vector<inside_hop> inside;  // the fields above it, from the top
  /// The name of the built-in table's entry that lists the border's host as one
  /// that takes mail from strangers; else "".
  std::string table;
  /// The host that says it wrote the field; may be empty.
  std::string by;
  /// Proven mails came in elsewhere than the built-in table has it: its entries
  /// were not used.
  bool table_refuted = false;

  // Only where found.
  entry_reason door = entry_reason::none;
  ip_address client;
  std::string helo;          // may be empty
  std::string reverse_name;  // may be empty
  bool tls = false;
  std::optional<std::int64_t> time;  // Unix seconds
  /// Of the Return-Path fields above the border, if all say the same; else of
  /// the first statement above it that does not name another client; else of
  /// the border's field itself.
  std::optional<std::string> mail_from;
  std::optional<std::size_t> mail_from_field;  // that told it; the topmost
  /// A hop above counted as inside only because its confirmed name lies below
  /// a domain of the provider. Where customers have such names, one of them may
  /// have written the border's field.
  bool by_domain_only = false;
  /// A hop above came from the host's own loopback address, and the provider is
  /// not `mail_only`: a program there may have written the border's field.
  bool through_loopback = false;
  /// Found by views that proven mail taught (verdict/border_views.hpp), and a
  /// hop above is not known to be the provider's: it accuses and proves
  /// nothing.
  bool by_view = false;
  /// A field of the provider names another client first, and this one beside
  /// it: the sender's words may stand there. It accuses and proves nothing.
  bool is_doubted = false;
  /// Neither networks nor MX hosts nor a domain of the provider are known: what
  /// looks like its border may be a hop within it.
  bool provider_unknown = false;
};

/// Whether the built-in table contributed to the answer.
bool is_by_table(const border& b);

/// A border for a hop that is known to be the border in another way than by
/// `find_border`. The hop records its client's address.
border border_at(const trace& t, std::size_t hop);

/// Neither HELO nor anything below the border affects the answer. Needed names
/// that are missing in `names` count as not answered.
border find_border(const trace& t, const provider& p,
                   const std::vector<resolved_name>& names);

}  // namespace mekiki::verdict

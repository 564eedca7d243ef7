// How mail clients set themselves up: the files in which they look for their
// servers. We are the incoming one; the outgoing one is the provider's own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/router.hpp"
#include "net/submit.hpp"

namespace mekiki::admin {

/// What the clients of one domain's mail addresses are told. Names are host
/// names or addresses.
struct client_setup {
  std::string domain;                 // in lower case
  std::string incoming;               // what clients call this machine
  std::optional<std::uint16_t> port;  // nothing: see `incoming_door`
  std::string server;  // whose mailboxes; "": login names need not say it
  std::string outgoing;
  std::uint16_t outgoing_port = 465;
  net::submit_tls outgoing_tls = net::submit_tls::tls;
  bool outgoing_local_part = false;  // log in there as what stands before the @
};

/// Where POP3 clients come in.
struct incoming_door {
  std::uint16_t port = 0;
  bool is_tls = false;  // from the first octet; else by STLS
};

/// Mozilla's config-v1.1.xml. The same for everybody: the client puts its
/// address in.
std::string autoconfig(const client_setup& s, const incoming_door& in);

/// Microsoft's Autodiscover in "plain old XML" (MS-OXDSCLI 2.2.4), for that
/// address.
std::string autodiscover(const client_setup& s, const incoming_door& in,
                         std::string_view address);

/// The address that an Autodiscover request is about; nothing if there is none
/// that is written plainly.
std::optional<std::string> find_asked_address(std::string_view request_body);

/// The setup for the domain of `address` ("": it was not told), else the one
/// for the host that was asked, a domain or its "autoconfig."; else the only
/// one. Null: there is none.
const client_setup* find_setup(std::span<const client_setup> all,
                               std::string_view address, std::string_view host);

struct setup_sources {
  std::function<const std::vector<client_setup>&()> setups;
  std::function<std::optional<incoming_door>()> door;  // nothing: there is none
};
/// The files, where clients look for them. For everybody: they hold nothing but
/// names of servers.
void add_setup_files(router& to, const setup_sources& from);

}  // namespace mekiki::admin

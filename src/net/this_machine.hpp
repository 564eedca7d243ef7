// Which addresses are those of this machine.
#pragma once

#include <vector>

#include "base/ip_address.hpp"

namespace mekiki::net {

/// Of its interfaces as they are now, loopback and link-local ones among them.
std::vector<ip_address> addresses_of_this_machine();

/// Whether what is sent to `address` reaches this machine: loopback and
/// unspecified addresses, those of its interfaces, and others that its routes
/// lead to itself, as machines behind a load balancer have them. An IPv6
/// address that carries an IPv4 one (`innermost`) is not looked into.
bool is_of_this_machine(const ip_address& address);

}  // namespace mekiki::net

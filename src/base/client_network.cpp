#include "base/client_network.hpp"

#include "base/ip_address.hpp"

namespace mekiki {

std::string network_of(const std::string& client) {
  const auto address = parse_ip_address(client);
  return address ? format(network_of_client(*address)) : client;
}

}  // namespace mekiki

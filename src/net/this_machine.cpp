#include "net/this_machine.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/connect.hpp"

namespace mekiki::net {
namespace {

/// A question of RTM_GETROUTE with room for one attribute.
struct route_question {
  nlmsghdr head{};
  rtmsg route{};
  rtattr attribute{};
  std::array<std::uint8_t, 16> address{};
};

/// What `ip route get` shows; false too where the kernel does not tell.
bool has_route_to_itself(const ip_address& address) {
  const std::size_t size = address.is_v4() ? 4 : 16;
  route_question ask;
  ask.head.nlmsg_len =
      static_cast<std::uint32_t>(sizeof ask - sizeof ask.address + size);
  ask.head.nlmsg_type = RTM_GETROUTE;
  ask.head.nlmsg_flags = NLM_F_REQUEST;
  ask.route.rtm_family = address.is_v4() ? AF_INET : AF_INET6;
  ask.route.rtm_dst_len = static_cast<std::uint8_t>(8 * size);
  ask.attribute.rta_type = RTA_DST;
  ask.attribute.rta_len =
      static_cast<std::uint16_t>(sizeof ask.attribute + size);
  std::memcpy(ask.address.data(), address.octets().data(), size);

  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0)
    return false;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  alignas(nlmsghdr) std::array<char, 4096> room{};
  // The answer is there when the question has been sent.
  ssize_t n =
      ::sendto(fd, &ask, ask.head.nlmsg_len, 0,
               reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
  if (n >= 0)
    n = ::recv(fd, room.data(), room.size(), MSG_DONTWAIT);
  ::close(fd);
  nlmsghdr head{};
  rtmsg route{};
  if (n < static_cast<ssize_t>(NLMSG_LENGTH(sizeof route)))
    return false;
  std::memcpy(&head, room.data(), sizeof head);
  std::memcpy(&route, room.data() + NLMSG_HDRLEN, sizeof route);
  return head.nlmsg_type == RTM_NEWROUTE &&
         (route.rtm_type == RTN_LOCAL || route.rtm_type == RTN_ANYCAST);
}

}  // namespace

std::vector<ip_address> addresses_of_this_machine() {
  std::vector<ip_address> out;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0)
    return out;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  for (const ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr)
      continue;
    if (i->ifa_addr->sa_family == AF_INET) {
      std::array<std::uint8_t, 4> octets{};
      std::memcpy(octets.data(),
                  &reinterpret_cast<const sockaddr_in*>(i->ifa_addr)->sin_addr,
                  octets.size());
      out.push_back(ip_address::v4(octets));
    } else if (i->ifa_addr->sa_family == AF_INET6) {
      std::array<std::uint8_t, 16> octets{};
      std::memcpy(
          octets.data(),
          &reinterpret_cast<const sockaddr_in6*>(i->ifa_addr)->sin6_addr,
          octets.size());
      out.push_back(ip_address::v6(octets));
    }
  }
  return out;
}

bool is_of_this_machine(const ip_address& address) {
  static const ip_address any6 = *parse_ip_address("::");
  // Connecting to the unspecified address reaches this machine too.
  if (is_loopback(address) || address == ip_address() || address == any6)
    return true;
  const std::vector<ip_address> all = addresses_of_this_machine();
  return std::ranges::find(all, address) != all.end() ||
         has_route_to_itself(address);
}

}  // namespace mekiki::net

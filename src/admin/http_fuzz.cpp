// The way of a request, from octets to the router: pieces as the network may
// cut them. The first octet says how long they are.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "admin/autoconfig.hpp"
#include "admin/forwarded.hpp"
#include "admin/router.hpp"

namespace {

/// Whatever a stranger wrote, it is the address that our proxy added.
void check_client(const mekiki::admin::request& r) {
  using namespace mekiki;
  static const std::vector<ip_network> proxies = ip_networks({"127.0.0.0/8"});
  static const ip_address proxy = *parse_ip_address("127.0.0.1");
  static const ip_address stranger = *parse_ip_address("198.51.100.9");
  if (admin::find_client(stranger, r.forwarded_for, proxies) != stranger)
    std::abort();
  admin::find_client(proxy, r.forwarded_for, proxies);
  const std::string added = r.forwarded_for.value_or("") + ", 198.51.100.9";
  if (admin::find_client(proxy, added, proxies) != stranger)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  using event = admin::request_reader::event;
  if (size == 0)
    return 0;
  std::string_view octets(reinterpret_cast<const char*>(data), size);
  const std::size_t piece = 1 + static_cast<unsigned char>(octets.front());
  octets.remove_prefix(1);

  static const ip_address local = *parse_ip_address("192.0.2.7");
  static const admin::router pages = [] {
    admin::router made({"mail.example.jp"});
    made.add("/metrics",
             admin::at_once([](const admin::request&) -> admin::response {
               return {.fields = {}};
             }));
    made.add_post("/post",
                  admin::at_once([](const admin::request&) -> admin::response {
                    return {.fields = {}};
                  }));
    return made;
  }();

  admin::request_reader reader({.header = 512, .body = 256});
  while (!octets.empty()) {
    reader.append(octets.substr(0, piece));
    octets.remove_prefix(std::min(piece, octets.size()));
    for (;;) {
      admin::request r;
      const event e = reader.next(r);
      if (e == event::failed) {
        if (reader.status() < 400 || reader.status() > 505)
          std::abort();
        return 0;
      }
      if (e == event::need_more)
        break;
      if (r.body.size() > 256 || r.path.size() > 512)
        std::abort();
      const auto found = pages.find(r, local);
      const bool is_page =
          (r.path == "/metrics" && (r.method == "GET" || r.method == "HEAD")) ||
          (r.path == "/post" && r.method == "POST");
      const bool is_ours = !r.host || r.host == "localhost" ||
                           r.host == "mail.example.jp" ||
                           (parse_ip_address(*r.host) &&
                            r.host->find_first_not_of("0123456789abcdef:.") ==
                                std::string::npos);
      if (found && !(is_page && is_ours))
        std::abort();
      check_client(r);
      const auto address = admin::find_asked_address(r.body);
      if (address && address->find_first_of("<>; \r\n") != address->npos)
        std::abort();
    }
  }
  return 0;
}

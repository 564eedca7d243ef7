// What the tests of this folder share: one check over a JSON zone.
#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "auth/spf/check_host.hpp"
#include "dns/zone_resolver.hpp"

namespace mekiki::spf {

inline std::unique_ptr<dns::zone_resolver> make_zone(std::string_view json) {
  auto zone = dns::parse_zone(json);
  if (!zone)
    throw std::runtime_error(zone.error());
  return std::move(*zone);
}

inline check_result check(const request& asked, dns::resolver& resolver,
                          const options& how = {}) {
  check_result out;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, check_host(asked, resolver, how),
                        [&](const std::exception_ptr& e, check_result result) {
                          if (e)
                            std::rethrow_exception(e);
                          out = std::move(result);
                        });
  io.run();
  return out;
}

}  // namespace mekiki::spf

// What tests of several modules share: coroutines run over a JSON zone.
#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "dns/zone_resolver.hpp"

namespace mekiki::dns::test {

inline std::unique_ptr<zone_resolver> make_zone(std::string_view json) {
  auto zone = parse_zone(json);
  if (!zone)
    throw std::runtime_error(zone.error());
  return std::move(*zone);
}

template <class T>
T run(boost::asio::awaitable<T> work) {
  T out{};
  boost::asio::io_context io;
  boost::asio::co_spawn(io, std::move(work),
                        [&](const std::exception_ptr& e, T result) {
                          if (e)
                            std::rethrow_exception(e);
                          out = std::move(result);
                        });
  io.run();
  return out;
}

}  // namespace mekiki::dns::test

// What the tests of this folder share: coroutines run over a JSON zone.
#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "auth/dmarc/evaluate.hpp"
#include "dns/zone_resolver.hpp"

namespace mekiki::dmarc {

inline std::unique_ptr<dns::zone_resolver> make_zone(std::string_view json) {
  auto zone = dns::parse_zone(json);
  if (!zone)
    throw std::runtime_error(zone.error());
  return std::move(*zone);
}

/// Passes questions on and keeps their names.
class noting_resolver final : public dns::resolver {
 public:
  explicit noting_resolver(dns::resolver& inner) : inner_(inner) {}

  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    asked.push_back(q.name);
    return inner_.resolve(std::move(q));
  }

  std::vector<std::string> asked;

 private:
  dns::resolver& inner_;
};

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

}  // namespace mekiki::dmarc

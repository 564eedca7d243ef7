// What the tests of this folder share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dmarc/evaluate.hpp"
#include "dns/test_zone.hpp"

namespace mekiki::dmarc {

using dns::test::make_zone;
using dns::test::run;

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

}  // namespace mekiki::dmarc

// Judges mails again whose checks got no answer from the DNS when they were
// fetched (docs/design.md, "Judged again").
#pragma once

#include <chrono>
#include <cstddef>

#include <boost/asio/awaitable.hpp>

#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/verify.hpp"
#include "auth/dmarc/evaluate.hpp"
#include "base/clock.hpp"
#include "dns/resolver.hpp"
#include "store/store.hpp"

namespace mekiki::store {

/// All of them outlive the work.
struct rejudge_services {
  dns::resolver& resolver;
  dkim::key_cache& keys;
  const clock& now;
  dkim::verify_options dkim = {};
  dmarc::options dmarc = {};
  /// The time for the questions about one mail, whose number is limited, too.
  std::chrono::milliseconds dns_budget{std::chrono::seconds(8)};
};

/// Judges the mails that are due, at most 50, one after the other. The answer
/// is how many were decided. What is still undecided is tried again after 5
/// minutes, then after twice as long each time, at least every 12 hours, until
/// it is 7 days old. Never throws.
boost::asio::awaitable<std::size_t> judge_due(store& s, rejudge_services with);

}  // namespace mekiki::store

// Mails whose signatures could not be decided when they were fetched are judged
// again when the DNS answers (docs/design.md, "Judged again").
#pragma once

#include <cstddef>
#include <cstdint>

#include <boost/asio/awaitable.hpp>

#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/verify.hpp"
#include "dns/resolver.hpp"
#include "store/store.hpp"

namespace mekiki::store {

/// Judges the mails that are due at `now` (Unix seconds), at most 50, one
/// after the other. The answer is how many were decided. What is still
/// undecided is tried again after 5 minutes, then after twice as long each
/// time, at least every 12 hours, until it is 7 days old. Never throws.
boost::asio::awaitable<std::size_t> judge_due(store& s, dns::resolver& resolver,
                                              dkim::key_cache& keys,
                                              dkim::verify_options options,
                                              std::int64_t now);

}  // namespace mekiki::store

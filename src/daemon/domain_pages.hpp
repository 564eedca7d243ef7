// What the watch knows of domains, for the dashboard's pages
// (docs/dashboard.md, "Own domains"), for /healthz and for what the history
// adds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "daemon/domain_watch.hpp"
#include "daemon/health.hpp"
#include "notify/words/sentence.hpp"
#include "store/dashboard_queries.hpp"

namespace mekiki::daemon {

/// A row for each watched domain, in the order of the settings.
boost::json::array domain_rows(const domain_watch& watch, notify::language in);

/// All of one domain; nothing: it is not watched.
std::optional<boost::json::object> domain_page(const domain_watch& watch,
                                               const std::string& domain,
                                               notify::language in);

/// `now` is Unix seconds.
domain_health health_of(const domain_watch& watch, std::int64_t now);

/// Keys, and how many mails of the last 30 days were proven; nothing: the
/// history has no answer now. `history` and `clock` outlive it.
boost::asio::awaitable<std::optional<domain_past>> past_of(
    store::dashboard_queries* history, const clock* clock, std::string domain);

}  // namespace mekiki::daemon

// The modules' counters under their Prometheus names, which docs/operation.md
// lists, and for the dashboard.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <prometheus/metric_family.h>

#include "admin/health.hpp"
#include "base/compute_pool.hpp"
#include "base/memory_budget.hpp"
#include "daemon/domain_watch.hpp"
#include "daemon/loop_busy.hpp"
#include "daemon/report_fetcher.hpp"
#include "daemon/report_keeper.hpp"
#include "daemon/sandbox.hpp"
#include "delivery/desk.hpp"
#include "dns/lookup_counts.hpp"
#include "milter/server.hpp"
#include "net/tls.hpp"
#include "pop3/counters.hpp"
#include "store/sights.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {

struct metric_sources {
  const pop3::counters& proxy;
  const delivery::counters& mails;
  const dns::lookup_counts& lookups;
  const store::store* history = nullptr;  // null: it could not be opened
  const net::tls_context* tls = nullptr;  // what mail clients see
  const loop_busy* loop = nullptr;
  const compute_pool* pool = nullptr;
  const memory_budget* memory = nullptr;
  /// Null: not known.
  const std::vector<store::server_sight>* servers = nullptr;
  const sandbox_state* rights = nullptr;
  const milter::counters* milter = nullptr;  // null: no mail server may ask
  const domain_watch* domains = nullptr;
  const report_fetcher* fetcher = nullptr;  // both null: there is no history
  const report_keeper* reports = nullptr;
  std::int64_t since = 0;  // the program's start, in Unix seconds
};

/// The labels' values are fixed words and at most 101 host names, so that the
/// number of time series is bounded.
std::vector<prometheus::MetricFamily> metrics(const metric_sources& f);

/// HEALTH of docs/dashboard.md; `since` is the program's start.
boost::json::object health(const metric_sources& f,
                           const std::vector<admin::health_item>& items,
                           std::int64_t since);

}  // namespace mekiki::daemon

// The modules' counters under their Prometheus names, and the problems that
// /healthz reports. docs/operation.md lists both.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <prometheus/metric_family.h>

#include "base/clock.hpp"
#include "base/compute_pool.hpp"
#include "daemon/loop_busy.hpp"
#include "daemon/sandbox.hpp"
#include "delivery/desk.hpp"
#include "dns/lookup_counts.hpp"
#include "pop3/counters.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {

struct metric_sources {
  const pop3::counters& proxy;
  const delivery::counters& mails;
  const dns::lookup_counts& lookups;
  const store::store* history = nullptr;  // null: it could not be opened
  const loop_busy* loop = nullptr;
  const compute_pool* pool = nullptr;
  const sandbox_state* rights = nullptr;
};

/// Every value of a label is a word of ours, or one of at most 101 hosts.
std::vector<prometheus::MetricFamily> metrics(const metric_sources& f);

/// HEALTH of docs/dashboard.md; `since` is the program's start.
boost::json::object health(const metric_sources& f, steady_point now,
                           std::int64_t since);

/// Sentences that say nothing secret; none if all is well.
std::vector<std::string> problems(const metric_sources& f, steady_point now);

}  // namespace mekiki::daemon

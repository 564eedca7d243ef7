// The page for Prometheus: /metrics.
#pragma once

#include <functional>
#include <vector>

#include <prometheus/metric_family.h>

#include "admin/router.hpp"
#include "base/ip_address.hpp"

namespace mekiki::admin {

/// The families that `collect` returns, in Prometheus' text format 0.0.4, for
/// clients in those networks; 403 for others.
page metrics_page(
    std::vector<ip_network> clients,
    std::function<std::vector<prometheus::MetricFamily>()> collect);

}  // namespace mekiki::admin

// What /healthz and the dashboard say of the program's own state.
// docs/operation.md lists it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "admin/health.hpp"
#include "base/clock.hpp"
#include "dns/lookup_counts.hpp"
#include "store/sights.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {

/// The domains that are watched. Each is counted once.
struct domain_health {
  std::size_t all = 0;
  std::size_t bad = 0;      // by their grade
  std::size_t silent = 0;   // of the others: the DNS answers not for all
  std::size_t changed = 0;  // of the others: a record changed in the last day
};

/// The mailboxes that reports are fetched from.
struct report_health {
  std::size_t all = 0;
  std::size_t failing = 0;            // at the last look
  std::size_t waiting = 0;            // of the others: not looked at yet
  std::optional<std::int64_t> first;  // of those looked at: when, longest ago
};

struct health_facts {
  const dns::lookup_counts& lookups;
  const store::store* history = nullptr;  // null: it could not be opened
  /// Null: there is nothing that counts them, or no answer in time.
  const std::vector<store::server_sight>* servers = nullptr;
  std::size_t over_budget = 0;               // accounts
  std::optional<std::uint64_t> free_octets;  // where the state is
  std::optional<std::int64_t> certificate;   // valid until
  std::optional<std::int64_t> addon;         // last seen
  bool knows_addons = false;  // nothing in `addon`: none was seen
  domain_health domains;      // none: they are left out
  report_health reports;      // the same
};

/// The border first; what is not known is left out, but for the border.
/// `wall` is Unix seconds.
std::vector<admin::health_item> health_items(const health_facts& f,
                                             steady_point now,
                                             std::int64_t wall);

}  // namespace mekiki::daemon

// The DMARC policy of a watched domain, for the plan of its next step.
#pragma once

#include <optional>
#include <string>

#include "daemon/domain_watch.hpp"
#include "reports/sending_plan.hpp"

namespace mekiki::daemon {

/// As the last look found it, before the last start too; nothing: the domain is
/// not watched, or the DNS never answered.
std::optional<reports::policy_now> published_policy(const domain_watch& watch,
                                                    const std::string& domain);

}  // namespace mekiki::daemon

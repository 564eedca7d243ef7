// What to set where forgeries cannot be recognised, made of what was seen.
#pragma once

#include <cstdint>
#include <vector>

#include "admin/api.hpp"
#include "config/settings.hpp"
#include "store/border_vote_rows.hpp"
#include "store/sights.hpp"

namespace mekiki::daemon {

/// What proven mails taught about the server's border, or else the domain of
/// the host that most of the mails came in through. A person has to say that it
/// is the provider's. `now`: Unix seconds.
admin::border_proposal propose(
    const config::settings& settings, const store::server_sight& s,
    const std::vector<store::learned_provider>& learned, std::int64_t now);

}  // namespace mekiki::daemon

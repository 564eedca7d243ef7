// What the plan of a domain's policy, and the mails about its senders, are made
// of: kept reports, reporter by reporter. Failures are sqlite::error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "reports/sending_plan.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// Rows that are looked through: of those of the newest reports.
constexpr std::size_t most_rows_of_facts = 150'000;

/// Days and policies of the year before `to` (a day), and the sources of what
/// was reported from `first(facts)` on, which sees all but the sources.
reports::sending_facts read_sending_facts(
    sqlite::database& db, std::string_view domain, std::int64_t to,
    const std::function<std::int64_t(const reports::sending_facts&)>& first);

}  // namespace mekiki::store

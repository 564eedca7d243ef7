// Sums over the mails of a period, for the digests of administrators.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/sqlite.hpp"
#include "store/totals.hpp"

namespace mekiki::store {

/// All but `lost`, from one snapshot. Work is linear in the mails of
/// that time, whatever else is kept; failures are sqlite::error.
period_totals read_totals(sqlite::database& db, std::int64_t from,
                          std::int64_t to,
                          const std::vector<std::int64_t>& columns);

/// The statements, each with the two times as its parameters. They cannot be
/// prepared where the index is missing.
std::vector<std::string> period_statements();

}  // namespace mekiki::store

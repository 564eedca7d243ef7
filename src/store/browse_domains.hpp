// What was learned of domains and keys, page by page.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "store/browse_mails.hpp"
#include "store/dashboard_queries.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// A page that is cut by `is_over` says that there are more, unless it is
/// empty.
page_of<domain_row> read_domains(sqlite::database& db,
                                 const dashboard_queries::domain_filter& which,
                                 page_range r, const walk_end& is_over);

std::vector<domain_history> read_domain(sqlite::database& db,
                                        std::string_view name,
                                        std::string_view scope,
                                        std::int64_t now);

/// Cut as above; of one name at most 100 records.
page_of<key_history> read_keys(sqlite::database& db, std::string_view search,
                               page_range r, const walk_end& is_over);

/// Of which a record came beside an older one, or revoked it, at `since` or
/// later; the latest first, 50 at most.
std::vector<key_history> read_changed_keys(sqlite::database& db,
                                           std::string_view search,
                                           std::int64_t since,
                                           const walk_end& is_over);

}  // namespace mekiki::store

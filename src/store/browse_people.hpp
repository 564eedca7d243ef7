// The accounts, and the choices and rules of each.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time_zone.hpp"
#include "store/dashboard_queries.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// Secret words are left out.
page_of<person> read_people(sqlite::database& db, page_range r,
                            std::int64_t now, time_zone zone);
std::vector<account_count> read_busiest(sqlite::database& db, std::int64_t from,
                                        std::int64_t to);
/// At most 10,000.
std::vector<kept_rule> read_rules(sqlite::database& db,
                                  std::string_view account);
/// The newest first.
std::vector<kept_token> read_tokens(sqlite::database& db,
                                    std::string_view account);
bool knows_word(sqlite::database& db, std::string_view account);
std::string account_of_token(sqlite::database& db, std::string_view hash);

}  // namespace mekiki::store

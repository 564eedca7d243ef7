// Mails of the history, page by page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/dashboard_queries.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// True once a walk through many rows has taken long enough. It is asked now
/// and then; what was found up to there is the answer.
using walk_end = std::function<bool()>;

constexpr std::size_t most_rows = 200;  // of one page, whatever is asked

/// An invalid cursor, or a limit of 0, finds nothing.
mail_page read_mails(sqlite::database& db, const mail_filter& which,
                     std::string_view cursor, std::size_t limit,
                     const walk_end& is_over);

mail_total count_mails(sqlite::database& db, const mail_filter& which,
                       const walk_end& is_over);

/// Accounts that got mail and hold `part` (folded), by name.
std::vector<std::string> accounts_holding(const sqlite::database& db,
                                          std::string_view part,
                                          std::size_t most);

/// As dashboard_queries::mail.
std::optional<mail_detail> read_mail(sqlite::database& db, std::int64_t id,
                                     std::string_view account,
                                     shown_texts which);

/// As dashboard_queries::mail_number.
std::optional<std::int64_t> find_mail(const sqlite::database& db,
                                      std::string_view account,
                                      std::string_view uidl,
                                      std::string_view digest);

/// In this order, with all texts; those that are gone are left out.
std::vector<mail_row> read_rows(sqlite::database& db,
                                const std::vector<std::int64_t>& ids);

}  // namespace mekiki::store

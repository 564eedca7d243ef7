// Rows of what was learned, which several readers have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "store/row.hpp"
#include "verdict/history.hpp"
#include "verdict/mail_services.hpp"

namespace mekiki::store {

// Column `kind` of table `sender`.
constexpr int author_kind = 0;
constexpr int list_kind = 1;
constexpr int address_kind = 2;  // by its mark, at a mail service
// Who hands mail over, or changes it; by domain, or upstream.
constexpr int known_list_kind = 3;
constexpr int forwarder_kind = 4;
constexpr int changing_kind = 5;
constexpr int sender_kinds = 6;

constexpr std::int64_t habit_days = 180;     // the window of a habit
constexpr std::int64_t signature_days = 90;  // within which a replay is known

/// As the table `scope` has a history (domain_history::scope). No host has a
/// '%', and each account has one (pop3::account_id).
inline std::string name_of_scope(std::string_view scope) {
  const bool is_account = scope.find('%') != std::string_view::npos;
  return (is_account ? "account:" : "upstream:") + std::string(scope);
}

struct pair_row : verdict::pair_record {
  auto columns() {
    return std::tie("signer", signer, "mails", passed.mails, "days",
                    passed.days, "first", passed.first, "last", passed.last);
  }
};

/// Of table `learned`, for one scope and thing.
struct sightings_row : verdict::sightings {
  std::int64_t rows = 0;

  auto columns() {
    return std::tie("count(*)", rows, "count(DISTINCT author)", authors,
                    "count(DISTINCT day)", days,
                    "coalesce(max(day) - min(day), 0)", spread);
  }
};

/// Of table `address`: of one domain, that of the author.
struct addresses_row {
  std::int64_t rows = 0;
  std::int64_t counted = 0;  // those that came on two days
  std::int64_t first = 0;    // day of the author's; 0: it is not there
  bool is_counted = false;   // the author's

  bool are_many() const {
    return counted > static_cast<std::int64_t>(verdict::most_colleagues);
  }
  auto columns() {
    return std::tie(
        "count(*)", rows, "coalesce(sum(again), 0)", counted,
        "coalesce(max(CASE WHEN mark = ? THEN first END), 0)", first,
        "coalesce(max(CASE WHEN mark = ? THEN again END), 0)", is_counted);
  }
};

struct key_row : verdict::remembered_key {
  auto columns() {
    return std::tie("name", name, "text", text, "first", first, "last", last,
                    "authentic", authentic, "revoked", revoked);
  }
};

}  // namespace mekiki::store

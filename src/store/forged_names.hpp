// Whose names forged mails used in a period, and in which waves they came.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// What the author domain of a forged mail has to do with who was named.
enum class forged_kind : std::uint8_t {
  misused,       // it is the one whose name was abused
  look_alike,    // it looks like another, or is written to deceive
  display_name,  // it is the sender's own; the name beside it is not
};
std::string_view to_string(forged_kind k);

/// Forged mails that name one author domain.
struct forged_group {
  std::string domain;
  forged_kind kind = forged_kind::misused;  // of most of them
  std::string like;                         // that it looks like; may be empty
  std::int64_t mails = 0;
  std::vector<std::string> accounts;  // that were hit most, three at most
  std::int64_t all_accounts = 0;
  /// When they came, and when the first of them, by the last host whose word
  /// counts, else when they were first fetched.
  std::int64_t first = 0, last = 0;
  /// When one of them was fetched last. A list of the mails fetched from
  /// `first` to this has all of them.
  std::int64_t fetched = 0;
};

struct forged_day {
  std::int64_t day = 0;  // as day_sum has it
  std::int64_t mails = 0;

  bool operator==(const forged_day&) const = default;
};

constexpr std::int64_t wave_gap = 21'600;  // seconds
constexpr std::int64_t least_wave = 5;     // mails

/// The most frequent first; ten at most of each.
struct forged_names {
  std::vector<forged_group> domains;
  /// Mails of one domain, each at most `wave_gap` after the one before, where
  /// there are `least_wave`.
  std::vector<forged_group> waves;
  /// The days of their first fetch, rising; only where one domain was asked
  /// for.
  std::vector<forged_day> days;
};

/// Of those that came from `from` to before `to`, whenever they were fetched
/// again; of one account or ("") all, and of one author domain or ("") all. A
/// mail that was first fetched in that time came in it. Looks at the 20,000
/// that were fetched last, until `is_over`. `zone`: that of the sums.
forged_names read_forged_names(const sqlite::database& db,
                               std::string_view account,
                               std::string_view domain, std::int64_t from,
                               std::int64_t to, time_zone zone,
                               const std::function<bool()>& is_over);

/// The first day of which there are sums; 0 where there is none.
std::int64_t first_day_of_sums(const sqlite::database& db);

}  // namespace mekiki::store

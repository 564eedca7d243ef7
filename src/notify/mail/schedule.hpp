// When a digest is due, and which time it covers. Hours, days and weeks are
// those of this machine's zone (TZ, /etc/localtime); otherwise pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mekiki::notify {

enum class period : std::uint8_t { off, hourly, daily, weekly };
std::string_view to_string(period p);

/// Unix seconds; `to` is not included.
struct past_period {
  std::int64_t from = 0;
  std::int64_t to = 0;
  /// Where each column of its chart begins, the first at `from`: five minutes
  /// of an hour, hours of a day (23 to 25), days of a week.
  std::vector<std::int64_t> columns;
};

/// The last period that is over at `now`; for the period before, call
/// again with its `from` as `now`. Hours begin when the clock shows minute 0;
/// days at `time_of_day` (from midnight, below 24 hours), weeks at that time on
/// Mondays. A local time that is skipped (start of summer time) is read with
/// the old offset; one that occurs twice is the first. Nothing for `off`.
std::optional<past_period> last_complete(period p,
                                         std::chrono::minutes time_of_day,
                                         std::int64_t now);

/// How far the clocks here are east of UTC at that time.
std::chrono::minutes east_of_utc(std::int64_t at);

}  // namespace mekiki::notify

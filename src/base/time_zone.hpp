// Days and hours as the clocks of a place show them.
#pragma once

#include <cstdint>
#include <string>

namespace mekiki {

/// UTC, or the zone of this machine (TZ, /etc/localtime). Times are Unix
/// seconds; days are numbered by their date, from 1970-01-01.
class time_zone {
 public:
  constexpr time_zone() = default;
  static constexpr time_zone utc() { return time_zone(); }
  static constexpr time_zone local() { return time_zone(true); }

  /// How far the clocks are ahead of UTC.
  std::int64_t seconds_east(std::int64_t at) const;
  /// "JST", "CEST", "+0330".
  std::string name(std::int64_t at) const;

  /// When the clocks show `shown`, seconds from 1970 as if it were UTC. A time
  /// that is skipped (start of summer time) is read with the old offset; one
  /// that occurs twice is the first.
  std::int64_t when_shown(std::int64_t shown) const;

  /// The day that has begun. It lasts until the next begins, 23 to 25 hours
  /// mostly, even if a clock that is set back shows the day before once more.
  std::int64_t day_of(std::int64_t at) const;
  std::int64_t begin_of(std::int64_t day) const;

 private:
  explicit constexpr time_zone(bool is_local) : is_local_(is_local) {}

  bool is_local_ = false;
};

}  // namespace mekiki

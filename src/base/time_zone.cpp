#include "base/time_zone.hpp"

#include <chrono>
#include <ctime>

#include "base/unix_time.hpp"

namespace mekiki {
namespace {

/// False where the year is too large for it.
bool read_clock(std::int64_t at, std::tm& fields) {
  const auto time = static_cast<std::time_t>(at);
  return ::localtime_r(&time, &fields) != nullptr;
}

}  // namespace

std::int64_t time_zone::seconds_east(std::int64_t at) const {
  std::tm fields{};
  return is_local_ && read_clock(at, fields) ? fields.tm_gmtoff : 0;
}

std::string time_zone::name(std::int64_t at) const {
  std::tm fields{};
  return is_local_ && read_clock(at, fields) ? fields.tm_zone : "UTC";
}

/// Not by mktime: what that says of a time that is shown twice depends on what
/// it was asked before.
std::int64_t time_zone::when_shown(std::int64_t shown) const {
  const std::int64_t before = seconds_east(shown - day_seconds);
  const std::int64_t after = seconds_east(shown + day_seconds);
  const bool is_after = seconds_east(shown - before) != before &&
                        seconds_east(shown - after) == after;
  return shown - (is_after ? after : before);
}

std::int64_t time_zone::day_of(std::int64_t at) const {
  namespace chrono = std::chrono;
  const std::int64_t day =
      chrono::floor<chrono::days>(chrono::seconds(at + seconds_east(at)))
          .count();
  // A clock set back over midnight shows a day once more, and one set forward
  // over it the next a little early.
  if (begin_of(day + 1) <= at)
    return day + 1;
  return begin_of(day) > at ? day - 1 : day;
}

std::int64_t time_zone::begin_of(std::int64_t day) const {
  return when_shown(day * day_seconds);
}

}  // namespace mekiki

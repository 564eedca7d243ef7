#include "notify/mail/schedule.hpp"

#include "base/time_zone.hpp"
#include "base/unix_time.hpp"

namespace mekiki::notify {
namespace {

namespace chrono = std::chrono;

constexpr std::int64_t five_minutes = 300;
constexpr time_zone here = time_zone::local();

std::int64_t floor_to(std::int64_t value, std::int64_t unit) {
  return value - ((value % unit) + unit) % unit;
}

std::int64_t hour_begun(std::int64_t at) {
  const std::int64_t east = here.seconds_east(at);
  return floor_to(at + east, hour_seconds) - east;
}

bool is_monday(std::int64_t day_number) {
  return chrono::weekday(chrono::sys_days(chrono::days(day_number))) ==
         chrono::Monday;
}

std::vector<std::int64_t> steps(std::int64_t from, std::int64_t to,
                                std::int64_t step) {
  std::vector<std::int64_t> out;
  for (std::int64_t at = from; at < to; at += step) out.push_back(at);
  return out;
}

}  // namespace

std::string_view to_string(period p) {
  switch (p) {
    case period::off:
      return "off";
    case period::hourly:
      return "hourly";
    case period::daily:
      return "daily";
    case period::weekly:
      return "weekly";
  }
  return "off";
}

std::optional<past_period> last_complete(period p, chrono::minutes time_of_day,
                                         std::int64_t now) {
  if (p == period::off)
    return std::nullopt;
  past_period out;
  if (p == period::hourly) {
    out.to = hour_begun(now);
    out.from = hour_begun(out.to - 1);
    out.columns = steps(out.from, out.to, five_minutes);
    return out;
  }
  const auto begin_of = [&](std::int64_t day_number) {
    return here.when_shown(day_number * day_seconds +
                           chrono::seconds(time_of_day).count());
  };
  std::int64_t today = here.day_of(now);
  while (begin_of(today) > now || (p == period::weekly && !is_monday(today)))
    --today;
  out.to = begin_of(today);
  if (p == period::daily) {
    out.from = begin_of(today - 1);
    out.columns = steps(out.from, out.to, hour_seconds);
  } else {
    out.from = begin_of(today - 7);
    for (std::int64_t i = 7; i > 0; --i)
      out.columns.push_back(begin_of(today - i));
  }
  return out;
}

chrono::minutes east_of_utc(std::int64_t at) {
  return chrono::minutes(floor_to(here.seconds_east(at), 60) / 60);
}

}  // namespace mekiki::notify

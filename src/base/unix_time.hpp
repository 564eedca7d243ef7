// Times as whole seconds since 1970-01-01T00:00:00Z, leap seconds left out, for
// signatures, the history and the dashboard.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace mekiki {

constexpr std::int64_t hour_seconds = 3'600;
constexpr std::int64_t day_seconds = 86'400;

/// The last whole second at or before `t`.
constexpr std::int64_t unix_seconds(time_point t) {
  return std::chrono::floor<std::chrono::seconds>(t.time_since_epoch()).count();
}

constexpr time_point at_unix_seconds(std::int64_t seconds) {
  return time_point(std::chrono::seconds(seconds));
}

}  // namespace mekiki

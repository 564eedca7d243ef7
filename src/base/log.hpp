// The log: the one piece of global state.
//
// A line is an event's name and facts, for people and for grep:
//   log::info("session {}: login of {} refused by {}", id, user, host);
// Text from peers must pass through `log::quoted`. A `secret` has no
// formatter, so a password cannot be logged.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

namespace mekiki::log {

enum class format { text, json };

/// To standard error. `level` is one of debug, info, warning, error, off.
void start(std::string_view level, format f);

/// Printable ASCII and UTF-8 text as it is, everything else as \xNN; at most
/// 200 octets.
std::string quoted(std::string_view text);

template <class... Args>
void debug(fmt::format_string<Args...> text, Args&&... args) {
  spdlog::debug(text, std::forward<Args>(args)...);
}
template <class... Args>
void info(fmt::format_string<Args...> text, Args&&... args) {
  spdlog::info(text, std::forward<Args>(args)...);
}
template <class... Args>
void warning(fmt::format_string<Args...> text, Args&&... args) {
  spdlog::warn(text, std::forward<Args>(args)...);
}
template <class... Args>
void error(fmt::format_string<Args...> text, Args&&... args) {
  spdlog::error(text, std::forward<Args>(args)...);
}

}  // namespace mekiki::log

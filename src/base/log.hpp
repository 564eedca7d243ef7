// The log: the one piece of global state.
//
// A line is an event's name and facts, for people and for grep:
//   log::info("session {}: login of {} refused by {}", id, user, host);
// Text from peers must pass through `log::quoted`. A `secret` has no
// formatter, so a password cannot be logged. What other programs read from the
// log is an event with facts (`log::event`).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

namespace mekiki::log {

enum class format { text, json };

/// To standard error; if that is the journal ($JOURNAL_STREAM), lines have the
/// journal's priorities in place of time and level. `level` is one of debug,
/// info, warning, error, off.
void start(std::string_view level, format f);
/// Changes the level of a log that was started.
void set_level(std::string_view level);

/// Printable ASCII and UTF-8 text as it is, everything else as \xNN; at most
/// 200 octets.
std::string quoted(std::string_view text);

/// One fact of an event. Its name is a word of ours; its text may come from
/// anywhere and is written in full; the caller limits its length.
struct fact {
  std::string_view name;
  std::variant<std::string_view, std::uint64_t> value;
};

/// As text: `mail number=1 uidl="a\x22b"`; in quotes, control characters, DEL,
/// `"` and `\` are \xNN, and every other octet is itself. As JSON: the members
/// `"message":"mail","number":1,"uidl":"a\"b"` without their braces; octets
/// that are not UTF-8 become U+FFFD.
std::string format_event(format f, std::string_view name,
                         std::span<const fact> facts);

/// A line at level info, for programs: see format_event. In JSON the object has
/// `time` and `level`, too.
void event(std::string_view name, std::span<const fact> facts);

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

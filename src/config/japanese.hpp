// The help of the settings in Japanese.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "notify/words/phrases.hpp"

namespace mekiki::config {

/// Of a row of the table: its dotted name, of an element of a list
/// "route.pattern".
struct japanese_help {
  std::string_view name;
  std::string_view help;  // one line
  std::string_view paragraph = {};
};
std::span<const japanese_help> all_japanese_help();
/// Of that row; nothing in it where there is none.
japanese_help find_japanese_help(std::string_view name);

/// What the forms of values are put together of (value::type).
std::span<const notify::phrase> type_phrases();

}  // namespace mekiki::config

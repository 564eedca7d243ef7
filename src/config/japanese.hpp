// The help of the settings in Japanese.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "notify/words/phrases.hpp"

namespace mekiki::config {

/// The help of one row of table.cpp. `name` is its dotted name; before that of
/// a row of an element stands the name of the list ("route.pattern").
struct japanese_help {
  std::string_view name;
  std::string_view help;  // one line
  std::string_view paragraph = {};
};
std::span<const japanese_help> all_japanese_help();
/// Its members are empty if there is no such row.
japanese_help find_japanese_help(std::string_view name);

/// The phrases that make up value::type.
std::span<const notify::phrase> type_phrases();

}  // namespace mekiki::config

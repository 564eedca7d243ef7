// The phrases of what commands print, in the reader's language.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "notify/words/phrases.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::cli {

std::span<const notify::phrase> phrases_of_commands();

/// `english` in that language; as it is if there is no translation.
std::string_view say(notify::language in, std::string_view english);

/// The same with its values.
template <class... Values>
std::string say(notify::language in, std::string_view english,
                const Values&... values) {
  return fmt::vformat(say(in, english), fmt::make_format_args(values...));
}

}  // namespace mekiki::cli

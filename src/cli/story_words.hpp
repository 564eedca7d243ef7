// The phrases of a mail's story, in the reader's language.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "notify/words/sentence.hpp"

namespace mekiki::cli {

/// {}, {0}, {1} stand for values. Both languages have the same ones.
struct story_phrase {
  std::string_view english;
  std::string_view japanese;
};
std::span<const story_phrase> story_phrases();

/// `english` in that language; as it is if there is no translation.
std::string_view say(notify::language in, std::string_view english);

/// The same with its values.
template <class... Values>
std::string say(notify::language in, std::string_view english,
                const Values&... values) {
  return fmt::vformat(say(in, english), fmt::make_format_args(values...));
}

}  // namespace mekiki::cli

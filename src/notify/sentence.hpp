// Why a verdict is what it is, in one sentence for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "verdict/reason.hpp"

namespace mekiki::notify {

enum class language : std::uint8_t { english, japanese };
/// The language of a tag ("ja", "ja_JP.UTF-8"); English for all others.
language parse_language(std::string_view tag);

/// One sentence in UTF-8, complete with its final stop, for every code of
/// verdict::reason_codes(); "" for others. Facts may come from a mail: what is
/// not a visible character becomes '?', and free text stands in quotation marks
/// and is cut at 60 characters. Domains are shown as A-labels. Not HTML: the
/// caller escapes.
std::string sentence(const verdict::reason& why, language in);

}  // namespace mekiki::notify

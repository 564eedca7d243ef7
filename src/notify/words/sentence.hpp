// Why a verdict is what it is, in one sentence for people.
#pragma once

#include <cstdint>
#include <span>
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

/// The patterns of the sentences. {fact}: a name or number, {'fact'}: free
/// text; {what}: the pattern "what". "code/x" is for a reason that has a fact
/// x, or whose `finding` is x; "code/x+y" for one that has both; a fact
/// "undone-x" is an x among those of `undone`. The first that fits is taken.
/// If the finding is only told, "told/x" takes the place of the final stop of
/// "code/told" or "code".
struct sentence_pattern {
  std::string_view code;
  std::string_view english;
  std::string_view japanese;
};

/// All of them, in UTF-8. The add-on has a copy of its own, which a test
/// compares (addon/thunderbird/sentences.json).
std::span<const sentence_pattern> sentence_patterns();

}  // namespace mekiki::notify

// The sentences of refused requests, in the visitor's language.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "notify/words/phrases.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::admin {

std::span<const notify::phrase> error_phrases();

/// `english` in that language. What has no translation, such as what a mail
/// server said, stays as it is.
std::string error_text(std::string_view english, notify::language in);

}  // namespace mekiki::admin

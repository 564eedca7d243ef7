// Why a check came out as it did, in the reader's language.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "notify/words/phrases.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::notify {

/// What the checks put their reasons together of: their errc tables, the
/// answers of the DNS, and what verdict/results.cpp adds.
std::span<const phrase> reason_phrases();

/// `reason` of a check's result, as it is in Authentication-Results.
std::string check_reason(std::string_view reason, language in);

}  // namespace mekiki::notify

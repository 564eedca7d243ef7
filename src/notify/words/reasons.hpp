// Why a check came out as it did, in the reader's language.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "notify/words/phrases.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::notify {

/// The phrases that make up the checks' reasons: their errc tables, the answers
/// of the DNS, and the additions of verdict/results.cpp.
std::span<const phrase> reason_phrases();

/// The reason of a check's result, which is in English as in
/// Authentication-Results, in that language.
std::string check_reason(std::string_view reason, language in);

/// One phrase of a reason, such as what the DNS answered. Other texts, such as
/// a record, stay as they are.
std::string_view check_phrase(std::string_view phrase, language in);

}  // namespace mekiki::notify

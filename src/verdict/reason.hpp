// Why a verdict is what it is: a code and its facts, as X-Mekiki-Reason has
// them. The sentences for people are made of these (notify/words/sentence.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mekiki::verdict {

/// "dmarc-fail author=example.jp policy=reject". Codes are a closed list
/// (reason_codes in decide.hpp); facts may come from the mail.
struct reason {
  std::string code;
  std::vector<std::pair<std::string, std::string>> facts;

  reason() = default;
  explicit reason(std::string_view c) : code(c) {}

  reason& with(std::string_view name, std::string_view value) &;
  reason& with(std::string_view name, std::size_t value) &;
  reason with(std::string_view name, std::string_view value) &&;
  reason with(std::string_view name, std::size_t value) &&;

  /// The value of a fact, or "".
  std::string_view fact(std::string_view name) const;
};

/// ASCII, for people: the code, then name=value, separated by spaces. What
/// could end a fact, or the field, is '?'; a value has at most 255 octets.
std::string format(const reason& r);

/// The same for the store and X-Mekiki-Reason, without loss: an octet that
/// `format` would show as '?', and '%', is %XX.
std::string encode(const reason& r);

/// Reads what `encode` wrote, or `format`. What is no fact is left out.
reason parse_reason(std::string_view text);

}  // namespace mekiki::verdict

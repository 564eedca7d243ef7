// Enumerators as they are spelled in the database.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "verdict/decide.hpp"

namespace mekiki::store {

/// Which of `words` is spelled so; nothing for what a newer version wrote.
template <class Word>
std::optional<Word> read_word(std::string_view text,
                              std::initializer_list<Word> words) {
  for (const Word w : words) {
    if (to_string(w) == text)
      return w;
  }
  return std::nullopt;
}

inline std::optional<verdict::level> read_level(std::string_view text) {
  using verdict::level;
  return read_word(text, {level::genuine, level::new_, level::unverified,
                          level::altered, level::forged});
}

/// A domain as the column `reversed` has it: octet for octet from its end.
inline std::string reversed(std::string_view domain) {
  return {domain.rbegin(), domain.rend()};
}

}  // namespace mekiki::store

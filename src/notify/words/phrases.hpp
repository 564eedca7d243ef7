// Tables of phrases in two languages, and the translation of texts that are
// made up of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mekiki::notify {

/// {}, {0}, {1} stand for values. Both languages have the same ones.
struct phrase {
  std::string_view english;
  std::string_view japanese;
};

/// The Japanese of exactly this phrase; "" if the table does not have it.
std::string_view find_phrase(std::span<const phrase> table,
                             std::string_view english);

/// `english` in Japanese, if it is made up of phrases of the table: one of them
/// with its values (each is translated as well), or several in the forms "A;
/// B", "A: B" and "A (B)". Any other text stays as it is.
std::string translate(std::span<const phrase> table, std::string_view english);

}  // namespace mekiki::notify

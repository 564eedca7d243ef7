// Tables of phrases in two languages, and texts that are put together of them.
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

/// The Japanese of that very phrase; nothing where there is none: "".
std::string_view find_phrase(std::span<const phrase> table,
                             std::string_view english);

/// `english`, where it was put together of phrases of the table: one of them
/// with its values ("{}", each looked up as well), or several in the forms
/// "A; B", "A: B" and "A (B)". What is in no phrase stays as it is.
std::string translate(std::span<const phrase> table, std::string_view english);

}  // namespace mekiki::notify

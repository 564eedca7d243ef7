// The mark in the Subject of forged mail, and imitations of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mekiki::notify {

/// A Subject's text (UTF-8, decoded) without imitations of our marks: texts in
/// brackets of any kind that people would read as "SPOOFED?" or
/// "なりすまし注意", in any width, spacing and look-alike letters. Nothing if
/// it has none. Linear.
std::optional<std::string> without_marks(std::string_view subject);

/// A header, or the last fields of one, with imitations of our marks removed
/// from every Subject field, and `mark` (UTF-8, may be empty) put in front of
/// each. If there is no Subject field and `mark` is not empty, one is added at
/// the end. Every other octet stays as it is, and so does a Subject without
/// imitation, except for the mark. `header` stands without the empty line; one
/// above the limits of message::parse_header stays as it is.
std::string edit_subjects(std::string_view header, std::string_view mark);

}  // namespace mekiki::notify

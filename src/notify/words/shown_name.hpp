// Names that came from strangers, as they are shown to people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mekiki::notify {

/// A domain as people see it: with U-labels in place of valid A-labels.
std::string shown_domain(std::string_view domain);

/// The same followed by the domain as it is written, in brackets, if that
/// differs.
std::string full_domain(std::string_view domain);

/// `shown_domain` made inert, followed by the domain as it is written, in
/// brackets, if that differs.
std::string inert_domain(std::string_view domain);

/// One line: '?' in place of each character that is not visible, ends a line
/// or quotes; cut after `most` characters, with "…" for the rest. Not inert,
/// not HTML.
std::string visible(std::string_view text, std::size_t most);

}  // namespace mekiki::notify

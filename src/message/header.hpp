// The header of a mail as ranges over its octets. Nothing is normalized:
// every octet stays where it is; callers check for oddities themselves.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::message {

/// One header field (RFC 5322 2.2), or one line that is not a field (its name
/// is then empty). Views into the octets given to `parse_header`.
struct field_view {
  /// The whole field with its folded lines and final line break.
  std::string_view raw;
  /// What stands before the colon, without white space before the colon.
  std::string_view name;
  /// What stands after the colon, folded lines and all, without the final
  /// line break.
  std::string_view value;

  bool is_field() const { return !name.empty(); }
};

struct header_limits {
  std::size_t octets = 1 << 20;  // a header that is longer is cut here
  std::size_t fields = 10'000;
};

/// Fields from top to bottom. Borrows the octets it was parsed from.
struct header_view {
  std::vector<field_view> fields;
  std::size_t size = 0;        // octets of header, without the empty line
  std::size_t body = 0;        // where the body begins
  bool has_separator = false;  // an empty line ends the header
  bool bare_cr = false;        // it holds a CR without LF after it
  bool truncated = false;      // a limit was reached: the rest was not indexed
  // Behind the limits what some client might read as From, if the caller looked
  // for it (`later_from_finder`): nothing in front of an author hides him.
  std::vector<field_view> later_from;
};

/// The value of the first field of that name, whatever its case.
std::optional<std::string_view> first_value(const header_view& header,
                                            std::string_view name);

/// Splits `octets` (a mail, or at least its whole header) into fields. A line
/// ends at CRLF or at a bare LF; a bare CR is an octet like any other. The
/// header ends before the first empty line, or with the octets. A line is a
/// field when it begins with a name of RFC 5322 2.2 and a colon, with or
/// without white space between (4.5); the raw ranges of all lines, fields or
/// not, tile the header. Linear in the octets looked at.
header_view parse_header(std::string_view octets,
                         const header_limits& limits = {});

/// How many fields some client might read as `name` (lower case): octets
/// outside of 0x21..0x7e in a name do not count, and a bare CR may begin a
/// line. So it is never less than the number of fields of that name.
std::size_t count_possible(const header_view& header, std::string_view name);

/// Calls `look` with the value of each of them, top to bottom. That of a line
/// within another field ends with the line. Linear in the header.
void visit_possible(const header_view& header, std::string_view name,
                    const std::function<void(std::string_view value)>& look);

/// Finds the end of a header that arrives in pieces, at the same place as
/// `parse_header`. Keeps only the state of the current line, never the header.
class header_end_finder {
 public:
  /// Looks at the next piece. The answer is how many octets of it still belong
  /// to the header and its empty line; nothing while the end is not yet seen.
  std::optional<std::size_t> find(std::string_view piece);

 private:
  bool line_is_empty_ = true;
  bool after_cr_ = false;
};

/// Finds what some client might read as From in the part of a header that
/// `parse_header` did not index, as it arrives. Memory is bounded: the first
/// and the last five, parts of 64 KiB of those that are longer.
class later_from_finder {
 public:
  /// Looks at the next piece; the first one begins at `header_view::size`, so
  /// with a field. What follows the header is not given to it.
  void write(std::string_view piece);
  /// For `header_view::later_from`. Borrows from this.
  std::vector<field_view> finish();

 private:
  void end_part(bool goes_on);

  std::string field_;  // as far as it was seen
  bool line_begins_ = false;
  bool is_part_ = false;  // of a field that began before
  std::deque<std::string> found_;
};

}  // namespace mekiki::message

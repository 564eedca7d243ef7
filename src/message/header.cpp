#include "message/header.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace mekiki::message {
namespace {

// One line from `begin` on: where the next one begins. The last line may lack
// its line break.
std::size_t end_of_line(std::string_view octets, std::size_t begin) {
  const std::size_t lf = octets.find('\n', begin);
  return lf == std::string_view::npos ? octets.size() : lf + 1;
}

// The length of the empty line at `begin`, or 0.
std::size_t empty_line_length(std::string_view octets, std::size_t begin) {
  const std::string_view rest = octets.substr(begin);
  if (rest.starts_with('\n'))
    return 1;
  return rest.starts_with("\r\n") ? 2 : 0;
}

// field          = field-name *WSP ":" unstructured CRLF   (RFC 5322 2.2, 4.5)
// field-name     = 1*ftext
// ftext          = %d33-57 / %d59-126
field_view split_field(std::string_view raw) {
  field_view field{raw, {}, {}};
  std::size_t name_end = 0;
  while (name_end < raw.size() && ascii::is_graph(raw[name_end]) &&
         raw[name_end] != ':') {
    ++name_end;
  }
  std::size_t colon = name_end;
  while (colon < raw.size() && ascii::is_wsp(raw[colon])) ++colon;
  if (name_end == 0 || colon == raw.size() || raw[colon] != ':')
    return field;

  std::string_view value = raw.substr(colon + 1);
  if (value.ends_with('\n')) {
    value.remove_suffix(value.ends_with("\r\n") ? 2 : 1);
  }
  field.name = raw.substr(0, name_end);
  field.value = value;
  return field;
}

// Whether a client that skips odd octets reads `line` as a field `name`.
bool could_be_named(std::string_view line, std::string_view name) {
  std::size_t matched = 0;
  for (const char c : line) {
    if (c == ':')
      return matched == name.size();
    if (!ascii::is_graph(c))
      continue;
    if (matched == name.size() || ascii::to_lower(c) != name[matched])
      break;
    ++matched;
  }
  return false;
}

bool has_bare_cr(std::string_view octets) {
  for (std::size_t cr = octets.find('\r'); cr != std::string_view::npos;
       cr = octets.find('\r', cr + 1)) {
    if (!octets.substr(cr + 1).starts_with('\n'))
      return true;
  }
  return false;
}

}  // namespace

header_view parse_header(std::string_view octets, const header_limits& limits) {
  const std::string_view seen = octets.substr(0, limits.octets);
  header_view header;
  header.fields.reserve(32);

  std::size_t begin = 0;
  while (begin < seen.size()) {
    if (const std::size_t empty = empty_line_length(seen, begin); empty != 0) {
      header.has_separator = true;
      header.body = begin + empty;
      break;
    }
    std::size_t end = end_of_line(seen, begin);
    while (end < seen.size() && ascii::is_wsp(seen[end])) {
      end = end_of_line(seen, end);
    }
    // A field that touches the limit may go on behind it.
    if ((end == seen.size() && seen.size() < octets.size()) ||
        header.fields.size() == limits.fields) {
      break;
    }
    header.fields.push_back(split_field(seen.substr(begin, end - begin)));
    begin = end;
  }
  header.size = begin;
  header.bare_cr = has_bare_cr(seen.substr(0, begin));
  if (!header.has_separator) {
    header.body = begin;
    header.truncated = begin < octets.size();
  }
  return header;
}

std::size_t count_possible(const header_view& header, std::string_view name) {
  std::size_t count = 0;
  for (const field_view& field : header.fields) {
    std::string_view rest = field.raw;
    if (could_be_named(rest, name))
      ++count;
    if (!header.bare_cr)
      continue;
    for (std::size_t cr = rest.find('\r'); cr != std::string_view::npos;
         cr = rest.find('\r')) {
      rest.remove_prefix(cr + 1);
      const bool folded =
          rest.empty() || rest[0] == '\n' || ascii::is_wsp(rest[0]);
      if (!folded && could_be_named(rest, name))
        ++count;
    }
  }
  return count;
}

std::optional<std::size_t> header_end_finder::find(std::string_view piece) {
  std::size_t at = 0;
  while (at < piece.size()) {
    if (!line_is_empty_) {
      at = piece.find('\n', at);
      if (at == std::string_view::npos)
        return std::nullopt;
      line_is_empty_ = true;
      after_cr_ = false;
    } else if (piece[at] == '\n') {
      return at + 1;
    } else if (piece[at] == '\r' && !after_cr_) {
      after_cr_ = true;
    } else {
      line_is_empty_ = false;
      continue;  // this octet may not be skipped unseen
    }
    ++at;
  }
  return std::nullopt;
}

}  // namespace mekiki::message

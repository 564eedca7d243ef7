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

// Whether a client that skips odd octets reads a field `name` that ends with
// the colon at `colon`, and begins where the octets from `begin` on do or
// behind a bare CR among them. Takes no more steps than there are octets
// between `begin` and `colon`.
bool could_be_named(std::string_view raw, std::size_t begin, std::size_t colon,
                    std::string_view name) {
  std::size_t at = colon;
  std::size_t left = name.size();
  for (; left > 0 && at > begin; --at) {
    const char c = raw[at - 1];
    if (!ascii::is_graph(c))
      continue;
    if (ascii::to_lower(c) != name[left - 1])
      return false;
    --left;
  }
  if (left > 0)
    return false;
  // The name is there. What precedes it may be odd octets, up to its line's
  // begin.
  for (; at > begin; --at) {
    const char c = raw[at - 1];
    if (ascii::is_graph(c))
      return false;
    const bool folded = raw[at] == '\n' || ascii::is_wsp(raw[at]);
    if (c == '\r' && !folded)
      return true;
  }
  return begin == 0;
}

// Calls `found` with each field and colon that some client might read as the
// end of `name`.
template <class Function>
void find_possible(const header_view& header, std::string_view name,
                   Function found) {
  for (const field_view& field : header.fields) {
    std::size_t begin = 0;
    for (std::size_t colon = field.raw.find(':');
         colon != std::string_view::npos; colon = field.raw.find(':', begin)) {
      if (could_be_named(field.raw, begin, colon, name))
        found(field, colon);
      if (!header.bare_cr)
        break;
      begin = colon + 1;
    }
  }
}

// Where a line ends for a client that takes a bare CR for a line break.
std::size_t end_of_odd_line(std::string_view rest) {
  std::size_t cr = rest.find('\r');
  while (cr != std::string_view::npos && cr + 1 < rest.size() &&
         (rest[cr + 1] == '\n' || ascii::is_wsp(rest[cr + 1]))) {
    cr = rest.find('\r', cr + 1);
  }
  return std::min(cr, rest.size());
}

bool has_bare_cr(std::string_view octets) {
  for (std::size_t cr = octets.find('\r'); cr != std::string_view::npos;
       cr = octets.find('\r', cr + 1)) {
    if (!octets.substr(cr + 1).starts_with('\n'))
      return true;
  }
  return false;
}

// Where the field at `begin` ends.
std::size_t end_of_field(std::string_view octets, std::size_t begin) {
  std::size_t end = end_of_line(octets, begin);
  while (end < octets.size() && ascii::is_wsp(octets[end])) {
    end = end_of_line(octets, end);
  }
  return end;
}

bool may_be_from(const field_view& field) {
  header_view one;
  one.fields = {field};
  one.bare_cr = true;
  return count_possible(one, "from") > 0;
}

}  // namespace

std::optional<std::string_view> first_value(const header_view& header,
                                            std::string_view name) {
  const auto at = std::ranges::find_if(header.fields, [&](const field_view& f) {
    return ascii::iequals(f.name, name);
  });
  if (at == header.fields.end())
    return std::nullopt;
  return at->value;
}

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
    if (header.fields.size() == limits.fields)
      break;
    const std::size_t end = end_of_field(seen, begin);
    // A field that touches the limit may go on behind it.
    if (end == seen.size() && seen.size() < octets.size())
      break;
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
  find_possible(
      header, name,
      [&](const field_view& /*f*/, std::size_t /*colon*/) { ++count; });
  return count;
}

void visit_possible(const header_view& header, std::string_view name,
                    const std::function<void(std::string_view value)>& look) {
  find_possible(header, name, [&](const field_view& field, std::size_t colon) {
    const std::string_view rest = field.raw.substr(colon + 1);
    const bool is_own = rest.data() == field.value.data();
    look(field.is_field() && is_own ? field.value
                                    : rest.substr(0, end_of_odd_line(rest)));
  });
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

void later_from_finder::write(std::string_view piece) {
  constexpr std::size_t most = std::size_t{64} << 10;
  while (!piece.empty()) {
    if (line_begins_ && !ascii::is_wsp(piece.front()))
      end_part(false);
    const std::string_view part =
        piece.substr(0, std::min(end_of_line(piece, 0), most / 4));
    if (field_.size() + part.size() > most)
      end_part(true);
    field_ += part;
    line_begins_ = part.ends_with('\n');
    piece.remove_prefix(part.size());
  }
}

// The next part of the same field begins as it did, and with the end of this
// one: an address may stand between them.
void later_from_finder::end_part(bool goes_on) {
  constexpr std::size_t most = 10;
  constexpr std::size_t common = 1024;
  const bool is_from = !field_.empty() && may_be_from(split_field(field_));
  std::string next;
  if (goes_on) {
    next = is_from ? "From:" : "X:";
    next += std::string_view(field_).substr(field_.size() - common);
  }
  // Of a long one, parts that name nobody take no other's place.
  is_part_ = is_part_ || goes_on;
  const bool is_empty = is_part_ && field_.find('@') == std::string::npos &&
                        field_.find("=?") == std::string::npos;
  is_part_ = goes_on;
  if (is_from && !is_empty) {
    if (found_.size() == most)
      found_.erase(found_.begin() + most / 2);
    found_.push_back(std::move(field_));
  }
  field_ = std::move(next);
}

std::vector<field_view> later_from_finder::finish() {
  end_part(false);
  std::vector<field_view> out;
  out.reserve(found_.size());
  for (const std::string& field : found_) out.push_back(split_field(field));
  return out;
}

}  // namespace mekiki::message

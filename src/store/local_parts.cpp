#include "store/local_parts.hpp"

#include <array>

#include "base/ascii.hpp"

namespace mekiki::store {
namespace {

// authres::format cuts quoted strings at 320 octets; of an address the "@" may
// be what was cut. Nothing else that is quoted there is that long.
constexpr std::size_t longest_without_at = 250;

/// The length of "ptype.property=" at the beginning of a word (RFC 8601 2.2),
/// or 0: an address may have "=" in it, and that is no property.
std::size_t property_of(std::string_view word) {
  constexpr std::array<std::string_view, 5> ptypes = {
      "smtp.", "header.", "body.", "policy.", "dns."};
  for (const std::string_view ptype : ptypes) {
    if (!word.starts_with(ptype))
      continue;
    std::size_t at = ptype.size();
    while (at < word.size() &&
           (ascii::is_alnum(word[at]) || word[at] == '-' || word[at] == '_'))
      ++at;
    return at < word.size() && word[at] == '=' ? at + 1 : 0;
  }
  return 0;
}

/// The end of the quoted string that begins at `from`, behind its quote.
std::size_t end_of_quoted(std::string_view text, std::size_t from) {
  for (std::size_t at = from + 1; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return text.size();
}

std::string without_local_part_quoted(std::string_view quoted) {
  const std::size_t at = quoted.rfind('@');
  if (at != std::string_view::npos)
    return '"' + std::string(quoted.substr(at + 1));
  return quoted.size() > longest_without_at ? "\"\"" : std::string(quoted);
}

}  // namespace

std::string without_local_parts(std::string_view results) {
  std::string out;
  std::size_t word = 0;  // where in `out` the present one begins
  for (std::size_t at = 0; at < results.size();) {
    const char c = results[at];
    if (c == '"') {
      const std::size_t end = end_of_quoted(results, at);
      // "taro yamada"@example.jp: a part of the word.
      if (end < results.size() && results[end] == '@') {
        out += 'x';
      } else {
        out += without_local_part_quoted(results.substr(at, end - at));
        word = out.size();
      }
      at = end;
      continue;
    }
    ++at;
    if (c == '@') {
      const std::size_t begin =
          word + property_of(std::string_view(out).substr(word));
      // "@example.jp" says nothing of anybody.
      if (out.size() == begin)
        out += c;
      else
        out.resize(begin);
      word = out.size();
      continue;
    }
    out += c;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' ||
        c == '(' || c == ')' || c == '<' || c == ',')
      word = out.size();
  }
  return out;
}

}  // namespace mekiki::store

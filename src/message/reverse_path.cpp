#include "message/reverse_path.hpp"

#include <algorithm>
#include <cstddef>

#include "base/ascii.hpp"
#include "message/cfws.hpp"

namespace mekiki::message {
namespace {

constexpr std::size_t most_octets = 1000;  // of a local part; RFC 5321: 64
constexpr std::size_t npos = std::string_view::npos;

bool is_cfws(std::string_view text) {
  const auto rest = skip_cfws(text);
  return rest && rest->empty();
}

/// Behind the quoted string that `text` begins with; npos if it does not end.
std::size_t behind_quoted(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  return npos;
}

/// Where the path that begins behind "<" ends. A quoted local part may hold
/// ">"; if its quote does not end, the last ">" must be meant.
std::size_t end_of_path(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin != npos && text[begin] == '"') {
    const std::size_t behind = behind_quoted(text.substr(begin));
    return behind == npos ? text.rfind('>') : text.find('>', begin + behind);
  }
  return text.find('>');
}

/// What stands in a domain, or in the brackets of an address literal.
bool is_domain(std::string_view text) {
  const bool is_literal = text.starts_with('[') && text.ends_with(']');
  return !text.empty() &&
         text.find_first_of(is_literal ? " \t\r\n<>()@,;\\\""
                                       : " \t\r\n<>()@,;\\\":") == npos;
}

bool is_control(char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; }

bool is_local_part(std::string_view text) {
  if (text.size() > most_octets || std::ranges::any_of(text, is_control))
    return false;
  if (text.starts_with('"'))
    return behind_quoted(text) == text.size();
  return !text.empty() && text.find_first_of(" \t\r\n<>()@,;:\\\"[]") == npos;
}

/// [ A-d-l ":" ] Mailbox
std::optional<std::string> parse_mailbox(std::string_view path) {
  path = ascii::trim(path);
  if (path.empty() || ascii::iequals(path, "mailer-daemon"))
    return std::string();
  if (const std::size_t colon = path.find(':');
      path.starts_with('@') && colon != npos && path.find('@', colon) != npos)
    path.remove_prefix(colon + 1);
  const std::size_t at = path.rfind('@');
  if (at == npos)
    return std::nullopt;
  const std::string_view domain = ascii::trim(path.substr(at + 1));
  if (!is_domain(domain))
    return std::nullopt;
  const std::string_view local = ascii::trim(path.substr(0, at));
  std::string out(is_local_part(local) ? local : std::string_view{});
  out += '@';
  out += domain;
  std::ranges::replace_if(out, is_control, '?');
  return out;
}

}  // namespace

std::optional<std::string> parse_reverse_path(std::string_view value) {
  value = ascii::trim(value);
  const auto begin = skip_cfws(value);
  if (!begin || begin->empty())
    return std::nullopt;
  if (begin->front() == '<') {
    const std::string_view inner = begin->substr(1);
    const std::size_t end = end_of_path(inner);
    if (end == npos || !is_cfws(inner.substr(end + 1)))
      return std::nullopt;
    return parse_mailbox(inner.substr(0, end));
  }
  // Without brackets: one word, which may begin with a quoted string.
  std::size_t end = begin->starts_with('"') ? behind_quoted(*begin) : 0;
  if (end == npos)
    return std::nullopt;
  end = std::min(begin->find_first_of(" \t\r\n(", end), begin->size());
  const std::string_view word = begin->substr(0, end);
  if (word.find_first_of("<>") != npos && !word.starts_with('"'))
    return std::nullopt;
  if (!is_cfws(begin->substr(end)))
    return std::nullopt;
  return parse_mailbox(word);
}

}  // namespace mekiki::message

#include "message/reverse_path.hpp"

#include <algorithm>
#include <cstddef>

#include "base/ascii.hpp"
#include "message/cfws.hpp"

namespace mekiki::message {
namespace {

constexpr std::size_t most_octets = 1000;  // of a local part; RFC 5321: 64
constexpr std::size_t npos = std::string_view::npos;

bool is_one_of(char c, std::string_view set) { return set.find(c) != npos; }

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

/// The domain, or the address literal, at the beginning of what stands behind
/// "@": without white space and quotes, up to a sign that no domain has.
std::string read_domain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_literal = out.starts_with('[');
    if (is_one_of(c, "<>()@,;\\") || (c == ':' && !is_literal))
      break;
    if (!is_one_of(c, " \t\r\n\""))
      out += ascii::is_control(c) ? '?' : c;
  }
  return out;
}

bool is_local_part(std::string_view text) {
  if (text.size() > most_octets || std::ranges::any_of(text, ascii::is_control))
    return false;
  if (text.starts_with('"'))
    return behind_quoted(text) == text.size();
  return !text.empty() && text.find_first_of(" \t\r\n<>()@,;:\\\"[]") == npos;
}

/// [ A-d-l ":" ] Mailbox
std::string read_mailbox(std::string_view path) {
  path = ascii::trim(path);
  if (path.empty() || ascii::iequals(path, "mailer-daemon"))
    return "";
  if (const std::size_t colon = path.find(':');
      path.starts_with('@') && colon != npos && path.find('@', colon) != npos)
    path.remove_prefix(colon + 1);
  const std::size_t at = std::min(path.rfind('@'), path.size());
  const std::string_view local = ascii::trim(path.substr(0, at));
  const std::string domain =
      at < path.size() ? read_domain(path.substr(at + 1)) : std::string();
  const bool is_address = !domain.empty() && is_local_part(local);
  return std::string(is_address ? local : std::string_view{}) + '@' + domain;
}

}  // namespace

std::optional<std::string> parse_reverse_path(std::string_view value) {
  value = ascii::trim(value);
  const std::string_view begin = skip_cfws(value).value_or(value);
  if (begin.empty())
    return std::nullopt;
  if (begin.front() == '<') {
    const std::string_view inner = begin.substr(1);
    return read_mailbox(inner.substr(0, end_of_path(inner)));
  }
  // Without brackets: one word, which may begin with a quoted string.
  const std::size_t quoted = begin.starts_with('"') ? behind_quoted(begin) : 0;
  const std::size_t end =
      std::min(begin.find_first_of(" \t\r\n(", quoted), begin.size());
  const std::string_view word = begin.substr(0, end);
  if (word.find('@') == npos && !is_cfws(begin.substr(end)))
    return std::nullopt;
  return read_mailbox(word);
}

}  // namespace mekiki::message

#include "auth/spf/macro.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace mekiki::spf {
namespace {

constexpr std::size_t max_name = 253;  // RFC 7208 7.3, RFC 1035 2.3.4

//   macro-string  = *( macro-expand / macro-literal )
//   macro-expand  = ( "%{" macro-letter transformers *delimiter "}" )
//                   / "%%" / "%_" / "%-"
//   macro-literal = %x21-24 / %x26-7E
//   macro-letter  = "s" / "l" / "o" / "d" / "i" / "p" / "h" /
//                   "c" / "r" / "t" / "v"
//   transformers  = *DIGIT [ "r" ]
//   delimiter     = "." / "-" / "+" / "," / "/" / "_" / "="

constexpr std::string_view letters_everywhere = "slodiphv";
constexpr std::string_view letters_of_explanations = "crt";
constexpr std::string_view delimiters = ".-+,/_=";

/// A run of literals, or one macro-expand.
struct token {
  std::string_view literal;  // where there is no letter
  char letter = '\0';        // in lower case
  bool escapes = false;      // the letter was in upper case
  bool reverses = false;
  std::size_t keep = 0;         // labels from the right; 0: all
  std::string_view delimiters;  // empty: "."
  bool is_macro = false;        // also of "%%", "%_" and "%-"
};

/// Takes "%{...}" from the front of `rest`, which has what follows "%{".
std::optional<token> read_braces(std::string_view& rest) {
  const std::size_t end = rest.find('}');
  if (end == std::string_view::npos || end == 0)
    return std::nullopt;
  std::string_view inner = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  token out;
  out.is_macro = true;
  out.letter = ascii::to_lower(inner[0]);
  out.escapes = ascii::is_upper(inner[0]);
  inner.remove_prefix(1);
  bool has_digits = false;
  while (!inner.empty() && ascii::is_digit(inner[0])) {
    has_digits = true;
    out.keep = out.keep * 10 + static_cast<std::size_t>(inner[0] - '0');
    if (out.keep > 1'000'000'000)  // 7.1 asks for 127 at least
      return std::nullopt;
    inner.remove_prefix(1);
  }
  if (has_digits && out.keep == 0)
    return std::nullopt;
  if (!inner.empty() && ascii::to_lower(inner[0]) == 'r') {
    out.reverses = true;
    inner.remove_prefix(1);
  }
  out.delimiters = inner;
  if (inner.find_first_not_of(delimiters) != std::string_view::npos)
    return std::nullopt;
  return out;
}

/// Takes the next token from the front of `rest`, which is not empty. Nothing
/// if it does not follow the grammar; which letters and literals may stand is
/// the caller's to judge.
std::optional<token> read_token(std::string_view& rest) {
  token out;
  if (rest[0] != '%') {
    out.literal = rest.substr(0, rest.find('%'));
    rest.remove_prefix(out.literal.size());
    return out;
  }
  if (rest.size() < 2)
    return std::nullopt;
  const char kind = rest[1];
  rest.remove_prefix(2);
  out.is_macro = true;
  switch (kind) {
    case '%':
      out.literal = "%";
      return out;
    case '_':
      out.literal = " ";
      return out;
    case '-':
      out.literal = "%20";
      return out;
    case '{':
      return read_braces(rest);
    default:
      return std::nullopt;
  }
}

bool is_allowed(const token& t, macro_place place) {
  if (t.letter != '\0') {
    return letters_everywhere.find(t.letter) != std::string_view::npos ||
           (place == macro_place::explanation &&
            letters_of_explanations.find(t.letter) != std::string_view::npos);
  }
  return t.is_macro ||
         std::all_of(t.literal.begin(), t.literal.end(), [place](char c) {
           return ascii::is_graph(c) ||
                  (c == ' ' && place == macro_place::explanation);
         });
}

//   toplabel = ( *alphanum ALPHA *alphanum ) /
//              ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
bool is_top_label(std::string_view label) {
  return !label.empty() && ascii::is_alnum(label.front()) &&
         ascii::is_alnum(label.back()) &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return ascii::is_alnum(c) || c == '-'; }) &&
         !std::all_of(label.begin(), label.end(), ascii::is_digit);
}

// IPv6 as nibbles (7.3).
std::string dotted(const ip_address& ip) {
  if (ip.is_v4())
    return format(ip);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(63);
  for (const std::uint8_t octet : ip.octets()) {
    if (!out.empty())
      out += '.';
    out += digits[octet >> 4];
    out += '.';
    out += digits[octet & 15];
  }
  return out;
}

std::string value_of(char letter, const macro_values& values) {
  switch (letter) {
    case 's':
      return fmt::format("{}@{}", values.local_part, values.sender_domain);
    case 'l':
      return std::string(values.local_part);
    case 'o':
      return std::string(values.sender_domain);
    case 'd':
      return std::string(values.domain);
    case 'i':
      return dotted(values.ip);
    case 'p':
      return std::string(values.validated_name);
    case 'v':
      return values.ip.is_v4() ? "in-addr" : "ip6";
    case 'h':
      return std::string(values.helo);
    case 'c':
      return format(values.ip);
    case 'r':
      return std::string(values.receiver);
    default:
      return std::to_string(values.now);
  }
}

/// Split at the delimiters, turned round, cut to the rightmost, joined by dots.
std::string transform(std::string value, const token& t) {
  if (!t.reverses && t.keep == 0 && t.delimiters.empty())
    return value;
  const std::string_view at = t.delimiters.empty() ? "." : t.delimiters;
  std::vector<std::string_view> parts;
  std::string_view rest = value;
  for (;;) {
    const std::size_t end = rest.find_first_of(at);
    parts.push_back(rest.substr(0, end));
    if (end == std::string_view::npos)
      break;
    rest.remove_prefix(end + 1);
  }
  if (t.reverses)
    std::reverse(parts.begin(), parts.end());
  const std::size_t skip =
      t.keep == 0 ? 0 : parts.size() - std::min(t.keep, parts.size());
  std::string out;
  for (std::size_t i = skip; i < parts.size(); ++i) {
    if (i > skip)
      out += '.';
    out += parts[i];
  }
  return out;
}

// RFC 3986 2.3: what is not unreserved becomes %XX.
std::string url_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (ascii::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

void append(const token& t, const macro_values& values, std::string& out) {
  if (t.letter == '\0') {
    out += t.literal;
    return;
  }
  const std::string value = transform(value_of(t.letter, values), t);
  out += t.escapes ? url_escape(value) : value;
}

}  // namespace

bool is_macro_string(std::string_view text, macro_place place) {
  while (!text.empty()) {
    const auto t = read_token(text);
    if (!t || !is_allowed(*t, place))
      return false;
  }
  return true;
}

//   domain-spec = macro-string domain-end
//   domain-end  = ( "." toplabel [ "." ] ) / macro-expand
bool is_domain_spec(std::string_view text) {
  std::optional<token> last;
  while (!text.empty()) {
    last = read_token(text);
    if (!last || !is_allowed(*last, macro_place::domain_spec))
      return false;
  }
  if (!last || last->is_macro)
    return last.has_value();
  std::string_view end = last->literal;
  if (end.ends_with('.'))
    end.remove_suffix(1);
  const std::size_t dot = end.rfind('.');
  return dot != std::string_view::npos && is_top_label(end.substr(dot + 1));
}

bool uses_macro(std::string_view text, std::string_view letters) {
  while (!text.empty()) {
    const auto t = read_token(text);
    if (!t)
      return false;
    if (t->letter != '\0' && letters.find(t->letter) != std::string_view::npos)
      return true;
  }
  return false;
}

std::string expand_domain(std::string_view spec, const macro_values& values) {
  std::string out;
  while (!spec.empty()) {
    const auto t = read_token(spec);
    if (!t)
      break;
    append(*t, values, out);
    // What the cut below would remove anyway need not be carried along. It
    // cuts behind a dot within the last 255 octets, or all (one more octet
    // here for a final dot).
    if (out.size() > 16 * max_name)
      out.erase(0, out.size() - (max_name + 2));
  }
  if (out.ends_with('.'))
    out.pop_back();
  if (out.size() > max_name) {
    const std::size_t dot = out.find('.', out.size() - max_name - 1);
    out.erase(0, dot == std::string::npos ? out.size() : dot + 1);
  }
  return out;
}

std::string expand_explanation(std::string_view text,
                               const macro_values& values, std::size_t limit) {
  std::string out;
  while (!text.empty() && out.size() < limit) {
    const auto t = read_token(text);
    if (!t)
      break;
    append(*t, values, out);
  }
  out.resize(std::min(out.size(), limit));
  return out;
}

std::string reverse_name(const ip_address& ip) {
  token reversed;
  reversed.reverses = true;
  return transform(dotted(ip), reversed) +
         (ip.is_v4() ? ".in-addr.arpa" : ".ip6.arpa");
}

}  // namespace mekiki::spf

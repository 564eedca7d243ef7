#include "mime/html.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/ascii.hpp"
#include "mime/unicode.hpp"

namespace mekiki::mime {
namespace {

constexpr std::array<std::pair<std::string_view, char32_t>, 17> names = {{
    {"amp", U'&'},
    {"apos", U'\''},
    {"bull", U'•'},
    {"copy", U'©'},
    {"gt", U'>'},
    {"hellip", U'…'},
    {"laquo", U'«'},
    {"lt", U'<'},
    {"mdash", U'—'},
    {"middot", U'·'},
    {"nbsp", U' '},
    {"ndash", U'–'},
    {"quot", U'"'},
    {"raquo", U'»'},
    {"reg", U'®'},
    {"trade", U'™'},
    {"yen", U'¥'},
}};

//   "#" 1*DIGIT / "#x" 1*HEXDIG   ; without surrogates and NUL
char32_t numbered(std::string_view digits) {
  const bool hex = digits.starts_with('x') || digits.starts_with('X');
  digits.remove_prefix(hex ? 1 : 0);
  const std::uint32_t base = hex ? 16 : 10;
  std::uint32_t out = 0;
  for (const char c : digits) {
    const int value = ascii::hex_value(c);
    if (value < 0 || static_cast<std::uint32_t>(value) >= base)
      return 0;
    out = std::min<std::uint32_t>(
        out * base + static_cast<std::uint32_t>(value), 0x110000);
  }
  return out < 0x110000 && (out < 0xd800 || out > 0xdfff) ? out : 0;
}

/// The character of a reference without its '&' and ';', or 0.
char32_t referred(std::string_view name) {
  if (name.starts_with('#'))
    return numbered(name.substr(1));
  for (const auto& [known, c] : names) {
    if (known == name)
      return c;
  }
  return 0;
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

decoded_references decode_references(std::string_view text, bool in_attribute) {
  decoded_references out;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find('&'), text.size());
    out.text += text.substr(0, at);
    text.remove_prefix(at);
    if (text.empty())
      break;
    const bool number = text.substr(1).starts_with('#');
    std::size_t end = number ? 2 : 1;
    while (end < text.size() && ascii::is_alnum(text[end])) ++end;
    const std::string_view behind = text.substr(end);
    const bool closed = behind.starts_with(';');
    const char32_t c = referred(text.substr(1, end - 1));
    out.clear &= closed ? c != 0 : !number;
    if (c == 0 || (in_attribute && !number && behind.starts_with('='))) {
      out.text += '&';
      text.remove_prefix(1);
      continue;
    }
    out.text += unicode::to_utf8({&c, 1});
    text.remove_prefix(end + (closed ? 1 : 0));
  }
  return out;
}

std::optional<html_token> html_tokenizer::next() {
  using enum html_token::kind;
  if (rest_.empty())
    return std::nullopt;
  if (rest_.front() != '<')
    return html_token{.what = text, .text = take(rest_.find('<'))};
  if (rest_.starts_with("<!--"))
    return read_until(comment, 4, "-->");
  const char first = rest_.size() > 1 ? rest_[1] : ' ';
  if (first == '!' || first == '?')
    return read_until(declaration, 2, ">");
  if (!ascii::is_alpha(first) && first != '/')
    return html_token{.what = text, .clear = false, .text = take(1)};
  return read_tag();
}

void html_tokenizer::skip_content(std::string_view name) {
  while (!rest_.empty()) {
    read_until(html_token::kind::text, 0, "</");
    if (ascii::istarts_with(rest_, name)) {
      read_until(html_token::kind::text, 0, ">");
      return;
    }
  }
}

html_token html_tokenizer::read_until(html_token::kind what, std::size_t begin,
                                      std::string_view end) {
  html_token out{.what = what};
  take(begin);
  const std::size_t at = rest_.find(end);
  out.clear = at != rest_.npos;
  out.text = take(at);
  take(end.size());
  return out;
}

html_token html_tokenizer::read_tag() {
  html_token out;
  const bool closing = rest_[1] == '/';
  out.what = closing ? html_token::kind::close : html_token::kind::open;
  take(closing ? 2 : 1);
  std::size_t size = 0;
  while (size < rest_.size() && ascii::is_alnum(rest_[size])) ++size;
  out.name = ascii::to_lower(take(size));
  for (skip_space(); !rest_.empty() && rest_.front() != '>'; skip_space()) {
    if (rest_.front() == '/') {
      out.is_self_closing = rest_.starts_with("/>");
      out.clear &= out.is_self_closing;
      take(1);
    } else {
      out.attributes.push_back(read_attribute(out.clear));
    }
  }
  out.clear &= !rest_.empty();
  take(1);
  return out;
}

html_attribute html_tokenizer::read_attribute(bool& clear) {
  html_attribute out;
  out.name = ascii::to_lower(take(rest_.find_first_of("= \t\r\n/>", 1)));
  skip_space();
  if (!rest_.starts_with('='))
    return out;
  take(1);
  skip_space();
  const bool quoted = rest_.starts_with('"') || rest_.starts_with('\'');
  if (!quoted) {
    out.value = take(rest_.find_first_of(" \t\r\n>"));
    return out;
  }
  const std::size_t end = rest_.find(rest_.front(), 1);
  clear &= end != rest_.npos;
  take(1);
  out.value = take(end == rest_.npos ? end : end - 1);
  take(1);
  return out;
}

std::string_view html_tokenizer::take(std::size_t size) {
  const std::string_view out = rest_.substr(0, size);
  rest_.remove_prefix(out.size());
  return out;
}

void html_tokenizer::skip_space() {
  while (!rest_.empty() && ascii::is_fws(rest_.front())) rest_.remove_prefix(1);
}

}  // namespace mekiki::mime

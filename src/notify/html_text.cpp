#include "notify/html_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/ascii.hpp"
#include "verdict/unicode.hpp"

namespace mekiki::notify {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view word,
               const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Nothing within them is text.
constexpr std::array<std::string_view, 4> silent = {"script", "style", "title",
                                                    "template"};
constexpr std::array<std::string_view, 27> blocks = {
    "address", "article", "blockquote", "body",    "br",     "center", "dd",
    "div",     "dl",      "dt",         "footer",  "form",   "h1",     "h2",
    "h3",      "h4",      "h5",         "h6",      "header", "hr",     "li",
    "ol",      "p",       "pre",        "section", "table",  "tr",
};
constexpr std::array<std::pair<std::string_view, char32_t>, 12> names = {{
    {"amp", U'&'},
    {"apos", U'\''},
    {"copy", U'©'},
    {"gt", U'>'},
    {"hellip", U'…'},
    {"lt", U'<'},
    {"mdash", U'—'},
    {"nbsp", U' '},
    {"ndash", U'–'},
    {"quot", U'"'},
    {"reg", U'®'},
    {"yen", U'¥'},
}};

/// The character of a reference without its '&' and ';', or 0.
char32_t referred(std::string_view name) {
  if (!name.starts_with('#')) {
    for (const auto& [known, c] : names) {
      if (known == name)
        return c;
    }
    return 0;
  }
  name.remove_prefix(1);
  std::uint32_t base = 10;
  if (name.starts_with('x') || name.starts_with('X')) {
    base = 16;
    name.remove_prefix(1);
  }
  std::uint32_t c = 0;
  for (const char digit : name) {
    const char l = ascii::to_lower(digit);
    std::uint32_t value = 99;
    if (ascii::is_digit(l))
      value = static_cast<std::uint32_t>(l - '0');
    else if (l >= 'a' && l <= 'f')
      value = static_cast<std::uint32_t>(l - 'a') + 10;
    if (value >= base)
      return 0;
    c = std::min<std::uint32_t>(c * base + value, 0x110000);
  }
  return c < 0x110000 && (c < 0xd800 || c > 0xdfff) ? c : 0;
}

std::string without_references(std::string_view text) {
  constexpr std::size_t longest = 12;
  std::string out;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find('&'), text.size());
    out += text.substr(0, at);
    text.remove_prefix(at);
    if (text.empty())
      break;
    std::size_t end = 1;
    while (end < text.size() && end < longest &&
           (ascii::is_alnum(text[end]) || text[end] == '#'))
      ++end;
    const char32_t c = referred(text.substr(1, end - 1));
    if (c == 0) {
      out += '&';
      text.remove_prefix(1);
      continue;
    }
    out += verdict::unicode::to_utf8(std::u32string_view(&c, 1));
    if (end < text.size() && text[end] == ';')
      ++end;
    text.remove_prefix(end);
  }
  return out;
}

class reader {
 public:
  explicit reader(std::string_view html) : rest_(html) {}

  std::string read() {
    while (!rest_.empty()) {
      const std::size_t at = std::min(rest_.find('<'), rest_.size());
      append(without_references(rest_.substr(0, at)));
      rest_.remove_prefix(at);
      if (!rest_.empty())
        read_markup();
    }
    end_link();
    return std::move(out_);
  }

 private:
  /// White space is one space, but in <pre>.
  void append(std::string_view text) {
    for (const char c : text) {
      if (ascii::is_fws(c) && !pre_) {
        if (!out_.empty() && out_.back() != ' ' && out_.back() != '\n')
          out_ += ' ';
      } else {
        out_ += c;
      }
    }
  }

  void begin_line() {
    while (out_.ends_with(' ')) out_.pop_back();
    if (!out_.empty())
      out_ += '\n';
  }

  void read_markup() {
    if (rest_.starts_with("<!--")) {
      skip_to("-->", 4);
      return;
    }
    const char first = rest_.size() > 1 ? rest_[1] : ' ';
    if (first == '!' || first == '?') {
      skip_to(">", 2);
      return;
    }
    if (!ascii::is_alpha(first) && first != '/') {
      out_ += '<';
      rest_.remove_prefix(1);
      return;
    }
    read_tag();
  }

  void skip_to(std::string_view end, std::size_t from) {
    const std::size_t at = rest_.find(end, from);
    rest_.remove_prefix(at == rest_.npos ? rest_.size() : at + end.size());
  }

  void read_tag() {
    const bool closing = rest_[1] == '/';
    rest_.remove_prefix(closing ? 2 : 1);
    std::size_t size = 0;
    while (size < rest_.size() && ascii::is_alnum(rest_[size])) ++size;
    const std::string name = ascii::to_lower(rest_.substr(0, size));
    rest_.remove_prefix(size);
    std::string href;
    std::string alt;
    read_attributes(href, alt);
    if (name == "a") {
      end_link();
      if (!closing) {
        target_ = std::move(href);
        link_begin_ = out_.size();
      }
    } else if (name == "pre") {
      pre_ = !closing;
      begin_line();
    } else if (name == "td" || name == "th") {
      append(" ");
    } else if (name == "img" && !ascii::trim(alt).empty()) {
      append("[" + alt + "]");
    } else if (is_one_of(name, blocks)) {
      begin_line();
    } else if (!closing && is_one_of(name, silent)) {
      skip_silent(name);
    }
  }

  void skip_silent(std::string_view name) {
    while (!rest_.empty()) {
      skip_to("</", 0);
      if (ascii::istarts_with(rest_, name)) {
        skip_to(">", 0);
        return;
      }
    }
  }

  void read_attributes(std::string& href, std::string& alt) {
    while (!rest_.empty() && rest_.front() != '>') {
      if (ascii::is_fws(rest_.front()) || rest_.front() == '/') {
        rest_.remove_prefix(1);
        continue;
      }
      const std::size_t end =
          std::min(rest_.find_first_of("= \t\r\n/>", 1), rest_.size());
      const std::string name = ascii::to_lower(rest_.substr(0, end));
      rest_.remove_prefix(end);
      skip_space();
      if (!rest_.starts_with('='))
        continue;
      rest_.remove_prefix(1);
      skip_space();
      const std::string_view value = take_value();
      if (name == "href")
        href = without_references(ascii::trim(value));
      else if (name == "alt")
        alt = without_references(value);
    }
    if (!rest_.empty())
      rest_.remove_prefix(1);
  }

  void skip_space() {
    while (!rest_.empty() && ascii::is_fws(rest_.front()))
      rest_.remove_prefix(1);
  }

  std::string_view take_value() {
    std::string_view value;
    if (rest_.starts_with('"') || rest_.starts_with('\'')) {
      const std::size_t end = std::min(rest_.find(rest_[0], 1), rest_.size());
      value = rest_.substr(1, end - 1);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      return value;
    }
    const std::size_t end =
        std::min(rest_.find_first_of(" \t\r\n>"), rest_.size());
    value = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return value;
  }

  void end_link() {
    if (!target_.empty() && !target_.starts_with('#') &&
        ascii::trim(std::string_view(out_).substr(
            std::min(link_begin_, out_.size()))) != target_) {
      append(" <" + target_ + "> ");
    }
    target_.clear();
  }

  std::string_view rest_;
  std::string out_;
  std::string target_;  // of the link that is open
  std::size_t link_begin_ = 0;
  bool pre_ = false;
};

}  // namespace

std::string html_to_text(std::string_view html) { return reader(html).read(); }

}  // namespace mekiki::notify

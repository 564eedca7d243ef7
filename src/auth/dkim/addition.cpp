#include "auth/dkim/addition.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "dns/name.hpp"

namespace mekiki::dkim {
namespace {

constexpr std::size_t max_octets = 8 << 10;
constexpr std::size_t max_links = 64;
constexpr std::size_t max_shown = 4 << 10;
constexpr std::size_t phone_digits = 10;  // from so many on it may be one

using set_of_words = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view word, set_of_words words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }

void replace_all(std::string& text, std::string_view from,
                 std::string_view to) {
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at; (at = text.find(from, begin)) != std::string::npos;
       begin = at + from.size()) {
    out.append(text, begin, at - begin).append(to);
  }
  text = out.append(text, begin);
}

/// ISO-2022-JP's characters of two octets look like ASCII: they are replaced
/// by octets that do not, so that everything below need not know of them.
std::string without_shifts(std::string_view text, std::string_view charset) {
  std::string out(text);
  if (charset != "iso-2022-jp")
    return out;
  bool shifted = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '\x1b' && i + 1 < out.size()) {
      shifted = out[i + 1] == '$';
      i += 2;
    } else if (out[i] == '\n') {
      shifted = false;
    } else if (shifted && ascii::is_graph(out[i])) {
      out[i] = static_cast<char>(out[i] | 0x80);
    }
  }
  return out;
}

/// Digits of that base and nothing else; at most seven of them.
std::optional<std::uint32_t> parse_number(std::string_view digits,
                                          std::uint32_t base) {
  if (digits.empty() || digits.size() > 7)
    return std::nullopt;
  std::uint32_t out = 0;
  for (const char c : digits) {
    const char lower = ascii::to_lower(c);
    std::uint32_t digit = base;
    if (ascii::is_digit(c)) {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      digit = static_cast<std::uint32_t>(lower - 'a' + 10);
    }
    if (digit >= base)
      return std::nullopt;
    out = out * base + digit;
  }
  return out;
}

// --- links ---------------------------------------------------------------

class link_list {
 public:
  void add(std::string_view written) {
    std::string host = decode_percent(written);
    for (const std::string_view dot : {"\u3002", "\uff0e", "\uff61"})
      replace_all(host, dot, ".");
    host.erase(0, host.rfind('@') + 1);
    host.resize(host.find_last_not_of(".-") + 1);
    if (host.empty())
      return;
    host.erase(0, host.find_first_not_of(".-"));
    auto name = dns::to_a_labels(host);
    std::string link = name ? std::move(*name) : ascii::to_lower(host);
    if (link.size() > 253)
      link.resize(253);
    if (links_.size() < max_links) {
      links_.insert(std::move(link));
    } else if (!links_.contains(link)) {
      complete_ = false;
    }
  }

  bool is_complete() const { return complete_; }
  std::vector<std::string> take() { return {links_.begin(), links_.end()}; }

 private:
  static std::string decode_percent(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto octet = text[i] == '%' && text.size() - i >= 3
                             ? parse_number(text.substr(i + 1, 2), 16)
                             : std::nullopt;
      if (octet) {
        out += static_cast<char>(*octet);
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }

  std::set<std::string> links_;
  bool complete_ = true;
};

bool is_host_octet(char c) {
  return ascii::is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '%' ||
         is_high(c);
}

/// example.jp, but not 1.2 or e.g: what clients make links of by themselves.
bool looks_like_host(std::string_view text) {
  while (text.ends_with('.') || text.ends_with('-')) text.remove_suffix(1);
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0)
    return false;
  const std::string_view last = text.substr(dot + 1);
  return ascii::istarts_with(last, "xn--") ||
         (last.size() >= 2 && std::all_of(last.begin(), last.end(), [](char c) {
            return ascii::is_alpha(c);
          }));
}

/// Of a text as it is shown. After "//" (browsers take any slash) and "@" every
/// word is a host; elsewhere what looks like one.
void collect_links(std::string_view text, link_list& out) {
  const auto is_slash = [](char c) { return c == '/' || c == '\\'; };
  for (std::size_t i = 0; i < text.size();) {
    if (!is_host_octet(text[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && is_host_octet(text[i])) ++i;
    const std::string_view word = text.substr(begin, i - begin);
    const bool after_slashes =
        begin >= 2 && is_slash(text[begin - 1]) && is_slash(text[begin - 2]);
    const bool after_at = begin >= 1 && text[begin - 1] == '@';
    if (after_slashes || after_at)
      out.add(word);
    // Clients end a host where ASCII does, or take the rest for letters too.
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t start = at;
      while (at < word.size() && !is_high(word[at])) ++at;
      const std::string_view ascii_part = word.substr(start, at - start);
      if (looks_like_host(ascii_part))
        out.add(ascii_part);
      while (at < word.size() && is_high(word[at])) ++at;
    }
  }
}

// --- HTML ----------------------------------------------------------------

constexpr std::array<std::pair<std::string_view, char>, 15> references = {{
    {"amp", '&'},
    {"lt", '<'},
    {"gt", '>'},
    {"quot", '"'},
    {"nbsp", ' '},
    {"copy", ' '},
    {"reg", ' '},
    {"trade", ' '},
    {"middot", ' '},
    {"bull", ' '},
    {"ndash", ' '},
    {"mdash", ' '},
    {"laquo", ' '},
    {"raquo", ' '},
    {"hellip", ' '},
}};

/// Character references decoded. Nothing for a name that is not among the few
/// that footers need: others can spell anything.
std::optional<std::string> decode_references(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '&') {
      out += text[i];
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() &&
           (ascii::is_alnum(text[end]) || (text[end] == '#' && end == i + 1)))
      ++end;
    const std::string_view name = text.substr(i + 1, end - i - 1);
    const bool closed = end < text.size() && text[end] == ';';
    if (name.starts_with('#')) {
      const bool hex = name.size() > 1 && ascii::to_lower(name[1]) == 'x';
      const auto code = parse_number(name.substr(hex ? 2 : 1), hex ? 16 : 10);
      if (!closed || !code)
        return std::nullopt;
      // What is beyond ASCII stands for itself: no part of a URL's syntax.
      if (*code < 0x80) {
        out += static_cast<char>(*code);
      } else {
        out += fmt::format("&#{};", *code);
      }
    } else if (!closed) {  // "?a=1&b=2"
      out += '&';
      continue;
    } else {
      const auto* const found =
          std::find_if(references.begin(), references.end(),
                       [name](const auto& r) { return r.first == name; });
      if (found == references.end())
        return std::nullopt;
      out += found->second;
    }
    i = end;
  }
  return out;
}

constexpr std::array<std::string_view, 36> known_elements = {
    "a",     "b",    "big",    "blockquote", "br",   "center", "code",  "dd",
    "div",   "dl",   "dt",     "em",         "font", "h3",     "h4",    "h5",
    "h6",    "hr",   "i",      "img",        "li",   "ol",     "p",     "pre",
    "small", "span", "strong", "sub",        "sup",  "table",  "tbody", "td",
    "th",    "tr",   "u",      "ul"};
constexpr std::array<std::string_view, 3> empty_elements = {"br", "hr", "img"};

/// A style that changes nothing but its element's own letters and edges.
bool is_harmless_style(std::string_view value) {
  const std::string lower = ascii::to_lower(value);
  for (std::string_view rest = lower; !rest.empty();) {
    const std::size_t end = rest.find(';');
    const std::string_view declaration = ascii::trim(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (declaration.empty())
      continue;
    const std::size_t colon = declaration.find(':');
    if (colon == std::string_view::npos)
      return false;
    const std::string_view property = ascii::trim(declaration.substr(0, colon));
    const std::string_view setting = declaration.substr(colon + 1);
    if (!is_one_of(property,
                   {"color", "background-color", "font", "font-family",
                    "font-size", "font-style", "font-weight", "line-height",
                    "text-align", "text-decoration", "border", "border-top",
                    "border-bottom", "padding", "padding-top", "margin",
                    "margin-top", "margin-bottom"})) {
      return false;
    }
    for (std::size_t i = 0; i < setting.size(); ++i) {
      const char c = setting[i];
      const bool negative =
          c == '-' && (i == 0 || !ascii::is_alpha(setting[i - 1]));
      if (negative ||
          (!ascii::is_alnum(c) && !ascii::is_fws(c) &&
           std::string_view("#%.,'\"-").find(c) == std::string_view::npos)) {
        return false;
      }
    }
  }
  return true;
}

/// A link in an attribute. Browsers pass over TAB, CR and LF in it.
bool is_harmless_url(std::string value, link_list& links) {
  std::erase_if(value,
                [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
  const std::string_view url = ascii::trim(value);
  collect_links(url, links);
  return ascii::istarts_with(url, "https://") ||
         ascii::istarts_with(url, "http://") ||
         ascii::istarts_with(url, "mailto:") || url.starts_with("//");
}

/// Moves over markup; everything that is not plainly harmless is refused.
class html_reader {
 public:
  html_reader(std::string_view text, link_list& links)
      : rest_(text), links_(links) {}

  bool is_harmless() {
    while (!rest_.empty()) {
      const std::size_t tag = rest_.find('<');
      const std::string_view text = rest_.substr(0, tag);
      // It would end a comment that the original left open.
      if (text.find("-->") != std::string_view::npos)
        return false;
      rest_.remove_prefix(text.size());
      if (!rest_.empty() && !read_markup())
        return false;
    }
    return open_.empty();
  }

 private:
  bool read_markup() {
    if (rest_.starts_with("<!--"))
      return read_comment();
    const bool closing = rest_.starts_with("</");
    rest_.remove_prefix(closing ? 2 : 1);
    std::string name;
    while (!rest_.empty() && ascii::is_alnum(rest_.front())) {
      name += ascii::to_lower(rest_.front());
      rest_.remove_prefix(1);
    }
    if (std::find(known_elements.begin(), known_elements.end(), name) ==
        known_elements.end()) {
      return false;
    }
    return closing ? close(name) : open(name);
  }

  bool read_comment() {
    rest_.remove_prefix(4);
    const std::size_t end = rest_.find("-->");
    if (end == std::string_view::npos ||
        rest_.substr(0, end).find_first_of("<>[") != std::string_view::npos) {
      return false;
    }
    rest_.remove_prefix(end + 3);
    return true;
  }

  bool close(std::string_view name) {
    skip_space();
    if (!rest_.starts_with('>'))
      return false;
    rest_.remove_prefix(1);
    if (open_.empty() || open_.back() != name)
      return false;
    open_.pop_back();
    return true;
  }

  bool open(std::string_view name) {
    while (true) {
      skip_space();
      if (rest_.starts_with("/>"))
        rest_.remove_prefix(1);
      if (rest_.empty())
        return false;
      if (rest_.front() == '>')
        break;
      if (!read_attribute())
        return false;
    }
    rest_.remove_prefix(1);
    if (std::find(empty_elements.begin(), empty_elements.end(), name) ==
        empty_elements.end())
      open_.emplace_back(name);
    return open_.size() < 64;
  }

  bool read_attribute() {
    std::string name;
    while (!rest_.empty() &&
           (ascii::is_alnum(rest_.front()) || rest_.front() == '-')) {
      name += ascii::to_lower(rest_.front());
      rest_.remove_prefix(1);
    }
    skip_space();
    std::string_view written;
    if (rest_.starts_with('=')) {
      rest_.remove_prefix(1);
      skip_space();
      if (rest_.empty())
        return false;
      const char quote = rest_.front();
      std::size_t end = 0;
      if (quote == '"' || quote == '\'') {
        rest_.remove_prefix(1);
        end = rest_.find(quote);
      } else {
        end = rest_.find_first_of(" \t\r\n>");
      }
      if (end == std::string_view::npos)
        return false;
      written = rest_.substr(0, end);
      rest_.remove_prefix(end + (quote == '"' || quote == '\'' ? 1 : 0));
    }
    const auto value = decode_references(written);
    if (!value || value->find_first_of("<>`") != std::string::npos)
      return false;
    if (name == "href" || name == "src")
      return is_harmless_url(*value, links_);
    if (name == "style")
      return is_harmless_style(*value);
    return is_one_of(
        name, {"align", "alt", "bgcolor", "border", "cellpadding",
               "cellspacing", "class", "color", "face", "height", "lang", "rel",
               "size", "target", "title", "valign", "width"});
  }

  void skip_space() {
    while (!rest_.empty() && ascii::is_fws(rest_.front()))
      rest_.remove_prefix(1);
  }

  std::string_view rest_;
  link_list& links_;
  std::vector<std::string> open_;
};

// --- text ----------------------------------------------------------------

bool has_odd_octets(const added_text& t) {
  // Bidirectional embeddings, overrides and isolates in UTF-8.
  for (const char* mark : {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
                           "\u2066", "\u2067", "\u2068", "\u2069"}) {
    if (t.octets.find(mark) != std::string::npos)
      return true;
  }
  return std::any_of(t.octets.begin(), t.octets.end(), [&](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < ' ' && c != '\t' && c != '\r' && c != '\n' &&
            !(c == '\x1b' && t.charset == "iso-2022-jp")) ||
           octet == 0x7f;
  });
}

/// How long a run of digits and what joins the digits of a telephone number
/// is, and whether it may be one.
std::pair<std::size_t, bool> phone_run(std::string_view text) {
  std::size_t size = 0;
  std::size_t digits = 0;
  for (; size < text.size(); ++size) {
    if (ascii::is_digit(text[size])) {
      ++digits;
    } else if (std::string_view("-.() +").find(text[size]) ==
               std::string_view::npos) {
      break;
    }
  }
  return {size, digits >= phone_digits};
}

/// Appends `text` without what differs from mail to mail.
void append_normal(std::string_view text, bool utf8, std::string& out) {
  const std::size_t start = out.size();
  bool space = false;
  bool after_slashes = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (ascii::is_fws(c)) {
      space = true;
      after_slashes = false;
      ++i;
      continue;
    }
    if (std::exchange(space, false) && out.size() > start)
      out += ' ';
    if (after_slashes && (c == '/' || c == '?' || c == '#')) {
      // What follows a URL's host.
      while (i < text.size() && ascii::is_graph(text[i]) &&
             std::string_view("\"'<>").find(text[i]) == std::string_view::npos)
        ++i;
      out += '/';
      after_slashes = false;
    } else if (text.substr(i).starts_with("://")) {
      out += "://";
      after_slashes = true;
      i += 3;
    } else if (is_high(c)) {
      // In some charsets the second octet of a character looks like ASCII.
      const bool pair = !utf8 && i + 1 < text.size();
      out += text.substr(i, pair ? 2 : 1);
      i += pair ? 2 : 1;
    } else if (ascii::is_digit(c)) {
      const auto [size, phone] = phone_run(text.substr(i));
      if (phone) {
        out += text.substr(i, size);
        i += size;
      } else {
        out += '0';
        while (i < text.size() && ascii::is_digit(text[i])) ++i;
      }
    } else {
      if (after_slashes && !is_host_octet(c) && c != ':' && c != '@')
        after_slashes = false;
      out += ascii::to_lower(c);
      ++i;
    }
  }
}

}  // namespace

bool is_ascii_compatible(std::string_view charset) {
  return charset.starts_with("iso-8859-") ||
         charset.starts_with("windows-125") ||
         is_one_of(charset,
                   {"", "us-ascii", "ascii", "utf-8", "utf8", "iso-2022-jp",
                    "euc-jp", "shift_jis", "euc-kr", "ks_c_5601-1987", "gb2312",
                    "gbk", "gb18030", "big5", "koi8-r", "koi8-u"});
}

addition_report report(const std::vector<added_text>& texts) {
  addition_report out;
  link_list links;
  std::string normal;
  std::size_t octets = 0;
  for (const added_text& t : texts) {
    octets += t.octets.size();
    const std::string text = without_shifts(t.octets, t.charset);
    out.harmless &= is_ascii_compatible(t.charset) && !has_odd_octets(t);
    collect_links(text, links);
    if (t.html) {
      html_reader reader(text, links);
      out.harmless &= reader.is_harmless();
      const auto decoded = decode_references(text);
      out.harmless &= decoded.has_value();
      if (decoded)
        collect_links(*decoded, links);
    }
    append_normal(text, t.charset == "utf-8" || t.charset == "utf8", normal);
    normal += t.html ? "\x02" : "\x01";
    if (out.shown.size() < max_shown) {
      if (!out.shown.empty())
        out.shown += "\r\n";
      out.shown += t.octets.substr(0, max_shown - out.shown.size());
    }
  }
  out.harmless &= octets <= max_octets && links.is_complete();
  out.links = links.take();
  if (normal.find_first_not_of("\x01\x02") != std::string::npos) {
    out.digest =
        to_hex(crypto::hash(crypto::hash_algorithm::sha256, normal).octets());
  }
  return out;
}

}  // namespace mekiki::dkim

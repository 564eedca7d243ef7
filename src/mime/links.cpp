#include "mime/links.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "mime/transfer.hpp"
#include "mime/unicode.hpp"

namespace mekiki::mime {
namespace {

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

constexpr std::size_t fewest_digits = 7;

bool joins_digits(char32_t c) {
  return std::u32string_view(U" \t.()[]-+\u00a0\u3000\u2212\u30fc").find(c) !=
             std::u32string_view::npos ||
         (c >= 0x2010 && c <= 0x2015);
}

// scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )  (RFC 3986 3.1); with a
// dot it is a host before its port.
bool is_scheme(std::u32string_view word) {
  return word.size() > 1 && word.front() >= U'a' && word.front() <= U'z' &&
         word.find(U'.') == word.npos && word != U"mailto";
}

bool is_scheme_octet(char32_t c) {
  return c < 0x80 && (ascii::is_alnum(static_cast<char>(c)) || c == U'+' ||
                      c == U'-' || c == U'.');
}

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }

/// The length of 2026-11-30, 30.11.2026 and the like at the beginning, where
/// it stands alone or before a time of day; else 0.
std::size_t date_length(std::u32string_view text) {
  std::array<int, 3> value{};
  std::array<std::size_t, 3> digits{};
  std::size_t at = 0;
  char32_t sign = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    if (i > 0) {
      if (at == text.size() || (text[at] != U'-' && text[at] != U'.') ||
          (i > 1 && text[at] != sign))
        return 0;
      sign = text[at++];
    }
    for (; at < text.size() && is_digit(text[at]) && digits[i] < 5; ++at) {
      value[i] = value[i] * 10 + static_cast<int>(text[at] - U'0');
      ++digits[i];
    }
  }
  if (digits[0] != 4) {
    std::swap(value[0], value[2]);
    std::swap(digits[0], digits[2]);
  }
  const auto is_day_or_month = [&](std::size_t i) {
    return digits[i] >= 1 && digits[i] <= 2 && value[i] >= 1 && value[i] <= 31;
  };
  if (digits[0] != 4 || value[0] < 1970 || value[0] > 2099 ||
      !is_day_or_month(1) || !is_day_or_month(2) ||
      (value[1] > 12 && value[2] > 12))
    return 0;
  std::size_t next = at;
  while (next < text.size() && joins_digits(text[next])) ++next;
  if (next == text.size() || !is_digit(text[next]))
    return at;
  std::size_t hour = next;
  while (hour < text.size() && is_digit(text[hour])) ++hour;
  const bool is_before_time = next == at + 1 && text[at] == U' ' &&
                              hour - next <= 2 && hour < text.size() &&
                              text[hour] == U':';
  return is_before_time ? at : 0;
}

/// What follows a URL's host: its numbers are no telephone's.
std::size_t url_length(std::u32string_view text) {
  if (!text.starts_with(U"://"))
    return 0;
  std::size_t size = 3;
  while (size < text.size() && text[size] > U' ' && text[size] < 0x7f &&
         std::u32string_view(U"\"'<>").find(text[size]) == text.npos)
    ++size;
  return size;
}

}  // namespace

bool leads_without_host(std::string_view text) {
  const std::u32string plain = unicode::to_code_points(unicode::fold(text));
  const std::u32string_view all = plain;
  std::size_t digits = 0;
  std::size_t word = 0;  // where the word before this character begins
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (const std::size_t size = digits == 0 ? date_length(all.substr(i)) : 0) {
      i += size;
      word = i;
    }
    if (const std::size_t size = url_length(all.substr(i))) {
      i += size;
      word = i;
      digits = 0;
    }
    if (i >= all.size())
      break;
    const char32_t c = all[i];
    if (is_digit(c)) {
      if (++digits == fewest_digits)
        return true;
    } else if (!joins_digits(c)) {
      digits = 0;
    }
    if (c == U':' && is_scheme(all.substr(word, i - word)) &&
        i + 1 < all.size() && all[i + 1] > U' ' && all[i + 1] < 0x7f &&
        !all.substr(i + 1).starts_with(U"//"))
      return true;
    if (!is_scheme_octet(c))
      word = i + 1;
  }
  return false;
}

bool is_host_octet(char c) {
  return ascii::is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '%' ||
         is_high(c);
}

void link_list::add_all(std::string_view text) {
  const auto is_slash = [](char c) { return c == '/' || c == '\\'; };
  for (std::size_t i = 0; i < text.size();) {
    if (!is_host_octet(text[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && is_host_octet(text[i])) ++i;
    const std::string_view word = text.substr(begin, i - begin);
    // "hxxp[:]//a" is a link taken apart.
    const bool after_slashes = begin >= 2 && is_slash(text[begin - 1]) &&
                               is_slash(text[begin - 2]) &&
                               (begin == 2 || text[begin - 3] != ']');
    const bool after_at = begin >= 1 && text[begin - 1] == '@';
    if (after_slashes || after_at)
      add(word);
    // Clients end a host where ASCII does, or take the rest for letters too.
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t start = at;
      while (at < word.size() && !is_high(word[at])) ++at;
      const std::string_view ascii_part = word.substr(start, at - start);
      if (looks_like_host(ascii_part))
        add(ascii_part);
      while (at < word.size() && is_high(word[at])) ++at;
    }
  }
}

void link_list::add(std::string_view written) {
  std::string host = decode_escapes(written, '%');
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
  if (links_.size() < most_) {
    links_.insert(std::move(link));
  } else if (!links_.contains(link)) {
    complete_ = false;
  }
}

}  // namespace mekiki::mime

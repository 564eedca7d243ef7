#include "mime/links.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/ascii.hpp"
#include "base/replace_all.hpp"
#include "dns/name.hpp"
#include "mime/transfer.hpp"
#include "mime/unicode.hpp"

namespace mekiki::mime {
namespace {

/// example.jp, but not 1.2 or e.g: what clients make links of by themselves.
bool looks_like_host(std::string_view text,
                     link_list::top_level_test is_top_level) {
  while (text.ends_with('.') || text.ends_with('-')) text.remove_suffix(1);
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0)
    return false;
  const std::string_view last = text.substr(dot + 1);
  return ascii::istarts_with(last, "xn--") ||
         (last.size() >= 2 && std::ranges::all_of(last, ascii::is_alpha) &&
          (is_top_level == nullptr || is_top_level(ascii::to_lower(last))));
}

constexpr std::size_t fewest_digits = 7;
constexpr std::size_t longest_link = 253;  // characters

bool joins_digits(char32_t c) {
  return std::u32string_view(U" \t.()[]-+\u00a0\u3000\u2212\u30fc").find(c) !=
             std::u32string_view::npos ||
         (c >= 0x2010 && c <= 0x2015);
}

// Schemes with which programs of a phone or a desktop are opened. Those of
// which all begins with "ms-", "itms" or "web+" are not named.
constexpr std::array<std::u32string_view, 27> schemes = {
    U"bitcoin",  U"callto", U"ethereum", U"facetime", U"facetime-audio",
    U"ftp",      U"geo",    U"intent",   U"irc",      U"javascript",
    U"ldap",     U"magnet", U"paypay",   U"sftp",     U"sip",
    U"sips",     U"skype",  U"sms",      U"smsto",    U"ssh",
    U"tel",      U"telnet", U"tg",       U"vbscript", U"viber",
    U"whatsapp", U"xmpp"};
static_assert(std::ranges::is_sorted(schemes));

bool is_scheme(std::u32string_view word) {
  return std::ranges::binary_search(schemes, word) ||
         word.starts_with(U"ms-") || word.starts_with(U"itms") ||
         word.starts_with(U"web+");
}

/// What of a URL may stand behind its host, and is not mistaken for its end.
bool is_in_path(char32_t c) {
  return c > U' ' && c < 0x7f &&
         std::u32string_view(U"\"'<>()[]{}|^`\\;,*!").find(c) ==
             std::u32string_view::npos;
}

std::size_t digits_at(std::u32string_view text, std::size_t at) {
  std::size_t size = 0;
  while (at + size < text.size() && unicode::is_digit(text[at + size])) ++size;
  return size;
}

int number_at(std::u32string_view text, std::size_t at, std::size_t size) {
  int out = 0;
  for (std::size_t i = 0; i < size; ++i)
    out = out * 10 + static_cast<int>(text[at + i] - U'0');
  return out;
}

bool is_year(std::u32string_view text, std::size_t at, std::size_t size) {
  const int year = size == 4 ? number_at(text, at, size) : 0;
  return year >= 1970 && year < 2070;
}

/// The length of 2026-11-30, 30.11.2026 or 1998-2026 at the beginning; else 0.
std::size_t date_length(std::u32string_view text) {
  std::array<std::size_t, 3> at{};
  std::array<std::size_t, 3> size{};
  size[0] = digits_at(text, 0);
  std::size_t parts = 1;
  std::size_t end = size[0];
  while (parts < 3 && size[parts - 1] <= 4 && end + 1 < text.size() &&
         (text[end] == U'-' || text[end] == U'.') &&
         (parts == 1 || text[end] == text[size[0]]) &&
         digits_at(text.substr(0, end + 6), end + 1) > 0) {
    at.at(parts) = end + 1;
    size.at(parts) = digits_at(text.substr(0, end + 6), end + 1);
    end = at.at(parts) + size.at(parts);
    ++parts;
  }
  if (parts == 2 && text[size[0]] == U'-')
    return is_year(text, at[0], size[0]) && is_year(text, at[1], size[1]) ? end
                                                                          : 0;
  if (parts != 3)
    return 0;
  const std::size_t year = size[0] == 4 ? 0 : 2;
  const std::size_t other = 2 - year;
  const auto value = [&](std::size_t i) {
    return size.at(i) <= 2 ? number_at(text, at.at(i), size.at(i)) : 99;
  };
  const int low = std::min(value(1), value(other));
  const int high = std::max(value(1), value(other));
  return is_year(text, at.at(year), size.at(year)) && low >= 1 && low <= 12 &&
                 high <= 31
             ? end
             : 0;
}

/// The same where it stands apart from the digits behind it.
std::size_t lone_date_length(std::u32string_view text) {
  const std::size_t size = date_length(text);
  std::size_t next = size;
  while (next < text.size() && joins_digits(text[next])) ++next;
  const bool is_apart = digits_at(text, next) == 0 ||
                        (text[size] == U' ' && text[next - 1] == U' ');
  return is_apart ? size : 0;
}

/// The length of 9:30, 10:00 or 23:59:59 at the beginning, where no digits but
/// those of a time or a date follow; else 0.
std::size_t lone_time_length(std::u32string_view text) {
  const std::size_t hours = digits_at(text, 0);
  if (hours < 1 || hours > 2 || number_at(text, 0, hours) > 23)
    return 0;
  std::size_t end = hours;
  for (int part = 0; part < 2 && end < text.size() && text[end] == U':';
       ++part) {
    if (digits_at(text, end + 1) != 2 || number_at(text, end + 1, 2) > 59)
      return 0;
    end += 3;
  }
  if (end == hours)
    return 0;
  std::size_t next = end;
  while (next < text.size() && joins_digits(text[next])) ++next;
  const std::u32string_view rest = text.substr(next);
  const std::size_t digits = digits_at(rest, 0);
  const bool is_apart = digits == 0 || date_length(rest) > 0 ||
                        (digits <= 2 && rest.substr(digits).starts_with(U":"));
  return is_apart ? end : 0;
}

/// Whether `text` ends with `word`, which is no part of a longer one.
bool ends_with_word(std::u32string_view text, std::u32string_view word) {
  if (!text.ends_with(word))
    return false;
  text.remove_suffix(word.size());
  return text.empty() || text.back() >= 0x80 ||
         !ascii::is_alnum(static_cast<char>(text.back()));
}

/// The length of `groups` of digits with hyphens between them; an X may be the
/// last. 0 if they are others.
std::size_t groups_length(std::u32string_view text,
                          std::initializer_list<std::size_t> groups,
                          bool may_end_with_x) {
  std::size_t end = 0;
  for (const std::size_t size : groups) {
    if (end > 0) {
      if (end >= text.size() || text[end] != U'-')
        return 0;
      ++end;
    }
    std::size_t digits = digits_at(text.substr(0, end + size + 1), end);
    const bool has_x = may_end_with_x && digits + 1 == size &&
                       end + digits < text.size() && text[end + digits] == U'x';
    if (digits + (has_x ? 1 : 0) != size)
      return 0;
    end += size;
  }
  return end;
}

/// The length of an ISBN (ISO 2108) whose check digit is right; else 0.
std::size_t isbn_length(std::u32string_view text) {
  constexpr std::size_t longest = 13;
  std::array<int, longest> digits{};
  std::size_t count = 0;
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size() && count < longest; ++i) {
    const bool is_x = count == 9 && text[i] == U'x';
    if (unicode::is_digit(text[i]) || is_x) {
      digits.at(count++) = is_x ? 10 : static_cast<int>(text[i] - U'0');
      end = i + 1;
      if (is_x)
        break;
    } else if ((text[i] != U'-' && text[i] != U' ') || end != i) {
      break;
    }
  }
  int sum = 0;
  for (std::size_t i = 0; i < count; ++i)
    sum += digits.at(i) *
           (count == 10 ? 10 - static_cast<int>(i) : (i % 2 == 0 ? 1 : 3));
  const bool is_book = digits[0] == 9 && digits[1] == 7 && digits[2] >= 8;
  return (count == 10 && sum % 11 == 0) ||
                 (count == longest && is_book && sum % 10 == 0)
             ? end
             : 0;
}

/// The length of the digits at `at` that a word before them makes something
/// else than a telephone number: ISSN 0028-0836, ISBN 978-3-16-148410-0,
/// 〒100-0001. Else 0.
std::size_t named_number_length(std::u32string_view text, std::size_t at) {
  std::u32string_view before = text.substr(0, at);
  constexpr std::size_t most_signs = 2;
  for (std::size_t i = 0; i < most_signs && !before.empty() &&
                          (before.back() == U' ' || before.back() == U':');
       ++i)
    before.remove_suffix(1);
  const std::u32string_view digits = text.substr(at);
  std::size_t size = 0;
  if (before.ends_with(U'\u3012'))
    size = groups_length(digits, {3, 4}, false);
  else if (ends_with_word(before, U"issn"))
    size = groups_length(digits, {4, 4}, true);
  else if (ends_with_word(before, U"isbn") ||
           ends_with_word(before, U"isbn-13") ||
           ends_with_word(before, U"isbn-10"))
    size = isbn_length(digits);
  const std::u32string_view rest = digits.substr(size);
  const bool goes_on = !rest.empty() && rest[0] != U' ' &&
                       joins_digits(rest[0]) && rest.size() > 1 &&
                       unicode::is_digit(rest[1]);
  return goes_on || digits_at(rest, 0) > 0 ? 0 : size;
}

/// The length of a UUID (RFC 9562 4) at `at`, where it is a word of its own;
/// else 0.
std::size_t uuid_length(std::u32string_view text, std::size_t at) {
  constexpr std::u32string_view form = U"00000000-0000-0000-0000-000000000000";
  if (text.size() - at < form.size() ||
      (at > 0 && is_scheme_octet(text[at - 1])))
    return 0;
  const std::u32string_view word = text.substr(at, form.size());
  const std::u32string_view rest = text.substr(at + form.size());
  const bool has_form =
      std::ranges::equal(word, form, [](char32_t c, char32_t f) {
        return f == U'-' ? c == f
                         : unicode::is_digit(c) || (c >= U'a' && c <= U'f');
      });
  return has_form &&
                 (rest.empty() || !is_scheme_octet(rest[0]) || rest[0] == U'.')
             ? form.size()
             : 0;
}

/// The length of a date or time that stands apart; else 0.
std::size_t point_in_time_length(std::u32string_view text) {
  const std::size_t date = lone_date_length(text);
  return date > 0 ? date : lone_time_length(text);
}

/// Where the scheme begins that stands before the colon at `at`.
template <typename Char>
std::size_t scheme_before(std::basic_string_view<Char> text, std::size_t at) {
  while (at > 0 &&
         is_scheme_octet(static_cast<std::make_unsigned_t<Char>>(text[at - 1])))
    --at;
  return at;
}

/// Behind the host of a URL, where its path ends. A URL within it is one of its
/// own: some clients make links of both.
template <typename Char>
std::size_t path_end(std::basic_string_view<Char> text, std::size_t at) {
  constexpr std::array<Char, 3> begin = {':', '/', '/'};
  const std::basic_string_view<Char> url(begin.data(), begin.size());
  while (at < text.size() && !text.substr(at).starts_with(url) &&
         is_in_path(static_cast<std::make_unsigned_t<Char>>(text[at])))
    ++at;
  return at;
}

/// Whether "http://" or "https://" ends at `at`: what clients know for a URL
/// whatever else they do.
bool begins_url(std::string_view text, std::size_t at) {
  if (!text.substr(0, at).ends_with("://"))
    return false;
  const std::size_t begin = scheme_before(text, at - 3);
  const std::string_view scheme = text.substr(begin, at - 3 - begin);
  return ascii::iequals(scheme, "http") || ascii::iequals(scheme, "https");
}

/// Whether so many digits in one piece may be dialled.
bool is_number(std::u32string_view text, std::size_t at, std::size_t size) {
  if (text[at] == U'0' || (at > 0 && text[at - 1] == U'+'))
    return size >= fewest_digits;
  return size >= 10 && size <= 15;
}

}  // namespace

bool is_scheme_octet(char32_t c) {
  return c < 0x80 && (ascii::is_alnum(static_cast<char>(c)) || c == U'+' ||
                      c == U'-' || c == U'.');
}

std::vector<std::string> links_without_host(std::string_view text,
                                            std::size_t most) {
  const std::u32string plain = unicode::to_code_points(unicode::fold(text));
  const std::u32string_view all = plain;
  std::vector<std::string> out;
  std::u32string digits;  // of a number that may be in several pieces
  std::size_t pieces = 0;
  bool is_dialled = false;
  std::size_t word = 0;  // where the word before this character begins
  const auto end_number = [&] {
    if (is_dialled)
      out.push_back(unicode::to_utf8(digits));
    digits.clear();
    pieces = 0;
    is_dialled = false;
  };
  // As far as "/" it says where it leads.
  const auto add_uri = [&](std::size_t at) {
    std::size_t end = at;
    const std::size_t last = std::min(all.size(), at + longest_link);
    while (end < last && all[end] > U' ' && all[end] != U'/') ++end;
    out.push_back(unicode::to_utf8(all.substr(at, end - at)));
  };
  for (std::size_t i = 0; i < all.size() && out.size() < most;) {
    const char32_t c = all[i];
    if (const std::size_t size = uuid_length(all, i); size > 0) {
      end_number();
      i += size;
      continue;
    }
    if (unicode::is_digit(c)) {
      std::size_t other = pieces == 0 ? point_in_time_length(all.substr(i)) : 0;
      if (other == 0) {
        other = named_number_length(all, i);
        if (other > 0)
          end_number();  // the one of "ISBN-10 "
      }
      const std::size_t size = other > 0 ? other : digits_at(all, i);
      if (other == 0) {
        digits += all.substr(
            i, std::min(size,
                        longest_link - std::min(digits.size(), longest_link)));
        ++pieces;
        is_dialled |= pieces == 1 ? is_number(all, i, size)
                                  : digits.size() >= fewest_digits;
      }
      i += size;
      continue;
    }
    if (!joins_digits(c))
      end_number();
    if (c == U':' && all.substr(i).starts_with(U"://")) {
      const std::size_t start = scheme_before(all, i);
      const std::u32string_view scheme = all.substr(start, i - start);
      i += 3;
      const std::size_t begin = i;
      const bool has_no_host =
          i < all.size() && all[i] > U' ' &&
          !(all[i] >= 0x80 || is_host_octet(static_cast<char>(all[i])));
      if (scheme == U"http" || scheme == U"https") {
        i = path_end(all, i);
      } else {
        while (i < all.size() && is_in_path(all[i]) && all[i] != U'/') ++i;
      }
      word = scheme_before(all, i);
      if (has_no_host)
        add_uri(begin);
      else if (all.substr(i - 1).starts_with(U"@["))
        add_uri(i);
      continue;
    }
    if (c == U'@' && i + 1 < all.size() && all[i + 1] == U'[')
      add_uri(i + 1);
    else if (c == U':' && is_scheme(all.substr(word, i - word)) &&
             i + 1 < all.size() && all[i + 1] > U' ' && all[i + 1] < 0x7f)
      add_uri(word);
    if (!is_scheme_octet(c))
      word = i + 1;
    ++i;
  }
  end_number();
  return out;
}

bool is_host_octet(char c) {
  return ascii::is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '%' ||
         !ascii::is_ascii(c);
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
    if (after_slashes || after_at || ascii::istarts_with(word, "www."))
      add(word);
    // Clients end a host where ASCII does, or take the rest for letters too.
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t start = at;
      while (at < word.size() && ascii::is_ascii(word[at])) ++at;
      const std::string_view ascii_part = word.substr(start, at - start);
      if (looks_like_host(ascii_part, is_top_level_))
        add(ascii_part);
      while (at < word.size() && !ascii::is_ascii(word[at])) ++at;
    }
    if (i < text.size() && text[i] == '/' && begins_url(text, begin) &&
        looks_like_host(word, is_top_level_)) {
      const std::string_view path = text.substr(i, path_end(text, i) - i);
      i += std::min(path.size(), path.find_first_of("?#"));
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

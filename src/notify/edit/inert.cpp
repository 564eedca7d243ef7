#include "notify/edit/inert.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "mime/links.hpp"
#include "mime/unicode.hpp"

namespace mekiki::notify {
namespace {

namespace unicode = mime::unicode;

constexpr std::size_t widest = 74;  // columns, behind "> "

bool is_space(char32_t c) {
  return c <= U' ' || c == 0x7f || c == 0xa0 || c == 0x3000;
}

char32_t lower(char32_t c) {
  return c < 0x80 ? static_cast<char32_t>(ascii::to_lower(static_cast<char>(c)))
                  : c;
}

// A full-width or small sign is the same to clients that know such names.
char32_t plain(char32_t c) {
  switch (c) {
    case U'．':
    case U'｡':
    case U'\u2024':
    case U'﹒':
      return U'.';
    case U'：':
    case U'﹕':
      return U':';
    case U'＠':
    case U'﹫':
      return U'@';
    case U'／':
      return U'/';
    case U'＼':
    case U'﹨':
      return U'\\';
    default:
      return c;
  }
}

bool is_slash(char32_t c) { return plain(c) == U'/' || plain(c) == U'\\'; }

bool ends_line(char32_t c) {
  return (c >= U'\n' && c <= U'\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/// Control characters, and those that turn the direction of reading.
bool is_left_out(char32_t c) {
  const bool control = (c < U' ' && c != U'\t') || (c >= 0x7f && c < 0xa0);
  return (control && !ends_line(c)) || unicode::is_bidi_control(c);
}

/// "3.14", "2025.12.31": digits and at most two dots between blanks or signs.
bool is_number(std::u32string_view text, std::size_t dot) {
  std::size_t begin = dot;
  std::size_t end = dot;
  std::size_t dots = 1;
  const auto belongs = [&](char32_t c) {
    dots += c == U'.' ? 1 : 0;
    return unicode::is_digit(c) || c == U'.';
  };
  constexpr std::size_t longest = 20;
  while (begin > 0 && dot - begin < longest && belongs(text[begin - 1]))
    --begin;
  while (end + 1 < text.size() && end - dot < longest && belongs(text[end + 1]))
    ++end;
  const auto is_letter = [&](std::size_t i) {
    return i < text.size() && text[i] < 0x80 &&
           (ascii::is_alnum(static_cast<char>(text[i])) || text[i] == U'-' ||
            text[i] == U'/' || text[i] == U'@');
  };
  return dots <= 2 && dot > begin && end > dot && end - begin < longest &&
         !is_letter(begin - 1) && !is_letter(end + 1);
}

/// Begins in `text` at `at` and is followed by the colon of a scheme.
std::u32string_view harmless_scheme(std::u32string_view text, std::size_t at) {
  struct row {
    std::u32string_view scheme, instead;
  };
  constexpr row rows[] = {
      {U"https", U"hxxps"}, {U"http", U"hxxp"}, {U"ftp", U"fxp"}};
  for (const row& r : rows) {
    if (text.size() - at <= r.scheme.size() ||
        plain(text[at + r.scheme.size()]) != U':')
      continue;
    if (std::equal(r.scheme.begin(), r.scheme.end(), text.begin() + at,
                   [](char32_t a, char32_t b) { return a == lower(b); }))
      return r.instead;
  }
  return {};
}

}  // namespace

std::string make_inert(std::string_view utf8) {
  std::u32string text = unicode::to_code_points(utf8);
  // Before the look for links: what is left out must not hide one.
  std::erase_if(text, is_left_out);
  std::u32string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const char32_t before = i > 0 ? text[i - 1] : U' ';
    const char32_t after = i + 1 < text.size() ? text[i + 1] : U' ';
    switch (plain(c)) {
      case U'.':
        if (!is_space(before) && !is_space(after) && plain(after) != U'.' &&
            !is_number(text, i)) {
          out += U"[.]";
          continue;
        }
        break;
      case U':':
        if ((mime::is_scheme_octet(before) || plain(after) == U'/') &&
            !is_space(after) &&
            !(unicode::is_digit(before) && unicode::is_digit(after))) {
          out += U"[:]";
          continue;
        }
        break;
      case U'@':
        if (after > U' ') {
          // Between <> or "" some clients link whatever has the sign itself.
          out += U"[at]";
          continue;
        }
        break;
      case U'/':
      case U'\\': {
        // Behind a scheme the colon is enough.
        const char32_t third = i + 2 < text.size() ? text[i + 2] : U' ';
        if (is_slash(after) && third != U'/' && third != U'\\' &&
            third > U' ' && !(plain(c) == U'/' && plain(before) == U':')) {
          out += {U'[', c, after, U']'};
          ++i;
          continue;
        }
        break;
      }
      case U'h':
      case U'H':
      case U'f':
      case U'F': {
        const std::u32string_view instead = harmless_scheme(text, i);
        if (!instead.empty()) {
          out += instead;
          i += instead.size() - 1;
          continue;
        }
        break;
      }
      default:
        break;
    }
    out += c;
  }
  return unicode::to_utf8(out);
}

std::string quote(std::string_view utf8) {
  const std::u32string text = unicode::to_code_points(utf8);
  std::u32string out;
  std::u32string line;
  std::size_t columns = 0;
  std::size_t space = 0;  // behind the last space of the line, or 0
  bool after_empty = true;
  const auto end_line = [&](std::size_t size) {
    std::u32string rest = line.substr(size);
    line.resize(size);
    while (!line.empty() && is_space(line.back())) line.pop_back();
    if (!line.empty() || !after_empty) {
      out += line.empty() ? U">" : U"> ";
      out += line;
      out += U"\r\n";
    }
    after_empty = line.empty();
    line = std::move(rest);
    space = 0;
    columns = 0;
    for (const char32_t c : line) columns += unicode::is_wide(c) ? 2 : 1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    char32_t c = text[i];
    if (c == U'\r' && i + 1 < text.size() && text[i + 1] == U'\n')
      continue;
    if (ends_line(c)) {
      end_line(line.size());
      continue;
    }
    if (c == U'\t')
      c = U' ';
    if (is_left_out(c))
      continue;
    const std::size_t width = unicode::is_wide(c) ? 2 : 1;
    // Marks without width of their own count, too: they must end some time.
    if (columns + width > widest)
      end_line(space != 0 ? space : line.size());
    line += c;
    columns += width;
    if (is_space(c))
      space = line.size();
  }
  if (!line.empty())
    end_line(line.size());
  return unicode::to_utf8(out);
}

}  // namespace mekiki::notify

#include "mime/charset.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include "base/ascii.hpp"
#include "mime/unicode.hpp"

namespace mekiki::mime {
namespace {

constexpr std::string_view utf8 = "utf-8";

bool has_escapes(std::string_view octets) {
  return octets.find("\x1b$") != octets.npos ||
         octets.find("\x1b(J") != octets.npos ||
         octets.find("\x1b(I") != octets.npos;
}

// Octets that the label says nothing of.
constexpr std::array<std::string_view, 4> no_labels = {"", "us-ascii", "ascii",
                                                       "unknown-8bit"};

bool says_nothing(std::string_view label) {
  return std::any_of(
      no_labels.begin(), no_labels.end(),
      [&](std::string_view word) { return ascii::iequals(label, word); });
}

/// How badly it reads: what is no character at all counts most. Half-width
/// katakana is what EUC-JP looks like in Shift_JIS.
std::size_t oddity(std::string_view text) {
  std::size_t out = 0;
  for (const char32_t c : unicode::to_code_points(text)) {
    const bool control = (c < 0x20 && c != U'\t' && c != U'\n' && c != U'\r') ||
                         (c >= 0x7f && c < 0xa0);
    if (c == 0xfffd || control || (c >= 0xe000 && c < 0xf900))
      out += 20;
    else if (c >= 0xff61 && c <= 0xff9f)
      out += 2;
    else if (c >= 0xa0 && c < 0x180)
      out += 3;
  }
  return out;
}

// Names that ICU knows, and nothing that could be a path or carry options.
bool is_charset(const std::string& name) {
  if (name.empty() || name.size() > 40)
    return false;
  for (const char c : name) {
    if (!ascii::is_alnum(c) &&
        std::string_view("-_.:").find(c) == std::string_view::npos)
      return false;
  }
  UErrorCode error = U_ZERO_ERROR;
  return ucnv_countAliases(name.c_str(), &error) > 0 && U_SUCCESS(error);
}

using converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

// Null for a charset that nobody knows.
converter open_converter(const std::string& name) {
  converter out(nullptr, ucnv_close);
  if (!is_charset(name))
    return out;
  UErrorCode error = U_ZERO_ERROR;
  out.reset(ucnv_open(name.c_str(), &error));
  if (U_FAILURE(error))
    out.reset();
  return out;
}

bool is_iso_2022(std::string_view charset) {
  return ascii::to_lower(charset).find("2022") != std::string::npos;
}

// The length of the escape sequence at the start (ISO 2022: ESC, intermediate
// octets, a final one); 0 if there is none.
std::size_t escape_length(std::string_view text) {
  if (!text.starts_with('\x1b'))
    return 0;
  std::size_t size = 1;
  while (size < text.size() && text[size] >= 0x20 && text[size] < 0x30) ++size;
  return size > 1 && size < text.size() && text[size] > ' ' ? size + 1 : 0;
}

// ICU calls a shift without a character behind it an error.
std::string without_empty_shifts(std::string_view octets) {
  std::string out;
  for (std::size_t i = 0; i < octets.size();) {
    const std::size_t size = escape_length(octets.substr(i));
    if (size == 0)
      out += octets[i++];
    else if (escape_length(octets.substr(i + size)) == 0)
      out += octets.substr(i, size);
    i += size;
  }
  return out;
}

}  // namespace

std::string decode_charset(std::string_view octets, std::string_view charset) {
  std::string out;
  if (ascii::iequals(charset, "utf-8") || ascii::iequals(charset, "us-ascii")) {
    icu::UnicodeString::fromUTF8(
        icu::StringPiece(octets.data(),
                         static_cast<std::int32_t>(octets.size())))
        .toUTF8String(out);
    return out;
  }
  if (const converter reader = open_converter(std::string(charset))) {
    const std::string shorter =
        is_iso_2022(charset) ? without_empty_shifts(octets) : std::string();
    const std::string_view read = shorter.empty() ? octets : shorter;
    UErrorCode error = U_ZERO_ERROR;
    const icu::UnicodeString text(read.data(),
                                  static_cast<std::int32_t>(read.size()),
                                  reader.get(), error);
    if (U_SUCCESS(error)) {
      text.toUTF8String(out);
      return out;
    }
  }
  for (const char c : octets) {
    if (static_cast<unsigned char>(c) < 0x80)
      out += c;
    else
      out += "\xef\xbf\xbd";
  }
  return out;
}

struct cut_finder::state {
  explicit state(std::string_view charset)
      : iso_2022(is_iso_2022(charset)),
        reader(open_converter(std::string(charset))) {}

  bool take_escapes(std::string_view octets);
  bool take_characters(std::string_view octets);

  bool iso_2022;
  converter reader;
  std::string last;     // the last escape sequence; no longer than told apart
  std::string growing;  // the one that has no end yet
};

bool cut_finder::state::take_escapes(std::string_view octets) {
  constexpr std::size_t longest = 4;  // that differs from those of ASCII
  for (const char c : octets) {
    if (c == '\x1b') {
      growing = c;
    } else if (!growing.empty() && c >= 0x20 && c < 0x30) {
      if (growing.size() < longest)
        growing += c;
    } else if (!growing.empty()) {
      if (growing.size() > 1 && c > ' ')
        last = growing + c;
      growing.clear();
    }
  }
  return !last.empty() && last != "\x1b(B" && last != "\x1b(J";
}

bool cut_finder::state::take_characters(std::string_view octets) {
  if (reader == nullptr)
    return false;
  std::vector<UChar> room(octets.size() * 2 + 16);
  UChar* out = room.data();
  const char* in = octets.data();
  UErrorCode error = U_ZERO_ERROR;
  ucnv_toUnicode(reader.get(), &out, out + room.size(), &in, in + octets.size(),
                 nullptr, 0, &error);
  if (U_FAILURE(error))
    return false;
  return ucnv_toUCountPending(reader.get(), &error) > 0;
}

cut_finder::cut_finder(std::string_view charset)
    : state_(std::make_unique<state>(charset)) {}
cut_finder::~cut_finder() = default;
cut_finder::cut_finder(cut_finder&&) noexcept = default;
cut_finder& cut_finder::operator=(cut_finder&&) noexcept = default;

bool cut_finder::is_cut_after(std::string_view octets) {
  return state_->iso_2022 ? state_->take_escapes(octets)
                          : state_->take_characters(octets);
}

std::string read_text(std::string_view octets, std::string_view label) {
  const bool plain = unicode::is_ascii(octets);
  if (plain && has_escapes(octets) && !ascii::istarts_with(label, "iso-2022-"))
    return decode_charset(octets, "iso-2022-jp");
  if (plain && says_nothing(label))
    return std::string(octets);
  if (!plain) {
    std::string text = decode_charset(octets, utf8);
    if (text == octets)  // whole, even where the sender wrote U+FFFD himself
      return text;
    const bool labelled = says_nothing(label) || ascii::iequals(label, "utf-8");
    std::size_t good = 0;
    std::size_t broken = 0;
    for (const char32_t c : unicode::to_code_points(text)) {
      broken += c == 0xfffd ? 1 : 0;
      good += c >= 0x80 && c != 0xfffd ? 1 : 0;
    }
    // A cut in the middle of its last character leaves a broken one.
    const bool at_end = broken == 1 && text.ends_with("\xef\xbf\xbd");
    if (broken == 0 || at_end || (labelled && good >= broken))
      return text;
  }
  std::string best;
  std::size_t least = SIZE_MAX;
  if (!says_nothing(label)) {
    best = decode_charset(octets, label);
    if (best.find("\xef\xbf\xbd") == best.npos)
      return best;
    least = oddity(best);
  }
  if (plain)
    return best;
  for (const std::string_view charset :
       {"shift_jis", "euc-jp", "windows-1252"}) {
    std::string text = decode_charset(octets, charset);
    const std::size_t odd = oddity(text);
    if (odd >= least)
      continue;
    best = std::move(text);
    least = odd;
  }
  return best;
}

bool is_ascii_compatible(std::string_view charset) {
  constexpr std::array<std::string_view, 16> names = {
      "",        "us-ascii",       "ascii",  "utf-8",
      "utf8",    "iso-2022-jp",    "euc-jp", "shift_jis",
      "euc-kr",  "ks_c_5601-1987", "gb2312", "gbk",
      "gb18030", "big5",           "koi8-r", "koi8-u"};
  return charset.starts_with("iso-8859-") ||
         charset.starts_with("windows-125") ||
         std::find(names.begin(), names.end(), charset) != names.end();
}

}  // namespace mekiki::mime

#include "mime/unicode.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include <unicode/normalizer2.h>
#include <unicode/ubidi.h>
#include <unicode/uchar.h>
#include <unicode/uidna.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>

#include "base/ascii.hpp"

namespace mekiki::mime::unicode {
namespace {

using icu::UnicodeString;

UnicodeString to_icu(std::string_view text) {
  return UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string from_icu(const UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

// Opened once for the process; only functions that leave them unchanged are
// called, which ICU allows from all threads.
struct tables {
  std::unique_ptr<USpoofChecker, decltype(&uspoof_close)> spoof{nullptr,
                                                                uspoof_close};
  std::unique_ptr<UIDNA, decltype(&uidna_close)> idna{nullptr, uidna_close};
  const icu::Normalizer2* folding = nullptr;
  std::array<std::string, 128> ascii_skeletons;

  tables() {
    UErrorCode error = U_ZERO_ERROR;
    spoof.reset(uspoof_open(&error));
    uspoof_setChecks(spoof.get(), USPOOF_RESTRICTION_LEVEL, &error);
    uspoof_setRestrictionLevel(spoof.get(), USPOOF_MODERATELY_RESTRICTIVE);
    idna.reset(uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_UNICODE, &error));
    folding = icu::Normalizer2::getNFKCCasefoldInstance(error);
    if (U_FAILURE(error))
      throw std::runtime_error(std::string("Unicode data: ") +
                               u_errorName(error));
    for (std::size_t i = 0; i < ascii_skeletons.size(); ++i)
      ascii_skeletons[i] = by_table(UnicodeString(static_cast<UChar>(i)));
  }

  std::string by_table(const UnicodeString& text) const {
    UErrorCode error = U_ZERO_ERROR;
    UnicodeString out;
    uspoof_getSkeletonUnicodeString(spoof.get(), 0, text, out, &error);
    return from_icu(U_FAILURE(error) ? text : out.foldCase());
  }
};

const tables& icu_tables() {
  static const tables t;
  return t;
}

// Marks that follow one character are put in order in a time that grows with
// the square of their number. No script needs more than 30 (UAX 15, 13): what
// follows is left out.
UnicodeString with_short_runs(const UnicodeString& text,
                              const icu::Normalizer2& folding) {
  constexpr std::size_t most_marks = 30;
  UnicodeString out;
  std::size_t marks = 0;
  for (std::int32_t at = 0; at < text.length();) {
    const UChar32 c = text.char32At(at);
    at += U16_LENGTH(c);
    marks = folding.hasBoundaryBefore(c) ? 0 : marks + 1;
    if (marks <= most_marks)
      out.append(c);
  }
  return out;
}

}  // namespace

std::string fold(std::string_view text) {
  if (is_ascii(text))
    return ascii::to_lower(text);
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2& folding = *icu_tables().folding;
  const UnicodeString out =
      folding.normalize(with_short_runs(to_icu(text), folding), error);
  return U_SUCCESS(error) ? from_icu(out) : std::string(text);
}

std::string skeleton(std::string_view text) {
  std::string by_table;
  if (is_ascii(text)) {
    for (const char c : text)
      by_table += icu_tables().ascii_skeletons[static_cast<unsigned char>(c)];
  } else {
    by_table = icu_tables().by_table(to_icu(text));
  }
  std::string out;
  for (const char c : by_table) {
    if (c == 'v' && out.ends_with('v'))
      out.back() = 'w';
    else
      out += c;
  }
  return out;
}

std::string without_accents(std::string_view skeletal) {
  if (is_ascii(skeletal))
    return std::string(skeletal);
  std::u32string out = to_code_points(skeletal);
  std::erase_if(out, [](char32_t c) { return c >= 0x300 && c <= 0x36f; });
  return to_utf8(out);
}

std::string latin_reading(std::string_view text) {
  std::string out;
  for (const char32_t c : to_code_points(text)) {
    const std::string one = to_utf8({&c, 1});
    out += is_ascii(one) ? one : skeleton(one);
  }
  return is_ascii(out) ? out : std::string();
}

std::string to_u_label(std::string_view label) {
  if (!label.starts_with("xn--"))
    return std::string(label);
  UErrorCode error = U_ZERO_ERROR;
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  std::array<char, 512> out{};  // 63 octets of Punycode hold no more
  const std::int32_t size =
      uidna_labelToUnicodeUTF8(icu_tables().idna.get(), label.data(),
                               static_cast<std::int32_t>(label.size()),
                               out.data(), out.size(), &info, &error);
  if (U_FAILURE(error) || info.errors != 0)
    return std::string(label);
  return std::string(out.data(), static_cast<std::size_t>(size));
}

bool mixes_scripts(std::string_view text) {
  if (is_ascii(text))
    return false;
  UErrorCode error = U_ZERO_ERROR;
  const std::int32_t failed = uspoof_check2UTF8(
      icu_tables().spoof.get(), text.data(),
      static_cast<std::int32_t>(text.size()), nullptr, &error);
  return U_SUCCESS(error) && failed != 0;
}

std::string as_displayed(std::string_view text) {
  if (is_ascii(text))
    return std::string(text);
  UnicodeString from = to_icu(text);
  // ICU looks for the other one of each pair, in a time that grows with the
  // square of their number.
  for (std::int32_t i = 0; i < from.length(); ++i) {
    if (u_getIntPropertyValue(from[i], UCHAR_BIDI_PAIRED_BRACKET_TYPE) !=
        U_BPT_NONE)
      from.setCharAt(i, u' ');
  }
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UBiDi, decltype(&ubidi_close)> bidi(ubidi_open(),
                                                            ubidi_close);
  ubidi_setPara(bidi.get(), from.getBuffer(), from.length(), UBIDI_DEFAULT_LTR,
                nullptr, &error);
  if (U_FAILURE(error) || ubidi_getDirection(bidi.get()) == UBIDI_LTR)
    return std::string(text);
  UnicodeString out;
  const std::int32_t size =
      ubidi_writeReordered(bidi.get(), out.getBuffer(from.length()),
                           from.length(), UBIDI_REMOVE_BIDI_CONTROLS, &error);
  out.releaseBuffer(U_SUCCESS(error) ? size : 0);
  return from_icu(out);
}

std::u32string to_code_points(std::string_view text) {
  if (is_ascii(text))
    return {text.begin(), text.end()};
  const UnicodeString from = to_icu(text);
  std::u32string out(static_cast<std::size_t>(from.countChar32()), U'\0');
  UErrorCode error = U_ZERO_ERROR;
  from.toUTF32(reinterpret_cast<UChar32*>(out.data()),
               static_cast<std::int32_t>(out.size()), error);
  return out;
}

std::string to_utf8(std::u32string_view text) {
  if (std::ranges::all_of(text, [](char32_t c) { return c < 0x80; }))
    return {text.begin(), text.end()};
  return from_icu(
      UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                               static_cast<std::int32_t>(text.size())));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
}

bool is_letter_or_digit(char32_t c) {
  return u_isalnum(static_cast<UChar32>(c)) != 0 || is_mark(c);
}

bool is_mark(char32_t c) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0;
}

bool is_symbol(char32_t c) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) &
          (U_GC_S_MASK | U_GC_NO_MASK)) != 0;
}

bool is_latin(char32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(static_cast<UChar32>(c), &error) == USCRIPT_LATIN;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

bool is_space(char32_t c) {
  return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

bool is_invisible(char32_t c) {
  // Marks of annotations, the empty Braille cell, a note without a head.
  if ((c >= 0xfff9 && c <= 0xfffb) || c == 0x2800 || c == 0x1d159)
    return true;
  return u_hasBinaryProperty(static_cast<UChar32>(c),
                             UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0;
}

// RFC 5892 A.1 (ZERO WIDTH NON-JOINER):
//   If Canonical_Combining_Class(Before(cp)) .eq. Virama Then True;
//   If RegExpMatch((Joining_Type:{L,D})(Joining_Type:T)*\u200C
//     (Joining_Type:T)*(Joining_Type:{R,D})) Then True;
// A.2 (ZERO WIDTH JOINER): the first of these.
bool is_joined(std::u32string_view text, std::size_t at) {
  constexpr std::uint8_t virama = 9;
  constexpr std::size_t most_marks = 30;
  const char32_t c = text[at];
  if (at == 0)
    return false;
  const auto before = static_cast<UChar32>(text[at - 1]);
  if (u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_VARIATION_SELECTOR) !=
      0)
    return before > 0x7f && !is_invisible(text[at - 1]) &&
           u_isgraph(before) != 0;
  if (c != U'\u200c' && c != U'\u200d')
    return false;
  if (u_getCombiningClass(before) == virama)
    return true;
  const auto joining = [&](std::size_t i) {
    return u_getIntPropertyValue(static_cast<UChar32>(text[i]),
                                 UCHAR_JOINING_TYPE);
  };
  if (c == U'\u200d') {
    const auto is_picture = [&](std::size_t i) {
      return u_hasBinaryProperty(static_cast<UChar32>(text[i]),
                                 UCHAR_EXTENDED_PICTOGRAPHIC) != 0;
    };
    std::size_t i = at - 1;
    while (i > 0 && at - i <= 3 && !is_picture(i)) --i;
    return is_picture(i) && at + 1 < text.size() && is_picture(at + 1);
  }
  std::size_t left = at - 1;
  while (left > 0 && at - left <= most_marks &&
         joining(left) == U_JT_TRANSPARENT)
    --left;
  std::size_t right = at + 1;
  while (right < text.size() && right - at <= most_marks &&
         joining(right) == U_JT_TRANSPARENT)
    ++right;
  if (right >= text.size())
    return false;
  const int l = joining(left);
  const int r = joining(right);
  return (l == U_JT_LEFT_JOINING || l == U_JT_DUAL_JOINING) &&
         (r == U_JT_RIGHT_JOINING || r == U_JT_DUAL_JOINING);
}

bool is_right_to_left(char32_t c) {
  const UCharDirection d = u_charDirection(static_cast<UChar32>(c));
  return d == U_RIGHT_TO_LEFT || d == U_RIGHT_TO_LEFT_ARABIC;
}

bool is_wide(char32_t c) {
  const int width =
      u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH;
}

bool is_opening(char32_t c) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) &
          (U_GC_PS_MASK | U_GC_PI_MASK)) != 0;
}

bool is_closing(char32_t c) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) &
          (U_GC_PE_MASK | U_GC_PF_MASK)) != 0;
}

bool is_bidi_control(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_BIDI_CONTROL) != 0;
}

std::string name_of(char32_t c) {
  std::array<char, 128> out{};
  UErrorCode error = U_ZERO_ERROR;
  const std::int32_t size =
      u_charName(static_cast<UChar32>(c), U_UNICODE_CHAR_NAME, out.data(),
                 static_cast<std::int32_t>(out.size()), &error);
  if (U_FAILURE(error))
    return {};
  return std::string(out.data(), static_cast<std::size_t>(size));
}

bool is_east_asian(char32_t c) {
  if (c < 0x80)
    return false;
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(static_cast<UChar32>(c), &error)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
      return true;
    default:
      return c == U'ー';  // script Common
  }
}

}  // namespace mekiki::mime::unicode

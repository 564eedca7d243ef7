#include "reports/to_utf8.hpp"

#include <algorithm>
#include <cstddef>

#include "base/ascii.hpp"

namespace mekiki::reports {
namespace {

constexpr std::size_t declaration_size = 512;  // octets it is looked for in
constexpr std::size_t most_held = 1 << 20;

constexpr std::string_view replacement = "\xef\xbf\xbd";
constexpr std::string_view utf8_mark = "\xef\xbb\xbf";
constexpr std::string_view little_mark = "\xff\xfe";
constexpr std::string_view big_mark = "\xfe\xff";
constexpr std::string_view little_open("<\0", 2);
constexpr std::string_view big_open("\0<", 2);

/// EncodingDecl ::= S 'encoding' Eq ('"' EncName '"' | "'" EncName "'")
std::string declared_encoding(std::string_view octets) {
  octets = octets.substr(0, declaration_size);
  while (!octets.empty() && ascii::is_fws(octets.front()))
    octets.remove_prefix(1);
  if (!octets.starts_with("<?xml"))
    return "";
  octets = octets.substr(0, octets.find("?>"));
  const std::size_t at = octets.find("encoding");
  if (at == std::string_view::npos)
    return "";
  octets.remove_prefix(at + std::string_view("encoding").size());
  const std::size_t quote = octets.find_first_of("\"'");
  if (quote == std::string_view::npos)
    return "";
  const std::size_t end = octets.find(octets[quote], quote + 1);
  if (end == std::string_view::npos)
    return "";
  return ascii::to_lower(
      ascii::trim(octets.substr(quote + 1, end - quote - 1)));
}

/// Whether they may stop within an escape sequence of ISO-2022, which has three
/// or four octets.
bool ends_in_escape(std::string_view octets) {
  octets.remove_prefix(octets.size() - std::min<std::size_t>(octets.size(), 3));
  return octets.find('\x1b') != std::string_view::npos;
}

}  // namespace

bool begins_markup(std::string_view octets) {
  if (octets.starts_with(little_mark) || octets.starts_with(big_mark) ||
      octets.starts_with(little_open) || octets.starts_with(big_open))
    return true;
  if (octets.starts_with(utf8_mark))
    octets.remove_prefix(utf8_mark.size());
  return ascii::trim(octets).starts_with('<');
}

void utf8_converter::decide() {
  decided_ = true;
  if (held_.starts_with(utf8_mark)) {
    held_.erase(0, utf8_mark.size());
  } else if (held_.starts_with(little_mark) || held_.starts_with(little_open)) {
    charset_ = "utf-16le";
  } else if (held_.starts_with(big_mark) || held_.starts_with(big_open)) {
    charset_ = "utf-16be";
  } else {
    const std::string declared = declared_encoding(held_);
    // Where this could be read, others are not what it says (UTF-16), or shift
    // in ways that pieces hide (UTF-7); the values tell what they are.
    if (!mime::is_ascii_compatible(declared))
      faults_.add(fault::encoding, declared);
    else if (declared != "utf-8" && declared != "utf8" &&
             declared != "us-ascii" && declared != "ascii")
      charset_ = declared;
    return;
  }
  if (charset_.empty())
    return;
  if (held_.starts_with(little_mark) || held_.starts_with(big_mark))
    held_.erase(0, little_mark.size());
}

void utf8_converter::convert(std::string& out, bool last) {
  if (charset_.empty()) {
    out += held_;
    held_.clear();
    return;
  }
  const std::size_t unit = charset_.starts_with("utf-16") ? 2 : 1;
  std::size_t whole = held_.size();
  if (!last) {
    // Two units of UTF-16 can be one character.
    whole -= whole % unit;
    if (unit == 2 && whole >= 2) {
      const auto high = static_cast<unsigned char>(
          held_[charset_ == "utf-16le" ? whole - 1 : whole - 2]);
      if (high >= 0xd8 && high < 0xdc)
        whole -= 2;
    }
  }
  const std::string text =
      mime::decode_charset(std::string_view(held_).substr(0, whole), charset_);
  if (text.find(replacement) != std::string::npos)
    faults_.add(fault::encoding, charset_);
  out += text;
  held_.erase(0, whole);
}

void utf8_converter::write(std::string_view octets, std::string& out) {
  held_ += octets;
  if (!decided_) {
    if (held_.size() < declaration_size)
      return;
    decide();
    octets = held_;
    if (!charset_.empty() && !charset_.starts_with("utf-16"))
      cuts_.emplace(charset_);
  }
  if (cuts_) {
    const bool cut = cuts_->is_cut_after(octets) || ends_in_escape(held_);
    if (cut && held_.size() < most_held)
      return;
  }
  convert(out, false);
}

void utf8_converter::finish(std::string& out) {
  if (!decided_)
    decide();
  convert(out, true);
}

}  // namespace mekiki::reports

#include "notify/edit/subject.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "base/ascii.hpp"
#include "message/header.hpp"
#include "mime/encoded_word.hpp"
#include "mime/unicode.hpp"

namespace mekiki::notify {
namespace {

namespace unicode = mime::unicode;

constexpr std::size_t longest_mark = 40;  // characters within the brackets
constexpr std::size_t widest = 78;

/// What two ways of writing the words of a mark have in common.
std::string look_of(std::u32string_view words) {
  std::u32string shown;
  for (const char32_t c :
       unicode::to_code_points(unicode::fold(unicode::to_utf8(words)))) {
    if (unicode::is_letter_or_digit(c))
      shown += c;
  }
  return unicode::skeleton(unicode::to_utf8(shown));
}

bool is_mark(std::u32string_view words) {
  static const std::array<std::string, 2> marks = {look_of(U"SPOOFED"),
                                                   look_of(U"なりすまし注意")};
  const std::string look = look_of(words);
  return std::find(marks.begin(), marks.end(), look) != marks.end();
}

bool is_space(char32_t c) { return c <= U' ' || c == 0xa0 || c == 0x3000; }

/// A Subject field for a lenient client.
bool is_subject(const message::field_view& f) {
  const std::size_t colon = std::min(f.raw.find(':'), f.raw.size());
  if (colon > 200)
    return false;
  std::string name;
  for (const char c : f.raw.substr(0, colon)) {
    if (ascii::is_graph(c))
      name += ascii::to_lower(c);
  }
  return colon < f.raw.size() && name == "subject";
}

std::string unfolded(std::string_view value) {
  std::string out(ascii::trim(value));
  std::erase_if(out, [](char c) { return c == '\r' || c == '\n'; });
  return out;
}

std::string edit_subject(const message::field_view& f, std::string_view mark) {
  const std::size_t colon = f.raw.find(':');
  std::string_view value = ascii::trim(f.raw.substr(colon + 1));
  const auto cleaned = without_marks(mime::decode_words(unfolded(value)));
  if (!cleaned && mark.empty())
    return std::string(f.raw);
  const std::string kept =
      cleaned ? mime::encode_text(*cleaned) : std::string(value);
  std::string out = "Subject: ";
  if (mark.empty())
    return out + kept + "\r\n";
  // Between two encoded words a space is not shown (RFC 2047 6.2).
  const bool joined = !unicode::is_ascii(mark) && kept.starts_with("=?");
  out += mime::encode_text(std::string(mark) + (joined ? " " : ""));
  if (!kept.empty()) {
    const std::size_t line = std::min(kept.find_first_of("\r\n"), kept.size());
    out += out.size() - out.rfind('\n') + line > widest ? "\r\n " : " ";
    out += kept;
  }
  return out + "\r\n";
}

/// Nothing if there are none. What stands around a mark may be one again, once
/// it is gone: "[SPO[SPOOFED?]OFED?]". Linear.
std::optional<std::u32string> remove_marks(std::u32string_view text) {
  std::u32string out;
  std::vector<std::size_t> open;  // brackets in `out` that may begin a mark
  bool found = false;
  bool after_mark = false;
  for (const char32_t c : text) {
    if (after_mark && is_space(c))
      continue;
    after_mark = false;
    if (unicode::is_opening(c)) {
      open.push_back(out.size());
    } else if (unicode::is_closing(c) && !open.empty()) {
      const std::u32string_view words =
          std::u32string_view(out).substr(open.back() + 1);
      if (words.size() <= longest_mark && is_mark(words)) {
        out.resize(open.back());
        open.pop_back();
        found = after_mark = true;
        continue;
      }
      open.clear();
    }
    out += c;
  }
  if (!found)
    return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::string> without_marks(std::string_view subject) {
  const auto left = remove_marks(unicode::to_code_points(subject));
  if (!left)
    return std::nullopt;
  return unicode::to_utf8(*left);
}

std::string edit_subjects(std::string_view header, std::string_view mark) {
  const message::header_view fields = message::parse_header(header);
  if (fields.truncated)
    return std::string(header);
  std::string out;
  bool has_subject = false;
  for (const message::field_view& f : fields.fields) {
    if (is_subject(f)) {
      has_subject = true;
      out += edit_subject(f, mark);
    } else {
      out += f.raw;
    }
  }
  if (!has_subject && !mark.empty()) {
    if (!out.empty() && !out.ends_with('\n'))
      out += "\r\n";
    out += "Subject: " + mime::encode_text(mark) + "\r\n";
  }
  return out;
}

}  // namespace mekiki::notify

#include "message/shifts.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace mekiki::message {
namespace {

enum class set : std::uint8_t {
  ascii,
  roman,  // JIS X 0201: ASCII but for a yen sign and an overline
  other,  // characters of several octets, and katakana
  same,   // the sequence changes none that is in use
};

struct sequence {
  std::string_view behind_esc;
  set to;
};

// RFC 1468, RFC 1554 (ISO-2022-JP-2), RFC 2237 (-JP-1), JIS X 0213 (-JP-3),
// RFC 1557 and RFC 1922 (ISO-2022-KR, -CN).
constexpr std::array sequences = std::to_array<sequence>({
    {"(B", set::ascii},  {"(J", set::roman},  {"(H", set::roman},
    {"(I", set::other},  {"$@", set::other},  {"$B", set::other},
    {"$A", set::other},  {"$(@", set::other}, {"$(A", set::other},
    {"$(B", set::other}, {"$(C", set::other}, {"$(D", set::other},
    {"$(O", set::other}, {"$(P", set::other}, {"$(Q", set::other},
    {"&@", set::same},   {".A", set::same},   {".F", set::same},
    {"$)A", set::same},  {"$)C", set::same},  {"$)G", set::same},
    {"$*H", set::same},
});

const sequence* find_sequence(std::string_view behind_esc) {
  const auto found = std::ranges::find_if(sequences, [&](const sequence& s) {
    return behind_esc.starts_with(s.behind_esc);
  });
  return found == sequences.end() ? nullptr : &*found;
}

struct decoder {
  bool line_ends_lead_back;
  bool has_yen_sign;
};

class undoing {
 public:
  explicit undoing(decoder how) : how_(how) {}

  std::string run(std::string_view text) {
    out_.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\x1b') {
        add(text[i]);
        continue;
      }
      const sequence* found = find_sequence(text.substr(i + 1));
      if (found == nullptr) {
        add('\x1a');
        continue;
      }
      if (found->to != set::same)
        change(*found);
      i += found->behind_esc.size();
    }
    end_stretch();
    return std::move(out_);
  }

 private:
  void change(const sequence& to) {
    end_stretch();
    now_ = to.to;
    shift_ = to.behind_esc;
  }

  void add(char c) {
    const bool ends_line = c == '\r' || c == '\n';
    if (now_ == set::other && !ends_line) {
      if (!is_within_)
        out_.append(1, '\x1b').append(shift_);
      is_within_ = true;
    }
    if (ends_line && how_.line_ends_lead_back) {
      end_stretch();
      now_ = set::ascii;
    }
    if (ends_line && now_ == set::other)
      return;
    if (now_ == set::roman && how_.has_yen_sign && (c == '\\' || c == '~'))
      out_ += c == '~' ? "\xe2\x80\xbe" : "\xc2\xa5";  // "‾", "¥"
    else
      out_ += c;
  }

  void end_stretch() {
    if (is_within_)
      out_ += shift_back;
    is_within_ = false;
  }

  decoder how_;
  set now_ = set::ascii;
  std::string_view shift_;
  bool is_within_ = false;  // a stretch that has characters
  std::string out_;
};

}  // namespace

std::vector<std::string> undo_shifts(std::string_view text) {
  std::vector<std::string> out;
  for (const bool line_ends_lead_back : {true, false}) {
    for (const bool has_yen_sign : {false, true}) {
      std::string read = undoing({line_ends_lead_back, has_yen_sign}).run(text);
      if (std::ranges::find(out, read) == out.end())
        out.push_back(std::move(read));
    }
  }
  return out;
}

}  // namespace mekiki::message

// Breaks, in an incoming header, the words by which clients' rules recognize
// our fields.
//
// Some clients look for a text in the whole header, so a sender who has come to
// know an account's label value (it leaves with forwarded mails and bounces)
// could write it into a Subject. Rules for X-DKIM-Check have no value at all.
// So wherever such a word stands in a header, its last octet becomes "-"
// (within base64 another letter), in place: no other octet changes and nothing
// moves.
//
// A word is found in any case as it stands, with control characters and folds
// in it left out, and decoded from encoded words (RFC 2047, B and Q) of ASCII,
// UTF-8 and whatever else writes ASCII as it is, or with NULs (UTF-16): within
// one, across several with white space between, and across a word and the text
// around it. Encoded words may be malformed: longer than 75 octets, with spaces
// or line ends in them, without an end. Other encodings are not read: no rule
// of ours matches them, nor a body, which passes unchanged.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "notify/edit/labels.hpp"

namespace mekiki::notify {

class label_guard {
 public:
  /// Looks for the values of `l` (at most 16 octets of each, none if empty) and
  /// for "X-DKIM-Check:". Where that colon may end a field's name it stays, and
  /// the name before it is broken ("Y-X-DKIM-Check:").
  explicit label_guard(const labels& l);

  /// The next octets of a header: constant work for each, whatever they are.
  /// Nothing is changed behind the first CRLF CRLF.
  void write(std::span<char> octets);

  /// The header has ended: `write` may be left out.
  bool passes_all() const { return end_ == 4; }

 private:
  /// How far each word has come: bit n of it is set if its first n+1 octets
  /// were the last ones. All words stand in one set, one behind the other.
  using progress = std::uint64_t;

  /// How much of "=?" charset "?" encoding "?" was seen.
  enum class opening : std::uint8_t { none, charset, encoding, question };

  struct state {
    progress plain = 0;   // as it stands
    progress quoted = 0;  // with Q decoded everywhere
    progress base64 = 0;  // with B decoded since the last "?B?"
    progress before = 0;  // any of them, before the last "=?"
    progress before_equals = 0;
    progress before_question = 0;

    char last = '\0';
    bool in_name = true;       // no colon since a line began
    std::uint8_t columns = 0;  // octets since then, at most 255
    bool folded = false;       // white space continues a folded line
    bool behind = false;       // it stands behind "?=", and may not be shown
    opening open = opening::none;
    bool is_b = false;        // of the one that opens
    std::uint8_t digits = 0;  // of Q: 1 behind "=", 2 behind the first one
    int digit = 0;            // that one
    bool in_b = false;
    std::uint8_t sextets = 0;  // of the group in `bits`
    std::uint32_t bits = 0;
  };

  progress add_word(std::string_view word);
  progress step(progress p, char c) const;
  bool ends_word(const state& s) const;
  std::size_t take_plain_text(std::span<const char> octets);
  state next(const state& s, char c) const;
  void read_opening(state& n, char c) const;
  void read_q(state& n, char c) const;
  void read_b(state& n, char c) const;

  std::array<progress, 256> at_{};  // where each octet may stand
  progress first_ = 0;
  progress last_ = 0;          // of words
  progress last_of_name_ = 0;  // of one that is a word within names alone
  std::size_t used_ = 0;
  state state_;
  std::uint8_t end_ = 2;  // of CRLF CRLF: the header begins with a line
};

}  // namespace mekiki::notify

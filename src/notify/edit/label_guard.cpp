#include "notify/edit/label_guard.hpp"

#include <algorithm>
#include <cassert>

#include "base/ascii.hpp"

namespace mekiki::notify {
namespace {

constexpr std::string_view harmless = "-";  // ends no word
// The same within B, where it has to be of the alphabet: else nothing behind it
// could be decoded. One of them ends no word there.
constexpr std::string_view harmless_sextets = "Aw5z-";

constexpr std::string_view classic_name = "x-dkim-check";

int sextet(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  if (c == '+')
    return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

label_guard::label_guard(const labels& l) {
  constexpr std::size_t longest = 16;
  last_ |= add_word(std::string_view(l.current).substr(0, longest));
  last_ |= add_word(std::string_view(l.previous).substr(0, longest));
  last_ |= add_word("x-dkim-check:");
  last_of_name_ = add_word(classic_name);
}

// Answers the bit of its last octet.
label_guard::progress label_guard::add_word(std::string_view word) {
  if (word.empty())
    return 0;
  assert(used_ + word.size() <= 64 && word.back() != '-');
  first_ |= progress{1} << used_;
  for (const char c : word) {
    const progress bit = progress{1} << used_++;
    at_[static_cast<unsigned char>(ascii::to_lower(c))] |= bit;
    if (c >= 'a' && c <= 'z')
      at_[static_cast<unsigned char>(c - 'a' + 'A')] |= bit;
  }
  return progress{1} << (used_ - 1);
}

// A name that begins with the line is the scrubber's business.
bool label_guard::ends_word(const state& s) const {
  const progress all = s.plain | s.quoted | s.base64;
  return (all & last_) != 0 || (s.in_name && s.columns > classic_name.size() &&
                                (all & last_of_name_) != 0);
}

// Shift-and (Baeza-Yates and Gonnet). What leaves a word at its end enters the
// next one, which begins at each octet anyway.
label_guard::progress label_guard::step(progress p, char c) const {
  return ascii::is_control(c)
             ? p
             : (p << 1 | first_) & at_[static_cast<unsigned char>(c)];
}

// encoded-word = "=?" charset "?" encoding "?" encoded-text "?=" (RFC 2047 2).
// "=?" may begin one wherever it stands, and "?=" end one: which of them do is
// a matter of the reader.
label_guard::state label_guard::next(const state& s, char c) const {
  state n = s;
  if (ascii::is_control(c) || (s.folded && c == ' ')) {
    n.folded = s.folded || c == '\r' || c == '\n';
    if (c == '\r' || c == '\n') {
      n.in_name = true;
      n.columns = 0;
    }
    return n;
  }
  n.in_name = s.in_name && c != ':';
  n.columns = static_cast<std::uint8_t>(std::min(s.columns + 1, 255));
  n.folded = false;
  n.last = c;
  n.plain = step(s.plain, c);
  if (s.behind && c == ' ')
    return n;
  n.behind = false;
  const progress all = s.plain | s.quoted | s.base64;
  if (c == '=')
    n.before_equals = all;
  if (c == '?')
    n.before_question = all;
  read_q(n, c);
  read_b(n, c);
  if (c == '?' && s.last == '=') {
    n.open = opening::charset;
    n.before = s.before_equals;
  } else if (c == '=' && s.last == '?') {
    n.behind = true;
    n.quoted |= s.before_question;
    n.digits = 0;
    n.base64 = 0;
    n.in_b = false;
    n.open = opening::none;
  } else {
    read_opening(n, c);
  }
  return n;
}

// Most octets: `next` would do no more than this. Answers how many it took.
std::size_t label_guard::take_plain_text(std::span<const char> octets) {
  if (state_.folded || state_.behind || state_.in_b || state_.digits != 0 ||
      state_.open != opening::none)
    return 0;
  progress plain = state_.plain;
  progress quoted = state_.quoted;
  std::size_t n = 0;
  for (; n < octets.size(); ++n) {
    const char c = octets[n];
    if (c == '=' || c == '?' || c == ':' || ascii::is_control(c))
      break;
    const progress here = at_[static_cast<unsigned char>(c)];
    const progress next_plain = (plain << 1 | first_) & here;
    const progress next_quoted = (quoted << 1 | first_) & here;
    if (((next_plain | next_quoted) & (last_ | last_of_name_)) != 0)
      break;
    plain = next_plain;
    quoted = next_quoted;
  }
  if (n > 0) {
    state_.plain = plain;
    state_.quoted = quoted;
    state_.last = octets[n - 1];
    state_.columns = static_cast<std::uint8_t>(
        std::min<std::size_t>(state_.columns + n, 255));
    end_ = 0;
  }
  return n;
}

void label_guard::read_opening(state& n, char c) const {
  switch (n.open) {
    case opening::none:
      return;
    case opening::charset:
      if (c == '?')
        n.open = opening::encoding;
      return;
    case opening::encoding:
      n.is_b = c == 'b' || c == 'B';
      n.open =
          n.is_b || c == 'q' || c == 'Q' ? opening::question : opening::none;
      return;
    case opening::question:
      n.open = opening::none;
      if (c != '?')
        return;
      n.last = '\0';  // this one ends nothing
      n.quoted |= n.before;
      if (n.is_b) {
        n.in_b = true;
        n.base64 = n.before;
        n.sextets = 0;
      }
      return;
  }
}

// RFC 2047 4.2. A malformed "=" is left out.
void label_guard::read_q(state& n, char c) const {
  const int digit = ascii::hex_value(c);
  if (c == '=') {
    n.digits = 1;
  } else if (n.digits == 0 || digit < 0) {
    n.digits = 0;
    n.quoted = step(n.quoted, c);
  } else if (n.digits == 1) {
    n.digits = 2;
    n.digit = digit;
  } else {
    n.digits = 0;
    n.quoted = step(n.quoted, static_cast<char>(n.digit << 4 | digit));
  }
}

// RFC 2045 6.8. Behind padding a group begins anew.
void label_guard::read_b(state& n, char c) const {
  if (!n.in_b)
    return;
  if (c == '=')
    n.sextets = 0;
  const int six = sextet(c);
  if (six < 0)
    return;
  n.bits = (n.bits << 6 | static_cast<std::uint32_t>(six)) & 0xffffff;
  n.sextets = static_cast<std::uint8_t>(n.sextets % 4 + 1);
  if (n.sextets == 1)
    return;
  const unsigned later = 8U - 2U * n.sextets;  // bits of the next octet
  n.base64 = step(n.base64, static_cast<char>(n.bits >> later & 0xff));
}

void label_guard::write(std::span<char> octets) {
  while (!octets.empty() && !passes_all()) {
    const std::size_t taken = take_plain_text(octets);
    octets = octets.subspan(taken);
    if (octets.empty())
      return;
    char& c = octets.front();
    state n = next(state_, c);
    if (ends_word(n)) {
      const bool is_sextet = state_.in_b && sextet(c) >= 0;
      for (const char other : is_sextet ? harmless_sextets : harmless) {
        c = other;
        n = next(state_, c);
        if (!ends_word(n))
          break;
      }
    }
    state_ = n;
    const bool wanted = c == (end_ % 2 == 0 ? '\r' : '\n');
    end_ = wanted ? end_ + 1 : c == '\r' ? 1 : 0;
    octets = octets.subspan(1);
  }
}

}  // namespace mekiki::notify

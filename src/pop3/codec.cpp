#include "pop3/codec.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/ascii.hpp"
#include "base/secret.hpp"

namespace mekiki::pop3 {
namespace {

/// Where "\n." begins in `text`, or npos. A mail has few of them and many line
/// ends, so this looks for both octets at once.
std::size_t find_dot_line(std::string_view text) {
  std::size_t i = 0;
#if defined(__SSE2__)
  const __m128i lf = _mm_set1_epi8('\n');
  const __m128i dot = _mm_set1_epi8('.');
  for (; i + 17 <= text.size(); i += 16) {
    const auto* p = reinterpret_cast<const __m128i*>(text.data() + i);
    const auto* q = reinterpret_cast<const __m128i*>(text.data() + i + 1);
    const __m128i both = _mm_and_si128(_mm_cmpeq_epi8(_mm_loadu_si128(p), lf),
                                       _mm_cmpeq_epi8(_mm_loadu_si128(q), dot));
    const int found = _mm_movemask_epi8(both);
    if (found != 0) {
      return i + static_cast<std::size_t>(
                     __builtin_ctz(static_cast<unsigned>(found)));
    }
  }
#endif
  return text.find("\n.", i);
}

constexpr std::string_view white_space = " \t";

/// Takes "+OK", "-ERR" or "+ERR" off the front of `line`, with the signs and
/// the white space behind, and answers whether it was "+OK".
std::optional<bool> take_indicator(std::string_view& line) {
  constexpr std::string_view signs = " \t,.:;!";
  const bool ok = ascii::istarts_with(line, "+OK");
  if (!ok && !ascii::istarts_with(line, "-ERR") &&
      !ascii::istarts_with(line, "+ERR"))
    return std::nullopt;
  std::string_view rest = line.substr(ok ? 3 : 4);
  if (!rest.empty() && ascii::is_alnum(rest.front()))
    return std::nullopt;
  rest.remove_prefix(std::min(rest.find_first_not_of(signs), rest.size()));
  line = ascii::trim(rest);
  return ok;
}

/// Takes words off the front of `rest` up to the first that is a number.
std::optional<std::uint64_t> take_number(std::string_view& rest) {
  constexpr std::string_view before = "([{<\"'";
  constexpr std::string_view behind = ")]}>\"',.;:";
  for (;;) {
    std::string_view word = take_word(rest);
    if (word.empty())
      return std::nullopt;
    word.remove_prefix(std::min(word.find_first_not_of(before), word.size()));
    word = word.substr(0, word.find_last_not_of(behind) + 1);
    std::uint64_t n = 0;
    const char* end = word.data() + word.size();
    const auto [at, error] = std::from_chars(end - word.size(), end, n);
    if (!word.empty() && error == std::errc() && at == end)
      return n;
  }
}

}  // namespace

// ---------------------------------------------------------------- lines

void line_buffer::append(std::string_view octets) {
  // Lines that were given out go, even if the next one always waits already.
  if (taken_ >= octets_.size() / 2) {
    octets_.erase(0, taken_);
    taken_ = 0;
  }
  octets_ += octets;
}

line_buffer::event line_buffer::next(std::string& line) {
  const std::size_t lf = octets_.find('\n', taken_);
  const bool is_handshake =
      !dropping_ && taken_ < octets_.size() && octets_[taken_] == tls_handshake;
  if (is_handshake) {
    line.assign(octets_, taken_, std::min(lf, octets_.size()) - taken_);
    octets_.clear();
    taken_ = 0;
    return event::line;
  }
  if (lf == std::string::npos) {
    if (octets_.size() - taken_ > limit_)
      dropping_ = true;
    if (dropping_) {
      octets_.clear();
    } else {
      octets_.erase(0, taken_);
    }
    taken_ = 0;
    // An idle session keeps no memory for the line that is not there.
    if (octets_.empty())
      octets_.shrink_to_fit();
    return event::need_more;
  }
  const std::size_t begin = taken_;
  taken_ = lf + 1;
  std::string_view found(octets_.data() + begin, lf - begin);
  const bool too_long = dropping_ || found.size() > limit_;
  dropping_ = false;
  if (too_long)
    return event::too_long;
  if (found.ends_with('\r'))
    found.remove_suffix(1);
  line.assign(found);
  // It may hold a password; the copy is the caller's to wipe.
  wipe(octets_.data() + begin, lf - begin);
  return event::line;
}

void line_buffer::clear() {
  octets_.clear();
  taken_ = 0;
  dropping_ = false;
}

// ------------------------------------------------------- commands, status

command_view parse_command(std::string_view line) {
  const std::size_t space = line.find_first_of(white_space);
  if (space == std::string_view::npos)
    return {line, {}};
  return {line.substr(0, space), line.substr(space + 1)};
}

std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(
      std::min(rest.find_first_not_of(white_space), rest.size()));
  const std::size_t end =
      std::min(rest.find_first_of(white_space), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

std::optional<std::uint32_t> parse_number(std::string_view digits) {
  if (digits.empty() || digits.size() > 10)
    return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (!ascii::is_digit(c))
      return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value > UINT32_MAX)
    return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

std::optional<status_view> parse_status(std::string_view line) {
  auto ok = take_indicator(line);
  if (!ok)
    return std::nullopt;
  status_view status{.ok = *ok};
  // "+OK +OK 2 320"
  std::string_view again = line;
  if (const auto second = take_indicator(again); *ok && second && *second)
    line = again;
  // RFC 2449 8: resp-code = "[" resp-level *("/" resp-level) "]"
  if (!line.empty() && line.front() == '[') {
    const std::size_t close = line.find(']');
    if (close != std::string_view::npos) {
      status.code = line.substr(1, close - 1);
      line = ascii::trim(line.substr(close + 1));
    }
  }
  status.text = line;
  return status;
}

// ------------------------------------------------- numbers in answers

std::optional<numbered_line> parse_numbered(std::string_view line) {
  const auto number = parse_number(take_word(line));
  if (!number)
    return std::nullopt;
  return numbered_line{.number = *number, .rest = ascii::trim(line)};
}

std::optional<scan_listing> parse_scan(std::string_view line) {
  auto numbered = parse_numbered(line);
  if (!numbered)
    return std::nullopt;
  const auto octets = take_number(numbered->rest);
  if (!octets || *octets > UINT32_MAX)
    return std::nullopt;
  return scan_listing{.number = numbered->number,
                      .octets = static_cast<std::uint32_t>(*octets)};
}

std::optional<std::uint32_t> parse_size(const status_view& status,
                                        std::uint32_t number) {
  std::string_view rest = status.text;
  const auto first = take_number(rest);
  const auto second = take_number(rest);
  if (!status.ok || !first)
    return std::nullopt;
  // The number of mails, or of this one, may stand alone too: it says nothing.
  if (!second && *first == number)
    return std::nullopt;
  if (second && *first != number)
    return std::nullopt;
  const std::uint64_t octets = second.value_or(*first);
  if (octets > UINT32_MAX)
    return std::nullopt;
  return static_cast<std::uint32_t>(octets);
}

std::optional<drop_listing> parse_stat(const status_view& status) {
  std::string_view rest = status.text;
  const auto mails = take_number(rest);
  if (!status.ok || !mails || *mails > UINT32_MAX)
    return std::nullopt;
  return drop_listing{.mails = static_cast<std::uint32_t>(*mails),
                      .octets = take_number(rest)};
}

bool is_list_line(std::string_view line) {
  return line == "." || parse_numbered(line).has_value();
}

// ----------------------------------------------------------- byte-stuffing

std::string_view dot_decoder::next(std::string_view& input) {
  // Answers the first `n` octets of the input, and takes them off.
  const auto take = [&input](std::size_t n) {
    const std::string_view piece = input.substr(0, n);
    input.remove_prefix(n);
    return piece;
  };

  while (!input.empty()) {
    const char c = input.front();
    switch (state_) {
      case state::line_start:
        if (c == '.') {
          input.remove_prefix(1);
          state_ = state::dot;
          continue;
        }
        state_ = state::text;
        break;
      case state::dot:
        // The dot was stuffing, unless this line holds nothing else.
        if (c == '\r') {
          input.remove_prefix(1);
          state_ = state::dot_cr;
          continue;
        }
        state_ = state::text;
        saw_dot_line_ = true;
        break;
      case state::dot_cr:
        if (c == '\n') {
          input.remove_prefix(1);
          state_ = state::end;
          return {};
        }
        // A stuffed line that begins with CR, which was taken already.
        state_ = state::text_cr;
        saw_dot_line_ = true;
        return "\r";
      case state::text_cr:
        state_ = c == '\n' ? state::line_start : state::text;
        if (state_ == state::line_start)
          return take(1);
        break;
      case state::text:
        break;
      case state::end:
        return {};
    }

    // Within a line: up to the next line that begins with a dot, or all.
    std::size_t from = 0;
    for (;;) {
      const std::size_t found = find_dot_line(input.substr(from));
      if (found == std::string_view::npos)
        break;
      const std::size_t lf = from + found;
      if (lf > 0 && input[lf - 1] == '\r') {
        state_ = state::line_start;
        return take(lf + 1);
      }
      from = lf + 1;
    }
    if (input.back() == '\r') {
      state_ = state::text_cr;
    } else if (input.ends_with("\r\n")) {
      state_ = state::line_start;
    }
    return take(input.size());
  }
  return {};
}

void dot_encoder::write(std::string_view octets, std::string& out) {
  if (octets.empty())
    return;
  if (line_start_ && octets.front() == '.')
    out += '.';
  const bool ends_after_cr =
      octets.size() > 1 ? octets[octets.size() - 2] == '\r' : after_cr_;
  line_start_ = octets.back() == '\n';
  after_crlf_ = line_start_ && ends_after_cr;
  after_cr_ = octets.back() == '\r';

  for (;;) {
    const std::size_t lf = find_dot_line(octets);
    if (lf == std::string_view::npos)
      break;
    out.append(octets.substr(0, lf + 1));
    out += '.';
    octets.remove_prefix(lf + 1);
  }
  out.append(octets);
}

void dot_encoder::finish(std::string& out) {
  if (!after_crlf_)
    out += "\r\n";
  out += ".\r\n";
}

}  // namespace mekiki::pop3

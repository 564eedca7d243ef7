#include "auth/dkim/canonical.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/ascii.hpp"

namespace mekiki::dkim {
namespace {

/// Stretches from this length on are handed over where they lie; hashing a
/// shorter one by itself costs more than copying it.
constexpr std::size_t in_place = 512;

constexpr bool is_low(char c) { return static_cast<unsigned char>(c) <= ' '; }

#if defined(__SSE2__)

constexpr std::ptrdiff_t lanes = 16;

/// A bit for each of the 16 octets at `p` at which relaxed canonicalization
/// has to look closely. Reads two octets more.
unsigned int suspects(const char* p) {
  const auto load = [](const char* at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  };
  const __m128i space = _mm_set1_epi8(' ');
  const auto low = [&](__m128i v) {  // v <= ' ', unsigned
    return _mm_cmpeq_epi8(_mm_min_epu8(v, space), v);
  };
  const __m128i here = load(p);
  const __m128i tab = _mm_cmpeq_epi8(here, _mm_set1_epi8('\t'));
  const __m128i run =
      _mm_and_si128(_mm_cmpeq_epi8(here, space), low(load(p + 1)));
  const __m128i end = _mm_and_si128(_mm_cmpeq_epi8(here, _mm_set1_epi8('\r')),
                                    low(load(p + 2)));
  return static_cast<unsigned int>(
      _mm_movemask_epi8(_mm_or_si128(tab, _mm_or_si128(run, end))));
}

#endif

/// The first octet from `p` on that relaxed canonicalization may change or
/// hold back: a TAB, a space before white space or a line end, a line end
/// before white space or another one. What lies before is canonical as it is.
/// An octet whose successors are not all at hand counts as such.
const char* find_suspect(const char* p, const char* end) {
#if defined(__SSE2__)
  for (; end - p >= lanes + 2; p += lanes) {
    const unsigned int found = suspects(p);
    if (found != 0)
      return p + std::countr_zero(found);
  }
#endif
  for (; p < end; ++p) {
    if (*p == '\t')
      return p;
    if (*p == ' ' && (end - p < 2 || is_low(p[1])))
      return p;
    if (*p == '\r' && (end - p < 3 || is_low(p[2])))
      return p;
  }
  return end;
}

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

constexpr std::string_view crlf = "\r\n";

void append_relaxed_name(std::string_view name, std::string& out) {
  for (const char c : name) out += ascii::to_lower(c);
  out += ':';
}

/// Appends a field's value, or its next part, unfolded and with white space
/// reduced; none before octet `start` of `out`, where the value begins, and
/// none at the end. A bare LF is a line break here as it is to `parse_header`.
void append_relaxed_value(std::string_view value, std::size_t start,
                          std::string& out) {
  bool space = false;
  for (std::size_t i = 0; i < value.size();) {
    const char c = value[i];
    if (ascii::is_wsp(c)) {
      space = true;
      ++i;
    } else if (c == '\n' || (c == '\r' && value.substr(i + 1, 1) == "\n")) {
      ++i;  // unfolded
    } else {
      const std::size_t word = i++;
      while (i < value.size() && !is_low(value[i])) ++i;
      if (space && out.size() > start)
        out += ' ';
      space = false;
      out += value.substr(word, i - word);
    }
  }
}

}  // namespace

void body_canonicalizer::write(std::string_view octets, octet_sink& sink) {
  if (mode_ == canonicalization::simple) {
    write_simple(octets, sink);
  } else {
    write_relaxed(octets, sink);
  }
}

/// Everything stays, but the line ends at the end are held back.
void body_canonicalizer::write_simple(std::string_view octets,
                                      octet_sink& sink) {
  if (octets.empty())
    return;
  if (cr_) {
    cr_ = false;
    if (octets.front() == '\n') {
      ++line_ends_;
      octets.remove_prefix(1);
    } else {
      release(sink);
      emit("\r", sink);
    }
  }
  std::size_t line_ends = 0;
  const bool cr = octets.ends_with('\r');
  if (cr)
    octets.remove_suffix(1);
  while (octets.ends_with(crlf)) {
    octets.remove_suffix(crlf.size());
    ++line_ends;
  }
  if (!octets.empty()) {
    release(sink);
    emit(octets, sink);
  }
  line_ends_ += line_ends;
  cr_ = cr;
}

void body_canonicalizer::write_relaxed(std::string_view octets,
                                       octet_sink& sink) {
  const char* p = octets.data();
  const char* const end = p + octets.size();
  while (p < end) {
    if (line_ends_ == 0 && !space_ && !cr_) {
      p = pass_on(p, end, sink);
      if (p == end)
        return;
    }
    const char c = *p;
    if (cr_) {
      cr_ = false;
      if (c == '\n') {
        space_ = false;  // white space at the end of a line
        ++line_ends_;
        ++p;
      } else {
        release(sink);
        emit("\r", sink);
      }
    } else if (c == '\r') {
      cr_ = true;
      ++p;
    } else if (ascii::is_wsp(c)) {
      space_ = true;
      ++p;
    } else {
      release(sink);
    }
  }
}

/// Emits what needs no state, with nothing held back before it: everything up
/// to white space or line ends after which no octet is at hand that would tell
/// what becomes of them. Returns where that is.
const char* body_canonicalizer::pass_on(const char* p, const char* end,
                                        octet_sink& sink) {
  const char* start = p;  // of a stretch that stays as it is
  while (true) {
    const char* const suspect = find_suspect(p, end);
    std::size_t line_ends = 0;
    std::size_t spaces = 0;  // since the last line end
    for (p = suspect; p < end; ++p) {
      if (ascii::is_wsp(*p)) {
        ++spaces;
      } else if (*p == '\r' && end - p >= 2 && p[1] == '\n') {
        ++line_ends;
        spaces = 0;
        ++p;
      } else {
        break;
      }
    }
    const bool known = p < end && !is_low(*p);
    const bool same =
        static_cast<std::size_t>(p - suspect) == 2 * line_ends + spaces &&
        (spaces == 0 || (spaces == 1 && p[-1] == ' '));
    if (known && same)
      continue;
    if (start != suspect)
      emit(between(start, suspect), sink);
    if (!known)
      return suspect;
    for (; line_ends > 0; --line_ends) emit(crlf, sink);
    if (spaces > 0)
      emit(" ", sink);
    start = p;
  }
}

void body_canonicalizer::finish(octet_sink& sink) {
  if (cr_) {
    release(sink);
    emit("\r", sink);
  }
  // Whatever line ends were held back, one stays, or is added. A body without
  // anything else is one CRLF under simple, and nothing under relaxed.
  if (any_ || mode_ == canonicalization::simple)
    emit(crlf, sink);
  drain(sink);
}

/// Emits what was held back, since more of the line follows.
void body_canonicalizer::release(octet_sink& sink) {
  for (; line_ends_ > 0; --line_ends_) emit(crlf, sink);
  if (space_)
    emit(" ", sink);
  space_ = false;
}

void body_canonicalizer::emit(std::string_view octets, octet_sink& sink) {
  any_ = true;
  if (octets.size() >= in_place) {
    drain(sink);
    sink.write(octets);
    return;
  }
  if (octets.size() > buffer_.size() - gathered_)
    drain(sink);
  std::memcpy(buffer_.data() + gathered_, octets.data(), octets.size());
  gathered_ += octets.size();
}

void body_canonicalizer::drain(octet_sink& sink) {
  if (gathered_ > 0)
    sink.write({buffer_.data(), gathered_});
  gathered_ = 0;
}

void append_canonical(canonicalization mode, const message::field_view& field,
                      std::string& out) {
  if (mode == canonicalization::simple) {
    out += field.raw;
    return;
  }
  append_relaxed_name(field.name, out);
  append_relaxed_value(field.value, out.size(), out);
  out += crlf;
}

void append_canonical_signature(canonicalization mode,
                                const message::field_view& field,
                                std::size_t offset, std::size_t size,
                                std::string& out) {
  const std::string_view before = field.value.substr(0, offset);
  const std::string_view after = field.value.substr(offset + size);
  if (mode == canonicalization::simple) {
    const auto name_end =
        static_cast<std::size_t>(field.value.data() - field.raw.data());
    out += field.raw.substr(0, name_end);
    out += before;
    out += after;
    return;
  }
  append_relaxed_name(field.name, out);
  const std::size_t start = out.size();
  append_relaxed_value(before, start, out);
  append_relaxed_value(after, start, out);
}

}  // namespace mekiki::dkim

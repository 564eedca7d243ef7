// First the header: which guess at the original's fields does b= verify? It
// signs bh= as well, so that nothing is hashed for a signature that is not
// real. Then the body: whose hash is bh=? Each guess at it is canonicalized
// and hashed once; at every place where the original may have ended, the hash
// so far is compared, which costs as much as hashing some 200 octets.
#include "auth/dkim/undo.hpp"

#include <algorithm>
#include <array>
#include <list>
#include <utility>

#include "auth/dkim/addition.hpp"
#include "auth/dkim/canonical.hpp"
#include "auth/dkim/errc.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/header_hash.hpp"
#include "auth/dkim/judge.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/mime.hpp"
#include "auth/dkim/query.hpp"
#include "auth/dkim/signature.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "crypto/digest.hpp"
#include "dns/name.hpp"

namespace mekiki::dkim {
namespace {

constexpr std::size_t max_cuts = 4096;        // of one guess, the latest
constexpr std::size_t max_inner_cuts = 512;   // before what follows again
constexpr std::size_t max_tail = 1024;        // octets of what follows
constexpr std::size_t max_parts = 2;          // that may be the original
constexpr std::size_t max_subject = 8 << 10;  // octets
constexpr std::size_t max_prefix = 64;

/// What is left to spend on a mail.
struct budget {
  std::size_t octets;
  std::size_t cuts;
  std::size_t verifications;
};

bool take(std::size_t& left, std::size_t amount) {
  const bool enough = amount <= left;
  left = enough ? left - amount : 0;
  return enough;
}

bool names(const signature& claims, std::string_view field) {
  return std::find(claims.fields.begin(), claims.fields.end(), field) !=
         claims.fields.end();
}

// --- the header ------------------------------------------------------------

/// A header with some fields taken out or exchanged. Borrows the fields that
/// stay.
class guessed_header {
 public:
  explicit guessed_header(const message::header_view& h) : view_(h) {}

  const message::header_view& view() const { return view_; }

  /// Takes out all fields whose names begin so.
  void remove(std::string_view prefix) {
    std::erase_if(view_.fields, [prefix](const message::field_view& f) {
      return ascii::istarts_with(f.name, prefix);
    });
  }

  void add(const message::field_view& field) { view_.fields.push_back(field); }

  /// `raw` is a whole field.
  void replace(const message::field_view* old, std::string raw) {
    const message::field_view field = own(std::move(raw));
    std::replace_if(
        view_.fields.begin(), view_.fields.end(),
        [old](const message::field_view& f) {
          return f.raw.data() == old->raw.data();
        },
        field);
  }

  void add(std::string raw) { view_.fields.push_back(own(std::move(raw))); }

 private:
  message::field_view own(std::string raw) {
    texts_.push_back(std::move(raw));
    return message::parse_header(texts_.back()).fields.front();
  }

  message::header_view view_;
  std::list<std::string> texts_;
};

//   "[list]" "[list:123]" "(list 123)" "***SPAM***"
std::size_t prefix_size(std::string_view text) {
  if (text.empty())
    return 0;
  if (text.front() == '*') {
    std::size_t i = text.find_first_not_of('*');
    const std::size_t word = i;
    while (i < text.size() && (ascii::is_alnum(text[i]) || text[i] == ' ')) ++i;
    const std::size_t stars = i;
    while (i < text.size() && text[i] == '*') ++i;
    return i > stars && stars > word && i <= max_prefix ? i : 0;
  }
  const char close = text.front() == '[' ? ']' : text.front() == '(' ? ')' : 0;
  if (close == 0)
    return 0;
  for (std::size_t i = 1; i < text.size() && i < max_prefix; ++i) {
    if (text[i] == close)
      return i > 1 ? i + 1 : 0;
    if ((!ascii::is_graph(text[i]) && text[i] != ' ') ||
        text[i] == text.front() || text.substr(i).starts_with("=?"))
      return 0;
  }
  return 0;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && ascii::is_fws(text[at])) ++at;
  return at;
}

/// A guess at the subject before somebody put something in front.
struct subject_guess {
  std::string prefix;  // what was put there
  std::string raw;     // the field without it; empty: the field as it is
};

/// The prefix at the start, or behind the first "Re:"; one, or two.
std::vector<subject_guess> guess_subjects(const message::field_view& field) {
  std::vector<subject_guess> out{{}};
  const std::string_view value = field.value;
  if (value.size() > max_subject)
    return out;
  const std::size_t offset = value.data() - field.raw.data();
  const auto guess = [&](std::size_t begin) {
    std::size_t end = begin;
    for (int times = 0; times < 2; ++times) {
      const std::size_t size = prefix_size(value.substr(end));
      if (size == 0)
        return;
      const std::size_t prefix_end = end + size;
      end = skip_space(value, prefix_end);
      if (end == value.size())
        return;
      std::string raw(field.raw);
      raw.erase(offset + begin, end - begin);
      out.push_back({std::string(value.substr(begin, prefix_end - begin)),
                     std::move(raw)});
    }
  };
  const std::size_t start = skip_space(value, 0);
  guess(start);
  if (ascii::istarts_with(value.substr(start), "re:"))
    guess(skip_space(value, start + 3));
  return out;
}

// --- the original ----------------------------------------------------------

/// What may have been the original, with the fields that went with it.
struct original {
  /// 0 for the mail as it is, or the number of the part, from 1.
  std::size_t part = 0;
  message::header_view header;
  content kind;
  std::string_view body;
};

/// The transfer encodings that an original's field may have named.
constexpr std::array<std::string_view, 4> encoding_words = {
    "8bit", "7bit", "quoted-printable", "base64"};

/// A header that b= verifies over.
struct header_found {
  std::string prefix;       // of the subject
  const original* first;    // to be tried first
  bool only = false;        // the fields of the others are signed otherwise
  bool relabelled = false;  // its transfer encoding was another
  /// What the original's field says; nothing if none was signed.
  std::optional<transfer_encoding> encoding;
};

/// What is needed to try one signature of one mail.
struct trial {
  const message::header_view& header;
  const message::field_view& field;  // the signature
  const signature& claims;
  const dns::answer& answer;
  key_cache& keys;
  const verify_options& options;
  const std::vector<original>& originals;
  budget& left;

  bool verifies(const message::header_view& fields) const {
    const std::size_t cost = fields.size + 256 * fields.fields.size();
    if (!take(left.verifications, 1) || !take(left.octets, cost))
      return false;
    const field_index index(fields);
    return judge(claims, answer, keys, options,
                 {.body = [] { return errc::ok; },
                  .header = [&] { return hash_header(claims, field, index); }})
               .code == errc::ok;
  }
};

/// The header of the mail with the fields of `o` for its body.
guessed_header header_of(const trial& t, const original& o) {
  guessed_header out(t.header);
  if (o.part == 0)
    return out;
  out.remove("content-");
  for (const message::field_view& f : o.header.fields) {
    if (ascii::istarts_with(f.name, "content-"))
      out.add(f);
  }
  return out;
}

std::optional<header_found> find_header(const trial& t) {
  const bool type = names(t.claims, "content-type");
  const bool encoding = names(t.claims, "content-transfer-encoding");
  std::vector<subject_guess> subjects{{}};
  const message::field_view* subject = nullptr;
  if (names(t.claims, "subject")) {
    const field_index fields(t.header);
    const auto found = fields.find("subject");
    if (!found.empty()) {
      subject = found.back();
      subjects = guess_subjects(*subject);
    }
  }
  const auto try_subjects =
      [&](const guessed_header& header) -> std::optional<std::string> {
    for (const subject_guess& s : subjects) {
      guessed_header guess = header;
      if (!s.raw.empty())
        guess.replace(subject, s.raw);
      if (t.verifies(guess.view()))
        return s.prefix;
    }
    return std::nullopt;
  };
  for (const original& o : t.originals) {
    if (const auto prefix = try_subjects(header_of(t, o))) {
      header_found out{*prefix, &o, type, false, std::nullopt};
      if (encoding)
        out.encoding = o.kind.encoding;
      return out;
    }
    if (!type && !encoding)
      return std::nullopt;  // the others would be the same
  }
  if (!encoding)
    return std::nullopt;
  for (const original& o : t.originals) {
    if (o.kind.is_multipart())
      continue;
    guessed_header header = header_of(t, o);
    header.remove("content-transfer-encoding");
    std::optional<std::string> prefix = try_subjects(header);
    transfer_encoding said = transfer_encoding::identity;
    for (std::size_t i = 0; !prefix && i < encoding_words.size(); ++i) {
      guessed_header named = header;
      named.add("Content-Transfer-Encoding: " + std::string(encoding_words[i]) +
                "\r\n");
      prefix = try_subjects(named);
      said = i < 2    ? transfer_encoding::identity
             : i == 2 ? transfer_encoding::quoted_printable
                      : transfer_encoding::base64;
    }
    if (prefix)
      return header_found{*prefix, &o, type, true, said};
  }
  return std::nullopt;
}

// --- the body --------------------------------------------------------------

class string_sink final : public octet_sink {
 public:
  void write(std::string_view o) override { octets += o; }
  std::string octets;
};

std::string canonical_body(canonicalization mode, std::string_view body) {
  string_sink sink;
  sink.octets.reserve(body.size() + 2);
  body_canonicalizer canonicalizer(mode);
  canonicalizer.write(body, sink);
  canonicalizer.finish(sink);
  return std::move(sink.octets);
}

/// Where in a canonical body the original's end lies: octets from `begin` to
/// `end` were added. begin = end: nothing was.
struct cut {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// A hash that is compared with bh= at many places.
class comparison {
 public:
  explicit comparison(const trial& t) : trial_(t), hasher_(t.claims.hash) {}

  void update(std::string_view octets) {
    hasher_.update(octets);
    octets_ += octets.size();
  }

  /// The octets so far and `more` are the original. With l= it must end there:
  /// what lies behind would not be signed.
  bool fits(std::string_view more) const {
    const auto& length = trial_.claims.length;
    if (length && *length != octets_ + more.size())
      return false;
    return take(trial_.left.cuts, 1) &&
           hasher_.peek(more).octets() == trial_.claims.body_hash;
  }

 private:
  const trial& trial_;
  crypto::hasher hasher_;
  std::size_t octets_ = 0;
};

/// The ends of lines that are not empty, the latest `max_cuts` of them, in
/// order.
std::vector<std::size_t> line_ends(std::string_view canonical) {
  std::vector<std::size_t> out;
  for (std::size_t end = canonical.size(); end > 2 && out.size() < max_cuts;) {
    const std::size_t before = canonical.rfind("\r\n", end - 3);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 2;
    if (end - begin > 2)
      out.push_back(end);
    end = begin;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

/// What stands again behind an addition that is not at the very end: the close
/// delimiter of a multipart, or the end of an HTML document.
struct frame {
  std::size_t tail = 0;             // where it begins
  std::vector<std::size_t> places;  // where it may have begun, in order
};

frame find_frame(std::string_view canonical, const content& kind) {
  frame out;
  if (kind.is_multipart()) {
    for (std::size_t at = 0; at < canonical.size();) {
      const std::size_t start = at;
      const std::string_view line = next_line(canonical, at);
      if (is_close_delimiter(line, kind.boundary)) {
        out.tail = start;
        break;
      }
      if (is_delimiter(line, kind.boundary))
        out.places.push_back(start);
    }
  } else if (kind.type == "text/html") {
    for (std::size_t at = canonical.size(); at > 0;) {
      at = canonical.rfind('<', at - 1);
      if (at == std::string_view::npos || canonical.size() - at > max_tail)
        break;
      if (ascii::istarts_with(canonical.substr(at), "</body"))
        out.tail = at;
    }
    for (std::size_t at = out.tail;
         at > 0 && out.places.size() < max_inner_cuts;) {
      at = canonical.find_last_of("<\n", at - 1);
      if (at == std::string_view::npos)
        break;
      const std::size_t place = canonical[at] == '\n' ? at + 1 : at;
      if (place < out.tail)
        out.places.push_back(place);
    }
    std::reverse(out.places.begin(), out.places.end());
    out.places.erase(std::unique(out.places.begin(), out.places.end()),
                     out.places.end());
  }
  if (out.tail == 0 || canonical.size() - out.tail > max_tail)
    return {};
  if (out.places.size() > max_inner_cuts)
    out.places.erase(out.places.begin(), out.places.end() - max_inner_cuts);
  return out;
}

/// The place where the original ended, if one of them fits.
std::optional<cut> find_cut(const trial& t, std::string_view canonical,
                            const content& kind) {
  const std::vector<std::size_t> ends = line_ends(canonical);
  const frame inner = find_frame(canonical, kind);
  const std::string_view tail = canonical.substr(inner.tail);
  comparison hash(t);
  std::size_t done = 0;
  const auto go_to = [&](std::size_t at) {
    hash.update(canonical.substr(done, at - done));
    done = at;
  };
  auto place = inner.places.begin();
  const auto try_inner = [&](std::size_t until) -> std::optional<cut> {
    for (; place != inner.places.end() && *place <= until; ++place) {
      go_to(*place);
      if (hash.fits(tail))
        return cut{*place, inner.tail};
    }
    return std::nullopt;
  };
  for (const std::size_t end : ends) {
    if (const auto found = try_inner(end))
      return found;
    go_to(end);
    if (hash.fits({}))
      return cut{end, canonical.size()};
  }
  if (ends.empty() && hash.fits(canonical))
    return cut{canonical.size(), canonical.size()};
  return std::nullopt;
}

/// The same for an original that was encoded as base64, in lines of 76, and
/// whose octets were decoded, lengthened and encoded again. A cut in `octets`.
std::optional<cut> find_cut_in_base64(const trial& t, std::string_view octets) {
  constexpr std::size_t row = 57;
  if (!take(t.left.octets, octets.size() / 3 * 4))
    return std::nullopt;
  std::vector<std::size_t> ends{octets.size()};
  for (std::size_t at = octets.size(); at > 0 && ends.size() < max_cuts;) {
    at = octets.rfind('\n', at - 1);
    if (at == std::string_view::npos)
      break;
    if (at + 1 < octets.size())
      ends.push_back(at + 1);
    // Many encoders leave the last line end out.
    if (at > 0)
      ends.push_back(octets[at - 1] == '\r' ? at - 1 : at);
  }
  std::reverse(ends.begin(), ends.end());
  comparison hash(t);
  std::size_t done = 0;
  for (const std::size_t end : ends) {
    for (; end - done >= row; done += row)
      hash.update(base64_encode(octets.substr(done, row)) + "\r\n");
    std::string last = base64_encode(octets.substr(done, end - done));
    if (!last.empty())
      last += "\r\n";
    if (end > 0 && hash.fits(last))
      return cut{end, octets.size()};
  }
  return std::nullopt;
}

/// A body that was found, and what was added to it.
struct body_found {
  const original* from = nullptr;
  std::vector<std::string_view> steps;
  std::string body;  // of the original, as it was signed
  transfer_encoding encoding = transfer_encoding::identity;  // of `body`
  std::string added;   // without transfer encoding
  bool parts = false;  // `added` are parts, with delimiters
  bool readable = true;
};

/// What was added to a text in the encoding it stands in.
void set_added(const content& kind, transfer_encoding encoding,
               std::string_view canonical, const cut& where, body_found& out) {
  const std::string_view written =
      canonical.substr(where.begin, where.end - where.begin);
  out.body = canonical.substr(0, where.begin);
  out.body += canonical.substr(where.end);
  out.encoding = encoding;
  out.parts = kind.is_multipart() && where.end < canonical.size();
  auto decoded = decode(encoding, written);
  out.readable = decoded.has_value();
  out.added = decoded ? std::move(*decoded) : std::string(written);
}

std::string strip_line_ends(std::string_view text, std::string_view dashes) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::string_view line = next_line(text, at);
    while (!line.empty() && ascii::is_wsp(line.back())) line.remove_suffix(1);
    out += line == "--" ? dashes : line;
    if (text[at - 1] == '\n')
      out += "\r\n";
  }
  return out;
}

std::string unquote_from(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    next_line(text, at);
    std::string_view line = text.substr(start, at - start);
    if (line.starts_with(">From "))
      line.remove_prefix(1);
    out += line;
  }
  return out;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    out += next_line(text, at);
    if (text[at - 1] == '\n')
      out += "\r\n";
  }
  return out;
}

/// The original's body as it stands, or with what happens to lines undone.
std::optional<body_found> find_plain_body(const trial& t, const original& o) {
  body_found out{.from = &o};
  const auto fits = [&](std::string_view text) {
    if (!take(t.left.octets, text.size()))
      return false;
    const std::string canonical = canonical_body(t.claims.body, text);
    const auto found = find_cut(t, canonical, o.kind);
    if (found)
      set_added(o.kind, o.kind.encoding, canonical, *found, out);
    return found.has_value();
  };
  if (fits(o.body))
    return out;
  if (t.left.octets < o.body.size())
    return std::nullopt;
  std::string_view base = o.body;
  std::string unquoted;
  if (o.body.find("\n>From ") != std::string_view::npos ||
      o.body.starts_with(">From ")) {
    unquoted = unquote_from(o.body);
    base = unquoted;
    out.steps = {"from-quoting"};
    if (fits(base))
      return out;
  }
  if (t.claims.body == canonicalization::simple) {
    out.steps.insert(out.steps.begin(), "white-space");
    const std::string stripped = strip_line_ends(base, "--");
    if (stripped != base && fits(stripped))
      return out;
    const std::string restored = strip_line_ends(base, "-- ");
    if (restored != stripped && fits(restored))
      return out;
  }
  return std::nullopt;
}

/// The original's body in another transfer encoding than it has now.
std::optional<body_found> find_encoded_body(
    const trial& t, const original& o,
    std::optional<transfer_encoding> wanted) {
  if (o.kind.is_multipart() || t.left.octets < o.body.size())
    return std::nullopt;
  const auto decoded = decode(o.kind.encoding, o.body);
  if (!decoded)
    return std::nullopt;
  body_found out{.from = &o, .steps = {"transfer-encoding"}};
  const std::string lines = with_crlf(*decoded);
  const auto is_wanted = [&](transfer_encoding e) {
    return !wanted || *wanted == e;
  };
  const auto fits = [&](std::string_view text, transfer_encoding e) {
    if (!take(t.left.octets, text.size()))
      return false;
    const std::string canonical = canonical_body(t.claims.body, text);
    content kind = o.kind;
    if (e != transfer_encoding::identity)
      kind.type.clear();  // what ends HTML may be encoded
    const auto found = find_cut(t, canonical, kind);
    if (found)
      set_added(kind, e, canonical, *found, out);
    return found.has_value();
  };
  using enum transfer_encoding;
  if (is_wanted(identity) && o.kind.encoding != identity &&
      fits(lines, identity))
    return out;
  if (is_wanted(quoted_printable) &&
      fits(encode_quoted_printable(lines), quoted_printable))
    return out;
  if (!is_wanted(base64))
    return std::nullopt;
  for (const std::string* octets : {&*decoded, &lines}) {
    if (octets == &lines && lines == *decoded)
      break;
    if (const auto found = find_cut_in_base64(t, *octets)) {
      set_added({}, identity, *octets, *found, out);
      out.body = base64_encode(out.body);
      out.encoding = base64;
      return out;
    }
  }
  return std::nullopt;
}

std::optional<body_found> find_body(const trial& t, const header_found& h) {
  const auto search = [&](const original& o) -> std::optional<body_found> {
    if (!h.encoding || *h.encoding == o.kind.encoding) {
      if (auto found = find_plain_body(t, o))
        return found;
    }
    return find_encoded_body(t, o, h.encoding);
  };
  if (auto found = search(*h.first))
    return found;
  for (const original& o : t.originals) {
    if (!h.only && &o != h.first) {
      if (auto found = search(o))
        return found;
    }
  }
  return std::nullopt;
}

// --- what it means ---------------------------------------------------------

/// Only one transfer encoding makes sense of `body`, as far as can be seen.
bool is_evident_encoding(transfer_encoding encoding, std::string_view body) {
  const auto quoted = decode(transfer_encoding::quoted_printable, body);
  switch (encoding) {
    case transfer_encoding::identity:
      return (!quoted || quoted->size() == body.size()) &&
             !decode(transfer_encoding::base64, body);
    case transfer_encoding::quoted_printable:
      return quoted.has_value();
    case transfer_encoding::base64:
      return decode(transfer_encoding::base64, body).has_value();
  }
  return false;
}

/// How an original is shown is signed, or can be seen from it, so that nobody
/// who changed the fields could make something else of it.
bool is_evident(const signature& claims, const content& kind,
                const body_found& found) {
  if (!kind.clear || kind.is_file)
    return false;
  if (!kind.is_multipart() && !names(claims, "content-transfer-encoding") &&
      !is_evident_encoding(found.encoding, found.body))
    return false;
  if (names(claims, "content-type"))
    return true;
  const auto decoded = decode(found.encoding, found.body);
  if (!decoded)
    return false;
  const std::string_view body = *decoded;
  const std::string_view start = body.substr(skip_space(body, 0));
  if (kind.is_multipart()) {
    std::size_t at = 0;
    return is_delimiter(next_line(start, at), kind.boundary);
  }
  if (!is_ascii_compatible(kind.charset))
    return false;
  if (kind.type == "text/html") {
    return ascii::istarts_with(start, "<html") ||
           ascii::istarts_with(start, "<!doctype html");
  }
  return kind.type == "text/plain" && !start.starts_with("--") &&
         !start.starts_with('<');
}

/// From, Subject and Date stand there no more often than they are signed.
bool shows_signed_fields(const signature& claims,
                         const message::header_view& header) {
  for (const std::string_view name : {"from", "subject", "date"}) {
    const auto times =
        std::count(claims.fields.begin(), claims.fields.end(), name);
    if (message::count_possible(header, name) > static_cast<std::size_t>(times))
      return false;
  }
  return true;
}

/// Reads parts that were added. False if one is not a text to be shown where
/// it stands.
bool read_parts(const std::vector<std::string_view>& parts,
                std::vector<added_text>& out) {
  bool plain = true;
  for (const std::string_view part : parts) {
    const message::header_view header = message::parse_header(part);
    const content kind = read_content(header);
    const std::string_view body = part.substr(header.body);
    auto text = decode(kind.encoding, body);
    const bool html = kind.type == "text/html";
    plain &= kind.clear && !kind.is_file && text.has_value() &&
             (html || kind.type == "text/plain");
    out.push_back(
        {text ? std::move(*text) : std::string(body), html, kind.charset});
  }
  return plain;
}

undone describe(const trial& t, const header_found& h, const body_found& b) {
  undone out;
  const original& o = *b.from;
  const original& mail = t.originals.front();
  std::vector<added_text> texts;
  bool plain = b.readable && shows_signed_fields(t.claims, t.header);
  if (!h.prefix.empty()) {
    out.steps.emplace_back("subject-prefix");
    texts.push_back({h.prefix, false, ""});
  }
  if (o.part > 0)
    out.steps.emplace_back("wrapped");
  if (h.relabelled && b.steps.empty())
    out.steps.emplace_back("transfer-encoding");
  out.steps.insert(out.steps.end(), b.steps.begin(), b.steps.end());

  plain &= is_evident(t.claims, o.kind, b);
  bool parts_added = false;
  if (b.parts) {
    parts_added = true;
    const std::string closed = b.added + "--" + o.kind.boundary + "--\r\n";
    const multipart_view parts = split_parts(closed, o.kind.boundary);
    plain &= parts.clear && o.kind.type == "multipart/mixed" &&
             read_parts(parts.parts, texts);
  } else if (!b.added.empty()) {
    out.steps.emplace_back("footer");
    if (o.kind.is_multipart()) {
      // Behind the close delimiter nobody sees it; elsewhere it is anything.
      plain &= split_parts(b.body, o.kind.boundary).clear &&
               b.added.find("--" + o.kind.boundary) == std::string::npos;
    }
    texts.push_back({b.added, o.kind.type == "text/html", o.kind.charset});
  }
  if (o.part > 0) {
    multipart_view around = split_parts(mail.body, mail.kind.boundary);
    plain &= mail.kind.clear && mail.kind.type == "multipart/mixed" &&
             around.clear && o.part == 1;
    around.parts.erase(around.parts.begin() +
                       static_cast<std::ptrdiff_t>(o.part - 1));
    parts_added |= !around.parts.empty();
    plain &= read_parts(around.parts, texts);
    for (const std::string_view text : {around.preamble, around.epilogue})
      texts.push_back({std::string(text), false, ""});
  }
  if (parts_added)
    out.steps.emplace_back("part");

  std::erase_if(
      texts, [](const added_text& a) { return ascii::trim(a.octets).empty(); });
  addition_report told = report(texts);
  out.addition_only = plain && told.harmless;
  out.digest = std::move(told.digest);
  out.links = std::move(told.links);
  out.added = std::move(told.shown);
  for (const added_text& a : texts) out.added_octets += a.octets.size();
  return out;
}

std::optional<undone> undo_signature(const trial& t) {
  const auto header = find_header(t);
  if (!header)
    return std::nullopt;
  const auto body = find_body(t, *header);
  if (!body)
    return std::nullopt;
  undone out = describe(t, *header, *body);
  if (out.steps.empty())  // nothing was wrong: the key is another by now
    return std::nullopt;
  return out;
}

/// The mail, and if it is a multipart each of its first parts.
std::vector<original> find_originals(std::string_view mail,
                                     const message::header_view& header) {
  std::vector<original> out;
  out.push_back({0, {}, read_content(header), mail.substr(header.body)});
  const content& kind = out.front().kind;
  if (!kind.is_multipart())
    return out;
  const multipart_view parts = split_parts(out.front().body, kind.boundary);
  for (const std::string_view part : parts.parts) {
    if (out.size() > max_parts)
      break;
    original o;
    o.part = out.size();
    o.header = message::parse_header(part);
    o.kind = read_content(o.header);
    o.body = part.substr(o.header.body);
    out.push_back(std::move(o));
  }
  return out;
}

/// The signatures to be tried, the author's first.
std::vector<std::size_t> choose(const std::vector<signature_result>& results,
                                const undo_options& options) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].code == errc::body_hash ||
        results[i].code == errc::signature)
      out.push_back(i);
  }
  const auto distance = [&](std::size_t i) {
    const std::string& domain = results[i].domain;
    if (domain == options.author_domain)
      return 0;
    return dns::is_subdomain_of(domain, options.author_domain) ||
                   dns::is_subdomain_of(options.author_domain, domain)
               ? 1
               : 2;
  };
  std::sort(out.begin(), out.end(), [&](std::size_t x, std::size_t y) {
    return std::pair(distance(x), x) < std::pair(distance(y), y);
  });
  out.resize(std::min(out.size(), options.max_signatures));
  return out;
}

}  // namespace

boost::asio::awaitable<std::optional<undone>> undo(
    std::string_view mail, const message::header_view& header,
    const std::vector<signature_result>& results, dns::resolver& resolver,
    key_cache& keys, const undo_options& options) {
  const std::vector<std::size_t> chosen = choose(results, options);
  if (chosen.empty() || mail.size() > options.max_octets || header.truncated)
    co_return std::nullopt;
  const auto fields = field_index(header).find("dkim-signature");
  const std::vector<original> originals = find_originals(mail, header);
  budget left{options.hashed_octets, options.cuts, options.verifications};
  for (const std::size_t i : chosen) {
    if (i >= fields.size())
      continue;
    const signature_reading reading = parse_signature(fields[i]->value);
    auto question =
        key_question(reading.claims.selector, reading.claims.domain);
    if (reading.error || !question)
      continue;
    const dns::answer_ptr answer =
        co_await resolver.resolve(std::move(*question));
    const trial t{header, *fields[i],     reading.claims, *answer,
                  keys,   options.verify, originals,      left};
    auto found = undo_signature(t);
    if (found) {
      found->signature = i;
      co_return found;
    }
  }
  co_return std::nullopt;
}

}  // namespace mekiki::dkim

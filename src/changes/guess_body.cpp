// guess.hpp for bodies: what could have been added or changed, the likeliest
// first.
#include <algorithm>
#include <utility>

#include "auth/dkim/canonical.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "changes/guess.hpp"
#include "changes/rewritten_links.hpp"
#include "crypto/digest.hpp"
#include "mime/parts.hpp"
#include "mime/transfer.hpp"

namespace mekiki::changes {
namespace {

constexpr std::size_t max_cuts = 4096;       // of one guess, the latest
constexpr std::size_t max_inner_cuts = 512;  // before what follows again
constexpr std::size_t max_tail = 1024;       // octets of what follows

class string_sink final : public dkim::octet_sink {
 public:
  void write(std::string_view o) override { octets += o; }
  std::string octets;
};

std::string canonical_body(dkim::canonicalization mode, std::string_view body) {
  string_sink sink;
  sink.octets.reserve(body.size() + 2);
  dkim::body_canonicalizer canonicalizer(mode);
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
  explicit comparison(const signature_attempt& t)
      : trial_(t), hasher_(t.claims.hash) {}

  void update(std::string_view octets) { hasher_.update(octets); }

  /// The octets so far and `more` are the original; what l= leaves out was
  /// added as far as the signature can say.
  bool fits(std::string_view more) const {
    return budget::take(trial_.left.cuts, 1) &&
           hasher_.peek(more).octets() == trial_.claims.body_hash;
  }

 private:
  const signature_attempt& trial_;
  crypto::hasher hasher_;
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

frame find_frame(std::string_view canonical, const mime::content& kind) {
  frame out;
  if (kind.is_multipart()) {
    for (std::size_t at = 0; at < canonical.size();) {
      const std::size_t start = at;
      const std::string_view line = mime::next_line(canonical, at);
      if (mime::is_close_delimiter(line, kind.boundary)) {
        out.tail = start;
        break;
      }
      if (mime::is_delimiter(line, kind.boundary))
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
std::optional<cut> find_cut(const signature_attempt& t,
                            std::string_view canonical,
                            const mime::content& kind) {
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
std::optional<cut> find_cut_in_base64(const signature_attempt& t,
                                      std::string_view octets) {
  constexpr std::size_t row = mime::base64_line;
  if (!budget::take(t.left.octets, octets.size() / 3 * 4))
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

/// What was added to a text in the encoding it stands in.
void set_added(const mime::content& kind, mime::transfer_encoding encoding,
               std::string_view canonical, const cut& where, body_found& out) {
  const std::string_view written =
      canonical.substr(where.begin, where.end - where.begin);
  out.body = canonical.substr(0, where.begin);
  out.body += canonical.substr(where.end);
  out.encoding = encoding;
  out.parts = kind.is_multipart() && where.end < canonical.size();
  auto decoded = mime::decode(encoding, written);
  out.readable = decoded.has_value();
  out.added = decoded ? std::move(*decoded) : std::string(written);
}

std::string strip_line_ends(std::string_view text, std::string_view dashes) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::string_view line = mime::next_line(text, at);
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
    mime::next_line(text, at);
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
    out += mime::next_line(text, at);
    if (text[at - 1] == '\n')
      out += "\r\n";
  }
  return out;
}

/// The original's body as it stands, or with what happens to lines undone.
std::optional<body_found> find_plain_body(const signature_attempt& t,
                                          const original& o) {
  body_found out{.from = &o};
  const auto fits = [&](std::string_view text) {
    if (!budget::take(t.left.octets, text.size()))
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
  if (t.claims.body == dkim::canonicalization::simple) {
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
    const signature_attempt& t, const original& o,
    std::optional<mime::transfer_encoding> wanted) {
  if (o.kind.is_multipart() || t.left.octets < o.body.size())
    return std::nullopt;
  const auto decoded = mime::decode(o.kind.encoding, o.body);
  if (!decoded)
    return std::nullopt;
  body_found out{.from = &o, .steps = {"transfer-encoding"}};
  const std::string lines = with_crlf(*decoded);
  const auto is_wanted = [&](mime::transfer_encoding e) {
    return !wanted || *wanted == e;
  };
  const auto fits = [&](std::string_view text, mime::transfer_encoding e) {
    if (!budget::take(t.left.octets, text.size()))
      return false;
    const std::string canonical = canonical_body(t.claims.body, text);
    mime::content kind = o.kind;
    if (e != mime::transfer_encoding::identity)
      kind.type.clear();  // what ends HTML may be encoded
    const auto found = find_cut(t, canonical, kind);
    if (found)
      set_added(kind, e, canonical, *found, out);
    return found.has_value();
  };
  using enum mime::transfer_encoding;
  if (is_wanted(identity) && o.kind.encoding != identity &&
      fits(lines, identity))
    return out;
  if (is_wanted(quoted_printable) &&
      fits(mime::encode_quoted_printable(lines), quoted_printable))
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

}  // namespace

std::optional<body_found> find_body(const signature_attempt& t,
                                    const header_found& h) {
  const auto search = [&](const original& o) -> std::optional<body_found> {
    if (!h.encoding || *h.encoding == o.kind.encoding) {
      if (auto found = find_plain_body(t, o))
        return found;
    }
    return find_encoded_body(t, o, h.encoding);
  };
  /// The same once the links are put back that a gateway had rewritten.
  const auto search_restored =
      [&](const original& o) -> std::optional<body_found> {
    const auto restored = [&](const link_guess& how) {
      // Which costs as much as hashing so many octets.
      return budget::take(t.left.octets, 3 * o.body.size())
                 ? restore_links(o.body, o.kind, how)
                 : std::nullopt;
    };
    auto guess = restored({});
    if (!guess)
      return std::nullopt;
    const std::vector<link_guess> others = further_guesses(*guess);
    for (auto next = others.begin(); guess; ++next) {
      if (auto found = search({o.part, o.header, o.kind, guess->body})) {
        found->from = &o;
        found->gateways = std::move(guess->gateways);
        return found;
      }
      if (next == others.end())
        break;
      guess = restored(*next);
    }
    return std::nullopt;
  };
  const auto search_all = [&](const auto& how) -> std::optional<body_found> {
    if (auto found = how(*h.first))
      return found;
    for (const original& o : t.originals) {
      if (!h.only && &o != h.first) {
        if (auto found = how(o))
          return found;
      }
    }
    return std::nullopt;
  };
  auto found = search_all(search);
  return found ? std::move(found) : search_all(search_restored);
}

}  // namespace mekiki::changes

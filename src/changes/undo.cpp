#include "changes/undo.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "auth/dkim/errc.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/query.hpp"
#include "auth/dkim/signature.hpp"
#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "changes/addition.hpp"
#include "changes/guess.hpp"
#include "changes/reply_prefix.hpp"
#include "crypto/digest.hpp"
#include "dns/name.hpp"
#include "mime/charset.hpp"
#include "mime/content.hpp"
#include "mime/parts.hpp"
#include "mime/transfer.hpp"

namespace mekiki::changes {
namespace {

constexpr std::size_t max_parts = 2;  // that may be the original

/// Only one transfer encoding makes sense of `body`, as far as can be seen.
bool is_evident_encoding(mime::transfer_encoding encoding,
                         std::string_view body) {
  const auto quoted =
      mime::decode(mime::transfer_encoding::quoted_printable, body);
  switch (encoding) {
    case mime::transfer_encoding::identity:
      return (!quoted || quoted->size() == body.size()) &&
             !mime::decode(mime::transfer_encoding::base64, body);
    case mime::transfer_encoding::quoted_printable:
      return quoted.has_value();
    case mime::transfer_encoding::base64:
      return mime::decode(mime::transfer_encoding::base64, body).has_value();
  }
  return false;
}

/// How an original is shown is signed, or can be seen from it, so that nobody
/// who changed the fields could make something else of it.
bool is_evident(const signature_attempt& t, const body_found& found) {
  const mime::content& kind = found.from->kind;
  if (!kind.clear || kind.is_file)
    return false;
  if (!kind.is_multipart() && !t.is_signed("content-transfer-encoding") &&
      !is_evident_encoding(found.encoding, found.body))
    return false;
  if (t.is_signed("content-type"))
    return true;
  const auto decoded = mime::decode(found.encoding, found.body);
  if (!decoded)
    return false;
  const std::string_view start = ascii::trim(*decoded);
  if (kind.is_multipart()) {
    std::size_t at = 0;
    return mime::is_delimiter(mime::next_line(start, at), kind.boundary);
  }
  if (!mime::is_ascii_compatible(kind.charset))
    return false;
  if (kind.type == "text/html") {
    return ascii::istarts_with(start, "<html") ||
           ascii::istarts_with(start, "<!doctype html");
  }
  return kind.type == "text/plain" && !start.starts_with("--") &&
         !start.starts_with('<');
}

/// From, Subject and Date stand there no more often than they are signed.
bool shows_signed_fields(const dkim::signature& claims,
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
    const mime::content kind = mime::read_content(header);
    const std::string_view body = part.substr(header.body);
    auto text = mime::decode(kind.encoding, body);
    const bool html = kind.type == "text/html";
    plain &= kind.clear && !kind.is_file && text.has_value() &&
             (html || kind.type == "text/plain");
    out.push_back(
        {text ? std::move(*text) : std::string(body), html, kind.charset});
  }
  return plain;
}

/// "[alumni]", "(dev 123)", "Re:"; nothing, too.
bool is_tame_prefix(std::string_view prefix) {
  constexpr std::size_t longest = 24;
  constexpr std::size_t most_digits = 4;
  if (prefix.empty() || is_reply_prefix(prefix))
    return true;
  const char close = prefix.front() == '[' ? ']' : ')';
  if (prefix.size() < 3 || (prefix.front() != '[' && prefix.front() != '(') ||
      prefix.back() != close)
    return false;
  const std::string_view inside = prefix.substr(1, prefix.size() - 2);
  return inside.size() <= longest &&
         std::all_of(inside.begin(), inside.end(),
                     [](char c) {
                       return ascii::is_alnum(c) || c == ' ' || c == '-';
                     }) &&
         std::count_if(inside.begin(), inside.end(), ascii::is_digit) <=
             static_cast<std::ptrdiff_t>(most_digits);
}

/// Their links are none that were added: they lead where the signed ones do.
/// Which keys they carry differs from mail to mail.
void tell_gateways(const std::vector<std::string_view>& gateways, undone& out) {
  const std::string names = fmt::format("{}", fmt::join(gateways, ", "));
  out.digest = to_hex(
      crypto::hash(crypto::hash_algorithm::sha256, out.digest + "\n" + names)
          .octets());
  const std::string line = (out.added.empty() ? "" : "\r\n") + names;
  out.added += line;
  out.added_octets += line.size();
}

undone describe(const signature_attempt& t, const header_found& h,
                const body_found& b, std::string_view reader) {
  undone out;
  const original& o = *b.from;
  const original& mail = t.originals.front();
  std::vector<added_text> texts;
  bool plain = b.readable && shows_signed_fields(t.claims, t.header);
  if (!h.prefix.empty()) {
    out.steps.emplace_back("subject-prefix");
    if (!is_reply_prefix(h.prefix))
      texts.push_back({h.prefix, false, ""});
  }
  if (o.part > 0)
    out.steps.emplace_back("wrapped");
  if (h.has_other_encoding && b.steps.empty())
    out.steps.emplace_back("transfer-encoding");
  if (!b.gateways.empty())
    out.steps.emplace_back("links");
  out.steps.insert(out.steps.end(), b.steps.begin(), b.steps.end());

  plain &= is_evident(t, b);
  bool parts_added = false;
  if (b.parts) {
    parts_added = true;
    const std::string closed = b.added + "--" + o.kind.boundary + "--\r\n";
    const mime::multipart_view parts =
        mime::split_parts(closed, o.kind.boundary);
    plain &= read_parts(parts.parts, texts) && parts.clear &&
             o.kind.type == "multipart/mixed";
  } else if (!b.added.empty()) {
    out.steps.emplace_back("footer");
    if (o.kind.is_multipart()) {
      // Behind the close delimiter nobody sees it; elsewhere it is anything.
      plain &= mime::split_parts(b.body, o.kind.boundary).clear &&
               b.added.find("--" + o.kind.boundary) == std::string::npos;
    }
    texts.push_back({b.added, o.kind.type == "text/html", o.kind.charset});
  }
  if (o.part > 0) {
    mime::multipart_view around =
        mime::split_parts(mail.body, mail.kind.boundary);
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
  addition_report told = report(texts, reader);
  out.addition_only = plain && told.harmless;
  const auto adds = [](const std::string& step) {
    return step == "footer" || step == "part" || step == "wrapped" ||
           step == "links";
  };
  out.lossless = out.addition_only && is_tame_prefix(h.prefix) &&
                 std::none_of(out.steps.begin(), out.steps.end(), adds);
  out.other_links = told.other_links;
  out.digest = std::move(told.digest);
  out.links = std::move(told.links);
  out.added = std::move(told.shown);
  for (const added_text& a : texts) out.added_octets += a.octets.size();
  if (!b.gateways.empty())
    tell_gateways(b.gateways, out);
  return out;
}

std::optional<undone> undo_signature(const signature_attempt& t,
                                     std::string_view reader) {
  const auto header = find_header(t);
  if (!header)
    return std::nullopt;
  const auto body = find_body(t, *header);
  if (!body)
    return std::nullopt;
  undone out = describe(t, *header, *body, reader);
  if (out.steps.empty())  // nothing was wrong: the key is another by now
    return std::nullopt;
  return out;
}

/// The mail, and if it is a multipart each of its first parts.
std::vector<original> find_originals(std::string_view mail,
                                     const message::header_view& header) {
  std::vector<original> out;
  out.push_back({0, {}, mime::read_content(header), mail.substr(header.body)});
  const mime::content& kind = out.front().kind;
  if (!kind.is_multipart())
    return out;
  const mime::multipart_view parts =
      mime::split_parts(out.front().body, kind.boundary);
  for (const std::string_view part : parts.parts) {
    if (out.size() > max_parts)
      break;
    original o;
    o.part = out.size();
    o.header = message::parse_header(part);
    o.kind = mime::read_content(o.header);
    o.body = part.substr(o.header.body);
    out.push_back(std::move(o));
  }
  return out;
}

/// The signatures to be tried, the author's first.
std::vector<std::size_t> choose(
    const std::vector<dkim::signature_result>& results,
    const undo_options& options) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (may_be_undone(results[i]))
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

bool may_be_undone(const dkim::signature_result& r) {
  using dkim::errc;
  return r.code == errc::body_hash || r.code == errc::signature ||
         (!r.verifies &&
          (r.code == errc::in_future || r.code == errc::malformed_header));
}

boost::asio::awaitable<undo_keys> ask_undo_keys(
    const std::vector<dkim::signature_result>& results, dns::resolver& resolver,
    const undo_options& options) {
  undo_keys out;
  for (const std::size_t i : choose(results, options)) {
    auto question = dkim::key_question(results[i].selector, results[i].domain);
    if (!question)
      continue;
    dns::answer_ptr answer = co_await resolver.resolve(std::move(*question));
    out.emplace_back(i, std::move(answer));
  }
  co_return out;
}

std::optional<undone> undo(std::string_view mail,
                           const message::header_view& header,
                           const std::vector<dkim::signature_result>& results,
                           const undo_keys& answers, dkim::key_cache& keys,
                           const undo_options& options) {
  if (answers.empty() || mail.size() > options.max_octets || header.truncated)
    return std::nullopt;
  const auto fields = dkim::field_index(header).find("dkim-signature");
  const std::vector<original> originals = find_originals(mail, header);
  budget left{options.hashed_octets, options.cuts, options.verifications};
  for (const auto& [i, answer] : answers) {
    if (i >= std::min(fields.size(), results.size()))
      continue;
    const dkim::signature_reading reading =
        dkim::parse_signature(fields[i]->value);
    if (reading.error)
      continue;
    const signature_attempt t{header, *fields[i],     reading.claims, *answer,
                              keys,   options.verify, originals,      left};
    auto found = undo_signature(t, options.reader);
    if (found) {
      found->signature = i;
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace mekiki::changes

#include "notify/edit/rewrite.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "mime/unicode.hpp"
#include "notify/edit/inert.hpp"
#include "notify/edit/subject.hpp"
#include "notify/words/sentence.hpp"
#include "notify/words/shown_name.hpp"
#include "verdict/accused.hpp"

namespace mekiki::notify {
namespace {

namespace unicode = mime::unicode;
using verdict::finding;

constexpr std::size_t most_text = 64 << 10;
constexpr std::size_t most_looked_at = 1 << 20;  // in one step
constexpr std::size_t most_at_once = 64 << 10;   // of a mail, in no time
constexpr std::size_t most_characters = 10;      // that are named

// Clients go by the end of a name, whatever the field says: none opens this
// one.
constexpr std::string_view file_name = "original-mail.bin";
// For people to open: text, whatever its type says.
constexpr std::string_view word_file = "secret-word.txt";

// What a rewritten mail keeps: who wrote to whom, when and about what, ids,
// trace and results. Everything else is in the attached original: what clients
// make buttons, pictures or keys of (List-Unsubscribe, Reply-To, Face,
// Autocrypt, ...), what asks for receipts, and what describes the body.
constexpr std::array<std::string_view, 18> kept_fields = {
    "authentication-results",
    "cc",
    "date",
    "from",
    "in-reply-to",
    "message-id",
    "received",
    "received-spf",
    "references",
    "return-path",
    "sender",
    "subject",
    "to",
    // By these, programs that fetch for several people know whom it is for.
    "delivered-to",
    "envelope-to",
    "x-delivered-to",
    "x-envelope-to",
    "x-original-to",
};

bool is_blank(std::string_view line) {
  return std::none_of(line.begin(), line.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
  });
}

bool compares_domains(finding::kind what) {
  return what == finding::kind::confusable || what == finding::kind::one_edit ||
         what == finding::kind::contained ||
         what == finding::kind::other_suffix;
}

/// Where one name differs from another.
struct difference {
  std::size_t at = 0;  // characters before it
  std::u32string seen;
  std::u32string like;
};

difference compare(std::u32string_view seen, std::u32string_view like) {
  difference out;
  while (!seen.empty() && !like.empty() && seen.front() == like.front()) {
    seen.remove_prefix(1);
    like.remove_prefix(1);
    ++out.at;
  }
  while (!seen.empty() && !like.empty() && seen.back() == like.back()) {
    seen.remove_suffix(1);
    like.remove_suffix(1);
  }
  out.seen = seen;
  out.like = like;
  return out;
}

/// One line for each character of the author's domain that is easily taken for
/// another, and for each domain that it resembles.
std::string easily_mistaken(const verdict::judgement& v,
                            const std::string& author, language in,
                            const texts& t) {
  const std::u32string domain = unicode::to_code_points(shown_domain(author));
  std::u32string odd;
  for (const char32_t c : domain) {
    if (c >= 0x80 && !unicode::is_east_asian(c) &&
        !unicode::latin_reading(unicode::to_utf8({&c, 1})).empty())
      odd += c;
  }
  std::string lines;
  std::string letters;
  for (const finding& f : v.known.findings) {
    if (!compares_domains(f.what) || (!f.about.empty() && f.about != author))
      continue;
    lines +=
        t.fill("rewrite-resembles", in, {{"domain", inert_domain(f.like)}}) +
        '\n';
    const difference other =
        compare(domain, unicode::to_code_points(shown_domain(f.like)));
    const bool is_ascii = std::ranges::all_of(
        other.seen + other.like, [](char32_t c) { return c < 0x80; });
    // What a letter that everybody knows is called helps nobody.
    if (is_ascii && other.seen.size() == 1 && other.like.size() == 1) {
      letters += t.fill("rewrite-letter", in,
                        {{"number", std::to_string(other.at + 1)},
                         {"shown", unicode::to_utf8(other.seen)},
                         {"other", unicode::to_utf8(other.like)}}) +
                 '\n';
    }
    // A longer difference is no trick of the eye.
    if (!is_ascii && other.seen.size() <= 3)
      odd += other.seen;
  }
  std::u32string named;
  std::string characters;
  for (const char32_t c : odd) {
    if (named.find(c) != named.npos || named.size() == most_characters)
      continue;
    named += c;
    characters +=
        t.fill("rewrite-character", in,
               {{"shown", unicode::to_utf8({&c, 1})},
                {"name", unicode::name_of(c)},
                {"code", fmt::format("U+{:04X}", std::uint32_t{c})}}) +
        '\n';
  }
  std::string out = characters + letters + lines;
  if (!out.empty())
    out.pop_back();
  return out;
}

std::string size_text(std::size_t octets) {
  if (octets < 1000)
    return fmt::format("{} B", octets);
  if (octets < 1'000'000)
    return fmt::format("{} KB", octets / 1000);
  return fmt::format("{}.{} MB", octets / 1'000'000, octets / 100'000 % 10);
}

std::string file_list(const mime::mail_text& original, language in,
                      const texts& t) {
  if (original.files.empty())
    return {};
  std::string out = '\n' + t.fill("rewrite-files", in);
  for (const mime::attached_file& f : original.files) {
    const std::string name =
        f.name.empty() ? t.fill("rewrite-no-name", in) : make_inert(f.name);
    out += '\n' + t.fill("rewrite-file", in,
                         {{"name", name},
                          {"type", make_inert(f.type)},
                          {"size", size_text(f.size)}});
  }
  if (original.more_files > 0) {
    out += '\n' + t.fill("rewrite-more-files", in,
                         {{"count", std::to_string(original.more_files)}});
  }
  return out;
}

/// The text after the notice, with CRLF.
std::string quotation(const mime::mail_text& original, language in,
                      const texts& t) {
  std::string out = quote(make_inert(original.text));
  const auto add = [&](std::string_view name) {
    out += mime::to_crlf(t.fill(name, in)) + "\r\n";
  };
  if (original.is_cut)
    add("rewrite-cut");
  if (original.is_encrypted)
    add("rewrite-encrypted");
  if (out.empty())
    add("rewrite-no-text");
  return out;
}

std::string file_part_begin(std::string_view boundary, std::string_view name) {
  return fmt::format(
      "--{}\r\nContent-Type: application/octet-stream; name=\"{}\"\r\n"
      "Content-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment; filename=\"{}\"\r\n\r\n",
      boundary, name, name);
}

std::string one_line(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  return text;
}

}  // namespace

std::string_view field_name(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size() && ascii::is_graph(line[end]) && line[end] != ':')
    ++end;
  std::size_t colon = end;
  while (colon < line.size() && ascii::is_wsp(line[colon])) ++colon;
  const bool is_field = colon < line.size() && line[colon] == ':';
  return line.substr(0, is_field ? end : 0);
}

bool is_kept(std::string_view name) {
  return std::any_of(
      kept_fields.begin(), kept_fields.end(),
      [&](std::string_view kept) { return ascii::iequals(name, kept); });
}

std::string kept_header(std::string_view header) {
  std::string out;
  bool keeps = false;
  while (!header.empty()) {
    const std::size_t end =
        std::min(header.find_first_of("\r\n"), header.size());
    const std::string_view line = header.substr(0, end);
    const bool crlf = header.substr(end).starts_with("\r\n");
    header.remove_prefix(std::min(end + (crlf ? 2 : 1), header.size()));
    if (is_blank(line))
      continue;
    if (!ascii::is_wsp(line.front())) {
      const std::string_view name = field_name(line);
      keeps = is_kept(name);
    }
    if (!keeps)
      continue;
    out += line;
    out += "\r\n";
  }
  return out;
}

std::string notice(const verdict::judgement& v, const choice& c, const texts& t,
                   const mime::mail_text& original,
                   std::string_view attached_as) {
  const std::string author = accused_author(v).domain;
  const bool has_text = !original.text.empty() || original.is_encrypted;
  return t.fill(
      "rewrite-notice", c.in,
      {{"reason", make_inert(sentence(v.result.why, c.in))},
       {"domain", author.empty() ? ""
                                 : t.fill("rewrite-domain", c.in,
                                          {{"domain", inert_domain(author)}})},
       {"characters", easily_mistaken(v, author, c.in, t)},
       {"secret", c.secret_word.empty()
                      ? ""
                      : t.fill("rewrite-word", c.in, {{"file", word_file}})},
       {"original", attached_as.empty() ? t.fill("rewrite-left-out", c.in)
                                        : t.fill("rewrite-attached", c.in,
                                                 {{"file", attached_as}})},
       {"files", file_list(original, c.in, t)},
       {"said", has_text ? t.fill("rewrite-said", c.in) : ""}});
}

changed_mail::changed_mail(message::spool& original,
                           const verdict::judgement& v, const options& o,
                           random_source& random, std::size_t taken,
                           std::string held)
    : original_(original),
      verdict_(v),
      options_(o),
      boundary_("=_mekiki_" + random_hex(random, 16)),
      held_(std::move(held)),
      at_(taken),
      reader_({}) {}

bool changed_mail::is_costly() const {
  return original_.size() > most_at_once &&
         (next_ == step::header || next_ == step::look ||
          next_ == step::notice);
}

expected<std::string_view, std::error_code> changed_mail::read() {
  out_.clear();
  std::error_code error;
  switch (next_) {
    case step::header:
      error = read_header();
      break;
    case step::look:
      error = look();
      break;
    case step::notice:
      write_notice();
      break;
    case step::original:
      error = write_original();
      break;
    case step::rest: {
      if (at_ == original_.size()) {
        next_ = step::end;
        break;
      }
      const auto octets = original_.read(at_);
      if (!octets)
        return unexpected(octets.error());
      at_ += octets->size();
      return *octets;
    }
    case step::end:
      break;
  }
  if (error)
    return unexpected(error);
  return std::string_view(out_);
}

std::error_code changed_mail::read_header() {
  // What was held and what follows it: the last fields, or all.
  std::string header = std::move(held_);
  message::header_end_finder finder;
  bool complete = finder.find(header).has_value();
  const std::size_t held = header.size();
  std::size_t end = at_;
  while (!complete && end < original_.size() &&
         header.size() <= options_.limits.octets) {
    const auto octets = original_.read(end);
    if (!octets)
      return octets.error();
    complete = finder.find(*octets).has_value();
    header += *octets;
    end += octets->size();
  }
  const message::header_view fields =
      message::parse_header(header, options_.limits);
  if (fields.truncated && options_.what.rewrite) {
    // Its body is somewhere behind: all of it is in the attachment.
    header.resize(fields.size);
    out_ = rewritten_header(header) + "\r\n";
    options_.keep_original = true;
    next_ = step::notice;
    return {};
  }
  if (fields.truncated) {
    out_ = header.substr(0, held);
    next_ = step::rest;
    return {};
  }
  at_ += fields.body;
  at_ -= held;
  const std::string separator =
      header.substr(fields.size, fields.body - fields.size);
  header.resize(fields.size);
  if (options_.what.rewrite) {
    reader_ =
        mime::mail_text_reader(message::parse_header(header, options_.limits));
    out_ = rewritten_header(header) + "\r\n";
    next_ = step::look;
  } else {
    out_ = with_subjects(std::move(header)) + separator;
    next_ = step::rest;
  }
  return {};
}

std::string changed_mail::rewritten_header(std::string_view original) const {
  return with_subjects(
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"" +
      boundary_ + "\"\r\n" + kept_header(original));
}

std::string changed_mail::with_subjects(std::string header) const {
  if (!options_.what.clean_subjects && !options_.what.mark_subject)
    return header;
  return edit_subjects(
      header, options_.what.mark_subject
                  ? options_.texts.fill("subject-mark", options_.choice.in)
                  : std::string());
}

// The whole body: a file at its end is listed, too.
std::error_code changed_mail::look() {
  const std::size_t stop = std::min(original_.size(), at_ + most_looked_at);
  while (at_ < stop) {
    const auto octets = original_.read(at_);
    if (!octets)
      return octets.error();
    reader_.write(*octets);
    at_ += octets->size();
  }
  if (at_ == original_.size())
    next_ = step::notice;
  return {};
}

void changed_mail::write_notice() {
  const mime::mail_text text = reader_.finish(most_text);
  const language in = options_.choice.in;
  out_ += "--" + boundary_ +
          "\r\nContent-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: base64\r\n"
          "Content-Disposition: inline\r\n\r\n";
  out_ += mime::encode_base64(
      mime::to_crlf(notice(verdict_, options_.choice, options_.texts, text,
                           options_.keep_original ? file_name : "")) +
      "\r\n" + quotation(text, in, options_.texts));
  if (options_.keep_original) {
    out_ += file_part_begin(boundary_, file_name);
    at_ = 0;
    next_ = step::original;
  } else {
    end();
  }
}

void changed_mail::end() {
  const choice& c = options_.choice;
  if (!c.secret_word.empty()) {
    out_ += file_part_begin(boundary_, word_file);
    out_ += mime::encode_base64(
        mime::to_crlf(options_.texts.fill(
            "secret-word", c.in, {{"word", one_line(c.secret_word)}})) +
        "\r\n");
  }
  out_ += "--" + boundary_ + "--\r\n";
  next_ = step::end;
}

std::error_code changed_mail::write_original() {
  if (at_ == original_.size()) {
    encoder_.finish(out_);
    end();
    return {};
  }
  const auto octets = original_.read(at_);
  if (!octets)
    return octets.error();
  at_ += octets->size();
  encoder_.write(*octets, out_);
  return {};
}

}  // namespace mekiki::notify

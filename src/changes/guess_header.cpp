// guess.hpp for signed header fields.
#include <algorithm>
#include <array>
#include <list>
#include <utility>

#include <fmt/format.h>

#include "auth/dkim/check.hpp"
#include "auth/dkim/errc.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/header_hash.hpp"
#include "base/ascii.hpp"
#include "changes/guess.hpp"
#include "changes/reply_prefix.hpp"

namespace mekiki::changes {
namespace {

constexpr std::size_t max_subject = 8 << 10;  // octets
constexpr std::size_t max_prefix = 64;

/// The transfer encodings that an original's field may have named.
constexpr std::array encoding_words = {
    std::pair("8bit", mime::transfer_encoding::identity),
    std::pair("7bit", mime::transfer_encoding::identity),
    std::pair("quoted-printable", mime::transfer_encoding::quoted_printable),
    std::pair("base64", mime::transfer_encoding::base64)};

/// A header with some fields taken out or exchanged. Borrows the fields that
/// stay; a copy borrows what is new from the one it is made of.
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

//   "[list]" "[list:123]" "(list 123)" "***SPAM***" "Re:"
std::size_t prefix_size(std::string_view text) {
  if (text.empty())
    return 0;
  if (const std::size_t size = reply_prefix_size(text); size > 0)
    return size;
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

/// The prefix behind the first "Re:", or at the start; one, or two.
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
  if (const std::size_t size = reply_prefix_size(value.substr(start)); size > 0)
    guess(skip_space(value, start + size));
  guess(start);
  return out;
}

/// b= verifies over `fields`.
bool verifies(const signature_attempt& t, const message::header_view& fields) {
  const std::size_t cost = fields.size + 256 * fields.fields.size();
  // Each key record may be a key to be tried.
  const std::size_t keys = std::max<std::size_t>(1, t.answer.texts.size());
  if (!budget::take(t.left.verifications, keys) ||
      !budget::take(t.left.octets, cost))
    return false;
  const dkim::field_index index(fields);
  return dkim::check_keys(
             t.claims, t.answer, t.keys, t.options,
             {.body = [] { return dkim::errc::ok; },
              .header =
                  [&] { return dkim::hash_header(t.claims, t.field, index); }})
             .code == dkim::errc::ok;
}

/// The header of the mail with the fields of `o` for its body.
guessed_header header_of(const signature_attempt& t, const original& o) {
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

}  // namespace

bool budget::take(std::size_t& what, std::size_t amount) {
  const bool enough = amount <= what;
  what = enough ? what - amount : 0;
  return enough;
}

bool signature_attempt::is_signed(std::string_view name) const {
  return std::find(claims.fields.begin(), claims.fields.end(), name) !=
         claims.fields.end();
}

std::optional<header_found> find_header(const signature_attempt& t) {
  const bool type = t.is_signed("content-type");
  const bool encoding = t.is_signed("content-transfer-encoding");
  std::vector<subject_guess> subjects{{}};
  const message::field_view* subject = nullptr;
  if (t.is_signed("subject")) {
    const dkim::field_index fields(t.header);
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
      if (verifies(t, guess.view()))
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
    if (const auto prefix = try_subjects(header)) {
      return header_found{*prefix, &o, type, true,
                          mime::transfer_encoding::identity};
    }
    for (const auto& [word, encoding_said] : encoding_words) {
      guessed_header named = header;
      named.add(fmt::format("Content-Transfer-Encoding: {}\r\n", word));
      if (const auto prefix = try_subjects(named))
        return header_found{*prefix, &o, type, true, encoding_said};
    }
  }
  return std::nullopt;
}

}  // namespace mekiki::changes

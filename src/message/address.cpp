#include "message/address.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_set>
#include <utility>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "message/shifts.hpp"

namespace mekiki::message {
namespace {

constexpr std::size_t most_octets = 64 << 10;
constexpr std::size_t most_mailboxes = 100;
// As many as one value can hold, so that none takes the place of another.
constexpr std::size_t most_texts = most_octets;

enum class kind {
  atom,     // 1*atext, or octets of UTF-8
  quoted,   // quoted-string, with its quotes
  literal,  // domain-literal, with its brackets
  comment,  // with its parentheses
  special,  // one of < > , ; : @ .
  stray,    // an octet that has no place here
};

struct token {
  kind what;
  std::string_view text;
  bool space_before;

  bool is(char c) const { return what == kind::special && text[0] == c; }
  bool is_word() const { return what == kind::atom || what == kind::quoted; }
};

using tokens = std::span<const token>;

/// Of a comment that never ends, behind a blank.
bool opens_comment(const token& t) {
  return t.what == kind::stray && t.text == "(" && t.space_before;
}

// atext = ALPHA / DIGIT / "!" / "#" / ... / UTF8-non-ascii  (RFC 5322 3.2.3)
constexpr std::array<bool, 256> atext = [] {
  constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
  std::array<bool, 256> out{};
  for (std::size_t c = 0; c < out.size(); ++c) {
    const char octet = static_cast<char>(c);
    out.at(c) = c >= 0x80 || ascii::is_alnum(octet) ||
                others.find(octet) != std::string_view::npos;
  }
  return out;
}();

bool is_atext(char c) { return atext[static_cast<unsigned char>(c)]; }

/// How octets that were never encoded are read.
enum class reading : std::uint8_t {
  octets,    // each by itself (RFC 5322)
  japanese,  // raw Shift_JIS and what `undo_shifts` gives, as Japanese clients
};

// Whether text is raw Shift_JIS: whatever is beyond ASCII and no UTF-8.
bool is_shift_jis(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = utf8_length(text);
    if (size == 0)
      return true;
    text.remove_prefix(size);
  }
  return false;
}

/// The characters of several octets in one text, where octets of ASCII stand
/// for no quote and no backslash.
class wide_text {
 public:
  wide_text(std::string_view text, reading as)
      : text_(text),
        is_plain_(std::ranges::none_of(
            text, [](char c) { return c == '\x1b' || !ascii::is_ascii(c); })),
        shift_jis_(as == reading::japanese && !is_plain_ && is_shift_jis(text)),
        last_shift_(
            as == reading::japanese && !is_plain_ ? last_shift_back(text) : 0) {
  }

  /// The octets at `at` that belong together; 1 for any other octet.
  std::size_t length(std::size_t at) const {
    if (is_plain_)
      return 1;
    const char c = text_[at];
    if (c == '\x1b')
      return at < last_shift_ ? shifted_length(text_.substr(at)) : 1;
    const auto lead = static_cast<unsigned char>(c);
    const bool leads =
        (lead >= 0x81 && lead <= 0x9f) || (lead >= 0xe0 && lead <= 0xfc);
    const bool wide = shift_jis_ && leads && at + 1 < text_.size() &&
                      static_cast<unsigned char>(text_[at + 1]) >= 0x40;
    return wide ? 2 : 1;
  }

 private:
  static std::size_t last_shift_back(std::string_view text) {
    const std::size_t at = text.rfind(shift_back);
    return at == text.npos ? 0 : at;
  }
  // From a shift to the end of the one back. There is one.
  static std::size_t shifted_length(std::string_view text) {
    return text.starts_with(shift_back)
               ? 1
               : text.find(shift_back) + shift_back.size();
  }

  std::string_view text_;
  bool is_plain_;  // ASCII without shifts
  bool shift_jis_;
  std::size_t last_shift_;
};

class lexer {
 public:
  lexer(std::string_view text, reading as) : text_(text), wide_(text, as) {}

  std::vector<token> run() {
    constexpr std::size_t usual = 16;
    std::vector<token> out;
    out.reserve(usual);
    bool space = false;
    while (at_ < text_.size()) {
      if (const std::size_t n = fws_length(); n != 0) {
        at_ += n;
        space = true;
        continue;
      }
      const kind what = next();
      const std::string_view text = text_.substr(begin_, at_ - begin_);
      out.push_back({what, text, space});
      space = false;
    }
    return out;
  }

 private:
  // FWS: WSP, or a line break with WSP after it. At the end of the value a
  // line break is what the caller did not cut off.
  std::size_t fws_length() const {
    const std::string_view rest = text_.substr(at_);
    if (ascii::is_wsp(rest[0]))
      return 1;
    const std::size_t n = rest.starts_with("\r\n") ? 2
                          : rest[0] == '\n'        ? 1
                                                   : 0;
    if (n == 0)
      return 0;
    return rest.size() == n || ascii::is_wsp(rest[n]) ? n : 0;
  }

  kind next() {
    begin_ = at_;
    const char c = text_[at_];
    if (atext_length() != 0) {
      while (at_ < text_.size() && atext_length() != 0) at_ += atext_length();
      return kind::atom;
    }
    if (c == '"' && closes('"', quote_closes_))
      return kind::quoted;
    if (c == '[' && closes(']', literal_closes_))
      return kind::literal;
    if (c == '(' && comment_closes())
      return kind::comment;
    ++at_;
    constexpr std::string_view specials = "<>,;:@.";
    return specials.find(c) != std::string_view::npos ? kind::special
                                                      : kind::stray;
  }

  // 0 for what is no atext.
  std::size_t atext_length() const {
    const std::size_t size = wide_.length(at_);
    return size > 1 || is_atext(text_[at_]) ? size : 0;
  }

  // Moves behind the next `closing`. When there is none, later openings are
  // not tried again: the work stays linear.
  bool closes(char closing, bool& possible) {
    for (std::size_t i = at_ + 1; possible && i < text_.size();
         i += wide_.length(i)) {
      if (text_[i] == closing) {
        at_ = i + 1;
        return true;
      }
      if (text_[i] == '\\' && i + 1 < text_.size())
        ++i;
    }
    possible = false;
    return false;
  }

  bool comment_closes() {
    std::size_t depth = 0;
    for (std::size_t i = at_; comment_closes_ && i < text_.size();
         i += wide_.length(i)) {
      if (text_[i] == '\\') {
        if (i + 1 < text_.size())
          ++i;
      } else if (text_[i] == '(') {
        ++depth;
      } else if (text_[i] == ')' && --depth == 0) {
        at_ = i + 1;
        return true;
      }
    }
    comment_closes_ = false;
    return false;
  }

  std::string_view text_;
  wide_text wide_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  bool quote_closes_ = true;
  bool literal_closes_ = true;
  bool comment_closes_ = true;
};

// Text for people: control octets go, but for those of raw ISO-2022-JP. Where
// it is `quoted`, a backslash is one only before another octet.
std::string readable(std::string_view text, bool quoted, reading as) {
  const wide_text wide(text, as);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (quoted && text[i] == '\\' && i + 1 < text.size())
      ++i;
    const std::size_t size = wide.length(i);
    if (size > 1)
      out += text.substr(i, size);
    else if (!ascii::is_control(text[i]) || (quoted && text[i] == '\t'))
      out += text[i];
    i += size;
  }
  return out;
}

// The content of a quoted string or comment.
std::string unescaped(std::string_view text, reading as) {
  return readable(text.substr(1, text.size() - 2), true, as);
}

// The words before an angle bracket.
std::string phrase(tokens words, reading as) {
  std::string out;
  for (const token& t : words) {
    if (t.what == kind::comment)
      continue;
    if (t.space_before && !out.empty())
      out += ' ';
    out += t.what == kind::quoted ? unescaped(t.text, as)
                                  : readable(t.text, false, as);
  }
  return out;
}

class parser {
 public:
  parser(tokens all, reading as) : all_(all), as_(as) {}

  // address-list = (address *("," address))
  // group        = display-name ":" [group-list] ";" [CFWS]
  address_list run() {
    bool in_group = false;
    std::size_t begin = 0;
    std::size_t at = 0;
    for (; at < all_.size(); ++at) {
      const token& t = all_[at];
      if (t.what == kind::stray || t.is('>'))
        list_.well_formed = false;
      if (t.is('<')) {
        at = name_addr(begin, at);
      } else if (t.is(':')) {
        note_all(all_.subspan(begin, at - begin));
        if (in_group || !is_phrase(begin, at))
          list_.well_formed = false;
        in_group = true;
      } else if (t.is(';')) {
        bare(begin, at);
        if (!in_group)
          list_.well_formed = false;
        in_group = false;
        skip_comments(at);
        if (at + 1 < all_.size() && !all_[at + 1].is(',')) {
          list_.well_formed = false;
        }
      } else if (t.is(',')) {
        bare(begin, at);
      } else {
        continue;
      }
      begin = at + 1;
    }
    bare(begin, at);
    if (in_group)
      list_.well_formed = false;
    return std::move(list_);
  }

 private:
  // name-addr  = [display-name] angle-addr
  // angle-addr = [CFWS] "<" [obs-route] addr-spec ">" [CFWS]
  // Answers where its last token stands.
  std::size_t name_addr(std::size_t begin, std::size_t open) {
    const tokens name = all_.subspan(begin, open - begin);
    std::size_t close = open + 1;
    while (close < all_.size() && !all_[close].is('>')) ++close;
    if (close == all_.size())
      list_.well_formed = false;

    // obs-route = "@" domain *("," ["@" domain]) ":"
    std::size_t spec = open + 1;
    if (spec < close && all_[spec].is('@')) {
      while (spec < close && !all_[spec].is(':')) ++spec;
      if (spec < close)
        ++spec;
    }
    mailbox* added = add(all_.subspan(spec, close - spec));
    if (added != nullptr) {
      added->display_name = phrase(name, as_);
    } else {
      note(phrase(name, as_));
      note(phrase(all_.subspan(spec, close - spec), as_));
    }
    note_comments(all_.subspan(begin, close - begin));
    for (const token& t : name) {
      // An address as its own name says nothing false, and is not rare.
      if (t.is('@') &&
          (added == nullptr || added->display_name != added->address())) {
        list_.well_formed = false;
      }
    }
    if (close == all_.size())
      return close - 1;
    skip_comments(close);
    if (close + 1 < all_.size() && !all_[close + 1].is(',') &&
        !all_[close + 1].is(';')) {
      list_.well_formed = false;
    }
    return close;
  }

  bool is_phrase(std::size_t begin, std::size_t end) const {
    bool has_word = false;
    for (const token& t : all_.subspan(begin, end - begin)) {
      if (t.is('@') || t.what == kind::literal)
        return false;
      has_word = has_word || t.is_word();
    }
    return has_word;
  }

  // What is left between two delimiters: an addr-spec, or nothing.
  void bare(std::size_t begin, std::size_t end) {
    const tokens element = all_.subspan(begin, end - begin);
    const token* comment = nullptr;
    bool empty = true;
    for (const token& t : element) {
      if (t.what == kind::comment) {
        comment = &t;
      } else {
        empty = false;
      }
    }
    if (empty) {
      note_comments(element);
      return;
    }
    mailbox* added = add(element);
    if (added == nullptr) {
      note_all(element);
    } else if (comment != nullptr) {
      added->display_name = unescaped(comment->text, as_);
      note_comments(element, comment);
    }
  }

  // What stands beside mailboxes and their names.
  void note(std::string text) {
    if (!ascii::trim(text).empty())
      list_.texts.push_back(std::move(text));
  }
  void note_comments(tokens of, const token* but = nullptr) {
    for (const token& t : of) {
      if (t.what == kind::comment && &t != but)
        note(unescaped(t.text, as_));
    }
  }
  void note_all(tokens of) {
    note(phrase(of, as_));
    note_comments(of);
  }
  // The words before and behind what is read as addr-spec.
  void note_beside(tokens spec, std::size_t at_sign, std::size_t end) {
    std::size_t begin = at_sign;
    while (begin > 0 && is_part_of_local(spec, begin, at_sign)) --begin;
    if (begin > 0)
      note(phrase(spec.first(begin), as_));
    if (end < spec.size())
      note(phrase(spec.subspan(end), as_));
  }
  static bool is_part_of_local(tokens spec, std::size_t begin,
                               std::size_t at_sign) {
    const token& t = spec[begin - 1];
    if (begin == at_sign)
      return t.is_word() || t.is('.');
    return !spec[begin].space_before &&
           (t.is('.') ? spec[begin].is_word() || spec[begin].is('.')
                      : t.is_word() && !spec[begin].is_word());
  }

  // addr-spec      = local-part "@" domain
  // obs-local-part = word *("." word)
  // obs-domain     = atom *("." atom) / domain-literal
  mailbox* add(tokens spec) {
    std::size_t at_sign = spec.size();
    for (std::size_t i = 0; i < spec.size(); ++i) {
      if (spec[i].is('@'))
        at_sign = i;
    }
    mailbox box;
    bool well_formed = at_sign < spec.size();
    if (well_formed) {
      box.local_part = joined(spec.first(at_sign), well_formed);
      const tokens domain = spec.subspan(at_sign + 1);
      const tokens first = first_domain(domain, well_formed);
      box.domain = joined(first, well_formed);
      if (!box.domain.empty())
        note_beside(spec, at_sign, at_sign + 1 + first.size());
      for (const token& t : domain) {
        if (t.what == kind::quoted)
          well_formed = false;
        if (t.what == kind::literal && t.text.size() != box.domain.size()) {
          well_formed = false;
        }
      }
      for (const token& t : spec.first(at_sign)) {
        if (t.what == kind::literal)
          well_formed = false;
      }
    }
    if (!well_formed)
      list_.well_formed = false;
    if (box.domain.empty())
      return nullptr;
    ++list_.count;
    if (list_.mailboxes.size() == most_mailboxes)
      return nullptr;
    return &list_.mailboxes.emplace_back(std::move(box));
  }

  // What a domain is followed by is no part of it.
  static tokens first_domain(tokens spec, bool& well_formed) {
    bool after_word = false;
    for (std::size_t i = 0; i < spec.size(); ++i) {
      if (after_word && opens_comment(spec[i])) {
        well_formed = false;
        return spec.first(i);
      }
      if (spec[i].what == kind::comment)
        continue;
      const bool word = spec[i].is_word() || spec[i].what == kind::literal;
      if (word && after_word && spec[i].space_before) {
        well_formed = false;
        return spec.first(i);
      }
      after_word = word;
    }
    return spec;
  }

  // Words with dots between them, without comments and white space. Where two
  // words touch, the last ones count.
  std::string joined(tokens parts, bool& well_formed) const {
    std::string out;
    bool want_word = true;
    for (const token& t : parts) {
      if (t.what == kind::comment)
        continue;
      const bool word = t.is_word() || t.what == kind::literal;
      if (word != want_word || (!word && !t.is('.'))) {
        well_formed = false;
        if (word)
          out.clear();
      }
      out += readable(t.text, false, as_);
      want_word = !word;
    }
    if (want_word)
      well_formed = false;
    return out;
  }

  void skip_comments(std::size_t& at) {
    const std::size_t begin = at + 1;
    while (at + 1 < all_.size() && all_[at + 1].what == kind::comment) ++at;
    note_comments(all_.subspan(begin, at + 1 - begin));
  }

  tokens all_;
  reading as_;
  address_list list_;
};

bool has_wide_octets(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c == '\x1b' || !ascii::is_ascii(c); });
}

// Adds the mailboxes and the names that only the other way of reading finds:
// some client shows one of them.
void add_others(address_list other, address_list& list) {
  for (mailbox& box : other.mailboxes) {
    const auto here = std::ranges::find_if(
        list.mailboxes,
        [&](const mailbox& m) { return m.address() == box.address(); });
    if (here != list.mailboxes.end()) {
      if (here->display_name != box.display_name)
        other.texts.push_back(std::move(box.display_name));
      continue;
    }
    list.well_formed = false;
    ++list.count;
    if (list.mailboxes.size() < most_mailboxes)
      list.mailboxes.push_back(std::move(box));
  }
  list.well_formed =
      list.well_formed && other.mailboxes.size() == list.mailboxes.size();
  if (other.texts == list.texts)
    return;
  const std::unordered_set<std::string> here(list.texts.begin(),
                                             list.texts.end());
  for (std::string& text : other.texts) {
    if (!here.contains(text))
      list.texts.push_back(std::move(text));
  }
}

/// What octets of raw Japanese are an address by chance ("川" has an "@") has
/// no dot in its domain.
void erase_parts_of_kanji(address_list& list) {
  const std::size_t before = list.mailboxes.size();
  std::erase_if(list.mailboxes, [](const mailbox& m) {
    return m.domain.find('.') == m.domain.npos;
  });
  list.count -= before - list.mailboxes.size();
}

/// Calls `use` with each text that clients make of `value`, and with the way in
/// which they read its octets.
template <typename Use>
void for_each_reading(std::string_view value, Use use) {
  if (value.find('\x1b') == value.npos) {
    use(value, reading::japanese);
  } else {
    for (const std::string& text : undo_shifts(value))
      use(text, reading::japanese);
  }
  if (has_wide_octets(value))
    use(value, reading::octets);
}

constexpr std::size_t most_domains_each = 5;  // at the begin, and at the end

/// Keeps the first and the last that differ.
class domain_notes {
 public:
  void note(std::string domain) {
    const auto has = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), domain) != list.end();
    };
    if (has(first_) || has(last_))
      return;
    if (first_.size() < most_domains_each) {
      first_.push_back(std::move(domain));
      return;
    }
    if (last_.size() == most_domains_each) {
      last_.erase(last_.begin());
      is_certain_ = false;
    }
    last_.push_back(std::move(domain));
  }
  void doubt() { is_certain_ = false; }
  bool is_empty() const { return first_.empty(); }
  void add(domain_list other) {
    const bool is_first = first_.empty();
    for (std::string& domain : other.domains) note(std::move(domain));
    if (is_first)
      first_address_ = std::move(other.first_address);
    is_certain_ = is_certain_ && other.is_certain;
  }
  /// Of the domain noted last.
  void name_first(const std::string& local_part) {
    first_address_ = local_part + '@' + first_.front();
  }

  domain_list take() {
    std::move(last_.begin(), last_.end(), std::back_inserter(first_));
    return {std::move(first_), std::move(first_address_), is_certain_};
  }

 private:
  std::vector<std::string> first_;
  std::vector<std::string> last_;
  std::string first_address_;
  bool is_certain_ = true;
};

bool is_of_name(char c) {
  return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.' ||
         !ascii::is_ascii(c);
}

/// Without dots at either end, and none after another.
std::string single_dots(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '.' || (!out.empty() && out.back() != '.'))
      out += c;
  }
  if (out.ends_with('.'))
    out.pop_back();
  return out;
}

/// Finds what `possible_domains` tells.
class domain_search {
 public:
  domain_search(tokens all, reading as, domain_notes& found)
      : all_(all), as_(as), found_(found) {}

  void run(bool is_quoted = false) {
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= all_.size(); ++at) {
      if (at < all_.size() && !all_[at].is(',') && !all_[at].is(';'))
        continue;
      element(all_.subspan(begin, at - begin), is_quoted);
      begin = at + 1;
    }
  }

 private:
  void element(tokens of, bool is_quoted) {
    std::size_t open = 0;
    while (open < of.size() && !of[open].is('<')) ++open;
    const tokens name = of.first(open);
    // For some clients the text ends here.
    const bool is_cut = std::any_of(name.begin(), name.end(), ends_text);
    const bool has_address = addresses(of.subspan(open), true);
    if (is_cut)
      found_.doubt();
    if ((is_cut || !has_address) && !addresses(name, false) && !has_address &&
        !is_quoted)
      quoted(of);
  }

  static bool ends_text(const token& t) {
    return t.what == kind::stray &&
           (t.text[0] == '\0' || t.text[0] == '\r' || t.text[0] == '\n');
  }

  bool addresses(tokens of, bool in_brackets) {
    bool any = false;
    for (std::size_t i = 0; i < of.size(); ++i) {
      if (of[i].is('@')) {
        const bool is_first = found_.is_empty();
        // "<@a.test>" is no address, whose name might stand before it.
        const bool has_local =
            i > 0 && (of[i - 1].is_word() || of[i - 1].is('.'));
        any = (domain(of.subspan(i + 1), in_brackets) && has_local) || any;
        if (is_first && !found_.is_empty())
          found_.name_first(local_part(of.first(i)));
      }
      if (of[i].what == kind::stray)
        found_.doubt();
    }
    return any;
  }

  /// The words and dots at the end of `before`.
  std::string local_part(tokens before) const {
    std::size_t begin = before.size();
    while (begin > 0 &&
           (before[begin - 1].is_word() || before[begin - 1].is('.')) &&
           (begin == before.size() || !before[begin].space_before))
      --begin;
    std::string out;
    for (const token& t : before.subspan(begin))
      out += readable(t.text, false, as_);
    return out;
  }

  void quoted(tokens of) {
    for (const token& t : of) {
      if (t.what != kind::quoted || t.text.find('@') == t.text.npos)
        continue;
      const std::string text = unescaped(t.text, as_);
      const std::vector<token> inner = lexer(text, as_).run();
      domain_search(inner, as_, found_).run(true);
      found_.doubt();
    }
  }

  /// The longest domain that `rest` begins with, and the one up to the first
  /// odd place in it. In angle brackets blanks do not end it for all clients:
  /// some leave them out, and some show what stands behind.
  bool domain(tokens rest, bool in_brackets) {
    std::string all;
    std::string before;
    std::vector<std::string> words;  // with blanks between them
    bool after_word = false;
    for (const token& t : rest) {
      const bool is_word = t.is_word() || t.what == kind::literal;
      if (!is_word && !t.is('.') && t.what != kind::comment &&
          t.what != kind::stray)
        break;
      if (!in_brackets && !all.empty() && opens_comment(t))
        break;
      const bool is_plain = t.what == kind::atom || t.is('.');
      if ((t.space_before || !is_plain) && before.empty())
        before = all;
      if (t.what == kind::comment || t.what == kind::stray)
        continue;
      if (is_word && after_word && t.space_before) {
        if (!in_brackets)
          break;
        if (words.empty())
          words.push_back(all);
        words.emplace_back();
      }
      const std::string text = t.what == kind::quoted
                                   ? unescaped(t.text, as_)
                                   : readable(t.text, false, as_);
      all += text;
      if (!words.empty())
        words.back() += text;
      after_word = is_word;
    }
    bool any = note(words.empty() ? all : words.front(), false);
    if (!words.empty()) {
      found_.doubt();
      any = note(words.back(), true) || any;
      any = note(all, true) || any;
    }
    any = (before != all && note(before, true)) || any;
    // Those between them are many for nothing: they take no place of others.
    for (std::size_t i = 1; i + 1 < words.size(); ++i)
      any = note(words[i], true) || any;
    return any;
  }

  bool note(std::string_view text, bool is_part) {
    // Whoever can read the shifts finds out which domain it is.
    if (text.find('\x1b') != text.npos) {
      found_.note(std::string(text));
      found_.doubt();
      return true;
    }
    const std::string lower = ascii::to_lower(text);
    const std::string whole = single_dots(lower);
    if (std::all_of(whole.begin(), whole.end(), is_of_name)) {
      if (whole.empty() || (is_part && whole.find('.') == whole.npos))
        return false;
      found_.note(whole);
      return true;
    }
    bool any = false;
    for (auto at = lower.begin(); at != lower.end();) {
      at = std::find_if(at, lower.end(), is_of_name);
      const auto end = std::find_if_not(at, lower.end(), is_of_name);
      std::string part = single_dots({at, end});
      at = end;
      if (part.find('.') == part.npos ||
          part.find_first_not_of("0123456789.") == part.npos)
        continue;
      found_.note(std::move(part));
      any = true;
    }
    found_.doubt();
    return any;
  }

  tokens all_;
  reading as_;
  domain_notes& found_;
};

/// Where the comment at `begin` ends (RFC 5322 3.2.2).
std::size_t end_of_comment(std::string_view value, std::size_t begin) {
  std::size_t depth = 0;
  for (std::size_t i = begin; i < value.size(); ++i) {
    if (value[i] == '\\')
      ++i;
    else if (value[i] == '(')
      ++depth;
    else if (value[i] == ')' && --depth == 0)
      return i + 1;
  }
  return value.size();
}

/// Without what nobody is shown, so that it takes no room: comments above 256
/// octets in all, empty quoted strings, and white space but one octet.
std::string without_padding(std::string_view value) {
  std::size_t left_for_comments = 256;
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '(' && !quoted) {
      const std::size_t end = end_of_comment(value, i);
      if (end - i <= left_for_comments) {
        out += value.substr(i, end - i);
        left_for_comments -= end - i;
      }
      i = end - 1;
    } else if (!quoted && value.substr(i, 2) == "\"\"") {
      ++i;
    } else if (ascii::is_fws(c)) {
      if (!out.ends_with(' '))
        out += ' ';
    } else {
      quoted = quoted != (c == '"');
      out += c;
      if (c == '\\' && quoted && i + 1 < value.size())
        out += value[++i];
    }
  }
  return out;
}

constexpr std::string_view wide_sign = "\xef\xbc\xa0";   // "＠"
constexpr std::string_view small_sign = "\xef\xb9\xab";  // "﹫"

bool has_wide_sign(std::string_view text) {
  return text.find(wide_sign) != text.npos ||
         text.find(small_sign) != text.npos;
}

/// "@" for each that is written wide or small.
std::string with_plain_signs(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    const bool is_sign =
        rest.starts_with(wide_sign) || rest.starts_with(small_sign);
    out += is_sign ? '@' : text[i];
    if (is_sign)
      i += wide_sign.size() - 1;
  }
  return out;
}

bool has_dot(std::string_view domain) {
  constexpr std::array<std::string_view, 4> dots = {
      ".", "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};  // 。．｡
  return std::ranges::any_of(dots, [&](std::string_view dot) {
    return domain.find(dot) != domain.npos;
  });
}

domain_list search_domains(std::string_view text, reading as) {
  domain_notes found;
  const std::vector<token> all = lexer(text, as).run();
  domain_search(all, as, found).run();
  return found.take();
}

/// What only a wide sign makes an address of, for the eye, too. Names have it
/// instead of "at", but no dot behind it ("山田＠大阪").
domain_list domains_of_wide_signs(std::string_view text,
                                  const domain_list& plain) {
  domain_list found = search_domains(with_plain_signs(text), reading::japanese);
  std::erase_if(found.domains, [&](const std::string& domain) {
    return !has_dot(domain) ||
           std::ranges::find(plain.domains, domain) != plain.domains.end();
  });
  if (found.domains.empty())
    return {};
  found.is_certain = false;
  return found;
}

/// Whoever reads the octets one by one is shown the same domain: that he is
/// shown another name is no wonder. Kanji like "川" have an "@" in them, but
/// make no domain with a dot.
bool is_the_same_author(const domain_list& shifted, domain_list octets) {
  std::erase_if(octets.domains,
                [](const std::string& domain) { return !has_dot(domain); });
  return shifted.is_certain && shifted.domains.size() == 1 &&
         octets.domains == shifted.domains;
}

void find_domains_in_part(std::string_view part, domain_notes& found) {
  domain_notes shifted;
  std::optional<domain_list> octets;
  for_each_reading(part, [&](std::string_view text, reading as) {
    domain_list read = search_domains(text, as);
    if (as == reading::octets) {
      octets = std::move(read);
      return;
    }
    domain_list wide =
        has_wide_sign(text) ? domains_of_wide_signs(text, read) : domain_list{};
    shifted.add(std::move(read));
    shifted.add(std::move(wide));
  });
  domain_list first = shifted.take();
  const bool add_octets = octets && !is_the_same_author(first, *octets);
  found.add(std::move(first));
  if (add_octets)
    found.add(std::move(*octets));
}

/// In parts, so that no length hides a domain; what stands in a comment across
/// two of them may be taken for an address. One across two parts is found in
/// the value without padding.
void find_domains(std::string_view value, domain_notes& found) {
  constexpr std::size_t overlap = 1 << 10;
  const auto search_parts = [&](std::string_view rest) {
    for (;;) {
      find_domains_in_part(rest.substr(0, most_octets), found);
      if (rest.size() <= most_octets)
        return;
      found.doubt();
      rest.remove_prefix(most_octets - overlap);
    }
  };
  search_parts(value);
  if (value.size() > most_octets)
    search_parts(without_padding(value));
}

}  // namespace

domain_list possible_domains(std::string_view value) {
  domain_notes found;
  find_domains(value, found);
  return found.take();
}

std::vector<std::string> address_parts(std::string_view value) {
  std::vector<std::string> out;
  const auto read = [&](std::string_view text, reading as) {
    const char* begin = nullptr;
    const auto end_element = [&](const char* end) {
      if (begin != nullptr)
        out.emplace_back(begin, static_cast<std::size_t>(end - begin));
      begin = nullptr;
    };
    bool in_angle = false;
    for (const token& t : lexer(text, as).run()) {
      if (t.is(',') || t.is(';')) {
        end_element(t.text.data());
        in_angle = false;
        continue;
      }
      const bool opens = t.is('<') && !in_angle;
      if (begin == nullptr || opens)
        begin = t.text.data();
      in_angle = in_angle || opens;
    }
    end_element(text.data() + text.size());
  };
  for_each_reading(value.substr(0, most_octets), read);
  std::unordered_set<std::string> read_before;
  std::erase_if(out, [&](const std::string& part) {
    return !read_before.insert(part).second;
  });
  return out;
}

address_list parse_addresses(std::string_view written) {
  std::string shorter;
  std::string_view value = written;
  if (written.size() > most_octets)
    value = shorter = without_padding(written);
  std::optional<address_list> list;
  for_each_reading(value.substr(0, most_octets),
                   [&](std::string_view text, reading as) {
                     const std::vector<token> all = lexer(text, as).run();
                     address_list read = parser(all, as).run();
                     if (list && as == reading::octets && list->well_formed)
                       erase_parts_of_kanji(read);
                     if (list)
                       add_others(std::move(read), *list);
                     else
                       list = std::move(read);
                   });
  if (written.size() > most_octets)
    list->well_formed = false;
  return std::move(*list);
}

author_list authors(const header_view& header) {
  header_view later;
  later.fields = header.later_from;
  later.bare_cr = true;
  author_list all;
  std::size_t certain = 0;
  bool is_long = false;
  domain_notes found;
  for (const header_view* part : {&header, &std::as_const(later)}) {
    for (const field_view& field : part->fields) {
      if (!ascii::iequals(field.name, "from"))
        continue;
      ++certain;
      is_long = is_long || field.value.size() > most_octets;
      address_list list = parse_addresses(field.value);
      all.from.count += list.count;
      all.from.well_formed = all.from.well_formed && list.well_formed;
      for (mailbox& box : list.mailboxes) {
        if (all.from.mailboxes.size() == most_mailboxes)
          break;
        all.from.mailboxes.push_back(std::move(box));
      }
      for (std::string& text : list.texts) {
        if (all.from.texts.size() < most_texts)
          all.from.texts.push_back(std::move(text));
      }
    }
    visit_possible(*part, "from", [&](std::string_view value) {
      ++all.fields;
      find_domains(value, found);
    });
  }
  if (all.fields != certain) {
    all.from.well_formed = false;
    found.doubt();
  }
  all.shown = found.take();
  // Of one that is too long the first address is looked for in all of it.
  if (all.from.count == 0 && is_long && !all.shown.first_address.empty())
    all.from.count = 1;
  return all;
}

std::optional<std::string> parse_list_id(std::string_view value) {
  const std::vector<token> all =
      lexer(value.substr(0, most_octets), reading::octets).run();
  std::optional<std::string> found;
  bool open = false;
  for (const token& t : all) {
    if (t.what == kind::stray)
      return std::nullopt;
    if (t.is('<')) {
      if (found)
        return std::nullopt;
      found.emplace();
      open = true;
    } else if (t.is('>')) {
      if (!open)
        return std::nullopt;
      open = false;
    } else if (open && (t.what == kind::atom || t.is('.'))) {
      *found += t.text;
    } else if (open && t.what != kind::comment) {
      return std::nullopt;
    }
  }
  if (open || !found || found->empty())
    return std::nullopt;
  return found;
}

//   List-Post: "NO" / 1#( "<" URL ">" ) with comments  ; RFC 2369 2, 3.4
std::optional<std::string> parse_list_post(std::string_view value) {
  value = value.substr(0, most_octets);
  while (!value.empty()) {
    const std::size_t begin = value.find_first_of("<(");
    if (begin == std::string_view::npos)
      break;
    const bool is_comment = value[begin] == '(';
    const std::size_t end = value.find(is_comment ? ')' : '>', begin);
    if (end == std::string_view::npos)
      break;
    std::string url(value.substr(begin + 1, end - begin - 1));
    value.remove_prefix(end + 1);
    std::erase_if(url, ascii::is_fws);
    constexpr std::string_view scheme = "mailto:";
    if (is_comment || !ascii::istarts_with(url, scheme))
      continue;
    std::string address = url.substr(0, url.find('?')).substr(scheme.size());
    const std::size_t at = address.find('@');
    if (at == 0 || at == std::string::npos || at + 1 == address.size())
      return std::nullopt;
    address[at] = '.';
    const bool is_plain = std::ranges::all_of(address, [](char c) {
      return ascii::is_alnum(c) ||
             std::string_view("-._").find(c) != std::string_view::npos;
    });
    return is_plain ? std::optional(std::move(address)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace mekiki::message

#include "verdict/lookalike.hpp"

#include <algorithm>
#include <array>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "mime/unicode.hpp"

namespace mekiki::verdict {

namespace unicode = mime::unicode;

namespace {

using kind = finding::kind;

constexpr std::size_t shortest_edited = 6;
constexpr std::size_t shortest_quietly_edited = 5;
constexpr std::size_t shortest_ascii_confusable = 5;
constexpr std::size_t shortest_confusable = 2;
constexpr std::size_t shortest_accented = 6;
constexpr std::size_t shortest_below_other_suffix = 7;
constexpr std::size_t shortest_beside_bait = 6;
constexpr std::size_t shortest_dotted = 3;
constexpr std::size_t shortest_hyphenated = 5;
constexpr std::size_t more_if_suffix_differs = 2;
constexpr std::size_t most_words = 8;  // of a known name found in another

// Words that ask for trust or for a password, as skeletons.
const std::vector<std::string>& baits() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> out;
    for (const std::string_view word :
         {"login",  "logon",          "signin",       "secure",   "security",
          "verify", "verified",       "verification", "account",  "accounts",
          "auth",   "authentication", "password",     "support",  "update",
          "unlock", "confirm",        "confirmation", "recovery", "billing",
          "refund", "alert",          "kakunin",      "ninsho"})
      out.push_back(unicode::skeleton(word));
    return out;
  }();
  return words;
}

bool is_bait(std::string_view word) {
  return std::find(baits().begin(), baits().end(), word) != baits().end();
}

// Suffixes whose registry checks that the name is the applicant's own.
bool is_checked(std::string_view suffix) {
  constexpr std::array<std::string_view, 10> checked = {
      "co.jp", "or.jp", "ac.jp", "ed.jp", "go.jp",
      "lg.jp", "ad.jp", "edu",   "gov",   "mil"};
  return std::find(checked.begin(), checked.end(), suffix) != checked.end() ||
         suffix.starts_with("gov.") || suffix.starts_with("ac.");
}

std::string flat(std::string text) {
  std::replace(text.begin(), text.end(), '.', '-');
  return text;
}

bool is_joint(char c) { return c == '.' || c == '-'; }

// Calls `use(begin, end)` for each place where `part` stands in `text` between
// joints or ends, until one is what is looked for.
template <typename Use>
bool any_place(std::string_view text, std::string_view part, Use use) {
  for (std::size_t at = text.find(part); at != text.npos;
       at = text.find(part, at + 1)) {
    const std::size_t end = at + part.size();
    if ((at == 0 || is_joint(text[at - 1])) &&
        (end == text.size() || is_joint(text[end])) && use(at, end))
      return true;
  }
  return false;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (true) {
    const auto joint = std::find_if(text.begin(), text.end(), is_joint);
    const auto size = static_cast<std::size_t>(joint - text.begin());
    out.push_back(text.substr(0, size));
    if (size == text.size())
      return out;
    text.remove_prefix(size + 1);
  }
}

std::optional<kind> compare_skeletons(const domain_shape& seen,
                                      const domain_shape& known) {
  const bool same_suffix = seen.suffix_skeleton == known.suffix_skeleton;
  if (seen.label == known.label) {
    // "example.corn"
    return same_suffix && seen.suffix != known.suffix
               ? std::optional(kind::confusable)
               : std::nullopt;
  }
  if (seen.bare != known.bare)
    return std::nullopt;
  std::size_t shortest = shortest_confusable;
  if (seen.skeleton != known.skeleton)
    shortest = shortest_accented;
  else if (unicode::is_ascii(seen.label) && unicode::is_ascii(known.label))
    shortest = shortest_ascii_confusable;
  if (!same_suffix)
    shortest =
        std::max(shortest, shortest_ascii_confusable) + more_if_suffix_differs;
  return std::min(seen.length, known.length) >= shortest
             ? std::optional(kind::confusable)
             : std::nullopt;
}

bool is_one_edit(const domain_shape& seen, const domain_shape& known) {
  std::u32string_view a = seen.letters;
  std::u32string_view b = known.letters;
  if (a.size() > b.size())
    std::swap(a, b);
  if (a.empty() || b.size() - a.size() > 1 || a[0] != b[0])
    return false;
  const std::size_t more =
      seen.suffix == known.suffix ? 0 : more_if_suffix_differs;
  const bool long_enough = a.size() >= shortest_edited + more;
  const bool long_enough_if_quiet = a.size() >= shortest_quietly_edited + more;

  const auto same = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
  const char32_t before = a[same - 1];
  a.remove_prefix(same);
  b.remove_prefix(same);
  if (a.size() != b.size()) {  // a letter more
    return a == b.substr(1) && !unicode::is_digit(b[0]) &&
           (b[0] == before ? long_enough_if_quiet : long_enough);
  }
  if (a.empty() || (unicode::is_digit(a[0]) && unicode::is_digit(b[0])))
    return false;
  if (a.substr(1) == b.substr(1))  // another letter
    return long_enough;
  return a.size() >= 2 && a[0] == b[1] && a[1] == b[0] &&
         a.substr(2) == b.substr(2) && long_enough_if_quiet;
}

bool holds_name(const domain_shape& seen, const domain_shape& known) {
  const std::string dotted = known.bare + '.' + known.suffix_skeleton;
  const bool is_country = known.suffix.size() == 2;
  return any_place(
      flat(seen.head), flat(dotted), [&](std::size_t begin, std::size_t end) {
        if (std::string_view(seen.head).substr(begin, end - begin) == dotted)
          return known.length >= shortest_dotted;
        return known.length >= shortest_hyphenated && !is_country;
      });
}

bool has_bait_beside_label(const domain_shape& seen,
                           const domain_shape& known) {
  if (known.length < shortest_beside_bait || known.bare == seen.bare)
    return false;
  const std::string_view text = seen.bare;
  for (const std::string& bait : baits()) {
    if (text.size() == bait.size() + known.bare.size() &&
        ((text.starts_with(bait) && text.ends_with(known.bare)) ||
         (text.starts_with(known.bare) && text.ends_with(bait))))
      return true;
  }
  return any_place(text, known.bare, [&](std::size_t begin, std::size_t end) {
    const auto any_bait = [](std::string_view side) {
      const std::vector<std::string_view> words = words_of(side);
      return std::any_of(words.begin(), words.end(), is_bait);
    };
    return any_bait(text.substr(0, begin)) || any_bait(text.substr(end));
  });
}

// FNV-1a.
class key {
 public:
  explicit key(char what) { add(std::string_view(&what, 1)); }
  key& add(std::string_view text) {
    for (const char c : text) add(static_cast<unsigned char>(c));
    return *this;
  }
  key& add(std::uint32_t number) {
    value_ = (value_ ^ number) * 0x100000001b3U;
    return *this;
  }
  std::uint32_t value() const {
    return static_cast<std::uint32_t>(value_ ^ (value_ >> 32));
  }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

// The letters, and the letters without one of them: what is one edit away has
// one of these in common.
void add_edits(std::u32string_view letters, std::vector<std::uint32_t>& keys) {
  if (letters.empty())
    return;
  for (std::size_t left_out = 0; left_out <= letters.size(); ++left_out) {
    key k('e');
    for (std::size_t i = 0; i < letters.size(); ++i) {
      if (i != left_out)
        k.add(static_cast<std::uint32_t>(letters[i]));
    }
    keys.push_back(k.value());
  }
}

// All runs of up to `most_words` words, joined by hyphens.
void add_runs(char what, const std::vector<std::string_view>& words,
              std::vector<std::uint32_t>& keys) {
  if (words.size() < 2)
    return;
  for (std::size_t first = 0; first < words.size(); ++first) {
    key k(what);
    const std::size_t end = std::min(words.size(), first + most_words);
    for (std::size_t i = first; i < end; ++i) {
      if (i != first)
        k.add("-");
      keys.push_back(k.add(words[i]).value());
    }
  }
}

}  // namespace

domain_shape shape_of(std::string_view domain) {
  domain_shape s;
  s.domain = dmarc::registered_domain(std::string(domain));
  const std::size_t dot = s.domain.find('.');
  const std::string_view registered = s.domain;
  const std::string_view label = registered.substr(0, dot);
  if (dot != s.domain.npos)
    s.suffix = registered.substr(dot + 1);
  s.label = unicode::to_u_label(label);
  s.skeleton = unicode::skeleton(s.label);
  s.bare = unicode::without_accents(s.skeleton);
  s.suffix_skeleton = unicode::skeleton(s.suffix);
  for (std::string_view below =
           domain.substr(0, domain.size() - registered.size());
       !below.empty();) {
    const std::size_t end = std::min(below.find('.'), below.size() - 1);
    s.head += unicode::without_accents(
        unicode::skeleton(unicode::to_u_label(below.substr(0, end))));
    s.head += '.';
    below.remove_prefix(end + 1);
  }
  s.head += s.bare;

  bool alphabetic = true;  // scripts up to Cyrillic
  s.letters = unicode::to_code_points(s.label);
  for (const char32_t c : s.letters) {
    s.length += unicode::is_east_asian(c) ? 2 : 1;
    alphabetic = alphabetic && c < 0x530;
  }
  if (!alphabetic || s.letters.size() < shortest_quietly_edited)
    s.letters.clear();
  return s;
}

std::optional<kind> compare(const domain_shape& seen,
                            const domain_shape& known) {
  if (seen.domain == known.domain)
    return std::nullopt;
  if (const auto found = compare_skeletons(seen, known))
    return found;
  if (is_one_edit(seen, known))
    return kind::one_edit;
  if (is_checked(seen.suffix))
    return std::nullopt;
  if (holds_name(seen, known) || has_bait_beside_label(seen, known))
    return kind::contained;
  if (seen.label == known.label && seen.length >= shortest_below_other_suffix)
    return kind::other_suffix;
  return std::nullopt;
}

std::uint32_t key_of_confusable(const domain_shape& seen) {
  return key('s').add(seen.bare).value();
}

std::vector<std::uint32_t> keys_of_known(const domain_shape& known) {
  std::vector<std::uint32_t> keys;
  keys.push_back(key_of_confusable(known));
  keys.push_back(
      key('n').add(flat(known.bare + '.' + known.suffix_skeleton)).value());
  add_edits(known.letters, keys);
  return keys;
}

std::vector<std::uint32_t> keys_of_seen(const domain_shape& seen) {
  std::vector<std::uint32_t> keys;
  keys.push_back(key_of_confusable(seen));
  add_edits(seen.letters, keys);
  const std::string head = flat(seen.head);
  add_runs('n', words_of(head), keys);
  add_runs('s', words_of(seen.bare), keys);
  const std::string_view label = seen.bare;
  for (const std::string& bait : baits()) {
    if (label.starts_with(bait))
      keys.push_back(key('s').add(label.substr(bait.size())).value());
    if (label.ends_with(bait))
      keys.push_back(
          key('s').add(label.substr(0, label.size() - bait.size())).value());
  }
  return keys;
}

}  // namespace mekiki::verdict

#include "verdict/display_name.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <sodium.h>
#include <utility>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "dns/name.hpp"
#include "mime/encoded_word.hpp"
#include "mime/unicode.hpp"

namespace mekiki::verdict {

namespace unicode = mime::unicode;

namespace {

constexpr std::size_t most_words = 12;
constexpr std::size_t most_octets_of_claims = 2048;
constexpr std::size_t letters_of_one_word = 8;
constexpr std::size_t letters_of_words = 7;

// --- keys ---

// Words that name a role, or nothing: a name made of them is nobody's. Sorted.
constexpr std::array role_words = std::to_array<std::string_view>({
    "account",   "accounts",    "admin",        "administrator",
    "alert",     "alerts",      "billing",      "bot",
    "care",      "center",      "centre",       "co",
    "contact",   "corp",        "corporation",  "customer",
    "daemon",    "delivery",    "department",   "desk",
    "do",        "dr",          "editor",       "gmbh",
    "help",      "helpdesk",    "hr",           "inc",
    "info",      "information", "it",           "kk",
    "limited",   "list",        "llc",          "ltd",
    "magazine",  "mail",        "mailer",       "manager",
    "marketing", "member",      "members",      "miss",
    "mr",        "mrs",         "ms",           "my",
    "news",      "newsletter",  "no",           "noreply",
    "not",       "notice",      "notification", "notifications",
    "office",    "online",      "order",        "orders",
    "post",      "postmaster",  "prof",         "reply",
    "sales",     "secretary",   "security",     "server",
    "service",   "services",    "shop",         "staff",
    "store",     "support",     "system",       "team",
    "the",       "update",      "updates",      "user",
    "webmaster", "your",
});

// The same in Japanese, where words are not divided: they are cut off both
// ends. Longer ones before those they begin with.
constexpr std::array role_parts = std::to_array<std::string_view>({
    "株式会社", "有限会社",       "合同会社",   "一般社団法人",
    "お客様",   "お客さま",       "カスタマー", "サポート",
    "サービス", "センター",       "デスク",     "お問い合わせ",
    "お問合せ", "問い合わせ",     "窓口",       "担当者",
    "担当",     "事務局",         "運営",       "管理者",
    "管理",     "システム",       "お知らせ",   "ご案内",
    "通知",     "メールマガジン", "メルマガ",   "ニュース",
    "メール",   "配信",           "送信",       "専用",
    "自動",     "編集部",         "広報",       "人事部",
    "総務部",   "営業部",         "経理部",     "採用",
    "部長",     "課長",           "社長",       "先生",
    "会員",     "オンライン",     "ショップ",   "ストア",
    "公式",     "さん",           "さま",       "様",
    "より",     "からの",         "から",       "の",
});

std::string_view without_role_parts(std::string_view word) {
  for (bool changed = true; changed && !word.empty();) {
    changed = false;
    for (const std::string_view part : role_parts) {
      if (word.starts_with(part)) {
        word.remove_prefix(part.size());
        changed = true;
      }
      if (word.ends_with(part)) {
        word.remove_suffix(part.size());
        changed = true;
      }
    }
  }
  return word;
}

// Without what stands in brackets, unless that is all. A bracket that is
// never closed is a letter like any other.
std::u32string without_brackets(const std::u32string& text) {
  constexpr std::u32string_view open = U"([{<【「『〔《〈";
  constexpr std::u32string_view close = U")]}>】」』〕》〉";
  std::u32string out;
  std::size_t depth = 0;
  std::size_t kept = 0;  // of `out` when the outermost bracket opened
  for (const char32_t c : text) {
    if (open.find(c) != open.npos) {
      if (depth == 0)
        kept = out.size();
      ++depth;
    }
    out += c;
    if (close.find(c) != close.npos && depth != 0) {
      --depth;
      if (depth == 0)
        out.replace(kept, out.npos, 1, U' ');
    }
  }
  const bool says_something =
      std::any_of(out.begin(), out.end(), unicode::is_letter_or_digit);
  return says_something ? out : text;
}

struct word {
  std::u32string text;
  bool east_asian = false;
};

// Runs of letters and digits; a run of Han and kana is a word of its own, and
// goes on over spaces and dots: "山田 太郎", "ジョン・スミス".
std::vector<word> words_of(std::u32string_view text) {
  std::vector<word> out;
  bool goes_on = false;
  for (const char32_t c : text) {
    if (c == U'\'' || c == U'’')
      continue;
    if (!unicode::is_letter_or_digit(c)) {
      goes_on = false;
      continue;
    }
    const bool east_asian = unicode::is_east_asian(c);
    const bool same = !out.empty() && out.back().east_asian == east_asian &&
                      (goes_on || east_asian);
    if (!same) {
      if (out.size() == most_words)
        break;
      out.push_back({{}, east_asian});
    }
    out.back().text += c;
    goes_on = true;
  }
  return out;
}

}  // namespace

std::string name_key(std::string_view display_name) {
  const std::u32string text =
      without_brackets(unicode::to_code_points(unicode::fold(mime::decode_words(
          display_name, mime::most_of_header_text, mime::controls::nothing))));
  std::vector<std::string> words;
  std::size_t letters = 0;
  for (const word& w : words_of(text)) {
    std::string whole = unicode::to_utf8(w.text);
    std::string_view said = whole;
    if (w.east_asian)
      said = without_role_parts(said);
    else if (std::binary_search(role_words.begin(), role_words.end(), said))
      continue;
    const bool digits_only =
        std::all_of(said.begin(), said.end(), ascii::is_digit);
    if (said.empty() || digits_only)
      continue;
    letters += unicode::to_code_points(said).size() * (w.east_asian ? 2 : 1);
    words.push_back(unicode::skeleton(said));
  }
  if (letters < (words.size() > 1 ? letters_of_words : letters_of_one_word))
    return {};
  std::sort(words.begin(), words.end());
  std::string key;
  for (const std::string& w : words) {
    if (!key.empty())
      key += ' ';
    key += w;
  }
  return key;
}

std::string visible_part(std::string_view readable_name) {
  constexpr std::size_t most = 2048;
  constexpr std::u32string_view line_ends = U"\t\r\n";
  std::u32string out;
  for (const char32_t c : unicode::to_code_points(readable_name)) {
    const bool is_control =
        unicode::is_control(c) && line_ends.find(c) == line_ends.npos;
    const bool is_space = !is_control && unicode::is_space(c);
    if (is_control || unicode::is_invisible(c) ||
        (is_space && out.ends_with(U' ')))
      continue;
    out += is_space ? U' ' : c;
    if (out.size() == most)
      break;
  }
  return unicode::to_utf8(out);
}

std::string without_odd_spaces(std::string_view readable_name) {
  constexpr std::u32string_view usual = U" \u3000\t\r\n";
  std::u32string out = unicode::to_code_points(readable_name);
  std::erase_if(out, [&](char32_t c) {
    return c >= 0x80 && unicode::is_space(c) && usual.find(c) == usual.npos;
  });
  return unicode::to_utf8(out);
}

std::string name_mark(std::string_view key, std::string_view salt) {
  if (key.empty())
    return {};
  const auto octets = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  std::array<unsigned char, crypto_generichash_KEYBYTES> secret{};
  crypto_generichash(secret.data(), secret.size(), octets(salt), salt.size(),
                     nullptr, 0);
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(), octets(key), key.size(),
                     secret.data(), secret.size());
  return to_hex(std::string(hash.begin(), hash.begin() + 8));
}

namespace {

struct host {
  std::string name;  // A-labels
  bool is_cut = false;
};

// A host name as it stands in a name; what follows a last label of ASCII
// without a space in another script belongs to the sentence: "example.jpより".
// What else no such label has does so for the eye alone: "example.jp2026".
std::optional<host> host_of(std::u32string_view text) {
  while (!text.empty() && (text.back() == U'.' || text.back() == U'-'))
    text.remove_suffix(1);
  while (!text.empty() && (text.front() == U'.' || text.front() == U'-'))
    text.remove_prefix(1);
  const std::size_t dot = text.rfind(U'.');
  if (dot == text.npos || text.size() > 253)
    return std::nullopt;
  std::size_t end = dot + 1;
  bool is_cut = false;
  if (text[end] >= 0x80) {
    end = text.size();
  } else if (text.substr(end).starts_with(U"xn--")) {
    while (end < text.size() && text[end] < 0x80) ++end;
  } else {
    while (end < text.size() && text[end] >= U'a' && text[end] <= U'z') ++end;
    if (end < dot + 3)
      return std::nullopt;
    is_cut = end < text.size() && text[end] < 0x80;
  }
  auto name = dns::to_a_labels(unicode::to_utf8(text.substr(0, end)));
  if (!name || !dns::is_hostname(*name))
    return std::nullopt;
  return host{std::move(*name), is_cut};
}

// Cut where letters of Latin and of another script touch. Dots, hyphens and
// digits go with the Latin ones.
std::vector<std::u32string_view> cut_between_scripts(std::u32string_view text) {
  std::vector<std::u32string_view> out;
  std::size_t begin = 0;
  std::size_t end = 0;  // behind the last letter and its marks
  bool is_latin = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (c < 0x80 && !ascii::is_alpha(static_cast<char>(c)))
      continue;
    const bool was_latin = is_latin;
    if (end == 0 || !unicode::is_mark(c))
      is_latin = unicode::is_latin(c);
    if (end != 0 && is_latin != was_latin) {
      const std::size_t border = was_latin ? i : end;
      out.push_back(text.substr(begin, border - begin));
      begin = border;
    }
    end = i + 1;
  }
  out.push_back(text.substr(begin));
  return out;
}

// The host that `text` is, and those that only the eye finds in it: between
// letters of other scripts ("公式example.jpサポート"), and behind a dash. True
// if the first of them is `text` itself.
bool note_hosts(std::u32string_view text, std::vector<named_domain>& out) {
  std::string whole;
  const auto note = [&](std::u32string_view part, bool is_part) {
    auto found = host_of(part);
    if (!found || found->name == whole)
      return;
    out.push_back({.text = unicode::to_utf8(part),
                   .domain = std::move(found->name),
                   .is_part = is_part || found->is_cut,
                   .within = whole});
    if (!is_part)
      whole = out.back().domain;
  };
  note(text, false);
  const std::vector<std::u32string_view> runs = cut_between_scripts(text);
  std::size_t at = 0;
  for (std::size_t i = 0; runs.size() > 1 && i < runs.size(); ++i) {
    note(runs[i], true);
    if (i + 1 < runs.size() &&
        (runs[i].ends_with(U'.') || runs[i + 1].starts_with(U'.')))
      note(text.substr(at, runs[i].size() + runs[i + 1].size()), true);
    at += runs[i].size();
  }
  const std::size_t dash = text.rfind(U"--");
  if (dash != text.npos && !text.substr(0, dash).ends_with(U"xn"))
    note(text.substr(dash + 2), true);
  return !whole.empty();
}

// Of "a@b.example@c.example" each sign makes an address. A host begins and ends
// at signs that no host has, but the local part of an address claims nothing.
// `before` is the text in front of the run: for the eye its last sign may be
// that of a local part (""ceo"@b.example", "ceo@ b.example"), but not a blank
// or a bracket that opens: "Taro @b.example" is what others call their
// accounts.
void note_claims(std::u32string_view before_run, std::u32string_view run,
                 std::vector<named_domain>& out) {
  constexpr std::u32string_view none = U" \u3000([{<\u300c\u3010";
  const auto ends_local_part = [&](std::u32string_view text) {
    return !text.empty() && none.find(text.back()) == none.npos;
  };
  constexpr std::u32string_view signs = U"_+%&@";
  std::size_t begin = 0;            // of what may be a local part
  std::size_t before = out.size();  // behind the claims that lie before it
  for (std::size_t from = 0; from <= run.size();) {
    const std::size_t end =
        std::min(run.find_first_of(signs, from), run.size());
    const std::size_t at = out.size();
    const bool is_host = note_hosts(run.substr(from, end - from), out);
    if (from == 0 && is_host && before_run.ends_with(U"@ ")) {
      out[at].is_address =
          ends_local_part(before_run.substr(0, before_run.size() - 2));
    } else if (from > 0 && run[from - 1] == U'@') {
      if (is_host) {
        out[at].text = unicode::to_utf8(run.substr(begin, end - begin));
        out[at].is_address = from > 1 || ends_local_part(before_run);
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(before),
                  out.begin() + static_cast<std::ptrdiff_t>(at));
      }
      begin = from;
      before = out.size();
    }
    from = end + 1;
  }
}

}  // namespace

std::vector<named_domain> claims_in(std::string_view readable_name) {
  std::vector<named_domain> out;
  if (readable_name.find('.') == readable_name.npos &&
      unicode::is_ascii(readable_name))
    return out;
  std::u32string text = unicode::to_code_points(
      unicode::fold(readable_name.substr(0, most_octets_of_claims)));
  // Nothing is shown of these.
  std::erase_if(text,
                [](char32_t c) { return c >= 0x7f && unicode::is_control(c); });
  // Mail programs read an ideographic full stop in a domain as a dot, and
  // people whatever looks like one.
  const auto is_plain = [](char32_t c) {
    return c < 0x80 && ascii::is_alnum(static_cast<char>(c));
  };
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const bool is_between = text[i] >= 0x80 &&
                            unicode::is_letter_or_digit(text[i - 1]) &&
                            unicode::is_letter_or_digit(text[i + 1]) &&
                            (is_plain(text[i - 1]) || is_plain(text[i + 1]));
    if (is_between &&
        (text[i] == U'。' || text[i] == U'\u06d4' ||
         unicode::skeleton(unicode::to_utf8({&text[i], 1})) == "."))
      text[i] = U'.';
  }
  const auto belongs = [](char32_t c) {
    return unicode::is_letter_or_digit(c) ||
           std::u32string_view(U"._+-%&@").find(c) != std::u32string_view::npos;
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && belongs(text[end])) ++end;
    const std::u32string_view all(text);
    note_claims(all.substr(0, i), all.substr(i, end - i), out);
    i = end + 1;
  }
  return out;
}

bool deceives_by_direction(std::string_view readable_name) {
  if (unicode::is_ascii(readable_name))
    return false;
  const std::u32string text = unicode::to_code_points(readable_name);
  const bool right_to_left =
      std::any_of(text.begin(), text.end(), unicode::is_right_to_left);
  return std::any_of(text.begin(), text.end(), [&](char32_t c) {
    return c == U'\u202e' || (c == U'\u202d' && right_to_left);
  });
}

std::vector<std::string> mixed_words(std::string_view readable_name) {
  std::vector<std::string> out;
  if (unicode::is_ascii(readable_name))
    return out;
  std::u32string word;
  const auto end_word = [&] {
    const std::string text = unicode::to_utf8(std::exchange(word, {}));
    if (out.size() < most_words && unicode::mixes_scripts(text) &&
        unicode::is_ascii(unicode::skeleton(text)))
      out.push_back(latin_letters(text));
  };
  for (const char32_t c : unicode::to_code_points(readable_name)) {
    if (unicode::is_letter_or_digit(c))
      word += c;
    else
      end_word();
  }
  end_word();
  return out;
}

std::string latin_letters(std::string_view readable_name) {
  std::string out;
  for (const char32_t c : unicode::to_code_points(readable_name)) {
    std::string one = unicode::to_utf8({&c, 1});
    if (c >= 0x80) {
      std::string like = unicode::without_accents(unicode::skeleton(one));
      if (unicode::is_ascii(like))
        one = std::move(like);
    }
    out += one;
  }
  return out;
}

std::string without_symbols(std::string_view readable_name) {
  std::u32string out = unicode::to_code_points(readable_name);
  std::ranges::replace_if(
      out, [](char32_t c) { return c >= 0x80 && unicode::is_symbol(c); }, U' ');
  return unicode::to_utf8(out);
}

bool turns_direction(std::string_view text) {
  return !unicode::is_ascii(text) &&
         std::ranges::any_of(unicode::to_code_points(text), [](char32_t c) {
           return (c >= U'\u202a' && c <= U'\u202e') ||
                  (c >= U'\u2066' && c <= U'\u2069');
         });
}

bool has_stray_invisible(std::string_view text) {
  if (unicode::is_ascii(text))
    return false;
  const std::u32string all = unicode::to_code_points(text);
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (unicode::is_invisible(all[at]) && !unicode::is_joined(all, at))
      return true;
  }
  return false;
}

}  // namespace mekiki::verdict

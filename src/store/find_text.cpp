#include "store/find_text.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mime/encoded_word.hpp"
#include "mime/unicode.hpp"

namespace mekiki::store {
namespace {

namespace unicode = mime::unicode;

/// Its labels as people see them.
std::string shown_domain(std::string_view domain) {
  std::string out;
  for (;;) {
    const std::size_t dot = std::min(domain.find('.'), domain.size());
    out += unicode::to_u_label(domain.substr(0, dot));
    if (dot == domain.size())
      return out;
    out += '.';
    domain.remove_prefix(dot + 1);
  }
}

std::string author_line(const find_parts& of) {
  std::string out = unicode::fold(of.author);
  // A line of ours: nothing in an address ends it.
  std::ranges::replace(out, '\n', ' ');
  const std::string domain = unicode::fold(of.author_domain);
  if (!out.ends_with(domain) || domain.empty())
    out.append(out.empty() ? "" : " ").append(domain);
  if (domain.find("xn--") != std::string::npos)
    out.append(" ").append(unicode::fold(shown_domain(domain)));
  return out;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

std::string_view behind_line(std::string_view text) {
  return text.substr(std::min(text.find('\n'), text.size() - 1) + 1);
}

}  // namespace

std::string find_text(const find_parts& of) {
  const std::string subject = unicode::fold(mime::decode_words(of.subject));
  std::string out(of.code);
  out.append("\n").append(of.host);
  return out.append("\n")
      .append(author_line(of))
      .append("\n")
      .append(first_octets(subject, most_found_subject));
}

std::string with_code(std::string_view find, std::string_view code) {
  if (find.empty())
    return {};
  return std::string(code).append("\n").append(behind_line(find));
}

std::string without_texts(std::string_view find,
                          std::string_view author_domain) {
  if (find.empty())
    return {};
  return find_text({.code = first_line(find),
                    .host = first_line(behind_line(find)),
                    .author_domain = author_domain,
                    .author = {},
                    .subject = {}});
}

std::string part_without_texts(std::string_view find) {
  const std::string_view behind_code = behind_line(find);
  const std::string_view author = first_line(behind_line(behind_code));
  // Behind a space stands what people see of the domain, or anything.
  if (find.empty() || author.find(' ') != author.npos)
    return {};
  const std::size_t at = author.rfind('@');
  return std::string(first_line(find))
      .append("\n")
      .append(first_line(behind_code))
      .append("\n")
      .append(author.substr(at == author.npos ? 0 : at + 1))
      .append("\n");
}

std::optional<std::vector<search_word>> read_search(std::string_view typed) {
  if (typed.size() > most_typed)
    return std::nullopt;
  std::vector<search_word> words;
  const std::string all = unicode::fold(typed);
  std::string_view rest = all;
  std::size_t letters = 0;
  while (!(rest = ascii::trim(rest)).empty()) {
    const std::string_view word =
        rest.substr(0, std::min(rest.find_first_of(" \t\r\n"), rest.size()));
    letters += word.size();
    words.push_back({.text = std::string(word), .codes = {}});
    rest.remove_prefix(word.size());
  }
  // What is not ASCII has two octets at least.
  if (letters < 2 || words.size() > most_search_words)
    return std::nullopt;
  return words;
}

std::uint8_t words_in_account(std::string_view account,
                              const std::vector<search_word>& words) {
  const std::string name = unicode::fold(account);
  unsigned found = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (name.find(words[i].text) != std::string::npos)
      found |= 1U << i;
  }
  return static_cast<std::uint8_t>(found);
}

std::string_view sought_word(const std::vector<search_word>& words,
                             std::uint8_t in_accounts) {
  std::string_view longest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const search_word& w = words[i];
    if ((in_accounts >> i & 1U) == 0 && w.codes.empty() &&
        w.text.size() > longest.size())
      longest = w.text;
  }
  return longest;
}

bool is_found(std::string_view find, const std::vector<search_word>& words,
              std::uint8_t by_account) {
  const std::string_view code = first_line(find);
  const std::string_view rest = behind_line(find);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const search_word& w = words[i];
    if ((by_account >> i & 1U) == 0 &&
        rest.find(w.text) == std::string_view::npos && code != w.text &&
        std::ranges::find(w.codes, code) == w.codes.end())
      return false;
  }
  return true;
}

}  // namespace mekiki::store

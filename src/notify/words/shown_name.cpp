#include "notify/words/shown_name.hpp"

#include <algorithm>

#include "mime/unicode.hpp"
#include "notify/edit/inert.hpp"

namespace mekiki::notify {
namespace {

namespace unicode = mime::unicode;

bool may_be_shown(char32_t c) {
  constexpr std::u32string_view quotes = U"\"\u201c\u201d\u300c\u300d";
  return !unicode::is_control(c) && c != 0x2028 && c != 0x2029 && c != 0xfffd &&
         !unicode::is_invisible(c) && quotes.find(c) == quotes.npos;
}

}  // namespace

std::string shown_domain(std::string_view domain) {
  std::string out;
  while (!domain.empty()) {
    const std::size_t dot = std::min(domain.find('.'), domain.size());
    out += unicode::to_u_label(domain.substr(0, dot));
    if (dot < domain.size())
      out += '.';
    domain.remove_prefix(std::min(dot + 1, domain.size()));
  }
  return out;
}

std::string full_domain(std::string_view domain) {
  std::string out = shown_domain(domain);
  if (out != domain)
    out.append(" (").append(domain).append(")");
  return out;
}

std::string inert_domain(std::string_view domain) {
  const std::string shown = shown_domain(domain);
  std::string out = make_inert(shown);
  if (shown != domain)
    out += " (" + make_inert(domain) + ")";
  return out;
}

std::string visible(std::string_view utf8, std::size_t most) {
  std::u32string text = unicode::to_code_points(utf8);
  const bool is_cut = text.size() > most;
  if (is_cut)
    text.resize(most);
  std::replace_if(
      text.begin(), text.end(), [](char32_t c) { return !may_be_shown(c); },
      U'?');
  if (is_cut)
    text += U'\u2026';
  return unicode::to_utf8(text);
}

}  // namespace mekiki::notify

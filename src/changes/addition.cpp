#include "changes/addition.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "dns/name.hpp"
#include "mime/charset.hpp"
#include "mime/html.hpp"
#include "mime/links.hpp"
#include "mime/transfer.hpp"
#include "mime/unicode.hpp"

namespace mekiki::changes {
namespace {

constexpr std::size_t max_octets = 8 << 10;
constexpr std::size_t max_links = 64;
constexpr std::size_t max_shown = 4 << 10;

using set_of_words = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view word, set_of_words words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// ISO-2022-JP's characters of two octets look like ASCII: they are replaced
/// by octets that do not, so that everything below need not know of them.
std::string without_shifts(std::string_view text, std::string_view charset) {
  std::string out(text);
  if (charset != "iso-2022-jp")
    return out;
  bool shifted = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '\x1b' && i + 1 < out.size()) {
      shifted = out[i + 1] == '$';
      i += 2;
    } else if (out[i] == '\n') {
      shifted = false;
    } else if (shifted && ascii::is_graph(out[i])) {
      out[i] = static_cast<char>(out[i] | 0x80);
    }
  }
  return out;
}

// --- HTML ----------------------------------------------------------------

constexpr set_of_words known_elements = {
    "a",     "b",    "big",    "blockquote", "br",   "center", "code",  "dd",
    "div",   "dl",   "dt",     "em",         "font", "h3",     "h4",    "h5",
    "h6",    "hr",   "i",      "img",        "li",   "ol",     "p",     "pre",
    "small", "span", "strong", "sub",        "sup",  "table",  "tbody", "td",
    "th",    "tr",   "u",      "ul"};
constexpr set_of_words empty_elements = {"br", "hr", "img"};

/// A style that changes nothing but its element's own letters and edges.
bool is_harmless_style(std::string_view value) {
  const std::string lower = ascii::to_lower(value);
  for (std::string_view rest = lower; !rest.empty();) {
    const std::size_t end = rest.find(';');
    const std::string_view declaration = ascii::trim(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (declaration.empty())
      continue;
    const std::size_t colon = declaration.find(':');
    if (colon == std::string_view::npos)
      return false;
    const std::string_view property = ascii::trim(declaration.substr(0, colon));
    const std::string_view setting = declaration.substr(colon + 1);
    if (!is_one_of(property,
                   {"color", "background-color", "font", "font-family",
                    "font-size", "font-style", "font-weight", "line-height",
                    "text-align", "text-decoration", "border", "border-top",
                    "border-bottom", "padding", "padding-top", "margin",
                    "margin-top", "margin-bottom"})) {
      return false;
    }
    for (std::size_t i = 0; i < setting.size(); ++i) {
      const char c = setting[i];
      const bool negative =
          c == '-' && (i == 0 || !ascii::is_alpha(setting[i - 1]));
      if (negative ||
          (!ascii::is_alnum(c) && !ascii::is_fws(c) &&
           std::string_view("#%.,'\"-").find(c) == std::string_view::npos)) {
        return false;
      }
    }
  }
  return true;
}

/// What the links of a text lead to.
struct found_links {
  mime::link_list hosts{max_links, dmarc::is_top_level_domain};
  std::vector<std::string> others;  // without a host

  void add_others(std::string_view text) {
    for (auto& link : mime::links_without_host(text, max_links + 1))
      others.push_back(std::move(link));
  }
  bool is_complete() const {
    return hosts.is_complete() && others.size() <= max_links;
  }
};

/// A link in an attribute. Browsers pass over TAB, CR and LF in it.
bool is_harmless_url(std::string value, found_links& links) {
  std::erase_if(value,
                [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
  const std::string_view url = ascii::trim(value);
  links.hosts.add_all(url);
  links.add_others(url);
  if (ascii::istarts_with(url, "mailto:")) {
    // RFC 6068 2: any octet of an address may be an escape.
    const std::string plain = mime::decode_escapes(url, '%');
    links.hosts.add_all(plain);
    links.add_others(plain);
    return true;
  }
  return ascii::istarts_with(url, "https://") ||
         ascii::istarts_with(url, "http://") || url.starts_with("//");
}

bool is_harmless_attribute(const mime::html_attribute& a, found_links& links) {
  auto value = mime::decode_references(a.value, true);
  if (!value.clear || value.text.find_first_of("<>`") != std::string::npos)
    return false;
  if (a.name == "href" || a.name == "src")
    return is_harmless_url(std::move(value.text), links);
  if (a.name == "style")
    return is_harmless_style(value.text);
  return is_one_of(
      a.name, {"align", "alt", "bgcolor", "border", "cellpadding",
               "cellspacing", "class", "color", "face", "height", "lang", "rel",
               "size", "target", "title", "valign", "width"});
}

/// Everything that is not plainly harmless is refused.
bool is_harmless_html(std::string_view text, found_links& links) {
  using kind = mime::html_token::kind;
  constexpr std::size_t deepest = 64;
  std::vector<std::string> open;
  mime::html_tokenizer tokens(text);
  while (auto token = tokens.next()) {
    if (!token->clear)
      return false;
    switch (token->what) {
      case kind::text:
        // It would end a comment that the original left open.
        if (token->text.find("-->") != std::string_view::npos)
          return false;
        break;
      case kind::comment:
        if (token->text.find_first_of("<>[") != std::string_view::npos)
          return false;
        break;
      case kind::declaration:
        return false;
      case kind::close:
        if (token->is_self_closing || !token->attributes.empty() ||
            open.empty() || open.back() != token->name)
          return false;
        open.pop_back();
        break;
      case kind::open:
        if (!is_one_of(token->name, known_elements) ||
            !std::all_of(token->attributes.begin(), token->attributes.end(),
                         [&](const mime::html_attribute& a) {
                           return is_harmless_attribute(a, links);
                         }))
          return false;
        if (!is_one_of(token->name, empty_elements))
          open.push_back(std::move(token->name));
        if (open.size() == deepest)
          return false;
        break;
    }
  }
  return open.empty();
}

/// What people read of it, also instead of pictures.
std::string shown_text(std::string_view html) {
  std::string out;
  mime::html_tokenizer tokens(html);
  while (const auto token = tokens.next()) {
    if (token->what == mime::html_token::kind::text)
      out += mime::decode_references(token->text).text;
    for (const mime::html_attribute& a : token->attributes) {
      if (a.name == "alt" || a.name == "title")
        out += '\n' + mime::decode_references(a.value, true).text + '\n';
    }
  }
  return out;
}

// --- text ----------------------------------------------------------------

bool has_odd_octets(const added_text& t) {
  // Bidirectional embeddings, overrides and isolates in UTF-8.
  for (const char* mark : {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
                           "\u2066", "\u2067", "\u2068", "\u2069"}) {
    if (t.octets.find(mark) != std::string::npos)
      return true;
  }
  return std::any_of(t.octets.begin(), t.octets.end(), [&](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < ' ' && c != '\t' && c != '\r' && c != '\n' &&
            !(c == '\x1b' && t.charset == "iso-2022-jp")) ||
           octet == 0x7f;
  });
}

/// Appends `text` without what differs from mail to mail.
void append_normal(std::string_view text, bool utf8, std::string& out) {
  const std::size_t start = out.size();
  bool space = false;
  bool after_slashes = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (ascii::is_fws(c)) {
      space = true;
      after_slashes = false;
      ++i;
      continue;
    }
    if (std::exchange(space, false) && out.size() > start)
      out += ' ';
    if (after_slashes && (c == '/' || c == '?' || c == '#')) {
      // What follows a URL's host.
      while (i < text.size() && ascii::is_graph(text[i]) &&
             std::string_view("\"'<>").find(text[i]) == std::string_view::npos)
        ++i;
      out += '/';
      after_slashes = false;
    } else if (text.substr(i).starts_with("://")) {
      out += "://";
      after_slashes = true;
      i += 3;
    } else if (!ascii::is_ascii(c)) {
      // In some charsets the second octet of a character looks like ASCII.
      const bool pair = !utf8 && i + 1 < text.size();
      out += text.substr(i, pair ? 2 : 1);
      i += pair ? 2 : 1;
    } else if (ascii::is_digit(c)) {
      out += '0';
      while (i < text.size() && ascii::is_digit(text[i])) ++i;
    } else {
      if (after_slashes && !mime::is_host_octet(c) && c != ':' && c != '@')
        after_slashes = false;
      out += ascii::to_lower(c);
      ++i;
    }
  }
}

/// Whether the address that stands behind `before`, in lower case, begins there
/// and is no userinfo of a URL.
bool begins_address(std::string_view before) {
  if (before.empty())
    return true;
  if (!ascii::is_ascii(before.back())) {
    // Nobody sees that a local part begins before such a character.
    std::size_t begin = before.size() - 1;
    while (begin > 0 && before.size() - begin < 4 &&
           (static_cast<unsigned char>(before[begin]) & 0xc0U) == 0x80U)
      --begin;
    return !mime::unicode::fold(before.substr(begin)).empty();
  }
  if (before.ends_with("http:") || before.ends_with("https:"))
    return false;
  char c = before.back();
  // As in a query: "%20".
  if (before.size() >= 3 && before[before.size() - 3] == '%') {
    const std::string octet =
        mime::decode_escapes(before.substr(before.size() - 3), '%');
    c = octet.size() == 1 ? octet[0] : c;
  }
  constexpr std::string_view around = " \t\r\n<>()[]{}\"',;:=&|*`";
  return around.find(c) != std::string_view::npos;
}

/// Whether some client might read on, in the letters that are not ASCII with
/// which `behind` begins, for more of a host whose last label is `last`.
bool continues_host(std::string_view last, std::string_view behind) {
  constexpr std::size_t longest = 253;  // of a host
  constexpr std::string_view full_stop = "\u3002";
  const auto host_part = [](std::string_view text) {
    const auto end = std::ranges::find_if_not(text, mime::is_host_octet);
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
  };
  const std::string folded =
      mime::unicode::fold(host_part(behind.substr(0, longest)));
  std::string_view more = host_part(folded);
  while (more.ends_with('.')) more.remove_suffix(1);
  if (more.find_first_of(".%") != std::string_view::npos)
    return true;
  std::string label(last);
  while (!more.empty()) {
    const std::size_t dot = more.find(full_stop);
    const std::string_view part = more.substr(0, dot);
    if (!part.empty() && ascii::is_ascii(part[0]))
      return true;
    const auto name = dns::to_a_labels(label.append(part));
    if (!part.empty() && name && dmarc::is_top_level_domain(*name))
      return true;
    more.remove_prefix(std::min(part.size() + full_stop.size(), more.size()));
    label.clear();
  }
  return false;
}

/// Whether a host that ends with `last` ends before `behind`, too.
bool ends_address(std::string_view last, std::string_view behind) {
  if (behind.empty())
    return true;
  const char c = behind[0];
  if (!ascii::is_ascii(c))
    return !continues_host(last, behind);
  constexpr std::string_view around = " \t\r\n<>()[]{}\"',;&|*`";
  if (around.find(c) != std::string_view::npos)
    return true;
  // The end of a sentence.
  constexpr std::string_view closing = " \t\r\n<>()[]{}\"'*";
  return std::string_view(".!?:").find(c) != std::string_view::npos &&
         (behind.size() == 1 ||
          closing.find(behind[1]) != std::string_view::npos);
}

/// Without the address where nothing around it makes another host of it: as it
/// is, with "%40" in a query, and with "=" in the local part of an address to
/// which bounces and answers go (VERP).
std::string without_address(std::string_view text, std::string_view address) {
  const std::size_t sign = address.rfind('@');
  if (sign == std::string_view::npos || sign == 0)
    return std::string(text);
  const std::string lower = ascii::to_lower(text);
  const std::string local = ascii::to_lower(address.substr(0, sign));
  const std::string host = ascii::to_lower(address.substr(sign + 1));
  const std::string_view last =
      std::string_view(host).substr(host.rfind('.') + 1);
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at = lower.find(local); at != std::string::npos;) {
    const std::string_view before = std::string_view(lower).substr(0, at);
    std::string_view rest = std::string_view(lower).substr(at + local.size());
    const bool is_verp = rest.starts_with('=');
    const std::size_t size = rest.starts_with("%40") ? 3 : 1;
    const bool is_there = (is_verp || size == 3 || rest.starts_with('@')) &&
                          rest.substr(size).starts_with(host);
    const std::size_t end = at + local.size() + size + host.size();
    if (is_there) {
      const std::string_view behind = std::string_view(lower).substr(end);
      if (is_verp ? behind.starts_with('@')
                  : begins_address(before) && ends_address(last, behind)) {
        out += text.substr(begin, at - begin);
        // So that a scheme still leads somewhere.
        out += is_verp || before.ends_with(':') ? "x" : "";
        begin = end;
      }
    }
    at = lower.find(local, is_there ? end : at + local.size());
  }
  out += text.substr(begin);
  return out;
}

}  // namespace

addition_report report(const std::vector<added_text>& texts,
                       std::string_view reader) {
  addition_report out;
  found_links links;
  std::string normal;
  std::size_t octets = 0;
  for (const added_text& t : texts) {
    octets += t.octets.size();
    const std::string written = without_shifts(t.octets, t.charset);
    const std::string text = without_address(written, reader);
    out.harmless &= mime::is_ascii_compatible(t.charset) && !has_odd_octets(t);
    links.hosts.add_all(text);
    const std::string read =
        without_address(mime::read_text(t.octets, t.charset), reader);
    links.hosts.add_all(mime::unicode::fold(read));
    links.add_others(t.html ? shown_text(read) : read);
    if (t.html) {
      out.harmless &= is_harmless_html(text, links);
      const mime::decoded_references decoded = mime::decode_references(text);
      out.harmless &= decoded.clear;
      links.hosts.add_all(without_address(decoded.text, reader));
    }
    append_normal(written, t.charset == "utf-8" || t.charset == "utf8", normal);
    normal += t.html ? "\x02" : "\x01";
    if (out.shown.size() < max_shown) {
      if (!out.shown.empty())
        out.shown += "\r\n";
      out.shown += t.octets.substr(0, max_shown - out.shown.size());
    }
  }
  out.harmless &= octets <= max_octets && links.is_complete();
  out.other_links = !links.others.empty();
  out.links = links.hosts.take();
  // A counter may differ from mail to mail, a telephone number may not.
  for (const std::string& link : links.others) normal += link + '\x03';
  if (normal.find_first_not_of("\x01\x02") != std::string::npos) {
    out.digest =
        to_hex(crypto::hash(crypto::hash_algorithm::sha256, normal).octets());
  }
  return out;
}

}  // namespace mekiki::changes

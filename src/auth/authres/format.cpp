#include "auth/authres/format.hpp"

#include <cstddef>

#include <fmt/format.h>

#include "auth/authres/shown.hpp"
#include "base/ascii.hpp"
#include "message/fold.hpp"

namespace mekiki::authres {
namespace {

constexpr std::size_t longest_value = 320;

// token (RFC 2045 5.1): octets without white space, controls and tspecials.
bool is_token(std::string_view text) {
  constexpr std::string_view tspecials = "()<>@,;:\\\"/[]?=";
  for (const char c : text) {
    if (!ascii::is_graph(c) || tspecials.find(c) != std::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : shown(text)) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

// value  = token / quoted-string
std::string value(std::string_view text) {
  return text.size() <= longest_value && is_token(text) ? std::string(text)
                                                        : quoted(text);
}

// pvalue = [CFWS] ( value / [ [ local-part ] "@" ] domain-name ) [CFWS]
std::string pvalue(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (text.size() <= longest_value && at != std::string_view::npos &&
      (at == 0 || is_token(text.substr(0, at))) &&
      is_token(text.substr(at + 1))) {
    return std::string(text);
  }
  return value(text);
}

// authres-payload = [CFWS] authserv-id [CFWS authres-version]
//                   ( no-result / 1*resinfo ) [CFWS] CRLF
// no-result       = [CFWS] ";" [CFWS] "none"
// resinfo         = [CFWS] ";" methodspec [CFWS reasonspec] *( CFWS propspec )
std::vector<std::string> words_of(std::string_view authserv_id,
                                  const std::vector<method_result>& results) {
  std::vector<std::string> words = {value(authserv_id)};
  for (const method_result& r : results) {
    words.back() += ';';
    words.push_back(fmt::format("{}={}", r.method, word_of(r)));
    if (!r.reason.empty())
      words.push_back("reason=" + quoted(r.reason));
    for (const property& p : r.properties) {
      words.push_back(p.ptype + '.' + p.name + '=' + pvalue(p.value));
    }
  }
  if (results.empty()) {
    words.back() += ';';
    words.emplace_back("none");
  }
  return words;
}

}  // namespace

std::string_view word_of(const method_result& r) {
  return r.own_word.empty() ? to_string(r.result) : r.own_word;
}

std::string shown(std::string_view text) {
  std::string out(text.substr(0, longest_value));
  for (char& c : out) {
    if (!ascii::is_graph(c) && c != ' ')
      c = '?';
  }
  return out;
}

std::string format(std::string_view authserv_id,
                   const std::vector<method_result>& results) {
  return message::format_field("Authentication-Results",
                               words_of(authserv_id, results));
}

std::string format_value(std::string_view authserv_id,
                         const std::vector<method_result>& results) {
  std::string out;
  for (const std::string& word : words_of(authserv_id, results)) {
    out += out.empty() ? "" : " ";
    out += word;
  }
  return out;
}

}  // namespace mekiki::authres

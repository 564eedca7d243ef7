#include "verdict/statement.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "auth/authres/parse.hpp"
#include "base/ascii.hpp"
#include "message/cfws.hpp"
#include "message/reverse_path.hpp"

namespace mekiki::verdict {
namespace {

constexpr std::size_t most_octets = 8 << 10;
constexpr std::size_t most_clients = 10;

void add_client(statement& s, std::string_view text) {
  text = ascii::trim(text);
  if (text.size() > 2 && text.starts_with('[') && text.ends_with(']'))
    text = text.substr(1, text.size() - 2);
  constexpr std::string_view tag = "IPv6:";
  if (ascii::istarts_with(text, tag))
    text.remove_prefix(tag.size());
  const auto address = parse_ip_address(text);
  if (address && s.clients.size() < most_clients)
    s.clients.push_back(address->unmapped());
}

// A path, or a domain alone.
std::optional<std::string> path_or_domain(std::string_view text) {
  const bool is_domain =
      !text.empty() && text.find_first_of("@<>\"") == std::string_view::npos;
  return message::parse_reverse_path(is_domain ? '@' + std::string(text)
                                               : std::string(text));
}

// What stands in a quoted string that is all of `text`, else `text`.
std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"')
    return std::string(text);
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '"')
      return std::string(text);
    if (text[i] == '\\' && i + 2 < text.size())
      ++i;
    out += text[i];
  }
  return out;
}

// Where a word ends that may hold quoted strings.
std::size_t end_of_word(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && (ascii::is_fws(text[i]) || text[i] == ';'))
      return i;
  }
  return text.size();
}

// header-field = "Received-SPF:" [CFWS] result FWS [comment FWS]
//                [ key-value-list ] CRLF
// key-value-pair = key [CFWS] "=" ( dot-atom / quoted-string )
// Paths in angle brackets are common. A word that is no pair is passed over.
void read_received_spf(std::string_view value, statement& s) {
  std::string identity = "mailfrom";
  std::string path;
  bool has_path = false;
  for (;;) {
    const auto rest = message::skip_cfws(value);
    if (!rest || rest->empty())
      break;
    value = *rest;
    if (value.front() == ';') {
      value.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::max<std::size_t>(end_of_word(value), 1);
    const std::string_view word = value.substr(0, end);
    value.remove_prefix(std::min(end, value.size()));
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      continue;
    const std::string_view key = word.substr(0, equals);
    const std::string what = unquoted(word.substr(equals + 1));
    if (ascii::iequals(key, "client-ip")) {
      add_client(s, what);
    } else if (ascii::iequals(key, "identity")) {
      identity = what;
    } else if (ascii::iequals(key, "envelope-from") && !has_path) {
      has_path = true;
      path = what;
    }
  }
  if (has_path && ascii::iequals(identity, "mailfrom"))
    s.mail_from = message::parse_reverse_path(path);
}

// Microsoft's: "(sender IP is 192.0.2.1)"
void read_comments(const authres::reported_result& r, statement& s) {
  constexpr std::string_view words = "sender IP is ";
  for (const std::string_view comment : r.comments) {
    if (comment.starts_with(words))
      add_client(s, comment.substr(words.size()));
  }
}

void read_results(std::string_view value, statement& s) {
  const auto read = authres::parse(value, authres::parse_mode::relaxed);
  if (!read)
    return;
  for (const authres::reported_result& r : read->results) {
    if (r.method == "iprev") {
      if (const std::string* at = r.find("policy", "iprev"))
        add_client(s, *at);
    }
    if (r.method != "spf")
      continue;
    for (const std::string_view name : {"remote-ip", "client-ip"}) {
      if (const std::string* at = r.find("smtp", name))
        add_client(s, *at);
    }
    read_comments(r, s);
    const std::string* path = r.find("smtp", "mailfrom");
    if (path != nullptr && !s.mail_from)
      s.mail_from = path_or_domain(*path);
  }
}

// Words of hexadecimal digits, dots and colons; "IPv6:" is a tag.
void find_addresses(std::string_view text, statement& s) {
  const auto is_part = [](char c) {
    return ascii::hex_value(c) >= 0 || c == ':' || c == '.';
  };
  while (!text.empty()) {
    if (ascii::istarts_with(text, "IPv6:"))
      text.remove_prefix(5);
    std::size_t end = 0;
    while (end < text.size() && is_part(text[end])) ++end;
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), std::max<std::size_t>(end, 1)));
    while (!word.empty() && (word.back() == '.' || word.back() == ':'))
      word.remove_suffix(1);
    const auto address = parse_ip_address(word);
    if (address)
      s.mentioned.push_back(address->unmapped());
  }
}

bool is_any_of(std::string_view name,
               std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(
      names, [&](std::string_view n) { return ascii::iequals(name, n); });
}

}  // namespace

bool statement::names(const ip_address& client) const {
  return std::ranges::find(clients, client) != clients.end();
}

bool statement::mentions(const ip_address& client) const {
  return std::ranges::find(mentioned, client) != mentioned.end();
}

std::optional<statement> read_statement(const message::field_view& field,
                                        std::size_t index) {
  if (field.value.size() > most_octets)
    return std::nullopt;
  statement s;
  s.field = index;
  if (ascii::iequals(field.name, "received-spf"))
    read_received_spf(field.value, s);
  else if (ascii::iequals(field.name, "authentication-results"))
    read_results(field.value, s);
  else if (is_any_of(field.name, {"x-originating-ip", "x-sender-ip"}))
    add_client(s, field.value);
  if (s.clients.empty() && !s.mail_from)
    return std::nullopt;
  find_addresses(field.value, s);
  return s;
}

}  // namespace mekiki::verdict

#include "auth/dmarc/record.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/ascii.hpp"

namespace mekiki::dmarc {
namespace {

//   dmarc-record  = dmarc-version *(dmarc-sep dmarc-tag) [dmarc-sep]
//   dmarc-version = "v" equals %s"DMARC1"
//   dmarc-tag     = 1*ALPHA equals 1*dmarc-value
//   dmarc-value   = %x20-3A / %x3C-7E      ; and tabs between URIs
//   dmarc-sep     = *WSP ";" *WSP
//   equals        = *WSP "=" *WSP

std::optional<element_view> read_tag(std::string_view element) {
  const std::size_t equals = element.find('=');
  if (equals == std::string_view::npos)
    return std::nullopt;
  const element_view tag{element, ascii::trim(element.substr(0, equals)),
                         ascii::trim(element.substr(equals + 1))};
  const bool is_name =
      !tag.name.empty() &&
      std::all_of(tag.name.begin(), tag.name.end(), [](char c) {
        return ascii::is_alnum(c) || c == '_' || c == '-';
      });
  const bool is_value = std::all_of(
      tag.value.begin(), tag.value.end(),
      [](char c) { return ascii::is_graph(c) || ascii::is_wsp(c); });
  if (!is_name || !is_value)
    return std::nullopt;
  return tag;
}

/// The tags that are looked at.
enum class known : std::uint8_t {
  v,
  p,
  sp,
  np,
  adkim,
  aspf,
  psd,
  t,
  pct,
  rua,
  ruf
};
constexpr std::array<std::string_view, 11> known_names{
    "v", "p", "sp", "np", "adkim", "aspf", "psd", "t", "pct", "rua", "ruf"};

std::optional<known> find_known(std::string_view name) {
  for (std::size_t i = 0; i < known_names.size(); ++i) {
    if (ascii::iequals(known_names[i], name))
      return static_cast<known>(i);
  }
  return std::nullopt;
}

std::optional<policy> read_policy(std::string_view value) {
  for (const policy p : {policy::none, policy::quarantine, policy::reject}) {
    if (ascii::iequals(value, to_string(p)))
      return p;
  }
  return std::nullopt;
}

alignment read_alignment(std::string_view value) {
  return ascii::iequals(value, "s") ? alignment::strict : alignment::relaxed;
}

suffix_flag read_suffix_flag(std::string_view value) {
  if (ascii::iequals(value, "y"))
    return suffix_flag::yes;
  return ascii::iequals(value, "n") ? suffix_flag::no : suffix_flag::unstated;
}

std::optional<unsigned> read_number(std::string_view text) {
  if (text.empty() || text.size() > 9)
    return std::nullopt;
  unsigned out = 0;
  for (const char c : text) {
    if (!ascii::is_digit(c))
      return std::nullopt;
    out = out * 10 + static_cast<unsigned>(c - '0');
  }
  return out;
}

//   dmarc-uri = URI [ "!" 1*DIGIT [ "k" / "m" / "g" / "t" ] ]   ; RFC 7489
// RFC 9989 has no size any more, but records still do.
bool is_uri(std::string_view text) {
  const std::size_t mark = text.find('!');
  if (mark != std::string_view::npos) {
    std::string_view size = text.substr(mark + 1);
    if (!size.empty() && std::string_view("kmgt").find(ascii::to_lower(
                             size.back())) != std::string_view::npos) {
      size.remove_suffix(1);
    }
    if (!read_number(size))
      return false;
    text = text.substr(0, mark);
  }
  //   URI    = scheme ":" hier-part ...                        ; RFC 3986 3
  //   scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 == text.size() ||
      !ascii::is_alpha(text.front())) {
    return false;
  }
  const auto scheme = text.substr(0, colon);
  const auto rest = text.substr(colon + 1);
  constexpr std::string_view punctuation = "-._~:/?#[]@$&'()*+=%";
  return std::all_of(scheme.begin(), scheme.end(),
                     [](char c) {
                       return ascii::is_alnum(c) || c == '+' || c == '-' ||
                              c == '.';
                     }) &&
         std::all_of(rest.begin(), rest.end(), [punctuation](char c) {
           return ascii::is_alnum(c) ||
                  punctuation.find(c) != std::string_view::npos;
         });
}

std::vector<std::string> read_uris(std::string_view value) {
  std::vector<std::string> out;
  std::size_t start = 0;
  while (start <= value.size()) {
    const std::size_t end = std::min(value.find(',', start), value.size());
    const auto uri = ascii::trim(value.substr(start, end - start));
    if (is_uri(uri))
      out.emplace_back(uri);
    start = end + 1;
  }
  return out;
}

}  // namespace

std::string_view to_string(spec s) {
  return s == spec::rfc9989 ? "rfc9989" : "rfc7489";
}

std::string_view to_string(policy p) {
  switch (p) {
    case policy::quarantine:
      return "quarantine";
    case policy::reject:
      return "reject";
    case policy::none:
      break;
  }
  return "none";
}

std::optional<element_view> take_element(std::string_view& rest) {
  if (rest.empty())
    return std::nullopt;
  const std::size_t end = std::min(rest.find(';'), rest.size());
  const std::string_view element = rest.substr(0, end);
  const bool is_last = end == rest.size();
  rest.remove_prefix(is_last ? end : end + 1);
  if (is_last && ascii::trim(element).empty())
    return std::nullopt;  // the last separator
  return read_tag(element).value_or(element_view{element, {}, {}});
}

expected<record, errc> parse_record(std::string_view text, spec rules) {
  const bool strict = rules == spec::rfc7489;
  // By RFC 9989 4.7 "v" comes first, and DMARC1 "MUST match precisely".
  std::string_view rest = text;
  const auto version = take_element(rest);
  if (!version || ascii::is_wsp(text.front()) ||
      !ascii::iequals(version->name, "v") || version->value != "DMARC1") {
    return unexpected(errc::no_record);
  }
  record out;
  out.text = text;
  bool policy_is_valid = true;
  std::array<bool, known_names.size()> seen{true};  // v
  std::size_t number = 0;
  while (const auto tag = take_element(rest)) {
    ++number;
    if (tag->name.empty()) {
      if (strict)
        return unexpected(errc::record_syntax);
      continue;
    }
    const auto name = find_known(tag->name);
    if (!name)
      continue;
    bool& again = seen[static_cast<std::size_t>(*name)];
    if (strict && (again || (*name == known::p && number != 1))) {
      return unexpected(errc::record_syntax);
    }
    if (again)
      continue;
    again = true;
    const std::string_view value = tag->value;
    switch (*name) {
      case known::v:
        break;
      case known::p:
        out.p = read_policy(value);
        break;
      case known::sp:
        out.sp = read_policy(value);
        policy_is_valid = policy_is_valid && out.sp;
        break;
      case known::np:
        out.np = read_policy(value);
        policy_is_valid = policy_is_valid && (strict || out.np);
        break;
      case known::adkim:
        out.dkim = read_alignment(value);
        break;
      case known::aspf:
        out.spf = read_alignment(value);
        break;
      case known::psd:
        out.psd = read_suffix_flag(value);
        break;
      case known::t:
        out.testing = ascii::iequals(value, "y");
        break;
      case known::pct:
        out.percent = std::min(read_number(value).value_or(100), 100U);
        break;
      case known::rua:
        out.aggregate_uris = read_uris(value);
        break;
      case known::ruf:
        out.failure_uris = read_uris(value);
        break;
    }
  }
  // RFC 9989 4.10.1, RFC 7489 6.6.3.
  if (!out.p || !policy_is_valid) {
    out.sp = out.np = std::nullopt;
    out.p = std::nullopt;
    if (!out.aggregate_uris.empty())
      out.p = policy::none;
  }
  return out;
}

}  // namespace mekiki::dmarc

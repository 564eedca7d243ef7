// In the order of RFC 7208 12. Where this differs from the grammar there:
// nothing that begins with "redirect=" or "exp=" is an unknown modifier.
#include "auth/spf/record.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "auth/spf/macro.hpp"
#include "base/ascii.hpp"

namespace mekiki::spf {
namespace {

struct mechanism_name {
  std::string_view name;
  mechanism kind;
};
constexpr std::array<mechanism_name, 8> mechanisms{{
    {"all", mechanism::all},
    {"include", mechanism::include},
    {"a", mechanism::a},
    {"mx", mechanism::mx},
    {"ptr", mechanism::ptr},
    {"ip4", mechanism::ip4},
    {"ip6", mechanism::ip6},
    {"exists", mechanism::exists},
}};

//   name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
/// The name before the "=" of a modifier; nothing if it is a directive.
std::optional<std::string_view> modifier_name(std::string_view term) {
  if (!ascii::is_alpha(term.front()))
    return std::nullopt;
  const auto end = std::find_if(term.begin(), term.end(), [](char c) {
    return !ascii::is_alnum(c) && c != '-' && c != '_' && c != '.';
  });
  if (end == term.end() || *end != '=')
    return std::nullopt;
  return term.substr(0, static_cast<std::size_t>(end - term.begin()));
}

//   ip4-cidr-length = "/" ("0" / %x31-39 0*1DIGIT)
//   ip6-cidr-length = "/" ("0" / %x31-39 0*2DIGIT)
std::optional<std::uint8_t> parse_length(std::string_view digits, int most) {
  if (digits.empty() || digits.size() > 3 ||
      (digits.size() > 1 && digits[0] == '0')) {
    return std::nullopt;
  }
  int length = 0;
  for (const char c : digits) {
    if (!ascii::is_digit(c))
      return std::nullopt;
    length = length * 10 + (c - '0');
  }
  if (length > most)
    return std::nullopt;
  return static_cast<std::uint8_t>(length);
}

/// Takes "/" or "//" and digits, `slashes`, from the end of `rest`. False if
/// the length is out of range; true also where there is none.
bool take_length(std::string_view& rest, std::string_view slashes, int most,
                 std::uint8_t& length) {
  std::size_t digits = rest.size();
  while (digits > 0 && ascii::is_digit(rest[digits - 1])) --digits;
  if (digits == rest.size() || !rest.substr(0, digits).ends_with(slashes))
    return true;
  const auto parsed = parse_length(rest.substr(digits), most);
  rest = rest.substr(0, digits - slashes.size());
  if (parsed)
    length = *parsed;
  return parsed.has_value();
}

//   ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ]
//   ip6 = "ip6" ":" ip6-network [ ip6-cidr-length ]
errc read_network(std::string_view rest, directive& out) {
  const bool v4 = out.kind == mechanism::ip4;
  const int most = v4 ? 32 : 128;
  const std::size_t slash = rest.find('/');
  const auto address = parse_ip_address(rest.substr(0, slash));
  if (!address || address->is_v4() != v4)
    return errc::address;
  out.network = {*address, most};
  if (slash != std::string_view::npos) {
    const auto length = parse_length(rest.substr(slash + 1), most);
    if (!length)
      return errc::prefix_length;
    out.network.prefix_length = *length;
  }
  return errc::allowed;
}

/// What follows a mechanism's name: ":" and an argument, "/" and lengths.
errc read_argument(std::string_view rest, directive& out) {
  const bool has_lengths =
      out.kind == mechanism::a || out.kind == mechanism::mx;
  const bool needs_target =
      out.kind == mechanism::include || out.kind == mechanism::exists ||
      out.kind == mechanism::ip4 || out.kind == mechanism::ip6;
  if (out.kind == mechanism::all)
    return rest.empty() ? errc::allowed : errc::argument;
  //   dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]
  if (has_lengths && (!take_length(rest, "//", 128, out.prefix6) ||
                      !take_length(rest, "/", 32, out.prefix4))) {
    return errc::prefix_length;
  }
  if (rest.empty())
    return needs_target ? errc::argument : errc::allowed;
  if (rest.front() != ':')
    return has_lengths ? errc::prefix_length : errc::argument;
  rest.remove_prefix(1);
  if (out.kind == mechanism::ip4 || out.kind == mechanism::ip6)
    return read_network(rest, out);
  out.target = rest;
  return is_domain_spec(rest) ? errc::allowed : errc::domain_spec;
}

//   directive = [ qualifier ] mechanism
errc read_directive(std::string_view term, directive& out) {
  out.text = term;
  switch (term.front()) {
    case '-':
      out.meaning = errc::refused;
      break;
    case '~':
      out.meaning = errc::doubted;
      break;
    case '?':
      out.meaning = errc::unstated;
      break;
    default:
      out.meaning = errc::allowed;
      break;
  }
  if (out.meaning != errc::allowed || term.front() == '+')
    term.remove_prefix(1);
  const std::string_view name = term.substr(0, term.find_first_of(":/"));
  for (const mechanism_name& m : mechanisms) {
    if (ascii::iequals(name, m.name)) {
      out.kind = m.kind;
      return read_argument(term.substr(name.size()), out);
    }
  }
  return errc::mechanism;
}

//   modifier = redirect / explanation / unknown-modifier
errc read_modifier(std::string_view name, std::string_view value,
                   record_view& out) {
  const bool redirects = ascii::iequals(name, "redirect");
  if (!redirects && !ascii::iequals(name, "exp")) {
    return is_macro_string(value, macro_place::domain_spec) ? errc::allowed
                                                            : errc::modifier;
  }
  std::string_view& known = redirects ? out.redirect : out.explanation;
  if (!known.empty())
    return errc::duplicate_modifier;
  known = value;
  return is_domain_spec(value) ? errc::allowed : errc::modifier;
}

bool is_record_octet(char c) { return c == ' ' || ascii::is_graph(c); }

}  // namespace

//   record = version terms *SP
//   terms  = *( 1*SP ( directive / modifier ) )
expected<record_view, parse_error> parse_terms(std::string_view text) {
  const auto fail = [](errc code, std::size_t offset) {
    return unexpected(parse_error{code, offset});
  };
  if (text.size() > max_record_octets)
    return fail(errc::record_size, text.size());
  const auto odd = std::find_if_not(text.begin(), text.end(), is_record_octet);
  if (odd != text.end())
    return fail(errc::octet, static_cast<std::size_t>(odd - text.begin()));

  record_view out;
  out.directives.reserve(8);
  std::size_t start = 0;
  while ((start = text.find_first_not_of(' ', start)) !=
         std::string_view::npos) {
    const std::string_view term =
        text.substr(start, text.find(' ', start) - start);
    errc code = errc::allowed;
    if (const auto name = modifier_name(term)) {
      code = read_modifier(*name, term.substr(name->size() + 1), out);
    } else {
      code = read_directive(term, out.directives.emplace_back());
    }
    if (code != errc::allowed)
      return fail(code, start);
    start += term.size();
  }
  return out;
}

selection select_spf1(const std::vector<std::string>& texts) {
  constexpr std::string_view version = "v=spf1";
  selection out;
  for (const std::string& text : texts) {
    if (!ascii::istarts_with(text, version) ||
        (text.size() > version.size() && text[version.size()] != ' ')) {
      continue;
    }
    if (out.code == errc::allowed) {
      out.code = errc::several_records;
      return out;
    }
    out.code = errc::allowed;
    out.text = text;
    out.terms = out.text.substr(version.size());
  }
  return out;
}

}  // namespace mekiki::spf

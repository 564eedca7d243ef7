#include "auth/dkim/signature.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "dns/name.hpp"

namespace mekiki::dkim {
namespace {

constexpr std::size_t max_fields = 1000;
constexpr std::size_t max_algorithm_octets = 64;
constexpr std::size_t max_identity_octets = 320;  // 64 "@" 255, RFC 5321 4.5.3
constexpr std::size_t octets_start_size = 8;

/// What is wrong with a tag, if anything.
using step = std::optional<errc>;

//   sub-domain  =  Let-dig [Ldh-str]          ; RFC 5321 4.1.2
// Underscores occur in real selectors.
bool is_domain_octet(char c) {
  return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/// A domain name of letters, digits, hyphens and U-labels (RFC 8616 4) as
/// A-labels.
std::optional<std::string> read_name(std::string_view text) {
  if (text.ends_with('.'))
    return std::nullopt;
  auto name = dns::to_a_labels(text);
  if (name && !std::all_of(name->begin(), name->end(), is_domain_octet)) {
    return std::nullopt;
  }
  return name;
}

//   domain-name =  sub-domain 1*("." sub-domain)
std::optional<std::string> read_domain(std::string_view text) {
  auto name = read_name(text);
  if (name && name->find('.') == std::string::npos)
    return std::nullopt;
  return name;
}

/// Digits; the largest number if there are more of them than it holds.
template <class Number>
std::optional<Number> read_number(std::string_view text) {
  constexpr Number most = std::numeric_limits<Number>::max();
  constexpr std::size_t max_digits = 76;  // of l=, RFC 6376 3.5
  if (text.empty() || text.size() > max_digits)
    return std::nullopt;
  Number out = 0;
  for (const char c : text) {
    if (!ascii::is_digit(c))
      return std::nullopt;
    const auto digit = static_cast<Number>(c - '0');
    out = out > (most - digit) / 10 ? most
                                    : static_cast<Number>(out * 10 + digit);
  }
  return out;
}

int hex_digit(char c) {
  if (ascii::is_digit(c))
    return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

//   dkim-quoted-printable =  *(FWS / hex-octet / dkim-safe-char)
//   hex-octet             =  "=" 2HEXDIG    ; upper case, RFC 6376 2.11
std::optional<std::string> decode_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (ascii::is_fws(text[i]))
      continue;
    char c = text[i];
    if (c == '=') {
      if (text.size() - i < 3)
        return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0)
        return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (ascii::is_control(c))
      return std::nullopt;
    out += c;
  }
  return out;
}

// Each reads the value of one tag into the signature.

step read_v(const tag_view& v, signature&) {
  return v.value == "1" ? step() : errc::version;
}

//   sig-a-tag-alg =  sig-a-tag-k "-" sig-a-tag-h
step read_a(const tag_view& a, signature& out) {
  using crypto::hash_algorithm;
  using crypto::key_type;
  if (a.value.size() <= max_algorithm_octets &&
      std::all_of(a.value.begin(), a.value.end(), ascii::is_graph)) {
    out.algorithm = ascii::to_lower(a.value);
  }
  if (out.algorithm == "rsa-sha256") {
    out.key_type = key_type::rsa;
    out.hash = hash_algorithm::sha256;
  } else if (out.algorithm == "ed25519-sha256") {
    out.key_type = key_type::ed25519;
    out.hash = hash_algorithm::sha256;
  } else if (out.algorithm == "rsa-sha1") {
    out.key_type = key_type::rsa;
    out.hash = hash_algorithm::sha1;
  } else {
    return errc::algorithm;
  }
  return {};
}

step read_b(const tag_view& b, signature& out) {
  auto octets = base64_decode(b.value);
  if (!octets || octets->empty())
    return errc::encoding;
  out.octets = std::move(*octets);
  for (const char c : b.value) {
    if (out.octets_start.size() == octets_start_size)
      break;
    if (!ascii::is_fws(c))
      out.octets_start += c;
  }
  return {};
}

step read_bh(const tag_view& bh, signature& out) {
  auto octets = base64_decode(bh.value);
  if (!octets || octets->size() != crypto::digest_size(out.hash)) {
    return errc::encoding;
  }
  out.body_hash = std::move(*octets);
  return {};
}

std::optional<canonicalization> read_mode(std::string_view value) {
  if (ascii::iequals(value, "simple"))
    return canonicalization::simple;
  if (ascii::iequals(value, "relaxed"))
    return canonicalization::relaxed;
  return std::nullopt;
}

//   sig-c-tag-alg =  "simple" / "relaxed" / x-sig-c-tag-alg
//   c=            :  sig-c-tag-alg ["/" sig-c-tag-alg]
step read_c(const tag_view& c, signature& out) {
  const std::size_t slash = c.value.find('/');
  const auto header = read_mode(c.value.substr(0, slash));
  std::optional<canonicalization> body = canonicalization::simple;
  if (slash != std::string_view::npos) {
    body = read_mode(c.value.substr(slash + 1));
  }
  if (!header || !body)
    return errc::canonicalization;
  out.header = *header;
  out.body = *body;
  return {};
}

step read_d(const tag_view& d, signature& out) {
  auto domain = read_domain(d.value);
  if (!domain)
    return errc::domain;
  out.domain = std::move(*domain);
  out.identity = "@" + out.domain;
  out.identity_domain = out.domain;
  return {};
}

step read_s(const tag_view& s, signature& out) {
  auto selector = read_name(s.value);
  if (!selector)
    return errc::selector;
  out.selector = std::move(*selector);
  return {};
}

//   i=  :  [ Local-part ] "@" domain-name
step read_i(const tag_view& i, signature& out) {
  out.identity.clear();
  auto identity = decode_quoted_printable(i.value);
  if (!identity || identity->size() > max_identity_octets)
    return errc::identity;
  const std::size_t at = identity->rfind('@');
  if (at == std::string::npos)
    return errc::identity;
  auto domain = read_domain(std::string_view(*identity).substr(at + 1));
  if (!domain)
    return errc::identity;
  if (!dns::is_subdomain_of(*domain, out.domain))
    return errc::identity_outside;
  out.identity = std::move(*identity);
  out.identity_domain = std::move(*domain);
  return {};
}

/// Names between colons; an empty one is kept.
step read_names(std::string_view value, std::vector<std::string>& out) {
  const auto names = split_elements(value);
  if (names.size() > max_fields)
    return errc::header_list;
  out.reserve(names.size());
  for (const std::string_view name : names) {
    if (!std::all_of(name.begin(), name.end(), ascii::is_graph))
      return errc::header_list;
    out.push_back(ascii::to_lower(name));
  }
  return {};
}

//   h=  :  hdr-name *( [FWS] ":" [FWS] hdr-name )
step read_h(const tag_view& h, signature& out) {
  if (const step wrong = read_names(h.value, out.fields))
    return wrong;
  if (std::find(out.fields.begin(), out.fields.end(), "") != out.fields.end())
    return errc::header_list;
  // RFC 6376 5.4: From MUST be signed.
  if (std::find(out.fields.begin(), out.fields.end(), "from") ==
      out.fields.end()) {
    return errc::from_not_signed;
  }
  return {};
}

// An empty name is one that no field has. RFC 8617 4.1.2: seals MUST NOT be
// signed.
step read_arc_h(const tag_view& h, signature& out) {
  const step wrong = read_names(h.value, out.fields);
  const auto& names = out.fields;
  if (!wrong &&
      std::find(names.begin(), names.end(), "arc-seal") != names.end()) {
    return errc::header_list;
  }
  return wrong;
}

step read_l(const tag_view& l, signature& out) {
  out.length = read_number<std::uint64_t>(l.value);
  return out.length ? step() : errc::length;
}

step read_q(const tag_view& q, signature&) {
  for (const std::string_view method : split_elements(q.value)) {
    if (ascii::iequals(method, "dns/txt"))
      return {};
  }
  return errc::query_method;
}

step read_t(const tag_view& t, signature& out) {
  out.signed_at = read_number<std::int64_t>(t.value);
  return out.signed_at ? step() : errc::timestamp;
}

step read_x(const tag_view& x, signature& out) {
  out.expires_at = read_number<std::int64_t>(x.value);
  if (!out.expires_at || out.expires_at <= out.signed_at) {
    return errc::timestamp;
  }
  return {};
}

struct rule {
  std::string_view tag;
  enum { required, optional } need;
  step (*read)(const tag_view&, signature&);
};

// A tag stands below those that its reader looks at.
constexpr std::array dkim_rules{
    rule{"v", rule::required, read_v}, rule{"a", rule::required, read_a},
    rule{"b", rule::required, read_b}, rule{"bh", rule::required, read_bh},
    rule{"d", rule::required, read_d}, rule{"h", rule::required, read_h},
    rule{"s", rule::required, read_s}, rule{"c", rule::optional, read_c},
    rule{"i", rule::optional, read_i}, rule{"l", rule::optional, read_l},
    rule{"q", rule::optional, read_q}, rule{"t", rule::optional, read_t},
    rule{"x", rule::optional, read_x},
};
constexpr std::array arc_message_rules{
    rule{"a", rule::required, read_a},     rule{"b", rule::required, read_b},
    rule{"bh", rule::required, read_bh},   rule{"d", rule::required, read_d},
    rule{"h", rule::required, read_arc_h}, rule{"s", rule::required, read_s},
    rule{"c", rule::optional, read_c},     rule{"l", rule::optional, read_l},
    rule{"q", rule::optional, read_q},     rule{"t", rule::optional, read_t},
    rule{"x", rule::optional, read_x},
};
constexpr std::array arc_seal_rules{
    rule{"a", rule::required, read_a}, rule{"b", rule::required, read_b},
    rule{"d", rule::required, read_d}, rule{"s", rule::required, read_s},
    rule{"t", rule::optional, read_t},
};

std::span<const rule> rules_of(signature_kind kind) {
  switch (kind) {
    case signature_kind::arc_message:
      return arc_message_rules;
    case signature_kind::arc_seal:
      return arc_seal_rules;
    case signature_kind::dkim:
      break;
  }
  return dkim_rules;
}

}  // namespace

body_hash_request signature::body_hash_wanted() const {
  body_hash_request out{.mode = body, .algorithm = hash};
  if (length)
    out.length = *length;
  return out;
}

signature_reading parse_signature(std::string_view field_value) {
  const auto tags = parse_tag_list(field_value, empty_elements::refused);
  if (!tags)
    return {.claims = {}, .error = tags.error()};
  return read_signature(field_value, *tags, signature_kind::dkim);
}

signature_reading read_signature(std::string_view field_value,
                                 const tag_list_view& tags,
                                 signature_kind kind) {
  signature_reading out;
  if (kind == signature_kind::arc_message)
    out.claims.header = out.claims.body = canonicalization::relaxed;
  const auto offset_of = [field_value](const tag_view& tag) {
    return static_cast<std::size_t>(tag.raw.data() - field_value.data());
  };
  for (const rule& r : rules_of(kind)) {
    const tag_view* tag = tags.find(r.tag);
    step wrong;
    if (tag != nullptr) {
      wrong = r.read(*tag, out.claims);
    } else if (r.need == rule::required) {
      wrong = errc::missing_tag;
    }
    if (wrong && !out.error) {
      out.error = {*wrong, tag != nullptr ? offset_of(*tag) : 0};
    }
  }
  if (const tag_view* b = tags.find("b")) {
    out.claims.b_offset = offset_of(*b);
    out.claims.b_size = b->raw.size();
  }
  return out;
}

}  // namespace mekiki::dkim

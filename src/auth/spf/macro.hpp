// Macro strings (RFC 7208 section 7): their grammar and their expansion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip_address.hpp"

namespace mekiki::spf {

/// Where a macro string stands: c, r and t have a meaning in explanations
/// only, and only these may hold spaces.
enum class macro_place : std::uint8_t { domain_spec, explanation };

/// RFC 7208 7.1: macro-string, or explain-string (6.2).
bool is_macro_string(std::string_view text, macro_place place);

/// RFC 7208 7.1: domain-spec, a macro-string that ends in a macro or in a dot
/// and a top label.
bool is_domain_spec(std::string_view text);

/// True if `text`, a macro string, has a macro with one of `letters` (lower
/// case).
bool uses_macro(std::string_view text, std::string_view letters);

/// What the letters stand for (RFC 7208 7.2). Borrows.
struct macro_values {
  std::string_view local_part;      // l, and s with the next
  std::string_view sender_domain;   // o
  std::string_view domain;          // d
  ip_address ip;                    // i, v, c; never IPv4-mapped
  std::string_view validated_name;  // p
  std::string_view helo;            // h
  std::string_view receiver;        // r
  std::int64_t now = 0;             // t, Unix seconds
};

/// A domain-spec expanded, without final dot, its left labels removed until at
/// most 253 octets are left (7.3). Whether it can be asked is not looked at.
/// Work and memory: linear in the text's length times the longest value's.
std::string expand_domain(std::string_view spec, const macro_values& values);

/// An explanation expanded, cut after `limit` octets.
std::string expand_explanation(std::string_view text,
                               const macro_values& values, std::size_t limit);

/// The name under which the reverse DNS keeps the address: the PTR record is
/// at "4.3.2.1.in-addr.arpa" (5.5).
std::string reverse_name(const ip_address& ip);

}  // namespace mekiki::spf

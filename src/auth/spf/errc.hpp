// Everything that check_host() can come to, and the word of RFC 7208 2.6 that
// it means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auth/result.hpp"

namespace mekiki::spf {

enum class errc : std::uint8_t {
  // The domain's policy was found (RFC 7208 4.7, 5).
  /// A mechanism with "+" matched.
  allowed,
  /// A mechanism with "-" matched.
  refused,
  /// A mechanism with "~" matched.
  doubted,
  /// A mechanism with "?" matched.
  unstated,
  /// No mechanism matched.
  unmatched,

  // There is no policy (4.3 to 4.5).
  /// The identity holds no domain name of at least two labels.
  no_domain,
  /// The domain does not exist.
  no_such_domain,
  /// The domain publishes no record.
  no_record,

  // The DNS (4.4, 5).
  /// No answer for now.
  dns_unavailable,
  /// An answer failed DNSSEC validation.
  dns_bogus,

  // The record (4.5, 4.6, 12).
  /// There is more than one.
  several_records,
  /// It is longer than is read.
  record_size,
  /// An octet that is not visible ASCII.
  octet,
  /// A mechanism that is not known.
  mechanism,
  /// A mechanism has an argument it must not have, or lacks one it must have.
  argument,
  /// A domain-spec that does not follow the grammar, its macros among it.
  domain_spec,
  /// ip4: or ip6: without an address of that kind.
  address,
  /// A prefix length that is no number, or too large.
  prefix_length,
  /// A modifier whose value does not follow the grammar.
  modifier,
  /// redirect= or exp= occurs twice.
  duplicate_modifier,

  // The limits (4.6.4).
  /// More than 10 terms that ask the DNS.
  too_many_terms,
  /// More than 2 lookups without a result.
  too_many_voids,
  /// An mx mechanism with more than 10 hosts.
  too_many_exchanges,

  // Other records (5.2, 6.1).
  /// The target of include: has no record.
  include_target,
  /// The target of redirect= has no record.
  redirect_target,
};

/// How many enumerators there are.
constexpr std::size_t errc_count =
    static_cast<std::size_t>(errc::redirect_target) + 1;

/// The code for other programs: the enumerator's name.
std::string_view to_string(errc e);
/// The result of check_host(), RFC 7208 2.6.
auth::result to_result(errc e);
/// One English sentence without final stop, for people.
std::string_view describe(errc e);

}  // namespace mekiki::spf

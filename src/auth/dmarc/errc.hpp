// Everything that DMARC can come to, and the word of RFC 8601 that it means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auth/result.hpp"

namespace mekiki::dmarc {

enum class errc : std::uint8_t {
  // DMARC applies, and was decided (RFC 9989 5.3.5).
  /// A domain that passed DKIM or SPF is aligned with the author's.
  aligned,
  /// None that passed is.
  unaligned,

  // DMARC is not possible (5.3.1).
  /// From holds no domain.
  no_author,
  /// From holds several domains. For people who read it, a threat (11.5).
  several_authors,
  /// The author's domain is not a domain name.
  author_domain,

  // DMARC does not apply (4.10.1).
  /// Neither the domain nor one above it that counts publishes a record.
  no_record,
  /// The author's domain publishes more than one.
  several_records,
  /// The record has no valid p=, or an invalid sp= or np=, and no address for
  /// reports.
  no_policy,

  // It cannot be said.
  /// Nothing aligned passed DKIM, and SPF was left out because nobody knows
  /// which host sent the mail.
  spf_left_out,
  /// An aligned domain might have passed, but its check came to no end.
  check_unavailable,
  /// The DNS gave no answer for now.
  dns_unavailable,
  /// An answer failed DNSSEC validation.
  dns_bogus,
  /// The record breaks the grammar. RFC 7489 alone: by RFC 9989 4.7 what
  /// cannot be read is passed over.
  record_syntax,
};

/// How many enumerators there are.
constexpr std::size_t errc_count =
    static_cast<std::size_t>(errc::record_syntax) + 1;

/// The code for other programs: the enumerator's name.
std::string_view to_string(errc e);
/// What it means in the words of RFC 8601 2.7 (those of RFC 7489 11.2). Where
/// DMARC is not possible, does not apply, or SPF was left out it is `none`:
/// there was no aligned identifier, and another try will find none either.
auth::result to_result(errc e);
/// One English sentence without final stop, for people.
std::string_view describe(errc e);

}  // namespace mekiki::dmarc

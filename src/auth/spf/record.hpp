// SPF records (RFC 7208 3, 4.6.1, 5, 6 and 12).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/spf/errc.hpp"
#include "base/expected.hpp"
#include "base/ip_address.hpp"

namespace mekiki::spf {

/// Why a record could not be read, and the term at which.
struct parse_error {
  errc code = errc::mechanism;
  std::size_t offset = 0;  // octets from the start of the text
};

enum class mechanism : std::uint8_t {
  all,
  include,
  a,
  mx,
  ptr,
  ip4,
  ip6,
  exists
};

/// One mechanism with its qualifier. Borrows the record's text.
struct directive {
  mechanism kind = mechanism::all;
  /// What a match means: allowed, refused, doubted or unstated.
  errc meaning = errc::allowed;
  std::uint8_t prefix4 = 32;   // of a and mx, bits
  std::uint8_t prefix6 = 128;  // of a and mx, bits
  ip_network network;          // of ip4 and ip6
  /// The domain-spec, empty where there is none.
  std::string_view target;
  std::string_view text;  // all of it, as written
};

/// A record that follows the grammar. Borrows its text.
struct record_view {
  std::vector<directive> directives;
  std::string_view redirect;     // a domain-spec; empty: there is none
  std::string_view explanation;  // exp=; a domain-spec; empty: there is none
};

/// Longer records are not read; RFC 7208 3.4 recommends 450 octets.
constexpr std::size_t max_record_octets = 16'384;

/// Reads what follows the version section of a record: terms and spaces. Any
/// error anywhere makes the whole unreadable (RFC 7208 4.6). Errors: those of
/// `errc` from `record_size` to `duplicate_modifier`.
expected<record_view, parse_error> parse_terms(std::string_view text);

/// Which of the texts at a name is the record, and where its terms begin.
struct selection {
  errc code = errc::no_record;  // allowed: there is one
  std::string_view text;        // all of it
  std::string_view terms;       // what follows the version section
};
using record_selector = selection (*)(const std::vector<std::string>& texts);

/// RFC 7208 4.5: texts that begin with "v=spf1" and a space, or end there.
/// `no_record` or `several_records` where there is not exactly one.
selection select_spf1(const std::vector<std::string>& texts);

}  // namespace mekiki::spf

// DMARC policy records (RFC 9989 4.7 and 4.8; RFC 7489 6.3 and 6.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dmarc/errc.hpp"
#include "base/expected.hpp"

namespace mekiki::dmarc {

/// By which RFC a record is read, found and applied.
enum class spec : std::uint8_t { rfc9989, rfc7489 };
std::string_view to_string(spec s);

/// What a domain asks for. A greater one asks for more.
enum class policy : std::uint8_t { none, quarantine, reject };
std::string_view to_string(policy p);

enum class alignment : std::uint8_t { relaxed, strict };

/// psd=
enum class suffix_flag : std::uint8_t {
  unstated,  // "u"
  yes,       // a public suffix
  no,        // an organizational domain
};

struct record {
  std::string text;  // as published

  /// p=; none where p= is missing or invalid, or sp= or np= is invalid, but an
  /// address for reports is given. Empty: without such an address.
  std::optional<policy> p;
  std::optional<policy> sp;
  std::optional<policy> np;                 // RFC 9989
  alignment dkim = alignment::relaxed;      // adkim=
  alignment spf = alignment::relaxed;       // aspf=
  suffix_flag psd = suffix_flag::unstated;  // RFC 9989
  bool testing = false;                     // t=y, RFC 9989
  unsigned percent = 100;                   // pct=, RFC 7489
  std::vector<std::string> aggregate_uris;  // rua=, the valid ones
  std::vector<std::string> failure_uris;    // ruf=, the valid ones
};

/// Reads the text of a TXT record, in time linear in its length. Errors:
/// `no_record` where it does not begin with v=DMARC1, so that it is a text of
/// another protocol; `record_syntax`, by RFC 7489 only, for an element that is
/// not a tag, a tag that occurs twice, or a p= that is not directly after v=.
/// By RFC 9989 what cannot be read is passed over, and the first tag of a name
/// counts. Values that cannot be read are as if absent. fo=, rf= and ri= are
/// not looked at.
expected<record, errc> parse_record(std::string_view text, spec rules);

/// What stands between two ";" of a record. Borrows its text.
struct element_view {
  std::string_view text;
  std::string_view name;  // of the tag, as written; empty: it is no tag
  std::string_view value;
};

/// Takes the next element from `rest`, a record's text or what is left of it:
/// the version first. Nothing at the end. For those who want to know what
/// `parse_record` passes over.
std::optional<element_view> take_element(std::string_view& rest);

}  // namespace mekiki::dmarc

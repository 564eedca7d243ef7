// What changed about a domain that is watched, as data and in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/records/finding.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::notify {

/// Something that was otherwise at the look before.
struct domain_change {
  enum class kind : std::uint8_t {
    watched,  // the first look; `is` is the grade
    record,   // the record `name` ("SPF", "DKIM s1") was `was`; it `is` now
    finding,  // the finding `name` about `record` is new, with its `facts`
    mended,   // it is no more
    grade,    // of `was`
    silent,   // the DNS has not answered for some of the records for hours
    answers,  // it does again
  };
  kind what = kind::watched;
  std::int64_t at = 0;  // Unix seconds
  std::string name;
  std::string record;
  std::string was, is;  // "": there was or is none
  std::vector<std::string> facts;
  bool told = false;  // a mail has told it

  bool operator==(const domain_change&) const = default;
};
std::string_view to_string(domain_change::kind k);
std::optional<domain_change::kind> parse_change_kind(std::string_view word);

/// Of the finding; info for all else but a record that changed or is silent,
/// which is warn.
records::level level_of(const domain_change& c);

/// Whether people should be told by mail: what only informs is not.
bool is_news(const domain_change& c);

struct change_words {
  std::string text;    // one line
  std::string remedy;  // of a finding; else empty
};
/// For one who knows which domain it is. What strangers wrote is printable.
change_words words_of(const domain_change& c, language in);

}  // namespace mekiki::notify

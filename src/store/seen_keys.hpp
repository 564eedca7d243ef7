// Which DKIM keys of a domain the history has seen, and since when.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// A record under a selector. Revoked ones are not among them.
struct seen_key {
  std::string selector;
  std::string text;                  // the TXT record
  std::int64_t first = 0, last = 0;  // Unix seconds: when mails came with it

  bool operator==(const seen_key&) const = default;
};

/// The records of the domain's 20 selectors that were seen last, the last seen
/// first, at most 100. `domain` is normalized.
std::vector<seen_key> read_seen_keys(sqlite::database& db,
                                     std::string_view domain);

/// The same from the database `file`. Nothing is written. The reason of a
/// failure is a sentence.
expected<std::vector<seen_key>, std::string> seen_keys(
    const std::filesystem::path& file, std::string_view domain);

}  // namespace mekiki::store

// Which DKIM keys of a domain the history has seen.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"

namespace mekiki::store {

/// The selectors of the domain's keys in the database `file`, the last seen
/// first, at most 20. Keys that were revoked are not among them. `domain` is
/// normalized. Nothing is written. The reason of a failure is a sentence.
expected<std::vector<std::string>, std::string> seen_selectors(
    const std::filesystem::path& file, std::string_view domain);

}  // namespace mekiki::store

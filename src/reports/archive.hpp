// Archives as reporters send them: zip and gzip, by libarchive, within bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "reports/read.hpp"

namespace mekiki::reports {

enum class archive_kind : std::uint8_t { none, zip, gzip };

/// By the first octets.
archive_kind archive_at(std::string_view octets);

/// What may still be unpacked of one input, whatever is in what.
struct budget {
  std::size_t octets;
  std::size_t files;
  /// The file that was read last ended at a limit.
  bool is_at_limit = false;
};

/// Calls `each` with the files of an archive, in order, each with its name (""
/// in gzip); folders and what macOS adds are left out. Files that are not read
/// to their end are skipped. Nothing touches the disk: names are told, not
/// used.
///
/// What goes wrong within a file (damage, a limit) is a sentence of its source,
/// and ends the archive. What goes wrong elsewhere is the answer.
expected<void, std::string> unpack(
    octet_source& from, archive_kind kind, const limits& limit, budget& left,
    const std::function<void(const std::string& name, octet_source& file)>&
        each);

}  // namespace mekiki::reports

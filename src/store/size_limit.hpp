// How large the database may become (history.octets): what goes when it is
// larger, and in which order (docs/history.md, "When there is no room").
#pragma once

#include <cstdint>
#include <filesystem>

#include "store/sqlite.hpp"

namespace mekiki::store {

/// Of the disk on which the database lies.
struct disk_space {
  std::uint64_t free = 0;  // octets, to this user
  std::uint64_t all = 0;
};
/// All 0 where that cannot be told.
disk_space read_disk_space(const std::filesystem::path& folder);

/// Less than `percent` of it is free. Not where nothing is known of it.
bool is_short(const disk_space& disk, std::uint64_t percent);

/// On the writer's connection, between its transactions. Failures are
/// sqlite::error.
class size_limit {
 public:
  size_limit(sqlite::database& db, std::uint64_t octets);

  std::uint64_t octets() const { return octets_; }
  /// How much is in use: pages that wait to be used again are not counted. A
  /// look at the file's header, whatever its size.
  std::uint64_t used() const;

  /// Removes a few rows, of those that go first, in a transaction of its own.
  /// False if there is nothing left that may go.
  bool remove_some();

 private:
  sqlite::database& db_;
  std::uint64_t octets_;
  std::int64_t newest_mails_;  // that stay longer than senders
  sqlite::statement old_stories_, old_mails_, unknown_senders_, told_warnings_,
      keys_, stories_, mails_, senders_;
};

}  // namespace mekiki::store

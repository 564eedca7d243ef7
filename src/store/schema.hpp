// The tables of the database, and how an older one becomes today's.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/expected.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// The version that this program writes (PRAGMA user_version).
int schema_version();

/// Makes the file with mode 0600 when it is absent, and brings its tables to
/// today's version, each step in a transaction of its own. Two processes may do
/// so at once. The reason of a failure is a sentence: the file is no database,
/// not ours, damaged, or of a newer version.
expected<void, std::string> prepare(const std::filesystem::path& file);

/// Which file is at a path.
struct file_id {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const file_id&) const = default;
};
/// None where there is no file, or it cannot be told.
std::optional<file_id> id_of(const std::filesystem::path& file);

/// The version of its tables, at most ours; the reasons as above. Changes
/// nothing.
expected<int, std::string> read_version(const std::filesystem::path& file);

/// Whether the file can be read as it is; changes nothing.
expected<void, std::string> check_version(const std::filesystem::path& file);

}  // namespace mekiki::store

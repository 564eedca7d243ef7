// Files that are read as a whole.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/expected.hpp"

namespace mekiki {

/// Reads a file of at most `most` octets. Fails for a folder. If the file
/// reports its size and does not change, the octets are read into one buffer,
/// and no copy stays in memory. The reason of a failure begins with the file's
/// name: "FILE: cannot be read: No such file or directory".
expected<std::string, std::string> read_small_file(
    const std::filesystem::path& file, std::size_t most);

}  // namespace mekiki

// Files that are read as a whole.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/expected.hpp"

namespace mekiki {

/// All octets of a file of at most `most`. A folder is none. Where the file
/// says its size and keeps it, what was read is in one place of memory only.
/// The reason of a failure begins with the file's name: "FILE: cannot be read".
expected<std::string, std::string> read_small_file(
    const std::filesystem::path& file, std::size_t most);

}  // namespace mekiki

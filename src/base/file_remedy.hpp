// What an administrator does about a file that cannot be used.
#pragma once

#include <filesystem>
#include <string>

namespace mekiki {

/// For the errno of a file that could not be read, made or written: the end of
/// a sentence, which begins with "; ", or "" where there is nothing to advise.
/// Looks at the file, or at the first folder above it that is there: ";
/// /var/lib/mekiki belongs to user 0, and this is user 997: ...".
std::string file_remedy(const std::filesystem::path& file, int failure);

/// The same where the errno is not known: tries whether the file and its folder
/// may be read and written, and whether the disk has room.
std::string file_remedy(const std::filesystem::path& file);

}  // namespace mekiki

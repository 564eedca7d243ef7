// All of a state folder that matters, in one file, and back.
//
// The file is a tar archive of regular files: the database, keys, certificates
// and what is remembered of servers. Its last member, SHA256SUMS, is what
// `sha256sum -c` reads; without it the file is not whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "store/upkeep.hpp"

namespace mekiki::daemon {

struct backed_up {
  std::uint64_t octets = 0;  // of the file
  std::uint64_t mails = 0;
  std::vector<std::string> names;  // of the members
};

/// Writes `file`, whole or not at all, with mode 0600; an existing one is
/// replaced only with `replace`. `mekiki serve` may be running. The reason of
/// a failure is a sentence.
expected<backed_up, std::string> back_up(const std::filesystem::path& state,
                                         const std::filesystem::path& file,
                                         bool replace,
                                         const store::progress& step);

/// Fills `state`, which is made if it is absent and must be empty. Before
/// anything appears there, the file was read to its end, and was whole. Where
/// we are root, the files become those of the folder's owner.
expected<void, std::string> restore(const std::filesystem::path& file,
                                    const std::filesystem::path& state);

/// Where we are root: what `mekiki serve` is to read belongs to who owns the
/// folder it is in.
expected<void, std::string> give_to_owner_of_folder(
    const std::filesystem::path& file);

}  // namespace mekiki::daemon

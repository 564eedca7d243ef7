// All of a state folder that matters, in one file, and back.
//
// The file is a tar archive of regular files: the database, keys, certificates
// and what is remembered of servers. Its last member, SHA256SUMS, is what
// `sha256sum -c` reads; without it the file is not whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "daemon/new_file.hpp"
#include "store/upkeep.hpp"

namespace mekiki::daemon {

struct backed_up {
  std::uint64_t octets = 0;  // of the file
  std::uint64_t mails = 0;
  std::vector<std::string> names;  // of the members
};

/// Whether a `mekiki serve` has used that folder. The reason is a sentence.
expected<void, std::string> has_state(const std::filesystem::path& state);

/// Whether `file` is a file of that state folder, under whatever name.
bool is_part_of_state(const std::filesystem::path& file,
                      const std::filesystem::path& state);

/// Whether a backup of `state` may be written to `file`: it is none of its own
/// files, and there is none yet, or, with `existing::replace`, an empty one or
/// one whose first 512 octets are those of an earlier backup. The reason is a
/// sentence.
expected<void, std::string> may_become_backup(
    const std::filesystem::path& file, const std::filesystem::path& state,
    existing when_there,
    const std::function<bool(std::string_view first)>& is_earlier);

/// Writes `file`, whole or not at all, with mode 0600. `mekiki serve` may be
/// running. As root it reads the folder as its owner may, so that then the
/// folder must have room for a copy of the database. The reason of a failure is
/// a sentence.
expected<backed_up, std::string> back_up(const std::filesystem::path& state,
                                         const std::filesystem::path& file,
                                         existing when_there,
                                         const store::progress& step);

/// Fills `state`, which is made if it is absent and must be empty. Before
/// anything appears there, the file was read to its end, and was whole. As root
/// it acts as the folder's owner, once the file is open.
expected<void, std::string> restore(const std::filesystem::path& file,
                                    const std::filesystem::path& state,
                                    const store::progress& step);

}  // namespace mekiki::daemon

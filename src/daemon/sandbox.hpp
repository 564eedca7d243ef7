// What the process gives up once everything is open, so that whoever takes it
// over by a mail has little of it: Landlock for files, seccomp for the kernel,
// and no dumps of its memory. docs/security.md says it for people.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::daemon {

/// No core dumps; nobody but root may look into our memory, and what we start
/// never gets more rights than we have. To be called first of all, while there
/// is one thread.
void keep_memory_private();

struct open_files {
  /// Folders that may be written to, with all that is in them.
  std::vector<std::filesystem::path> written;
  /// Files, and folders with all that is in them, that may be read. What is
  /// absent is left out.
  std::vector<std::filesystem::path> read;
};

enum class sandbox_part : std::uint8_t {
  core_dumps,      // none are written
  memory,          // not dumpable, not to be traced
  new_privileges,  // none by setuid programs
  files,           // Landlock
  system_calls,    // seccomp
};
inline constexpr sandbox_part sandbox_parts[] = {
    sandbox_part::core_dumps, sandbox_part::memory,
    sandbox_part::new_privileges, sandbox_part::files,
    sandbox_part::system_calls};
std::string_view to_string(sandbox_part part);

/// As the kernel answers, not as it was asked.
struct sandbox_state {
  std::vector<sandbox_part> on;
  /// Sentences about what is off, or is not whole.
  std::vector<std::string> missing;

  bool is_on(sandbox_part part) const;
};

/// Closes everything but `files`, for the calling thread and those that it
/// starts. To be called while there is no other: Landlock would not hold for
/// one that exists. What the kernel cannot do is missing from the answer, and
/// the program goes on.
sandbox_state close_doors(const open_files& files);

/// One line for the log.
std::string describe(const sandbox_state& state);

}  // namespace mekiki::daemon

// Who may sign in as administrator: the file `admin-password` of the state
// folder.
//
//   file  = hash-or-dash LF *(hash SP name LF)
//
// The first line is of the administrator who has no name, as earlier versions
// wrote it; "-" if there is none.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/expected.hpp"

namespace mekiki::daemon {

struct administrators {
  static constexpr std::size_t most = 100;  // that have names

  std::string hash;  // of the one without a name; may be empty
  std::map<std::string, std::string, std::less<>> named;

  bool has_any() const { return !hash.empty() || !named.empty(); }
  /// The hash of `name` ("": the one without); nullptr if there is none.
  const std::string* find(std::string_view name) const;
};

/// 1 to 40 octets without white space and control characters.
bool is_administrator_name(std::string_view name);

/// Lines that are not as above are left out.
administrators parse_administrators(std::string_view text);
std::string format(const administrators& all);

/// Fails where the file cannot be read; a sentence.
expected<administrators, std::string> read_administrators(
    const std::filesystem::path& file);

}  // namespace mekiki::daemon

// Settings files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "config/settings.hpp"

namespace mekiki::config {

/// Something wrong in a settings file, or odd enough to be told.
struct problem {
  unsigned line = 0;    // from 1; 0: not in the file
  unsigned column = 0;  // from 1
  std::string key;      // dotted, as in the manual; empty for bad TOML
  std::string text;     // one sentence without final stop
};
/// "FILE:LINE: KEY: TEXT", without the parts that are not known.
std::string format(const problem& problem, std::string_view file);

struct loaded {
  config::settings settings;
  /// What is allowed but may not be meant.
  std::vector<problem> warnings;
  /// Where the keys stand that were given.
  std::map<std::string, unsigned> lines;
};

/// Reads the text of a settings file (TOML 1.0). Relative paths in it are
/// taken from `directory`. All problems are found at once, in the order of the
/// file; only broken TOML ends the reading at its first error.
expected<loaded, std::vector<problem>> parse(
    std::string_view text, const std::filesystem::path& directory);

/// The same for a file. An empty path gives the defaults. The reason of a
/// failure is one line for each problem.
expected<loaded, std::string> load(const std::filesystem::path& file);

/// A settings file has at most so many octets.
inline constexpr std::size_t largest_file = 1 << 20;
/// The same for the text of `file`, which was read already.
expected<loaded, std::string> load_text(std::string_view text,
                                        const std::filesystem::path& file);

}  // namespace mekiki::config

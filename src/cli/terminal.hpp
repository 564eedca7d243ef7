// Output of the command line, with colours on a terminal only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace mekiki::cli {

/// Exit codes of all commands.
enum exit_code : int {
  exit_good = 0,
  exit_failed = 1,  // it ran, and the answer is bad
  exit_unable = 2   // it could not run
};

enum class colour : char {
  plain = '0',
  red = '1',
  green = '2',
  yellow = '3',
  bold = 'b',
  faint = 'f'
};

/// True where standard output is a terminal, $TERM is not "dumb" and $NO_COLOR
/// is not set.
bool has_colours();

/// The result of `paint` without its colours.
std::string without_colours(std::string_view painted);

/// `text` in that colour where has_colours, else as it is.
std::string paint(colour c, std::string_view text);

/// Green for pass and genuine, red for fail and forged, and so on.
std::string paint_result(std::string_view word);

/// The tag of the language that the environment asks messages to be in
/// ("ja_JP.UTF-8"), as POSIX has it: $LC_ALL, $LC_MESSAGES, $LANG; or "".
std::string locale_language();

/// Writes to standard output; false when it failed (disk full, reader gone).
bool print(std::string_view text);

/// One line of standard input. Where a person types it, `what` asks for it and
/// nothing is shown.
secret read_secret(std::string_view what);

/// "mekiki: SENTENCE." to standard error, and exit_unable.
int fail(std::string_view sentence);

}  // namespace mekiki::cli

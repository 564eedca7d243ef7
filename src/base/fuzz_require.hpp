// What fuzz targets assert. Not assert(): they are built with NDEBUG, too.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace mekiki::fuzz {

/// Ends the program, with the place, where it is not true.
inline void require(bool truth, const char* what = "broken",
                    std::source_location at = std::source_location::current()) {
  if (truth)
    return;
  std::fprintf(stderr, "%s:%u: %s\n", at.file_name(), unsigned{at.line()},
               what);
  std::abort();
}

}  // namespace mekiki::fuzz

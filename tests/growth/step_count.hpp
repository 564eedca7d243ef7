// The steps of the running thread, as far as they are seen: one for each edge
// of code that was compiled with -fsanitize-coverage=trace-pc, and one for
// each 16 octets that the C library's functions on memory walk over (libstdc++
// calls them in find, insert and erase).
#pragma once

#include <cstddef>
#include <cstdint>

namespace mekiki::growth {

/// Begins at 0; the process ends with `too_many` once `most` is exceeded.
void count_steps(std::uint64_t most, void (*too_many)());

/// Ends counting.
std::uint64_t steps_taken();

/// Of the last steps every 256th: where in the program it was.
constexpr std::size_t most_samples = 1'024;
const std::uintptr_t* samples();

}  // namespace mekiki::growth

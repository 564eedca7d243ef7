// How the work of a function that reads foreign octets grows with its input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::growth {

/// A fuzz target.
using function = int (*)(const std::uint8_t* data, std::size_t size);

/// What is counted: edges of instrumented code and octets that the C library
/// walks over, or the thread's CPU time, which sees every library.
enum class measure { steps, time };

/// Runs `target` over repetitions of each octet and of the pieces of
/// `pieces()`, within each of `contexts(corpus)`, over N and 4N octets of
/// them. Prints each pattern whose work grows by more than 6 times (steps), or
/// by more than 8 times (time, of 20 ms and more at 4N, the best of five runs)
/// and again by more than 3.2 times for the double of that, and a line on what
/// was measured. False if there was one, or if a run crashed.
///
/// Patterns of one context that take about the same steps are measured once,
/// and so are contexts in which every pattern takes exactly the same. Each
/// context runs in a child process, which a run above its budget ends.
bool is_linear(std::string_view name, function target,
               const std::filesystem::path& corpus, measure what);

/// What is repeated. "{}" in a piece stands for the repetition's number, of
/// six digits, so that no two are the same.
struct piece {
  std::string text;
  bool numbered = false;
  std::string closing = {};  // as often behind all of them: nesting
  /// Of single octets one or a few of each class: what reads them one by one is
  /// code of ours, whose steps are counted for all.
  bool is_timed = true;
};

/// Every octet alone, then telling pairs and pieces.
const std::vector<piece>& pieces();

/// What stands before and behind the repetitions.
struct context {
  std::string name;
  std::string before;
  std::string behind;
};

/// Contexts that suit many targets, then places in the files of `corpus`:
/// behind the first of each delimiter, and at the end. Fewer where times are
/// measured: those in which libraries are called.
std::vector<context> contexts(const std::filesystem::path& corpus,
                              measure what);

/// At least `octets` octets of `what`, again and again: a multiple of 12 times,
/// since many a target takes its choices from its input's size.
std::string repeated(const piece& what, std::size_t octets);

/// `octets` as they may stand in a line of text.
std::string in_quotes(std::string_view octets);

}  // namespace mekiki::growth

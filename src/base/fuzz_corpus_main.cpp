// Runs one fuzz target over its corpus in a build without libFuzzer.
//
//   fuzz_corpus TARGET PATH...
//
// Each path is a file, or a folder of files. Prints how many ran; none at all
// is a failure, so that a lost corpus does not pass for a clean one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/fuzz_targets.hpp"

namespace {

using mekiki::fuzz_target;

void run(const fuzz_target& target, const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string octets{std::istreambuf_iterator<char>(in), {}};
  target.run(reinterpret_cast<const std::uint8_t*>(octets.data()),
             octets.size());
}

/// How many files ran.
std::size_t run_all(const fuzz_target& target,
                    const std::filesystem::path& path) {
  if (std::filesystem::is_regular_file(path)) {
    run(target, path);
    return 1;
  }
  std::size_t ran = 0;
  if (std::filesystem::is_directory(path))
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(path)) {
      if (!entry.is_regular_file())
        continue;
      run(target, entry.path());
      ++ran;
    }
  return ran;
}

}  // namespace

int main(int argc, char** argv) {
  const auto targets = mekiki::fuzz_targets();
  const std::string_view name = argc > 1 ? argv[1] : "";
  const auto target = std::ranges::find(targets, name, &fuzz_target::name);
  if (target == targets.end()) {
    std::fprintf(stderr, "usage: fuzz_corpus TARGET PATH...\n");
    return 2;
  }
  std::size_t ran = 0;
  for (int i = 2; i < argc; ++i) ran += run_all(*target, argv[i]);
  std::printf("%zu inputs\n", ran);
  return ran > 0 ? 0 : 1;
}
